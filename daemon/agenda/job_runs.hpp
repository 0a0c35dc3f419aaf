// A job's tasks as runs: the same runs that requests would start, with the job's secrets.
#pragma once

#include "daemon/jobs/job.hpp"
#include "daemon/jobs/secrets.hpp"
#include "daemon/operations/operations.hpp"
#include "proto/backup.hpp"
#include "proto/jobs.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace duplid::daemon {

/// What these runs share with whoever starts them. A run keeps the job as it was when it began:
/// who changes the files does not disturb it.
struct JobToRun {
    std::shared_ptr<const jobs::Job> job;
    std::shared_ptr<const jobs::SecretSurroundings> surroundings;
};

/// How programs of the system's that print secrets are run. `workshop` outlives it.
[[nodiscard]] jobs::RunProgram secret_programs(Workshop& workshop);

/// Whether the daemon would take what a job asks for. Throws: Error, its object the member.
void judge(Workshop& workshop, const jobs::Job& job);

/// That the job's target is on the disk that the job names, if it names one.
/// Throws: Error unreachable.
void require_disk(const jobs::Job& job);

/// How a backup is made this time.
struct BackupWish {
    proto::BackupType type = proto::BackupType::automatic;
    std::vector<std::string> refill{};  ///< targets that are empty on purpose
};

/// Of a job with several targets, what one of them alone is the target of.
[[nodiscard]] JobToRun with_target(const JobToRun& what, std::size_t target);

/// Secrets are fetched by the run, on its own thread, when its turn has come. A backup goes to all
/// of a job's targets; the others are for jobs with one.
/// Throw: Error invalid.
[[nodiscard]] PlannedRun plan_backup(Workshop& workshop, const JobToRun& what,
                                     const BackupWish& wish);
[[nodiscard]] PlannedRun plan_verify(Workshop& workshop, const JobToRun& what);
[[nodiscard]] PlannedRun plan_check(Workshop& workshop, const JobToRun& what);

/// What a job removes after a good backup, in this order. `now` is asked when each is planned.
[[nodiscard]] std::size_t removal_count(const jobs::Job& job);
[[nodiscard]] PlannedRun plan_removal(Workshop& workshop, const JobToRun& what, std::size_t index);

}  // namespace duplid::daemon
