// Jobs: backups that are written down once, in files, and run by themselves.
#pragma once

#include "proto/backup.hpp"
#include "proto/field.hpp"
#include "proto/run.hpp"
#include "proto/targets.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

/// As many bytes as a file of a job may have, and a request that carries one.
inline constexpr std::size_t job_text_bytes_max = 256 << 10;

enum class JobState {
    idle,     ///< until `next`
    due,      ///< about to be started
    waiting,  ///< due, but a condition is not met: `reason`
    queued,   ///< its run waits for another one
    running,
    paused,
    broken,  ///< its file makes no sense, and there is no earlier version in force
    other,
};
[[nodiscard]] std::span<const Choice> choices_of(JobState) noexcept;

/// What a job does when it runs.
enum class JobTask { backup, verify, check, other };
[[nodiscard]] std::span<const Choice> choices_of(JobTask) noexcept;

/// Something wrong in a file.
struct ConfigProblem {
    std::string job;  ///< empty: the shared configuration
    std::string file;
    std::uint64_t line = 0;  ///< from 1; 0: the file as a whole
    std::uint64_t column = 0;
    std::string cause;
    std::string hint;

    void describe(Fields& fields);
};

/// How one of a job's tasks stands.
struct TaskStatus {
    JobTask task = JobTask::other;
    JobState state = JobState::other;
    std::string reason;
    std::optional<std::int64_t> next;  ///< when it is due; epoch seconds, as all times here
    std::optional<std::int64_t> last_success;
    std::optional<std::int64_t> last_attempt;
    std::optional<RunState> last_result;  ///< of the last attempt
    std::optional<std::uint64_t> run;     ///< of the last attempt, or the one at work

    void describe(Fields& fields);
};

struct JobSummary {
    std::string job;
    std::string source;                ///< left out, as the target, for peers who may not see it
    std::string target;                ///< without password
    JobState state = JobState::other;  ///< of the backup
    std::string reason;
    std::optional<std::int64_t> next;
    std::optional<std::int64_t> last_success;  ///< the last good backup
    std::optional<std::int64_t> last_attempt;
    std::optional<RunState> last_result;
    std::optional<RpcError> last_error;
    std::optional<std::uint64_t> run;
    std::optional<std::int64_t> stale_since;   ///< the last good backup is older than it may be
    std::optional<std::int64_t> paused_until;  ///< not set while paused: until somebody resumes it
    std::uint64_t last_warnings = 0;           ///< of the last run, if it ended with some
    std::vector<TaskStatus> troubled_tasks{};  ///< those but the backup that did not end well
    /// Of its files as they are now. With a state other than broken, the last good version of them
    /// is in force.
    std::uint64_t problems = 0;
    /// Of a job that has several, in its order; `target` is then the first of them.
    std::vector<TargetStatus> targets{};

    void describe(Fields& fields);
};

struct JobListReply {
    std::vector<JobSummary> jobs;           ///< by name
    std::vector<ConfigProblem> problems{};  ///< only for those who may see them

    void describe(Fields& fields);
};

struct JobParams {
    std::string job;

    void describe(Fields& fields);
};

struct JobShowReply {
    JobSummary job;
    std::vector<TaskStatus> tasks;
    std::vector<std::string> files;  ///< it is made of, in the order in which they are merged
    Json settings = Json::object();  ///< what these files say together
    std::vector<ConfigProblem> problems;
    /// The request that a backup is, but for its secrets: what other methods may be asked of the
    /// same archive with. Not there when the job is broken.
    std::optional<BackupParams> request;
    /// Of a job that has several targets: each as an archive, without secrets.
    std::vector<TargetArchive> target_archives{};

    void describe(Fields& fields);
};

struct JobRunParams {
    std::string job;
    JobTask task = JobTask::backup;
    BackupType type = BackupType::automatic;  ///< of a backup
    /// Targets that are empty on purpose, and are to be filled again.
    std::vector<std::string> refill{};

    void describe(Fields& fields);
};

struct JobPauseParams {
    std::string job;                    ///< empty: all
    std::optional<std::int64_t> until;  ///< epoch seconds; not set: until it is resumed

    void describe(Fields& fields);
};

struct JobResumeParams {
    std::string job;  ///< empty: all

    void describe(Fields& fields);
};

/// Writes settings into a file of the job's that holds nothing else (a drop-in), or, for a job that
/// does not exist yet, into a file of its own. Files that people wrote are not touched.
struct JobSetParams {
    std::string job;
    /// A JSON object, comments allowed. A member that is null takes back what was set before by
    /// this method.
    std::string settings;
    bool create = false;   ///< the job must not exist yet; `settings` is its file
    bool replace = false;  ///< `settings` is the job's own file, in place of what it holds

    void describe(Fields& fields);
};

struct JobSetReply {
    std::string file;  ///< that was written

    void describe(Fields& fields);
};

struct JobRemoveReply {
    std::vector<std::string> files;  ///< that were deleted

    void describe(Fields& fields);
};

struct ConfigCheckParams {
    std::string job;       ///< not empty: only what concerns this job
    std::string settings;  ///< not empty: judged in place of the job's own file
    /// Also whether the daemon can reach what is named on its machine, in its sandbox.
    bool places = false;

    void describe(Fields& fields);
};

struct ConfigCheckReply {
    std::string directory;  ///< of the configuration
    std::uint64_t jobs = 0;
    std::vector<ConfigProblem> problems;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
