// Runs, their events and what is known of jobs, kept over restarts: history.db in the state
// directory.
//
// A thread of its own writes, because a disk may take seconds to answer and the loop may not.
#pragma once

#include "daemon/loop/guarded.hpp"
#include "daemon/loop/loop.hpp"
#include "daemon/runs/event_log.hpp"
#include "proto/event.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace duplid::sqlite {
class Database;
}

namespace duplid::daemon {

/// Called from the loop thread. A history that cannot be written (full disk) costs the history,
/// never a backup: it is said once in the log. How runs and jobs stand is tried again with the next
/// record, every half a minute, and when the daemon ends; events are lost.
class History {
public:
    /// Older runs are forgotten.
    static constexpr std::size_t runs_max = 1000;
    /// Of a run's events the oldest are forgotten, as EventLog does it: a run that says much over
    /// days must not fill the disk.
    static constexpr std::size_t events_max = EventLog::events_max;
    /// Runs, the newest, that are held until they can be kept.
    static constexpr std::size_t unkept_max = 100;

    /// Opens or makes the database in `state_directory`; one that is damaged is put aside. Runs
    /// that were queued or running when the last daemon died are marked as failed.
    /// Throws: Error when there can be none.
    History(const std::string& state_directory, LoopMailbox& mailbox);
    History(const History&) = delete;
    History& operator=(const History&) = delete;
    ~History();

    /// All runs as of opening, oldest first.
    [[nodiscard]] std::vector<proto::RunShowReply> take_past() noexcept { return std::move(past_); }

    /// What was kept of tasks of jobs, as of opening.
    [[nodiscard]] std::map<std::string, std::string> take_job_states() noexcept
    {
        return std::move(job_states_);
    }
    /// Keeps what is remembered of a task; an empty record: nothing any more.
    void keep_job_state(std::string task, std::string record);

    /// Keeps a run and its new events; `on_kept` is called on the loop thread when that was tried.
    void keep(proto::RunShowReply run, std::vector<proto::Event> events,
              std::function<void()> on_kept);

    /// Reads a run's events for `use`, which is called on the loop thread.
    void events_of(std::uint64_t run, std::function<void(std::vector<proto::Event>)> use);

private:
    using Job = std::function<void(sqlite::Database&)>;

    void enqueue(Job job);
    /// A change of what is kept, in one transaction with all that could not be kept before. What
    /// goes wrong is told once.
    void change(sqlite::Database& database, const std::function<void()>& write);
    void put_unkept(sqlite::Database& database) const;
    [[nodiscard]] bool has_unkept() const noexcept
    {
        return !unkept_runs_.empty() || !unkept_states_.empty();
    }
    void work(const std::stop_token& stop);

    LoopMailbox& mailbox_;
    std::string path_;
    std::vector<proto::RunShowReply> past_;
    std::map<std::string, std::string> job_states_;
    std::unique_ptr<sqlite::Database> database_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<Job> jobs_;
    // Of the writing thread alone:
    bool complained_ = false;
    std::map<std::uint64_t, proto::RunShowReply> unkept_runs_;  ///< by number, the latest of each
    std::map<std::string, std::string> unkept_states_;          ///< by task
    std::jthread thread_;                                       // last: it uses all of the above
};

}  // namespace duplid::daemon
