// One thing found in the source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace duplid::select {

/// What can be stored. Sockets cannot, and never get this far.
enum class Type : std::uint8_t { regular, directory, symlink, fifo, character, block };

/// What lstat tells (with --copy-links: stat, where a link leads somewhere).
struct Metadata {
    Type type = Type::regular;
    std::uint16_t mode = 0;  ///< permissions, set-id and sticky: 12 bits
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0;             ///< of regular files; 0 for everything else
    std::uint64_t stat_bytes = 0;       ///< st_size whatever the type is: what statistics count
    std::uint64_t allocated_bytes = 0;  ///< what it takes on the disk; with holes, less than `size`
    std::int64_t mtime = 0;             ///< seconds since 1970, rounded down
    std::uint32_t mtime_ns = 0;
    std::int64_t ctime = 0;
    std::uint32_t ctime_ns = 0;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t nlink = 0;
    std::uint32_t rdev_major = 0;  ///< of device files
    std::uint32_t rdev_minor = 0;
};

struct Entry : Metadata {
    /// The path below the source, its components joined by NUL; the source itself is "". Plain
    /// byte comparison of keys is index order.
    std::string key;
    /// The path as rules and messages have it: the source argument, '/', the relative path.
    std::string path;
    /// Of symlinks, as bytes.
    std::string link_target;

    /// The last component of `key`.
    [[nodiscard]] std::string_view name() const noexcept
    {
        const auto nul = key.rfind('\0');
        return std::string_view{key}.substr(nul == std::string::npos ? 0 : nul + 1);
    }
};

}  // namespace duplid::select
