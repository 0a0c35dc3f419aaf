// The frame of a gzip member (RFC 1952) around a deflate stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace duplid::codec {

/// The 10 bytes before the deflate stream, as duplicity 0.8.22 writes them: no name, XFL 0, OS 255
/// (archive-format.md 9; vectors plain/). `mtime` is in epoch seconds, 0 for none.
[[nodiscard]] std::array<std::byte, 10> gzip_header(std::uint32_t mtime) noexcept;

/// The 8 bytes behind it: CRC and length (modulo 2^32) of the content.
[[nodiscard]] std::array<std::byte, 8> gzip_trailer(std::uint32_t crc32,
                                                    std::uint64_t raw_bytes) noexcept;

}  // namespace duplid::codec
