// Which chains and sets an archive holds. Reads names and nothing else: no secret is needed.
#pragma once

#include "engine/naming/name.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::operation {

struct SetStatus {
    naming::SetId id;
    std::uint32_t volumes = 0;
    /// Bytes of the set's volumes on the target, as far as the listing tells.
    std::uint64_t bytes = 0;
    bool encrypted = false;
    /// Of a set without a manifest: the next backup can go on with it here.
    bool resumable = false;
    /// Of an orphaned set: the files it has on the target, the first of them at least.
    std::vector<std::string> files{};
};

struct ChainStatus {
    std::vector<SetStatus> sets;  ///< the full one first
    /// Signatures for the next increment exist up to the chain's end.
    bool has_signatures = false;
    /// In how many places, the target and the cache, there is some chain of its signatures.
    std::uint32_t signature_copies = 0;
};

/// How much of the data check has read back lately (check.hpp).
struct ReadBackStatus {
    std::uint64_t total_bytes = 0;   ///< of volumes and signatures of complete sets
    std::uint64_t recent_bytes = 0;  ///< of these, read back without fault in the last days
    std::int64_t days = 0;
};

struct CollectionStatus {
    std::string target;  ///< without a password
    std::string archive_directory;
    std::vector<ChainStatus> chains;     ///< oldest first
    std::optional<std::size_t> primary;  ///< index of the chain an increment would continue
    std::vector<SetStatus> orphaned;
    std::vector<SetStatus> incomplete;  ///< volumes without a manifest: an interrupted run
    std::vector<std::string> ignored;   ///< foreign files that look almost like ours
    /// Chains of signatures, of the target and of the cache, whatever they belong to.
    std::size_t signature_chains = 0;
    std::vector<std::string> orphaned_signatures;  ///< files on the target without a chain
    std::vector<std::string> cached_orphaned_signatures;
    /// Not set: nothing was ever read back by a check with this archive directory.
    std::optional<ReadBackStatus> read_back;
};

[[nodiscard]] CollectionStatus collection_status(Archive& archive);

}  // namespace duplid::operation
