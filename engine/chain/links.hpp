// How sets, and how signature files, join into chains.
#pragma once

#include "engine/chain/collection.hpp"

#include <set>
#include <vector>

namespace duplid::chain {

/// Sorts complete sets (ascending by id) into `chains`, `orphaned` and `replaced` of `into`
/// (archive-format.md 10.2).
void link_sets(std::vector<BackupSet> complete, Collection& into);

/// Sorts the signature files of one place (ascending by id) into chains (archive-format.md 10.3).
/// Where several continue the same chain, one of a set in `live` goes first, so that the
/// signatures of a replaced set do not make orphans of those of its replacement.
[[nodiscard]] Signatures link_signatures(std::vector<SignatureFile> files,
                                         const std::set<naming::SetId>& live);

}  // namespace duplid::chain
