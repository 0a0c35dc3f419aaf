// The body of every SumBlocks kernel. Included by block_sums_<processor>.cpp alone, each of which
// is compiled for another instruction set.
//
// Therefore nothing in here may have external linkage, and no inline function of another header
// (the standard library's included) may be called: the linker keeps one copy of those, and if that
// were the one compiled for AVX-512, it would kill the program on a processor without it. Hence
// raw pointers and builtins.
//
// The vectors are the compilers' own (GCC's "vector extensions"), so the same text becomes AVX2,
// pairs of SSE2 or NEON registers, or plain words. GCC splits vectors too wide for a function
// before it inlines the function, so attributes on the callers would come too late: one file for
// each instruction set, with its own compiler flags, is what works.
//
// One lane holds one block. After eight 64-byte pieces, one of each block, are transposed, word i
// of all blocks is one vector, and MD4 (RFC 1320) runs as if there were one block. The rolling sum
// (archive-format.md 5.2) reads the same vectors, in time that MD4 spends waiting for itself.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace duplid::rdiff {

namespace {

constexpr std::size_t lane_count = 8;
constexpr std::size_t piece_bytes = 64;  // what MD4 digests at a time
constexpr std::size_t words_in_piece = piece_bytes / 4;
constexpr std::size_t bytes_of_sums = 12;

using Words [[gnu::vector_size(4 * lane_count)]] = std::uint32_t;
using Halves [[gnu::vector_size(4 * lane_count)]] = std::uint16_t;

// Vectors go in and out by reference throughout: by value, their calling convention would depend
// on the instruction set, and compilers warn even where everything is inlined.

[[gnu::always_inline]] inline void load(const std::byte* from, Words& to) noexcept
{
    __builtin_memcpy(&to, from, sizeof to);
    if constexpr (std::endian::native == std::endian::big) {
        to = (to << 24U) | ((to & 0xff00U) << 8U) | ((to >> 8U) & 0xff00U) | (to >> 24U);
    }
}

/// Word i of row l goes to lane l of `columns[i]`. `rows` are 8 words each.
[[gnu::always_inline]] inline void transpose(const std::byte* const* rows, std::size_t offset,
                                             Words* columns) noexcept
{
    Words pairs[8];  // rows 2i and 2i + 1, words interleaved
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 8; i += 2) {
        Words even;
        Words odd;
        load(rows[i] + offset, even);
        load(rows[i + 1] + offset, odd);
        pairs[i] = __builtin_shufflevector(even, odd, 0, 8, 1, 9, 4, 12, 5, 13);
        pairs[i + 1] = __builtin_shufflevector(even, odd, 2, 10, 3, 11, 6, 14, 7, 15);
    }
    Words fours[8];  // four rows together
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 8; i += 4) {
#pragma GCC unroll 16
        for (std::size_t j = 0; j < 2; ++j) {
            const auto& first = pairs[i + j];
            const auto& second = pairs[i + j + 2];
            fours[i + 2 * j] = __builtin_shufflevector(first, second, 0, 1, 8, 9, 4, 5, 12, 13);
            fours[i + 2 * j + 1] =
                __builtin_shufflevector(first, second, 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 4; ++i) {
        const auto& upper = fours[i];
        const auto& lower = fours[i + 4];
        columns[i] = __builtin_shufflevector(upper, lower, 0, 1, 2, 3, 8, 9, 10, 11);
        columns[i + 4] = __builtin_shufflevector(upper, lower, 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

struct Md4 {
    Words a;
    Words b;
    Words c;
    Words d;
};

template <int bits>
[[gnu::always_inline]] inline void turn(Words& word) noexcept
{
    word = (word << bits) | (word >> (32 - bits));
}

// One step of each of MD4's three rounds. What does not depend on the previous step's `b` comes
// first: the chain through `b` is what limits the speed.

template <int bits>
[[gnu::always_inline]] inline void step_1(Words& a, const Words& b, const Words& c, const Words& d,
                                          const Words& word) noexcept
{
    a = (a + word) + (d ^ (b & (c ^ d)));
    turn<bits>(a);
}

template <int bits>
[[gnu::always_inline]] inline void step_2(Words& a, const Words& b, const Words& c, const Words& d,
                                          const Words& word) noexcept
{
    a = (a + word + 0x5a827999U) + ((b & (c | d)) | (c & d));
    turn<bits>(a);
}

template <int bits>
[[gnu::always_inline]] inline void step_3(Words& a, const Words& b, const Words& c, const Words& d,
                                          const Words& word) noexcept
{
    a = (a + word + 0x6ed9eba1U) + (b ^ (c ^ d));
    turn<bits>(a);
}

[[gnu::always_inline]] inline void digest(const Words* words, Md4& state) noexcept
{
    Words a = state.a;
    Words b = state.b;
    Words c = state.c;
    Words d = state.d;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; i += 4) {
        step_1<3>(a, b, c, d, words[i]);
        step_1<7>(d, a, b, c, words[i + 1]);
        step_1<11>(c, d, a, b, words[i + 2]);
        step_1<19>(b, c, d, a, words[i + 3]);
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 4; ++i) {
        step_2<3>(a, b, c, d, words[i]);
        step_2<5>(d, a, b, c, words[i + 4]);
        step_2<9>(c, d, a, b, words[i + 8]);
        step_2<13>(b, c, d, a, words[i + 12]);
    }
    constexpr std::size_t order[4] = {0, 2, 1, 3};
#pragma GCC unroll 16
    for (const std::size_t i : order) {
        step_3<3>(a, b, c, d, words[i]);
        step_3<9>(d, a, b, c, words[i + 8]);
        step_3<11>(c, d, a, b, words[i + 4]);
        step_3<15>(b, c, d, a, words[i + 12]);
    }
    state.a += a;
    state.b += b;
    state.c += c;
    state.d += d;
}

/// Both halves of the rolling sum, modulo 2^16 in 32-bit lanes, without the constant 31 that is
/// added to each byte: for n bytes `first` is the sum of b[i], `second` that of (n - i) * b[i].
struct Rolling {
    Words first;
    Words second;
};

[[gnu::always_inline]] inline void roll(const Words* words, Rolling& sum) noexcept
{
    // Each lane holds two 16-bit sums side by side, of a word's first two bytes and of its last
    // two. They may wrap: all of this is modulo 2^16.
    Halves pairs{};     // bytes 0 + 1 | 2 + 3 so far
    Halves weighted{};  // word i taken 16 - i times
    Halves odd{};       // bytes 1 | 3 so far
#pragma GCC unroll 16
    for (std::size_t i = 0; i < words_in_piece; ++i) {
        const Halves word = reinterpret_cast<Halves>(words[i]);
        const Halves high = word >> 8U;
        odd += high;
        pairs += (word & 0xffU) + high;
        weighted += pairs;
    }
    const Words p = reinterpret_cast<Words>(pairs);
    const Words w = reinterpret_cast<Words>(weighted);
    const Words o = reinterpret_cast<Words>(odd);
    // Byte j of word i has weight 64 - 4i - j: four times the word's, less j = 1 for the first
    // odd byte, 2 for the byte after it and 3 for the second odd one.
    const Words less = (o & 0xffffU) + (o >> 16U) + ((p >> 16U) << 1U);
    sum.second += (sum.first << 6U) + (((w & 0xffffU) + (w >> 16U)) << 2U) - less;
    sum.first += (p & 0xffffU) + (p >> 16U);
}

/// One block in its lane. The end of its MD4 message, from the last whole piece on, is in `tail`:
/// what remains of the block, the bit 1, zeros, and the length in bits.
struct Lane {
    const std::byte* data;
    std::size_t bytes;
    std::size_t whole_pieces;
    std::size_t all_pieces;
    std::byte tail[2 * piece_bytes];
};

[[gnu::always_inline]] inline void set_up(Lane& lane, const std::byte* data,
                                          std::size_t bytes) noexcept
{
    lane.data = data;
    lane.bytes = bytes;
    lane.whole_pieces = bytes / piece_bytes;
    const std::size_t rest = bytes % piece_bytes;
    const std::size_t tail_bytes = rest + 1 + 8 <= piece_bytes ? piece_bytes : 2 * piece_bytes;
    lane.all_pieces = lane.whole_pieces + tail_bytes / piece_bytes;
    __builtin_memset(lane.tail, 0, sizeof lane.tail);
    __builtin_memcpy(lane.tail, data + lane.whole_pieces * piece_bytes, rest);
    lane.tail[rest] = static_cast<std::byte>(0x80);
    std::uint64_t bits = std::uint64_t{bytes} * 8;
    for (std::size_t i = tail_bytes - 8; i < tail_bytes; ++i, bits >>= 8U) {
        lane.tail[i] = static_cast<std::byte>(bits & 0xffU);
    }
}

[[gnu::always_inline]] inline void put_sums(const Lane& lane, std::uint32_t first,
                                            std::uint32_t second, std::uint32_t a, std::uint32_t b,
                                            std::byte* out) noexcept
{
    for (std::size_t i = lane.whole_pieces * piece_bytes; i < lane.bytes; ++i) {
        first += static_cast<std::uint32_t>(lane.data[i]);
        second += first;
    }
    constexpr std::uint64_t char_offset = 31;
    const std::uint64_t n = lane.bytes;
    first += static_cast<std::uint32_t>(n * char_offset);
    second += static_cast<std::uint32_t>(n * (n + 1) / 2 * char_offset);

    const std::uint32_t weak = (second << 16U) | (first & 0xffffU);
    for (std::size_t i = 0; i < 4; ++i) {
        out[i] = static_cast<std::byte>((weak >> (24 - 8 * i)) & 0xffU);
        out[4 + i] = static_cast<std::byte>((a >> (8 * i)) & 0xffU);
        out[8 + i] = static_cast<std::byte>((b >> (8 * i)) & 0xffU);
    }
}

/// Sums what is set up in the first `used` of `lanes`.
[[gnu::always_inline]] inline void sum_lanes(const Lane* lanes, std::size_t used,
                                             std::byte* out) noexcept
{
    std::size_t shared_pieces = ~std::size_t{0};  // whole ones that every used lane has
    std::size_t most_pieces = 0;
    for (std::size_t i = 0; i < used; ++i) {
        const Lane& lane = lanes[i];
        shared_pieces = lane.whole_pieces < shared_pieces ? lane.whole_pieces : shared_pieces;
        most_pieces = lane.all_pieces > most_pieces ? lane.all_pieces : most_pieces;
    }

    Md4 state{Words{} + 0x67452301U, Words{} + 0xefcdab89U, Words{} + 0x98badcfeU,
              Words{} + 0x10325476U};
    Rolling rolling{};
    Words words[words_in_piece];

    // Unused lanes repeat the first one; nobody looks at what they give.
    const std::byte* rows[lane_count];
    for (std::size_t i = 0; i < lane_count; ++i) {
        rows[i] = lanes[i < used ? i : 0].data;
    }
    for (std::size_t piece = 0; piece < shared_pieces; ++piece) {
        transpose(rows, piece * piece_bytes, words);
        transpose(rows, piece * piece_bytes + piece_bytes / 2, words + words_in_piece / 2);
        digest(words, state);
        roll(words, rolling);
    }

    // From here on lanes differ: some still have whole pieces, some are at their tails (which
    // the rolling sum must not see), some are done.
    for (std::size_t piece = shared_pieces; piece < most_pieces; ++piece) {
        Words digesting{};
        Words rolling_on{};
        for (std::size_t i = 0; i < used; ++i) {
            const Lane& lane = lanes[i];
            const bool is_whole = piece < lane.whole_pieces;
            const bool is_tail = !is_whole && piece < lane.all_pieces;
            rows[i] = is_whole  ? lane.data + piece * piece_bytes
                      : is_tail ? lane.tail + (piece - lane.whole_pieces) * piece_bytes
                                : lane.tail;
            digesting[i] = is_whole || is_tail ? ~0U : 0U;
            rolling_on[i] = is_whole ? ~0U : 0U;
        }
        for (std::size_t i = used; i < lane_count; ++i) {
            rows[i] = rows[0];
        }
        transpose(rows, 0, words);
        transpose(rows, piece_bytes / 2, words + words_in_piece / 2);

        Md4 next = state;
        digest(words, next);
        state.a = (next.a & digesting) | (state.a & ~digesting);
        state.b = (next.b & digesting) | (state.b & ~digesting);
        state.c = (next.c & digesting) | (state.c & ~digesting);
        state.d = (next.d & digesting) | (state.d & ~digesting);

        Rolling rolled = rolling;
        roll(words, rolled);
        rolling.first = (rolled.first & rolling_on) | (rolling.first & ~rolling_on);
        rolling.second = (rolled.second & rolling_on) | (rolling.second & ~rolling_on);
    }

    for (std::size_t i = 0; i < used; ++i) {
        put_sums(lanes[i], rolling.first[i], rolling.second[i], state.a[i], state.b[i],
                 out + i * bytes_of_sums);
    }
}

/// SumBlocks.
[[gnu::always_inline]] inline void sum_neighbours(const std::byte* data, std::size_t bytes,
                                                  std::size_t block_bytes, std::byte* out) noexcept
{
    Lane lanes[lane_count];
    std::size_t used = 0;
    for (std::size_t at = 0; at < bytes; at += block_bytes, ++used) {
        const std::size_t left = bytes - at;
        set_up(lanes[used], data + at, left < block_bytes ? left : block_bytes);
    }
    sum_lanes(lanes, used, out);
}

/// SumScattered.
[[gnu::always_inline]] inline void sum_scattered(const std::byte* const* blocks, std::size_t count,
                                                 std::size_t block_bytes, std::byte* out) noexcept
{
    Lane lanes[lane_count];
    for (std::size_t i = 0; i < count; ++i) {
        set_up(lanes[i], blocks[i], block_bytes);
    }
    sum_lanes(lanes, count, out);
}

}  // namespace

}  // namespace duplid::rdiff
