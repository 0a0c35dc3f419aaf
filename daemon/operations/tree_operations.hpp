// tree-delta and tree-patch: from requests to the bodies of runs.
#pragma once

#include "daemon/operations/operations.hpp"
#include "proto/tree_params.hpp"

namespace duplid::daemon {

/// Throw: Error invalid for params that can be seen to be wrong without opening anything.
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::TreeDeltaParams params);
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::TreePatchParams params);

}  // namespace duplid::daemon
