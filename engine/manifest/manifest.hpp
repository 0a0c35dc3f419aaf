// What a manifest says: where a set comes from, which paths each volume covers, its hash, and
// which files changed. Reading is in reader.hpp, writing in writer.hpp.
//
// Format facts: archive-format.md 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::manifest {

/// One end of the range of a volume.
struct Bound {
    std::string key{};  ///< an index key, see naming/index.hpp
    /// The number of the block, when the entry is a block of a split file and not its last one.
    std::optional<std::uint64_t> block{};

    [[nodiscard]] bool operator==(const Bound&) const = default;
};

/// The record of one volume.
struct Volume {
    std::uint32_t number = 0;  ///< from 1
    Bound first{};             ///< of the first entry; the root in an empty last volume (3.4)
    Bound last{};              ///< of the last entry
    /// Lower-case hex SHA-1 of the file as stored on the target. Empty in some very old
    /// manifests; whoever writes one fills it, because duplicity cannot read a record without.
    std::string sha1{};
    /// Further hashes, algorithm and value as written, e.g. {"MD5", "…"}.
    std::vector<std::pair<std::string, std::string>> other_hashes{};
    /// The value of duplid's private line `Duplid-Chunks`; see chunk_index.hpp. Often empty.
    std::string chunks{};
    /// The value of duplid's private line `Duplid-Source-SHA1`: the hash of the volume that this
    /// one is a copy of in another wrapping. It lets a second replication see that the set is there
    /// already. Mostly empty.
    std::string source_sha1{};

    [[nodiscard]] bool operator==(const Volume&) const = default;
};

/// A line of the list of files: a regular file that this set added, changed or removed.
struct FileChange {
    enum class Action { added, changed, removed };
    Action action = Action::added;
    std::string key{};

    [[nodiscard]] bool operator==(const FileChange&) const = default;
};

struct Manifest {
    std::optional<std::string> hostname{};
    std::optional<std::string> localdir{};
    std::vector<Volume> volumes{};  ///< strictly ascending by number
    std::vector<FileChange> files{};
    bool has_file_list = false;
    /// The count that the list of files states. duplicity takes a difference from `files.size()`
    /// for a blemish, not for damage, and so do we; print() always writes the true count.
    std::uint64_t files_stated = 0;

    [[nodiscard]] bool operator==(const Manifest&) const = default;
};

/// Whether the volume may hold entries at or below `key` (archive-format.md 10.5). Ranges of
/// volumes overlap and are not in order, so every volume has to be asked.
[[nodiscard]] bool may_hold(const Volume& volume, std::string_view key);

}  // namespace duplid::manifest
