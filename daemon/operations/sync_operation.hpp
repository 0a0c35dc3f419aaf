// sync: from a request to the body of a run.
#pragma once

#include "daemon/operations/operations.hpp"
#include "proto/sync.hpp"

namespace duplid::daemon {

[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::SyncParams params);

}  // namespace duplid::daemon
