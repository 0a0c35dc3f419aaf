// Which chain, sets and signatures a run works with.
#pragma once

#include "engine/chain/collection.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duplid::chain {

/// The chain that ends last, or null when there is none. Points into `collection`.
[[nodiscard]] const Chain* newest_chain(const Collection& collection) noexcept;

/// The chain to restore from as of `time`: the one with start <= time <= end; else the newest that
/// ended before; else the oldest. Null when there is no chain at all (archive-format.md 10.4).
/// Points into `collection`.
/// Throws: Error invalid when several chains span `time`, unless just one of them has a set of
/// exactly that time.
[[nodiscard]] const Chain* chain_at(const Collection& collection, std::int64_t time);

/// The sets of `chain` that make up the state as of `time`: the full and every increment that
/// ended by then. Never empty; a view into `chain`.
[[nodiscard]] std::span<const BackupSet> sets_at(const Chain& chain, std::int64_t time);

/// A signature file to read, and where it is.
struct FoundSignatures {
    naming::SetId id{};
    std::string name{};
    bool cached = false;  ///< in the local cache, else on the target
};

/// The signatures an increment is made against.
struct ActiveSignatures {
    const Chain* chain = nullptr;  ///< never null; points into the collection
    /// One for each set, in the order of `chain->sets`, from the full on.
    std::vector<FoundSignatures> files{};
    /// The chain's last set has no signatures: the increment starts at the end of the set before
    /// and takes the last one's place in the chain. Worth a warning.
    bool discards_last_set = false;

    /// The start time of the next increment.
    [[nodiscard]] std::int64_t end() const { return files.back().id.end; }
};

/// The signatures of the newest chain, the cache's before the target's; nothing when there is no
/// chain or its signatures have a gap, so that only a full is possible.
///
/// They are looked up set by set. Signatures that go further than the backup chain (its newest
/// manifest was lost) thus do no harm, although they stop the reference (archive-format.md 10.3
/// and 14), and neither does a missing last one right after the full.
[[nodiscard]] std::optional<ActiveSignatures> active_signatures(const Collection& collection);

}  // namespace duplid::chain
