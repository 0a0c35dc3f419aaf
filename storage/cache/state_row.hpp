// What the catalog knows of one path in the chain's current state.
#pragma once

#include <cstdint>
#include <string>

namespace duplid::cache {

/// One path. The cache orders rows by the bytes of `key` and gives no meaning to key and type.
struct StateRow {
    /// Bits of `known`: which of the fingerprint's parts were ever seen. A catalog made from
    /// duplicity's own signatures knows none of them, and what is not known is not compared.
    enum Known : std::uint32_t {
        knows_size = 1,
        knows_mtime_ns = 2,
        knows_ctime = 4,
        knows_inode = 8,
    };

    std::string key;
    int type = 0;
    std::uint32_t mode = 0;
    std::uint64_t uid = 0;
    std::uint64_t gid = 0;
    std::int64_t mtime = 0;  ///< seconds
    std::string link;        ///< text of a symbolic link
    std::uint64_t rdev_major = 0;
    std::uint64_t rdev_minor = 0;

    std::uint32_t known = 0;  ///< bits of Known
    std::uint64_t size = 0;
    std::uint32_t mtime_ns = 0;
    std::int64_t ctime = 0;  ///< seconds
    std::uint32_t ctime_ns = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;
    std::string attributes;  ///< digest of the extended attributes; empty when there are none
    bool linked = false;     ///< stored as one of several names of the object

    /// Position (see AppliedSet) of the set whose sigtar holds the signature, -1 when there is
    /// none.
    std::int32_t sig_set = -1;
    std::uint64_t sig_offset = 0;  ///< in the uncompressed sigtar, of the signature's first byte
    std::uint64_t sig_bytes = 0;

    /// What the archive has of it is not, or may not be, what it was: it changed while it was read,
    /// or its volume is lost. Stored again next time; whole, if there is no signature.
    bool suspect = false;

    friend bool operator==(const StateRow&, const StateRow&) = default;
};

/// A set whose changes the state reflects.
struct AppliedSet {
    std::string set_name;       ///< as the engine names it; opaque here
    std::string manifest_sha1;  ///< hex, of the manifest as it is in the cache

    friend bool operator==(const AppliedSet&, const AppliedSet&) = default;
};

/// A piece of a cached sigtar that can be inflated by itself. Chunks of one set follow each other
/// without gaps in `raw_offset`.
struct SigChunk {
    std::uint64_t raw_offset = 0;  ///< in the uncompressed sigtar
    std::uint64_t raw_bytes = 0;
    std::uint64_t stored_offset = 0;  ///< in the .sigtar.gz, of the first byte of deflate data
    std::uint64_t stored_bytes = 0;

    friend bool operator==(const SigChunk&, const SigChunk&) = default;
};

}  // namespace duplid::cache
