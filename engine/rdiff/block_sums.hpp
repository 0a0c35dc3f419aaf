// Sums of neighbouring blocks, several at once: the part of a signature that costs.
//
// Signatures are the first thing every changed byte passes through, and librsync sums one block
// after the other. Blocks are independent of each other, so eight of them fill the eight 32-bit
// lanes of a vector register. See performance.md 3, "Signatures", and README.md for measurements.
#pragma once

#include "storage/io/bytes.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace duplid::rdiff {

/// The most blocks one call may sum, and what it is fastest at.
inline constexpr std::size_t blocks_at_once = 8;

/// Bytes of one block's sums: the rolling sum, and the first half of its MD4.
inline constexpr std::size_t weak_bytes = 4;
inline constexpr std::size_t strong_bytes = 8;
inline constexpr std::size_t sum_bytes = weak_bytes + strong_bytes;

/// Sums the blocks of `block_bytes` bytes that lie one after the other from `data` to
/// `data + bytes`, the last of which may be shorter: 1 to blocks_at_once of them. Writes their
/// sums to `out`, sum_bytes each, as they are in a signature (archive-format.md 5.2).
using SumBlocks = void(const std::byte* data, std::size_t bytes, std::size_t block_bytes,
                       std::byte* out) noexcept;

/// As SumBlocks, for `count` blocks of `block_bytes` bytes that begin anywhere, and may overlap.
using SumScattered = void(const std::byte* const* blocks, std::size_t count,
                          std::size_t block_bytes, std::byte* out) noexcept;

/// One way of doing it.
struct Kernel {
    std::string_view name;
    SumBlocks* sum;
    SumScattered* sum_scattered;
};

/// Those that this processor can run, the best first; never empty. All give the same sums.
[[nodiscard]] std::span<const Kernel> kernels() noexcept;

}  // namespace duplid::rdiff
