// A backup to several targets at once: one read of the source, the same files everywhere.
#pragma once

#include "daemon/operations/operations.hpp"
#include "daemon/operations/target_group.hpp"
#include "proto/backup.hpp"

#include <vector>

namespace duplid::daemon {

/// What is known of such a run before it begins. The archive's place is that of the first target.
/// Throws: Error invalid, its object the member of the target, or "targets[1]" and so on.
[[nodiscard]] RunFacts facts_of(const proto::BackupParams& params,
                                const std::vector<NamedTarget>& targets, const Workshop& workshop);

/// The run itself.
[[nodiscard]] RunResult back_up(Workshop& workshop, const proto::BackupParams& params,
                                std::vector<NamedTarget> targets, RunControl& control);

}  // namespace duplid::daemon
