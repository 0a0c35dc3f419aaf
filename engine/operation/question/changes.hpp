// Which regular files a set changed, as its manifest lists them (archive-format.md 3.5). These are
// duplicity's collection-status --file-changed and --show-changes-in-set (command-line.md 5.2).
#pragma once

#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace duplid::operation {

struct ListedChange {
    naming::SetId set;
    manifest::FileChange::Action action = manifest::FileChange::Action::added;
    std::string path;  ///< raw bytes, relative to the root
};

/// Calls `take` for each set of the newest chain that changed the file at `path`, oldest first,
/// until it returns false. A path nobody ever stored has no changes.
/// Manifests come from the cache where it has them, else from the target, and are not kept: the
/// archive need not be locked. Throws: Error; not_found when there is no backup.
void changes_of_file(Archive& archive, const std::string& path, const std::stop_token& stop,
                     const std::function<bool(const ListedChange&)>& take);

/// Calls `take` for each file that a set of the newest chain changed, until it returns false.
/// `number` counts back from the newest set, which is 0. Returns the set. As above.
/// Throws: Error; invalid when the chain has no such set.
naming::SetId changes_in_set(Archive& archive, std::uint64_t number, const std::stop_token& stop,
                             const std::function<bool(const ListedChange&)>& take);

}  // namespace duplid::operation
