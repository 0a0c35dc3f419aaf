// Removals and cleanup: params to a run.
#pragma once

#include "daemon/operations/operations.hpp"
#include "engine/operation/removal/cleanup.hpp"
#include "engine/operation/removal/remove.hpp"
#include "proto/removal.hpp"
#include "proto/removal_report.hpp"

namespace duplid::daemon {

/// Throw: Error invalid for params that can be seen to be wrong without opening anything.
[[nodiscard]] PlannedRun plan(Workshop& workshop, const proto::RemoveOlderThanParams& params);
[[nodiscard]] PlannedRun plan(Workshop& workshop, const proto::RemoveAllButNFullParams& params);
[[nodiscard]] PlannedRun plan(Workshop& workshop, const proto::RemoveIncrementsParams& params);
[[nodiscard]] PlannedRun plan(Workshop& workshop, const proto::PruneParams& params);
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::CleanupParams params);

[[nodiscard]] proto::RemovalReport to_wire(const operation::RemoveReport& report);
[[nodiscard]] proto::RemovalReport to_wire(const operation::CleanupReport& report);

}  // namespace duplid::daemon
