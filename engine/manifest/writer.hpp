// Writes manifests, byte for byte as duplicity 0.8.22 does (archive-format.md 3.2): at once, or
// piece by piece as a run goes on (head, volumes, then the list of files).
#pragma once

#include "engine/manifest/manifest.hpp"
#include "storage/io/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::manifest {

struct Head {
    std::optional<std::string> hostname{};
    std::optional<std::string> localdir{};
    /// Whether volumes will carry private lines (`Duplid-Chunks`, `Duplid-Source-SHA1`): then a
    /// first line `Duplid-Format 1` says so (archive-format.md 13). Without it the manifest is
    /// exactly duplicity's.
    bool has_private_lines = false;
};

/// The whole manifest. The volumes are in strictly ascending order (and, for a set that duplicity
/// is to read, contiguous from 1, each with a SHA-1). A list of files is written if
/// `has_file_list`.
/// Throws: Error internal when the volumes are out of order; invalid as print_head().
[[nodiscard]] io::Bytes print(const Manifest& manifest);

/// Throws: Error invalid when the host name holds a line break.
[[nodiscard]] std::string print_head(const Head& head);
[[nodiscard]] std::string print_volume(const Volume& volume);
[[nodiscard]] std::string print_file_list_head(std::uint64_t count);
[[nodiscard]] std::string print_file_change(const FileChange& change);

}  // namespace duplid::manifest
