// Whether something at a destination is a copy of something at a source already, and whether it
// could be one without being made anew.
#pragma once

#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/manifest_part.hpp"

#include <map>
#include <string>
#include <vector>

namespace duplid::operation {

/// Whether two manifests describe one set. A copy in another wrapping has other hashes, but says
/// in `Duplid-Source-SHA1` what each volume is a copy of.
[[nodiscard]] bool is_copy(const manifest::Manifest& one, const manifest::Manifest& other);

/// Whether files of `source` that are named as `destination` names its own also have to be wrapped
/// alike: the same keys and passphrase, as far as the settings tell.
[[nodiscard]] bool have_same_keys(const ArchiveSettings& source,
                                  const ArchiveSettings& destination);

/// Whether the encrypted file opens the ways that `settings` would write: what options say of a
/// source may not be what was done to its files.
[[nodiscard]] bool opens_like(const ArchiveSettings& settings, int fd, const std::string& name);

/// A set's manifest as the target has it, or, where it cannot be decrypted here, as the cache does.
struct ReadManifest {
    manifest::Manifest manifest;  ///< without the list of files
    bool from_cache = false;
};

/// The list of files goes into `changes`. Throws: Error.
[[nodiscard]] ReadManifest read_manifest(Archive& archive, const chain::BackupSet& set,
                                         ChangeList& changes);

/// The names on a target by the set they belong to.
using NamesBySet = std::map<naming::SetId, std::vector<std::string>>;
[[nodiscard]] NamesBySet names_by_set(const Archive& archive, const Listing& listing);

}  // namespace duplid::operation
