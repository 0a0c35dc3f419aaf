// The signatures of an archive's sets, wherever they are, as the index of files knows them.
#pragma once

#include "engine/chain/collection.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "storage/cache/file_row.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace duplid::operation {

struct SetSignatures {
    naming::SetId id;
    std::optional<std::string> cached;  ///< the name in the cache
    std::optional<std::string> stored;  ///< the name on the target
    /// The size on the target: of two sets that were made in the same second it tells which is
    /// which. Empty when it is not known.
    std::string stamp;
};

using SignaturesById = std::map<naming::SetId, SetSignatures>;

[[nodiscard]] SignaturesById signatures_in(const Listing& listing);

/// Those of a chain's sets, up to the first set that has none. They point into `all`.
[[nodiscard]] std::vector<const SetSignatures*> signatures_of(const chain::Chain& chain,
                                                              const SignaturesById& all);

/// What the index calls a chain, and a set.
[[nodiscard]] std::string name_of_chain(const chain::Chain& chain);
[[nodiscard]] cache::IndexedSet indexed_set_of(const SetSignatures& set);

/// How many sets of `files` the index has, which are its `applied`; nothing if it has any other in
/// their chain.
[[nodiscard]] std::optional<std::size_t> sets_known(const std::vector<cache::IndexedSet>& applied,
                                                    const std::vector<const SetSignatures*>& files);

}  // namespace duplid::operation
