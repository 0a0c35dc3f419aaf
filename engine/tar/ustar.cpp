#include "engine/tar/ustar.hpp"

#include <algorithm>
#include <cstring>

namespace duplid::tar {

namespace {

constexpr std::uint32_t blank_field_sum = static_cast<std::uint32_t>(checksum_field.bytes) * ' ';

template <class Byte>
std::int32_t sum_of_checksum_field(ConstBlock block) noexcept
{
    std::int32_t sum = 0;
    for (const std::byte byte : block.subspan<checksum_field.offset, checksum_field.bytes>()) {
        sum += static_cast<Byte>(byte);
    }
    return sum;
}

}  // namespace

std::uint32_t sum_of(ConstBlock block) noexcept
{
    // Eight bytes at a time, as four 16-bit sums of pairs: 64 steps of at most 510 each stay
    // within 16 bits. A header is summed for every entry, and most of its bytes are zero.
    constexpr std::uint64_t even_bytes = 0x00ff'00ff'00ff'00ffU;
    std::uint64_t sums = 0;
    for (std::size_t at = 0; at < block_bytes; at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, block.data() + at, sizeof word);
        sums += (word & even_bytes) + ((word >> 8U) & even_bytes);
    }
    constexpr std::uint64_t low = 0xffffU;
    return static_cast<std::uint32_t>((sums & low) + ((sums >> 16U) & low) + ((sums >> 32U) & low) +
                                      (sums >> 48U));
}

std::uint32_t checksum_of(ConstBlock block) noexcept
{
    return sum_of(block) - static_cast<std::uint32_t>(sum_of_checksum_field<unsigned char>(block)) +
           blank_field_sum;
}

std::int32_t signed_checksum_of(ConstBlock block) noexcept
{
    std::int32_t sum = 0;
    for (const std::byte byte : block) {
        sum += static_cast<signed char>(byte);
    }
    return sum - sum_of_checksum_field<signed char>(block) +
           static_cast<std::int32_t>(blank_field_sum);
}

}  // namespace duplid::tar
