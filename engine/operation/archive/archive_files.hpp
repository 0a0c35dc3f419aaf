// The files of an archive, wherever they are: listed, fetched, opened, their manifests read.
#pragma once

#include "engine/chain/collection.hpp"
#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/volume/opened_file.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/io/fd.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace duplid::operation {

/// What writes this archive's encrypted files; null without encryption. The first call tries all
/// keys. Not for several threads before that. Throws: as codec::Encryptor.
codec::Encryptor* encryptor_of(Archive& archive);

/// How this archive writes its files. Throws: as encryptor_of().
[[nodiscard]] volume::Form form_of(Archive& archive);
[[nodiscard]] naming::Wrapping data_wrapping_of(const ArchiveSettings& settings) noexcept;
/// Manifests of unencrypted archives are plain text (archive-format.md 1.1).
[[nodiscard]] naming::Wrapping manifest_wrapping_of(const ArchiveSettings& settings) noexcept;

/// How a file of that name was wrapped by whoever wrote it.
[[nodiscard]] volume::Packing packing_of(naming::Wrapping wrapping) noexcept;
[[nodiscard]] volume::OpenOptions open_options_of(const ArchiveSettings& settings) noexcept;

/// "full 2024-01-01T00:00:00Z" and the like: what messages call a set.
[[nodiscard]] std::string spoken_name_of(const naming::SetId& set);

/// What a listing of the target and the cache shows, sorted out.
struct Listing {
    chain::Collection collection;
    std::unordered_map<std::string, std::uint64_t> bytes_of;  ///< by name, on the target
};

[[nodiscard]] Listing list_archive(Archive& archive);

/// A disk that is not plugged in looks like an empty folder. Where sets were stored before and none
/// is left, not even a part of one, nothing may be begun anew or forgotten (feature-goals.md R19).
/// Throws: Error unreachable.
void check_target_is_there(const Archive& archive, const chain::Collection& collection);

/// A descriptor of a file of the target, at its beginning: the target's own where it has one, else
/// fetched into an unnamed temporary file. Throws: Error, not_found among them.
[[nodiscard]] io::Fd fetch(Archive& archive, const std::string& name);

/// The content of a file of the target, decrypted and inflated as its name says. Throws: Error.
[[nodiscard]] std::unique_ptr<io::Source> open_from_target(Archive& archive,
                                                           const std::string& name);

/// The same of a file that fetch() gave. Throws: Error.
[[nodiscard]] std::unique_ptr<io::Source> open_fetched(const Archive& archive, io::Fd file,
                                                       const std::string& name);

/// The manifest of a complete set, from the cache if it is there, else from the target, and then
/// kept in the cache. Throws: Error.
[[nodiscard]] manifest::Manifest load_manifest(Archive& archive, const chain::BackupSet& set);

/// Leaves `content`, which is that of the set's manifest, in the cache, and reads it.
/// Throws: Error.
manifest::Manifest keep_manifest(Archive& archive, const chain::BackupSet& set,
                                 io::Source& content);

/// As load_manifest(), but always from the target: what opens it opens the chain.
[[nodiscard]] manifest::Manifest load_manifest_from_target(Archive& archive,
                                                           const chain::BackupSet& set);

/// Names of a set's files in the local cache (archive-format.md 2).
[[nodiscard]] std::string cached_manifest_name(const Archive& archive, const naming::SetId& set);
[[nodiscard]] std::string cached_signatures_name(const Archive& archive, const naming::SetId& set);
[[nodiscard]] std::string partial_manifest_name(const Archive& archive, const naming::SetId& set);
[[nodiscard]] std::string partial_signatures_name(const Archive& archive, const naming::SetId& set);

}  // namespace duplid::operation
