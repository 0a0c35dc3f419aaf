// Compiled for x86-64 with AVX-512VL and BW, whose rotation and three-way logic MD4 likes (see
// CMakeLists.txt).
#include "engine/rdiff/block_sums_lanes.hpp"

namespace duplid::rdiff {

// Declared in block_sums.cpp, not in a header that includes others: see block_sums_lanes.hpp.
void sum_blocks_avx512(const std::byte* data, std::size_t bytes, std::size_t block_bytes,
                       std::byte* out) noexcept;
void sum_scattered_avx512(const std::byte* const* blocks, std::size_t count,
                          std::size_t block_bytes, std::byte* out) noexcept;

void sum_blocks_avx512(const std::byte* data, std::size_t bytes, std::size_t block_bytes,
                       std::byte* out) noexcept
{
    sum_neighbours(data, bytes, block_bytes, out);
}

void sum_scattered_avx512(const std::byte* const* blocks, std::size_t count,
                          std::size_t block_bytes, std::byte* out) noexcept
{
    sum_scattered(blocks, count, block_bytes, out);
}

}  // namespace duplid::rdiff
