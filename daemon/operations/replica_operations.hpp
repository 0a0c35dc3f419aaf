// replicate and repair: params to a run.
#pragma once

#include "daemon/operations/operations.hpp"
#include "engine/operation/repair/repair.hpp"
#include "engine/operation/replica/replicate.hpp"
#include "proto/repair.hpp"
#include "proto/repair_report.hpp"
#include "proto/replicate.hpp"
#include "proto/replicate_report.hpp"

namespace duplid::daemon {

/// Throw: Error invalid for params that can be seen to be wrong without opening anything.
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::ReplicateParams params);
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::RepairParams params);

/// The archive that is copied, described as the destination is.
[[nodiscard]] proto::ArchiveParams source_of(const proto::ReplicateParams& params);

[[nodiscard]] proto::ReplicateReport to_wire(const operation::ReplicateReport& report);
[[nodiscard]] proto::RepairReport to_wire(const operation::RepairReport& report);

}  // namespace duplid::daemon
