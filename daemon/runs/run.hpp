// One run: what was asked for, how it stands, what it said.
#pragma once

#include "daemon/loop/guarded.hpp"
#include "daemon/process/thread_priority.hpp"
#include "daemon/runs/event_log.hpp"
#include "daemon/runs/run_monitor.hpp"
#include "proto/run.hpp"
#include "storage/remote/rate_limit.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

namespace duplid::daemon {

/// What is known before a run begins.
struct RunFacts {
    proto::RunKind kind = proto::RunKind::other;
    proto::Lifetime lifetime = proto::Lifetime::attached;
    std::string target;             ///< without password
    std::vector<std::string> keys;  ///< runs that share one wait for each other
    bool no_wait = false;           ///< rather end as busy
    std::uint64_t owner = 0;        ///< the session that an attached run dies with
    std::string job{};              ///< whose run it is; empty: somebody's request
    GivingWay gives_way{};          ///< to everything else on this machine
    /// Its gpg may ask somebody for a passphrase, who takes their time.
    bool may_ask = false;
};

/// What a body brings back when it does not throw.
struct RunResult {
    std::optional<proto::BackupReport> backup;
    std::optional<proto::RestoreReport> restore;
    std::optional<proto::RemovalReport> removal;
    std::optional<proto::VerifyReport> verify;
    std::optional<proto::CheckReport> check;
    std::optional<proto::SyncReport> sync{};
    std::optional<proto::ReplicateReport> replicate;
    std::optional<proto::RepairReport> repair;
    std::optional<proto::TreeDeltaReport> tree_delta{};
    std::optional<proto::TreePatchReport> tree_patch{};
    /// It went to the end, but must not count as success.
    std::optional<proto::RpcError> error;
};

/// The body's side of a run: called from the conductor's thread.
class RunControl {
public:
    RunControl() = default;
    RunControl(const RunControl&) = delete;
    RunControl& operator=(const RunControl&) = delete;
    virtual ~RunControl() = default;

    [[nodiscard]] virtual operation::Monitor& monitor() noexcept = 0;
    [[nodiscard]] virtual const std::stop_token& stop() const noexcept = 0;
    /// Wanted of a backup: to end at the border of a volume.
    [[nodiscard]] virtual const std::stop_token& stop_at_border() const noexcept = 0;
    /// The run's number.
    [[nodiscard]] virtual std::uint64_t run() const noexcept = 0;
    /// Still queued: it waits for something outside of this daemon.
    virtual void waiting(const std::string& reason) = 0;
    /// All it waited for is there.
    virtual void running() = 0;
    /// A line of the run's result, for whoever watches.
    virtual void tell(EventLog::What what) = 0;
    /// Warnings so far.
    [[nodiscard]] virtual std::uint64_t warnings() const = 0;
    /// How fast the run's targets may be read and written. Any thread may change it.
    [[nodiscard]] virtual const std::shared_ptr<remote::RateLimits>& limits() const noexcept = 0;
    /// To be told of all operations on the run's targets.
    [[nodiscard]] virtual remote::OperationObserver& observer() noexcept = 0;
};

/// The work itself, on a thread of its own. Throws what it likes: that is a failed run.
using RunBody = std::function<RunResult(RunControl&)>;

/// Facts and events belong to the loop thread; state, log and monitor to any. Watchers share it
/// with the registry, because they may outlast its place there.
class Run final {
public:
    /// `on_event` as EventLog's `on_append`.
    Run(std::uint64_t id, RunFacts facts, std::function<void()> on_event);
    /// A run of an earlier life of the daemon, whose events are read when somebody wants them.
    explicit Run(proto::RunShowReply past);

    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] const RunFacts& facts() const noexcept { return facts_; }
    [[nodiscard]] EventLog& log() noexcept { return *log_; }
    [[nodiscard]] RunMonitor& monitor() noexcept { return *monitor_; }
    [[nodiscard]] proto::RunState state() const;
    [[nodiscard]] bool has_ended() const { return proto::has_ended(state()); }
    /// Also of a run of an earlier life, of which facts() know nothing.
    [[nodiscard]] bool is_of(const std::string& job) const;

    void set_state(proto::RunState state, const std::string& reason = {});
    /// Tells something about the state it is in.
    void tell(const std::string& reason);
    /// Of a run that has not ended: it stands still from its next piece of work on.
    void pause(proto::RunPause pause);
    /// Returns whether it was paused. `by`: who wants it to go on.
    bool resume(const std::string& by);
    [[nodiscard]] std::optional<proto::RunPause> paused() const;
    void end(proto::RunState state, RunResult result);
    [[nodiscard]] proto::RunSummary summary() const;
    [[nodiscard]] proto::RunShowReply show() const;
    void request_stop() noexcept { stop_.request_stop(); }
    [[nodiscard]] std::stop_token stop_token() const noexcept { return stop_.get_token(); }
    /// Tells so, once. The run goes on until what is being stored is whole.
    void request_stop_at_border();
    [[nodiscard]] std::stop_token border_token() const noexcept { return border_.get_token(); }
    [[nodiscard]] const std::shared_ptr<remote::RateLimits>& limits() const noexcept
    {
        return limits_;
    }

    /// A run of an earlier life has no events until they are given.
    [[nodiscard]] bool has_events() const noexcept { return log_ != nullptr; }
    void give_events(std::vector<proto::Event> events);
    /// Of a run that has ended.
    void forget_events() noexcept;

private:
    [[nodiscard]] proto::RunSummary with_monitor(proto::RunSummary summary) const;

    std::uint64_t id_;
    RunFacts facts_;
    /// State, times and result; what the monitor knows is laid over it in summary(). Events of the
    /// state are appended under this lock, so that they come in the order of its changes.
    Guarded<proto::RunShowReply> known_;
    std::stop_source stop_;
    std::stop_source border_;
    /// No limits until its targets are opened, who set what the request says.
    std::shared_ptr<remote::RateLimits> limits_ = std::make_shared<remote::RateLimits>();
    std::unique_ptr<EventLog> log_;
    std::unique_ptr<RunMonitor> monitor_;
};

}  // namespace duplid::daemon
