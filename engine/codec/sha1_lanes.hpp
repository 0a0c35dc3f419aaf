// The body of the SHA-1 kernels: many messages at once, one in each lane. Included by
// sha1_lanes_<processor>.cpp alone, which say before how many lanes there are and are compiled for
// another instruction set each. So nothing in here may have external linkage or call an inline
// function of another header; rdiff/block_sums_lanes.hpp says why, and why vectors go by reference.
//
// SHA-1: FIPS 180-4, 6.1.2. The message schedules, the round constants added, come from the caller:
// what is hashed here repeats itself, and so do they.
#pragma once

#include <cstddef>
#include <cstdint>

namespace duplid::codec {

namespace {

constexpr std::size_t schedule_words = 80;

using Words [[gnu::vector_size(4 * lane_count)]] = std::uint32_t;

template <int bits>
[[gnu::always_inline]] inline void turned(const Words& word, Words& to) noexcept
{
    to = (word << bits) | (word >> (32 - bits));
}

/// One round. The five words change their places by the order in which they are given.
template <int kind>
[[gnu::always_inline]] inline void round(const Words& a, Words& b, const Words& c, const Words& d,
                                         Words& e, const Words& word) noexcept
{
    Words mixed;
    if constexpr (kind == 0) {
        mixed = d ^ (b & (c ^ d));
    } else if constexpr (kind == 2) {
        mixed = (b & c) | (d & (b | c));
    } else {
        mixed = b ^ c ^ d;
    }
    Words turned_a;
    turned<5>(a, turned_a);
    e = (e + word + mixed) + turned_a;
    turned<30>(b, b);
}

template <int kind>
[[gnu::always_inline]] inline void rounds(const Words* words, Words& a, Words& b, Words& c,
                                          Words& d, Words& e) noexcept
{
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 20; i += 5) {
        round<kind>(a, b, c, d, e, words[i]);
        round<kind>(e, a, b, c, d, words[i + 1]);
        round<kind>(d, e, a, b, c, words[i + 2]);
        round<kind>(c, d, e, a, b, words[i + 3]);
        round<kind>(b, c, d, e, a, words[i + 4]);
    }
}

/// Digests `blocks` blocks into `state`, five words of each lane. Their schedules are the rows of
/// `schedules` from `row` on, over and over. Both are aligned as vectors are.
[[gnu::always_inline]] inline void digest_rows(const std::uint32_t* schedules, std::size_t rows,
                                               std::size_t row, std::size_t blocks,
                                               std::uint32_t* state) noexcept
{
    const auto* const all = reinterpret_cast<const Words*>(schedules);
    auto* const kept = reinterpret_cast<Words*>(state);
    Words a = kept[0];
    Words b = kept[1];
    Words c = kept[2];
    Words d = kept[3];
    Words e = kept[4];
    for (; blocks > 0; --blocks) {
        const auto* const words = all + row * schedule_words;
        const Words old_a = a;
        const Words old_b = b;
        const Words old_c = c;
        const Words old_d = d;
        const Words old_e = e;
        rounds<0>(words, a, b, c, d, e);
        rounds<1>(words + 20, a, b, c, d, e);
        rounds<2>(words + 40, a, b, c, d, e);
        rounds<3>(words + 60, a, b, c, d, e);
        a += old_a;
        b += old_b;
        c += old_c;
        d += old_d;
        e += old_e;
        row = row + 1 == rows ? 0 : row + 1;
    }
    kept[0] = a;
    kept[1] = b;
    kept[2] = c;
    kept[3] = d;
    kept[4] = e;
}

}  // namespace

}  // namespace duplid::codec
