// The hooks around one run of a job.
//
//     its turn has come -> secrets -> before -> the work -> after, or failed -> finally
//
// "before" may veto: nothing has been opened then. The others cannot change how a run ended, but
// one that fails is a warning, so that the run ends "completed with warnings".
#pragma once

#include "daemon/jobs/job.hpp"
#include "daemon/operations/operations.hpp"
#include "daemon/runs/run.hpp"

#include <chrono>
#include <functional>

namespace duplid::daemon {

/// What hooks after the work have in all once the run, or the daemon, is stopped. Below
/// Instance::stop_time_max, with what is left to wind down.
inline constexpr std::chrono::seconds hook_stop_grace{10};

/// Calls `prepare` (secrets), then `work`, with the hooks of `job` around them, on the run's own
/// thread. Throws what these throw; Error denied, its detail `vetoed`, when a hook "before" ends
/// with another status than 0; what Runner::run() throws for such a one.
[[nodiscard]] RunResult run_with_hooks(Workshop& workshop, const jobs::Job& job,
                                       const RunFacts& facts, RunControl& control,
                                       const std::function<void()>& prepare,
                                       const std::function<RunResult()>& work);

}  // namespace duplid::daemon
