// From a job's words about time to what the scheduler takes.
#pragma once

#include "daemon/jobs/job.hpp"
#include "daemon/schedule/conditions.hpp"
#include "daemon/schedule/due.hpp"

namespace duplid::jobs {

/// All throw: Error invalid, its object the member ("schedule.calendar[1]").
[[nodiscard]] schedule::Plan plan_of_backup(const Job& job);
/// Without a schedule of its own, one that is never due.
[[nodiscard]] schedule::Plan plan_of_verify(const Job& job);
[[nodiscard]] schedule::Plan plan_of_check(const Job& job);
[[nodiscard]] schedule::Conditions conditions_of(const Job& job);

/// The same for the same plan, another for another: what a change is told by.
[[nodiscard]] std::string fingerprint_of(const Schedule& schedule);

}  // namespace duplid::jobs
