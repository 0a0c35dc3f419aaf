// What a full set that was interrupted holds so far, from what its run left in the cache.
//
// duplicity lists such a set like any other, up to where it broke off (command-line.md 1.3, 9.7).
#pragma once

#include "engine/chain/backup_set.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "storage/cache/file_row.hpp"

#include <functional>
#include <stop_token>

namespace duplid::operation {

/// The newest interrupted full set of which the cache has manifest and signatures so far; null:
/// there is none.
[[nodiscard]] const chain::BackupSet* unfinished_full_set(const Listing& listing);

/// Calls `take` for each object that is whole in the volumes that the target has acknowledged, in
/// index order, until it returns false. Throws: Error.
void each_unfinished_file(Archive& archive, const chain::BackupSet& set,
                          const std::stop_token& stop,
                          const std::function<bool(const cache::FileRow&)>& take);

}  // namespace duplid::operation
