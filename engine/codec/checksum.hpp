// The check sums inside gzip (RFC 1952 section 8) and zlib (RFC 1950 section 9) streams.
#pragma once

#include "storage/io/bytes.hpp"

#include <cstdint>

namespace duplid::codec {

/// The CRC-32 of `bytes`, going on from `before` (0 at the beginning of a stream).
[[nodiscard]] std::uint32_t crc32_of(io::ByteView bytes, std::uint32_t before = 0) noexcept;

/// The CRC-32 of two strings of bytes joined, from their CRCs and the length of the second.
/// (Not called crc32_combine, because zlib.h may define a macro of that name.)
[[nodiscard]] std::uint32_t crc32_joined(std::uint32_t first, std::uint32_t second,
                                         std::uint64_t second_bytes) noexcept;

/// The Adler-32 of `bytes`, going on from `before` (1 at the beginning of a stream).
[[nodiscard]] std::uint32_t adler32_of(io::ByteView bytes, std::uint32_t before = 1) noexcept;

}  // namespace duplid::codec
