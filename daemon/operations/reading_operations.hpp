// Runs that read archives and change nothing on a target: restore, verify, check.
#pragma once

#include "daemon/operations/operations.hpp"
#include "proto/proof_params.hpp"
#include "proto/restore.hpp"

namespace duplid::daemon {

/// Throw: Error invalid for params that can be seen to be wrong without opening anything.
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::RestoreParams params);
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::VerifyParams params);
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::CheckParams params);

}  // namespace duplid::daemon
