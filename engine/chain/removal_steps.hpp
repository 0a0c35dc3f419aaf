// The files to delete, in an order in which every beginning of it leaves an archive in order.
//
// Sets go from the newest to the oldest, so that an increment never loses what it builds on, and of
// a set the manifest goes first, so that it is not taken for a whole one; then its volumes from the
// last to the first, then its signatures. (The reference deletes all signatures before the first
// set; then a chain that stays by accident can no longer be continued.) Whatever a removal leaves
// that was cut short is found by the next one, or by cleanup.
#pragma once

#include "engine/chain/collection.hpp"
#include "engine/chain/removal.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace duplid::chain {

/// Why files go.
enum class RemovalCause {
    chain,           ///< their set belongs to a chain that goes, or hangs on it
    left_over,       ///< of a set that is already partly gone, and old
    orphaned,        ///< complete set without a chain
    replaced,        ///< complete set whose place in its chain another one took
    incomplete,      ///< set without a manifest
    partial,         ///< the same, and it could be resumed here
    signatures,      ///< signatures without a set
    duplicates,      ///< copies of files that count, never read
    old_signatures,  ///< signatures of chains that nothing will continue
};

struct RemovalStep {
    naming::SetId set{};
    RemovalCause cause = RemovalCause::chain;
    /// With RemovalCause::chain: index in Collection::chains.
    std::optional<std::size_t> chain{};
    /// Names on the target, to be deleted in this order. Empty when only the cache has something.
    std::vector<std::string> names{};

    /// Nothing of the set is left on the target afterwards, so the cache needs nothing of it.
    [[nodiscard]] bool takes_whole_set() const noexcept
    {
        return cause != RemovalCause::duplicates && cause != RemovalCause::old_signatures;
    }
};

/// The steps that do what was judged, the chains that ended first first. With a chain go the
/// replaced, incomplete and partial sets and the lone signatures that build on it.
///
/// Also what earlier removals left when they were cut short: sets without a manifest, and
/// signatures without a set, that build on no chain, are older than the bound, and older than the
/// newest chain that stays.
[[nodiscard]] std::vector<RemovalStep> removal_steps(const Collection& collection,
                                                     const Judgement& judgement);

/// What belongs to no chain, from the newest to the oldest; with `old_signatures` also the
/// signatures of all chains but the newest, of which then no files can be listed any more.
///
/// Throws: Error invalid when there are complete sets but no chain at all, because these may be
/// all that is left of the archive; unless `include_last_chain`.
[[nodiscard]] std::vector<RemovalStep> cleanup_steps(const Collection& collection,
                                                     bool old_signatures, bool include_last_chain);

}  // namespace duplid::chain
