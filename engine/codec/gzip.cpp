#include "engine/codec/gzip.hpp"

namespace duplid::codec {

namespace {

constexpr std::byte byte_of(std::uint64_t number, unsigned index) noexcept
{
    return static_cast<std::byte>((number >> (8 * index)) & 0xFF);
}

}  // namespace

std::array<std::byte, 10> gzip_header(std::uint32_t mtime) noexcept
{
    return {std::byte{0x1F},   std::byte{0x8B},   std::byte{0x08},   std::byte{0x00},
            byte_of(mtime, 0), byte_of(mtime, 1), byte_of(mtime, 2), byte_of(mtime, 3),
            std::byte{0x00},   std::byte{0xFF}};
}

std::array<std::byte, 8> gzip_trailer(std::uint32_t crc32, std::uint64_t raw_bytes) noexcept
{
    return {byte_of(crc32, 0),     byte_of(crc32, 1),     byte_of(crc32, 2),
            byte_of(crc32, 3),     byte_of(raw_bytes, 0), byte_of(raw_bytes, 1),
            byte_of(raw_bytes, 2), byte_of(raw_bytes, 3)};
}

}  // namespace duplid::codec
