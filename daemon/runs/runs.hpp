// All runs: the registry, the order they go in, and who is told of their events.
#pragma once

#include "daemon/loop/loop.hpp"
#include "daemon/runs/history.hpp"
#include "daemon/runs/pulse.hpp"
#include "daemon/runs/queue.hpp"
#include "daemon/runs/run.hpp"
#include "daemon/runs/run_conductor.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duplid::daemon {

/// Loop thread.
class Runs {
public:
    /// Runs that go at the same time; of one archive always one.
    static constexpr std::size_t running_max = 4;
    static constexpr std::size_t queued_max = 100;
    /// Runs remembered without a history; with one, as many as it has.
    static constexpr std::size_t ended_alone_max = 100;
    /// Ended runs whose events stay in memory; those of the others are in the history.
    static constexpr int with_events_max = 20;

    /// Without a history (private instances), runs are remembered until the end of the process.
    Runs(LoopMailbox& mailbox, History* history);
    Runs(const Runs&) = delete;
    Runs& operator=(const Runs&) = delete;

    /// Called whenever a run may have new events.
    void on_event(std::function<void(std::uint64_t run)> told) { told_ = std::move(told); }
    /// How many may go at the same time from now on; those that do already go on.
    void set_running_max(std::size_t running_max);
    /// Called whenever no run is left.
    void on_idle(std::function<void()> idle) { idle_ = std::move(idle); }

    /// Throws: Error busy when `no_wait` and another run is before it; ProtocolError too_many.
    std::uint64_t start(RunFacts facts, RunBody body);

    /// Throws: Error not_found.
    [[nodiscard]] std::shared_ptr<Run> find(std::uint64_t run) const;
    /// Calls `use` with the run once its events are at hand: at once, or when the history has
    /// answered. Throws: Error not_found.
    void with_events(std::uint64_t run, std::function<void(std::shared_ptr<Run>)> use);

    /// Newest first, at most `limit`, only ids below `before`.
    [[nodiscard]] std::vector<proto::RunSummary> list(std::uint64_t before,
                                                      std::size_t limit) const;
    /// Those of a job, likewise.
    [[nodiscard]] std::vector<proto::RunShowReply>
    of_job(const std::string& job, std::uint64_t before, std::size_t limit) const;
    /// Those that are queued or running, oldest first.
    [[nodiscard]] std::vector<proto::RunSummary> active() const;
    /// The same, themselves.
    [[nodiscard]] std::vector<std::shared_ptr<Run>> not_ended() const;
    /// Of each that has a thread: what tells whether it is alive.
    [[nodiscard]] std::vector<LifeSign> life_signs() const;
    [[nodiscard]] std::size_t running() const noexcept { return queue_.running(); }
    [[nodiscard]] std::size_t queued() const noexcept { return queue_.waiting(); }

    /// Throws: Error not_found. A run that has ended already is left alone.
    void stop(std::uint64_t run);
    /// A backup ends where the volume that it is filling does; one that stores nothing yet, at
    /// once. Throws: Error not_found; invalid for a run that is no backup.
    void stop_at_border(std::uint64_t run);
    void stop_all();
    /// The attached runs of a session that has gone.
    void stop_attached(std::uint64_t owner);
    /// Of all runs that have ended, those that the history has and nobody watches.
    void forget_events() noexcept;
    /// Holds, or lets go on, the attached runs of a session. Returns whether any was changed.
    bool hold_attached(std::uint64_t owner, bool held);

private:
    /// A run with what the registry alone needs to know.
    struct Entry {
        std::shared_ptr<Run> run;
        RunBody body;  ///< until it starts
        std::unique_ptr<RunConductor> conductor;
        /// The first event that the history does not have, or all_kept.
        std::uint64_t unkept_seq = 1;
        bool keeping = false;
    };
    static constexpr std::uint64_t all_kept = std::numeric_limits<std::uint64_t>::max();

    void start_waiting();
    void on_run_event(std::uint64_t run);
    void end(std::uint64_t run, proto::RunState state, RunResult result);
    void stop_entry(Entry& entry);
    void keep(std::uint64_t run);
    [[nodiscard]] bool is_kept(const Entry& entry) const;
    void forget_old();
    [[nodiscard]] bool has_events_to_forget(const Entry& entry) const;
    void forget_events_of(Entry& entry) noexcept;

    LoopMailbox& mailbox_;
    History* history_;
    Queue queue_{running_max};
    std::map<std::uint64_t, Entry> entries_;
    std::uint64_t next_id_ = 1;
    std::function<void(std::uint64_t)> told_;
    std::function<void()> idle_;
};

}  // namespace duplid::daemon
