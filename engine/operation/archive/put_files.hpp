// The files of a set on their way to the target: how they are wrapped and called, and that all of
// each arrived. Signatures and manifests of a set that is not made from a source tree.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/io/source.hpp"

#include <cstdint>
#include <string>

namespace duplid::operation {

/// How every file of the archive is wrapped that belongs to `set`.
[[nodiscard]] volume::Wrapper wrapper_of(Archive& archive, const naming::SetId& set);

/// The chunk index of a volume for its manifest record; empty where there is none.
[[nodiscard]] std::string chunk_index_of(const volume::StoredFile& file);

/// Puts a file on the target and looks whether all of it arrived. Throws: Error.
void ship(remote::Remote& target, volume::StoredFile& file, const std::string& name);
/// Looks whether all `bytes` of a file that was put are there. Throws: Error corrupt.
void check_arrival(remote::Remote& target, std::uint64_t bytes, const std::string& name);

/// What these files are called on the target.
[[nodiscard]] std::string target_volume_name(const ArchiveSettings& settings,
                                             const naming::SetId& set, std::uint32_t number);
[[nodiscard]] std::string target_signatures_name(const ArchiveSettings& settings,
                                                 const naming::SetId& set);
[[nodiscard]] std::string target_manifest_name(const ArchiveSettings& settings,
                                               const naming::SetId& set);

/// `tar` is the uncompressed sigtar. Returns the bytes stored. Throws: Error.
std::uint64_t put_signatures(Archive& archive, const naming::SetId& set, io::Source& tar);

/// `text` is the manifest as plain text. Returns the bytes stored. Throws: Error.
std::uint64_t put_manifest(Archive& archive, const naming::SetId& set, io::Source& text);

}  // namespace duplid::operation
