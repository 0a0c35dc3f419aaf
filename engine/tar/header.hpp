// One tar entry's header, and its bytes as duplicity writes them.
//
// Format facts: archive-format.md 4.1 (ustar with pax `x` headers where ustar does not suffice),
// shown by every difftar and sigtar below tests/golden/duplicity-0.8.22. Private records:
// archive-format.md 13.
#pragma once

#include "storage/io/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace duplid::tar {

/// Headers and data alike come in blocks of this many bytes.
inline constexpr std::size_t block_bytes = 512;

/// duplicity stores a hard link as a regular file of its own and dies of a `hard_link` entry
/// (archive-format.md 4.7): it is read here, never to be written to an archive.
enum class Type { regular, hard_link, symlink, character, block, directory, fifo };

/// A pax record. The value is any bytes, NUL and newline included; the keyword is not empty and
/// holds no `=`.
struct PaxRecord {
    std::string keyword;
    std::string value;

    bool operator==(const PaxRecord&) const = default;
};

/// What a header says. All strings are bytes, in no particular encoding.
///
/// A default Header with a name is exactly what a `deleted/` entry looks like: a regular file
/// with mode, owner, size and time 0 and no owner names (archive-format.md 4.2).
/// Every member has an initialiser, so that GCC lets designated ones leave out any of them.
struct Header {
    std::string name{};  ///< prefix and path; a directory's ends in `/`, as its writer decides
    Type type = Type::regular;
    std::uint32_t mode = 0;  ///< permission bits, 07777
    std::uint64_t uid = 0;
    std::uint64_t gid = 0;
    std::uint64_t size = 0;  ///< of the data that follows; 0 unless `regular`
    std::int64_t mtime = 0;  ///< seconds since 1970
    std::string link{};      ///< target of a symbolic (or hard) link
    std::string uname{};     ///< empty when unknown
    std::string gname{};
    std::uint32_t dev_major = 0;  ///< of devices only
    std::uint32_t dev_minor = 0;
    /// Records beyond those that the fields above need: `SCHILY.xattr.*`, `DUPLID.*`, an `mtime`
    /// with a fraction. Written after the standard ones, in this order.
    std::vector<PaxRecord> extra{};

    bool operator==(const Header&) const = default;
};

/// Bytes that write_header() will write: 512, or 1024 and more with a pax header.
[[nodiscard]] std::size_t encoded_bytes(const Header& header) noexcept;

/// Writes the header, a pax header before it where one is needed, to the front of `out` and
/// returns the bytes written. `out` has room for at least encoded_bytes(header).
///
/// A negative mtime is written as 0, as duplicity does. Allocates nothing.
/// Throws: Error invalid when a device number needs more than 21 bits (Linux has 20).
std::size_t write_header(const Header& header, io::ByteSpan out);

/// As write_header, to the end of `out`.
void append_header(const Header& header, io::Bytes& out);

/// Zero bytes to be written after `size` bytes of data: 0 to 511.
[[nodiscard]] constexpr std::size_t padding_of(std::uint64_t size) noexcept
{
    return static_cast<std::size_t>((block_bytes - size % block_bytes) % block_bytes);
}

}  // namespace duplid::tar
