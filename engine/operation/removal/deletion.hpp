// Deletes files of an archive, step by step: first on the target, then here.
#pragma once

#include "engine/chain/removal_steps.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// One file that is, or was, deleted on the target.
struct DeletedFile {
    std::string name;
    std::uint64_t bytes = 0;  ///< as far as the listing tells
};

/// What a step comes to.
struct DeletedPart {
    naming::SetId set;
    chain::RemovalCause cause = chain::RemovalCause::chain;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

/// What a removal or a cleanup comes to, whether it was carried out or only looked at.
struct DeletionReport {
    bool carried_out = false;
    std::vector<DeletedPart> parts;  ///< by step
    std::vector<DeletedFile> files;  ///< in the order of deletion
    std::uint64_t bytes = 0;
};

[[nodiscard]] DeletionReport report_of(std::span<const chain::RemovalStep> steps,
                                       const Listing& listing);

/// Carries the steps out, each on the target and then in the cache, so that here is never less than
/// there. The catalog and the journal forget what they knew of sets that went.
///
/// Throws: Error; cancelled once `stop` is requested. What is left is then in order, whatever was
/// deleted last, and the same steps can be asked for again.
void carry_out(Archive& archive, std::span<const chain::RemovalStep> steps,
               const DeletionReport& report, Monitor& monitor, const std::stop_token& stop);

/// Deletes files of the cache that nobody needs; one that is gone already is no error.
void delete_cached(Archive& archive, std::span<const std::string> names);

}  // namespace duplid::operation
