// The jobs: what the configuration's directory says, when it is due, and the runs it becomes.
#pragma once

#include "daemon/agenda/job_notices.hpp"
#include "daemon/agenda/job_record.hpp"
#include "daemon/agenda/job_runs.hpp"
#include "daemon/agenda/metrics.hpp"
#include "daemon/jobs/loader.hpp"
#include "daemon/loop/alarm.hpp"
#include "daemon/loop/loop.hpp"
#include "daemon/loop/surroundings_watch.hpp"
#include "daemon/operations/operations.hpp"
#include "daemon/runs/history.hpp"
#include "daemon/runs/runs.hpp"
#include "daemon/schedule/conditions.hpp"
#include "daemon/schedule/scheduler.hpp"
#include "proto/jobs.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::daemon {

/// Loop thread. Each task of a job (its backup; a verify or check with a schedule of its own or
/// without) is one entry of the scheduler, and remembered by itself.
class JobService {
public:
    /// All outlive it.
    struct Parts {
        Workshop& workshop;
        Runs& runs;
        History* history;  ///< null: what is known of the past is forgotten with the process
        Loop& loop;
        schedule::Surroundings& machine;
        std::function<bool()> stopping;
        std::function<void()> changed{};  ///< called when a state may have changed; may be empty
    };

    JobService(Parts parts, std::string config_directory);
    JobService(const JobService&) = delete;
    JobService& operator=(const JobService&) = delete;

    /// Reads the files and puts them in force; from here on runs start by themselves.
    /// Once, before threads are there that look at the environment.
    void begin();
    /// Reads them again. A file that makes no sense leaves the last good version in force.
    proto::ConfigCheckReply reload();

    /// Something happened to a run: of a job's, or of somebody else's.
    void on_run_event(std::uint64_t run);

    [[nodiscard]] std::vector<proto::JobSummary> list() const;
    [[nodiscard]] std::vector<JobMetrics> metrics() const;
    /// Where the configuration wants the metrics to be kept; empty: nowhere.
    [[nodiscard]] const std::string& metrics_file() const noexcept { return metrics_file_; }
    [[nodiscard]] const std::vector<jobs::Problem>& problems() const noexcept { return problems_; }
    /// All that take a job throw: Error not_found, with the name that may have been meant.
    [[nodiscard]] proto::JobShowReply show(const std::string& job) const;
    /// Throws: Error busy when a run of this task is at work; invalid for a job that is broken.
    std::uint64_t start(const proto::JobRunParams& params);
    /// An empty name: all jobs. Nothing of `until`: until they are resumed.
    void pause(const std::string& job, std::optional<std::int64_t> until);
    void resume(const std::string& job);
    /// Throw: Error; ProtocolError invalid with the place of what is wrong in the settings.
    proto::JobSetReply set(const proto::JobSetParams& params);
    proto::JobRemoveReply remove(const std::string& job);
    [[nodiscard]] proto::ConfigCheckReply check(const proto::ConfigCheckParams& params) const;
    /// For any thread; may take as long as disks and servers do.
    using Check = std::function<proto::ConfigCheckReply(const std::stop_token& stop)>;
    /// The same, and whether the daemon can reach what the files name on this machine.
    [[nodiscard]] Check check_with_places(const proto::ConfigCheckParams& params) const;

private:
    /// A job as its files are, and as it is in force.
    struct Entry {
        std::vector<std::string> files;
        jobs::Document document;
        std::shared_ptr<const jobs::Job> job;  ///< in force; null: broken from the beginning
        std::vector<jobs::Problem> problems;
    };
    struct Step {
        std::string task;  ///< as in Active
        std::function<PlannedRun()> plan;
    };
    /// A run of ours, from when it is asked for to its end.
    struct Active {
        std::string task;  ///< empty: a removal, which nobody waits for
        JobToRun what;
        schedule::Instant began{};
        bool told_running = false;
        proto::RunKind kind = proto::RunKind::other;
        std::vector<Step> then{};  ///< what follows it if it goes well
        /// Of a task of several runs, one for each target: how the worst before this one ended.
        std::optional<proto::RunShowReply> failed{};
    };

    [[nodiscard]] jobs::Configuration read_for(const proto::ConfigCheckParams& params) const;
    void apply(jobs::Configuration configuration);
    void put(const std::string& task, schedule::Plan plan, const std::string& fingerprint,
             const jobs::Job& job);
    void put_or_remove(const std::string& task, schedule::Plan plan, const std::string& fingerprint,
                       const jobs::Job& job, bool wanted);
    void drop(const std::string& job);
    /// Starts what is due, and has itself called again when something will be.
    void advance();
    /// Notices of jobs whose last good backup has become too old since the last time, or is not
    /// any more; over restarts, too.
    void tell_ages();
    std::uint64_t start_task(const std::string& task, const BackupWish& wish);
    std::uint64_t start_run(PlannedRun planned, Active active);
    [[nodiscard]] std::vector<Step> steps_of(const JobToRun& what, proto::JobTask task) const;
    [[nodiscard]] std::vector<Step> steps_after_backup(const JobToRun& what) const;
    [[nodiscard]] std::vector<JobToRun> good_targets(const JobToRun& what) const;
    [[nodiscard]] std::vector<JobToRun> readable_targets(const JobToRun& what) const;
    void end(Active active, const proto::RunShowReply& run);
    void finish_task(const Active& active, const proto::RunShowReply& run);
    [[nodiscard]] bool continue_task(Active& active);
    void go_on(const JobToRun& what, std::vector<Step> steps);
    void note_targets(const std::string& task, const proto::RunShowReply& run);
    [[nodiscard]] std::vector<proto::TargetStatus> targets_of(const jobs::Job& job) const;
    void remember(const std::string& task);
    void tell_change() const;
    [[nodiscard]] const Entry& find(const std::string& job) const;
    [[nodiscard]] proto::JobSummary summary_of(const std::string& job, const Entry& entry) const;
    [[nodiscard]] proto::TaskStatus status_of(const std::string& task) const;
    [[nodiscard]] std::vector<std::string> names_or_all(const std::string& job) const;

    Parts parts_;
    jobs::Loader loader_;
    std::map<std::string, Entry> entries_;
    std::vector<jobs::Problem> problems_;
    std::string metrics_file_;
    std::map<std::string, JobRecord> records_;  ///< by task
    std::map<std::uint64_t, Active> active_;    ///< by run
    std::shared_ptr<const jobs::SecretSurroundings> surroundings_;
    schedule::Scheduler scheduler_;
    Alarm alarm_;
    SurroundingsWatch watch_;
    JobNotices notices_;
};

}  // namespace duplid::daemon
