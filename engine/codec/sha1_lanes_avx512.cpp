// Compiled for x86-64 with AVX-512, whose rotation and three-way logic SHA-1 likes (see
// CMakeLists.txt).
#include <cstddef>

namespace {

constexpr std::size_t lane_count = 16;

}  // namespace

#include "engine/codec/sha1_lanes.hpp"

namespace duplid::codec {

// Declared in session_keys.cpp, not in a header that includes others: see sha1_lanes.hpp.
void sha1_rows_avx512(const std::uint32_t* schedules, std::size_t rows, std::size_t row,
                      std::size_t blocks, std::uint32_t* state) noexcept;

void sha1_rows_avx512(const std::uint32_t* schedules, std::size_t rows, std::size_t row,
                      std::size_t blocks, std::uint32_t* state) noexcept
{
    digest_rows(schedules, rows, row, blocks, state);
}

}  // namespace duplid::codec
