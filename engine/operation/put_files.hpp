// Signatures and manifests, wrapped as the archive's settings say and put on its target: what comes
// after the volumes of a set that is not made from a source tree.
#pragma once

#include "engine/operation/archive.hpp"
#include "storage/io/source.hpp"

#include <cstdint>
#include <string>

namespace duplid::operation {

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
