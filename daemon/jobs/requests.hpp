// A job as the requests that it stands for, as if somebody had typed them.
#pragma once

#include "daemon/jobs/job.hpp"
#include "proto/backup.hpp"
#include "proto/proof_params.hpp"
#include "proto/removal.hpp"

#include <cstdint>
#include <variant>
#include <vector>

namespace duplid::jobs {

/// What is removed after a backup.
using Removal =
    std::variant<proto::RemoveOlderThanParams, proto::RemoveAllButNFullParams,
                 proto::RemoveIncrementsParams, proto::PruneParams, proto::CleanupParams>;

/// All without secrets. `now`: what ages count from, epoch seconds.
/// Throw: Error invalid, its object the member.
[[nodiscard]] proto::BackupParams backup_request(const Job& job, std::int64_t now);
[[nodiscard]] proto::VerifyParams verify_request(const Job& job, std::int64_t now);
[[nodiscard]] proto::CheckParams check_request(const Job& job);
/// In the order in which they are to be done.
[[nodiscard]] std::vector<Removal> removals(const Job& job, std::int64_t now);

}  // namespace duplid::jobs
