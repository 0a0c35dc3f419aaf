// Goal: whatever became of a file, the delta leads to it, and is as small as librsync's.
// Method: edits made at random (the seeds are printed when one fails) and inputs made to be
// awkward; librsync applies our delta, and makes its own to compare sizes with.
#include "engine/rdiff/delta_scanner.hpp"

#include "engine/rdiff/signature.hpp"
#include "tests/unit/engine/rdiff/librsync_oracle.hpp"

#include <algorithm>
#include <initializer_list>
#include <random>

using namespace duplid;

namespace {

io::Bytes sums_of(io::ByteView content, std::uint32_t block_bytes)
{
    io::MemorySink out;
    rdiff::SignatureMaker maker{block_bytes, out};
    maker.write(content);
    maker.finish();
    auto signature = out.take();
    signature.erase(signature.begin(), signature.begin() + 12);  // the head
    return signature;
}

io::Bytes delta_of(io::ByteView before, io::ByteView after, std::uint32_t block_bytes,
                   std::size_t at_once = SIZE_MAX)
{
    const auto sums = sums_of(before, block_bytes);
    const rdiff::BlockIndex index{sums, io::default_temp_directory()};
    io::MemorySink out;
    rdiff::DeltaScanner scanner{index, block_bytes, out};
    while (!after.empty()) {
        const auto piece = after.first(std::min(at_once, after.size()));
        scanner.write(piece);
        after = after.subspan(piece.size());
    }
    scanner.finish();
    return out.take();
}

/// Checks the delta; returns its size.
std::size_t check(io::ByteView before, io::ByteView after, std::uint32_t block_bytes,
                  std::size_t at_once = SIZE_MAX)
{
    const auto delta = delta_of(before, after, block_bytes, at_once);
    io::Bytes restored;
    CHECK(test::librsync_patch(before, delta, restored) == RS_DONE);
    CHECK(std::ranges::equal(restored, after));
    const auto theirs =
        test::librsync_delta(test::librsync_signature(before, block_bytes), after).size();
    CHECK(delta.size() <= theirs + theirs / 100);
    return delta.size();
}

/// Some of what happens to files: bytes change, come, go, move.
io::Bytes edited(io::Bytes bytes, std::mt19937& random)
{
    const auto upto = [&random](std::size_t limit) { return random() % (limit + 1); };
    for (auto edits = upto(6); edits > 0; --edits) {
        const auto at = upto(bytes.size());
        const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = std::min(upto(3000), bytes.size() - at);
        switch (upto(3)) {
        case 0:
            bytes.erase(place, place + static_cast<std::ptrdiff_t>(count));
            break;
        case 1: {
            const auto fresh = test::random_bytes(upto(3000), static_cast<unsigned>(random()));
            bytes.insert(place, fresh.begin(), fresh.end());
            break;
        }
        case 2: {
            const io::Bytes moved{place, place + static_cast<std::ptrdiff_t>(count)};
            bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(upto(bytes.size())),
                         moved.begin(), moved.end());
            break;
        }
        default:
            std::fill_n(place, count, std::byte{0});
        }
    }
    return bytes;
}

io::Bytes repeated(std::initializer_list<int> pattern, std::size_t bytes)
{
    io::Bytes all;
    while (all.size() < bytes) {
        for (const int byte : pattern) {
            all.push_back(static_cast<std::byte>(byte));
        }
    }
    all.resize(bytes);
    return all;
}

}  // namespace

TEST_CASE("deltas of edited files lead to the edited file and are no larger than librsync's")
{
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        std::mt19937 random{seed};
        const auto before = test::random_bytes(random() % 60'000, seed);
        const auto after = edited(before, random);
        for (const std::uint32_t block_bytes : {64U, 512U, 2048U}) {
            CAPTURE(block_bytes);
            check(before, after, block_bytes);
            check(before, after, block_bytes, 1 + random() % 5000);
        }
    }
}

TEST_CASE("the short block at the end of a file is found at the end of the new one only")
{
    const auto before = test::random_bytes(5 * 512 + 100, 1);
    const io::ByteView old{before};
    io::Bytes shifted{std::byte{1}, std::byte{2}};
    io::append(shifted, old);
    CHECK(check(old, shifted, 512) < 20);
    CHECK(check(old, old.last(100), 512) < 20);    // nothing but the short block
    CHECK(check(old, old.last(101), 512) < 20);    // and a byte before it
    CHECK(check(old, old.first(2560), 512) < 20);  // it is gone
    io::Bytes more{before};
    more.push_back(std::byte{3});
    CHECK(check(old, more, 512) > 100);  // its content is there, but not as a block
    for (std::size_t length = 0; length <= old.size(); length += 37) {
        CAPTURE(length);
        check(old, old.first(length), 512);
        check(old, old.last(length), 512);
    }
}

TEST_CASE("content that repeats itself gives few commands")
{
    const auto zeros = repeated({0}, 3'072'000);
    CHECK(check(zeros, zeros, 2048) < 20);
    CHECK(check(io::ByteView{zeros}.first(1'024'000), zeros, 2048) < 100);
    CHECK(check(zeros, io::ByteView{zeros}.first(1'228'800), 2048) < 20);
    for (const std::size_t period : {2U, 64U, 512U, 1024U, 4096U}) {
        CAPTURE(period);
        io::Bytes wave(1'000'000);
        for (std::size_t i = 0; i < wave.size(); ++i) {
            wave[i] = static_cast<std::byte>(i % period * 255 / period);
        }
        check(wave, io::ByteView{wave}.subspan(1), 2048);
        check(wave, zeros, 512);
        check(zeros, wave, 512);
    }
}

TEST_CASE("windows that have a block's rolling sum and not its content cost no match elsewhere")
{
    // 3 0 3 has both rolling sums of 2 2 2, wherever it stands.
    auto block = repeated({2}, 2048);
    block[100] = std::byte{3};
    block[101] = std::byte{0};
    block[102] = std::byte{3};
    auto before = block;
    io::append(before, test::random_bytes(400'000, 7));
    io::Bytes after = repeated({2}, 1'000'000);
    io::append(after, before);
    io::append(after, repeated({2}, 100'000));
    const auto bytes = check(before, after, 2048);
    // All of `before` is found, but for what lies before the first block that is looked at.
    CHECK(bytes < 1'100'000 + 10'000);
}

TEST_CASE("literals are cut where librsync cuts them")
{
    const auto before = test::random_bytes(4096, 10);
    const auto fresh = test::random_bytes(150'000, 9);
    for (const std::size_t bytes :
         {1U, 64U, 65U, 255U, 256U, 32767U, 32768U, 32769U, 65536U, 150'000U}) {
        CAPTURE(bytes);
        io::Bytes after{fresh.begin(), fresh.begin() + static_cast<std::ptrdiff_t>(bytes)};
        io::append(after, before);
        CHECK(delta_of(before, after, 512) ==
              test::librsync_delta(test::librsync_signature(before, 512), after));
    }
}

TEST_CASE("blocks as long as a piece of input, and longer than all of it, are found")
{
    const auto before = test::random_bytes(1'500'000, 11);
    io::Bytes after{std::byte{1}};
    io::append(after, before);
    for (const std::uint32_t block_bytes : {262'144U, 300'000U, 1'400'000U, 2'000'000U}) {
        CAPTURE(block_bytes);
        CHECK(check(before, before, block_bytes, 100'000) < 30);
        CHECK(check(before, after, block_bytes, 100'000) < 30);
    }
}
