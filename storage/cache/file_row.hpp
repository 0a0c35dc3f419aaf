// One version of one path, as the index of files has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::cache {

/// The cache orders rows by the bytes of `key` and gives no meaning to key, type and content.
struct FileRow {
    std::string key;
    /// Positions in the chain: of the first set that holds this version, and of the one that holds
    /// it no more. Nothing: the chain's last set still does.
    std::int32_t since = 0;
    std::optional<std::int32_t> until;

    int type = 0;
    std::uint32_t mode = 0;
    std::uint64_t uid = 0;
    std::uint64_t gid = 0;
    std::int64_t mtime = 0;  ///< seconds
    std::optional<std::uint32_t> mtime_ns;
    std::optional<std::uint64_t> size;
    std::string link;  ///< text of a symbolic link
    std::uint64_t rdev_major = 0;
    std::uint64_t rdev_minor = 0;
    /// Of regular files: block length and digest of the signature; 0 when there is none.
    std::uint32_t block_bytes = 0;
    std::uint64_t content = 0;
    std::string sha256;  ///< of the content, 32 bytes; empty when not known
    /// Digest of the extended attributes, access lists among them; empty: it has none.
    std::optional<std::string> attributes;

    friend bool operator==(const FileRow&, const FileRow&) = default;
};

/// A set of a chain that the index reflects.
struct IndexedSet {
    std::string name;   ///< as the engine names it; opaque here
    std::string stamp;  ///< opaque; may be empty

    friend bool operator==(const IndexedSet&, const IndexedSet&) = default;
};

}  // namespace duplid::cache
