// Reads manifests.
//
// The rules are those of archive-format.md 3.6 in duplid's variant. Keywords in any letter case;
// unknown lines, and a missing Hostname, Localdir, Hash or Filelist, are fine. A later record
// replaces an earlier one of the same number, and then numbers above the last record are dropped,
// which is how a restarted run looks (1,2,3,3,4). A mere permutation (2,1,4,3, as `replicate`
// writes it) keeps all its volumes, where the reference loses some.
#pragma once

#include "engine/manifest/manifest.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/source.hpp"

#include <cstddef>
#include <functional>

namespace duplid::manifest {

/// A line longer than this is no manifest: room for the chunk index of a volume of a TiB.
inline constexpr std::size_t line_bytes_max = std::size_t{16} << 20;
/// A set of more volumes than this is no set: 400 TB in volumes of 25 MB.
inline constexpr std::size_t volumes_max = std::size_t{1} << 24;

/// Reads a whole manifest. Throws: Error corrupt, naming the line, for a record without both
/// paths, values that make no sense, a last line without its end, and text in which nothing is
/// recognised.
[[nodiscard]] Manifest parse(io::ByteView bytes);

/// As above in constant memory per file: the list of files goes to `on_change`, one by one in
/// the order of the list, and `files` stays empty. An empty function skips the list.
/// Throws also whatever `source` and `on_change` throw.
[[nodiscard]] Manifest parse(io::Source& source,
                             const std::function<void(FileChange&&)>& on_change);

/// Reads the `.manifest.part` of an interrupted run: a tail that was cut off, in the middle of a
/// line or of a record (one without its hash line), is left out instead of refused. Nothing at all
/// is an empty manifest.
[[nodiscard]] Manifest parse_unfinished(io::ByteView bytes);

}  // namespace duplid::manifest
