// Goal: what comes out of a DeltaProof is what a restore makes of the old file, or nothing is said
// to be proved. Method: deltas and signatures by librsync; files that are what the delta was made
// of, or are not any more.
#include "engine/rdiff/delta_proof.hpp"

#include "storage/io/error.hpp"
#include "tests/unit/engine/rdiff/librsync_oracle.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

using namespace duplid;

namespace {

/// What was proved with a file at hand; nothing when something was not. `at_once` bytes of the
/// delta come at a time.
std::optional<io::Bytes> proved(io::ByteView signature, io::ByteView delta, io::ByteView file,
                                std::size_t at_once = SIZE_MAX)
{
    io::Bytes content;
    rdiff::DeltaProof proof{signature,
                            [&](std::uint64_t offset, io::ByteSpan into) {
                                if (offset > file.size() || into.size() > file.size() - offset) {
                                    return false;
                                }
                                std::ranges::copy(
                                    file.subspan(static_cast<std::size_t>(offset), into.size()),
                                    into.begin());
                                return true;
                            },
                            [&](io::ByteView piece) { io::append(content, piece); }};
    try {
        while (!delta.empty()) {
            const auto piece = delta.first(std::min(at_once, delta.size()));
            proof.write(piece);
            delta = delta.subspan(piece.size());
        }
        proof.finish();
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        return std::nullopt;
    }
    return content;
}

io::Bytes joined(std::initializer_list<io::ByteView> parts)
{
    io::Bytes all;
    for (const auto part : parts) {
        io::append(all, part);
    }
    return all;
}

/// A delta of single commands.
io::Bytes delta_of(std::initializer_list<unsigned> commands)
{
    io::Bytes bytes;
    for (const auto value : {0x72U, 0x73U, 0x02U, 0x36U}) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    for (const auto value : commands) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

}  // namespace

TEST_CASE("with the file that a delta was made of, all that the delta makes is proved")
{
    const auto before = test::random_bytes(700'123, 1);
    const auto noise = test::random_bytes(90'000, 2);
    const io::ByteView old{before};
    const std::vector<io::Bytes> contents{
        before,
        noise,
        {},
        joined({old.first(100'000), noise, old.subspan(100'000)}),
        joined({noise, old.subspan(5'000)}),
        joined({old.subspan(300'000), old.first(300'000), noise}),
        joined({old.first(512), old.first(512), old.first(512)}),
        joined({old, noise}),
        io::Bytes(200'000),
    };
    for (const std::size_t block_bytes : {100U, 512U, 2048U, 1U << 20U}) {
        for (const auto& content : contents) {
            CAPTURE(block_bytes);
            CAPTURE(content.size());
            const auto signature = test::librsync_signature(before, block_bytes);
            const auto delta = test::librsync_delta(signature, content);
            CHECK(proved(signature, delta, content) == content);
            CHECK(proved(signature, delta, content, 7) == content);
            // It was appended to since.
            CHECK(proved(signature, delta, joined({content, noise})) == content);
        }
    }
}

TEST_CASE("the short block at the end of the old file is proved as the end only")
{
    const auto before = test::random_bytes(1'000, 3);
    const auto signature = test::librsync_signature(before, 512);
    const io::ByteView old{before};
    // offset in two bytes, length in two: 512 and 488, all of it; then one byte less, and one more.
    CHECK(proved(signature, delta_of({0x4a, 2, 0, 1, 0xe8, 0}), old.subspan(512)) ==
          io::Bytes{before.begin() + 512, before.end()});
    CHECK_FALSE(proved(signature, delta_of({0x4a, 2, 0, 1, 0xe7, 0}), old.subspan(512)));
    CHECK_FALSE(proved(signature, delta_of({0x4a, 2, 0, 1, 0xe9, 0}),
                       joined({old.subspan(512), old.first(1)})));
}

TEST_CASE("copies that the signature has no sums of are not proved")
{
    const auto before = test::random_bytes(2'048, 4);
    const auto signature = test::librsync_signature(before, 512);
    const io::ByteView old{before};
    CHECK(proved(signature, delta_of({0x4a, 0, 0, 8, 0, 0}), old) == before);
    // From within a block, less than a block, behind the last one, far behind it.
    CHECK_FALSE(proved(signature, delta_of({0x4a, 0, 1, 2, 0, 0}), old.subspan(1)));
    CHECK_FALSE(proved(signature, delta_of({0x4a, 0, 0, 1, 0, 0}), old));
    CHECK_FALSE(proved(signature, delta_of({0x4a, 8, 0, 2, 0, 0}), old));
    CHECK_FALSE(proved(signature,
                       delta_of({0x54, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0, 0xff, 0xff,
                                 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}),
                       old));
}

TEST_CASE("of signatures of other kinds no copy is proved, but what is all new is")
{
    const auto before = test::random_bytes(5'000, 5);
    const auto noise = test::random_bytes(5'000, 6);
    for (const auto kind : {RS_BLAKE2_SIG_MAGIC, RS_RK_MD4_SIG_MAGIC, RS_RK_BLAKE2_SIG_MAGIC}) {
        const auto signature = test::librsync_signature(before, 512, kind);
        CHECK_FALSE(proved(signature, test::librsync_delta(signature, before), before));
        CHECK(proved(signature, test::librsync_delta(signature, noise), {}) == noise);
    }
    const auto longer = test::librsync_signature(before, 512, RS_MD4_SIG_MAGIC, 16);
    CHECK_FALSE(proved(longer, test::librsync_delta(longer, before), before));
}

TEST_CASE("whatever became of the file, what is proved is what the delta makes")
{
    const auto before = test::random_bytes(60'000, 7);
    const io::ByteView old{before};
    const auto noise = test::random_bytes(20'000, 8);
    const auto content =
        joined({old.first(20'000), noise, old.subspan(25'000, 20'000), old.first(10'000)});
    const auto signature = test::librsync_signature(before, 512);
    const auto delta = test::librsync_delta(signature, content);
    std::mt19937 random{9};
    int proofs = 0;
    int refusals = 0;
    for (int i = 0; i < 400; ++i) {
        auto file = content;
        if (i % 4 == 0) {
            file.resize(random() % file.size());
        } else {
            file[random() % file.size()] ^= static_cast<std::byte>(1 + random() % 255);
        }
        if (const auto made = proved(signature, delta, file)) {
            CHECK(*made == content);
            ++proofs;
        } else {
            ++refusals;
        }
    }
    // The new bytes are in the delta, wherever the file has gone; the old ones are not.
    CHECK(proofs > 50);
    CHECK(refusals > 100);
}

TEST_CASE("with a file of other content only the new bytes come out")
{
    const auto before = test::random_bytes(5'000, 10);
    const auto after = joined({test::random_bytes(3'000, 11), before});
    const auto signature = test::librsync_signature(before, 512);
    const auto delta = test::librsync_delta(signature, after);
    CHECK_FALSE(proved(signature, delta, test::random_bytes(8'000, 12)));
    CHECK_FALSE(proved(signature, delta, before));
    CHECK_FALSE(proved(signature, delta, {}));
}

TEST_CASE("deltas that are cut or malformed are not proved")
{
    const auto before = test::random_bytes(3'000, 13);
    auto after = before;
    after[1'500] ^= std::byte{1};
    const auto signature = test::librsync_signature(before, 100);
    const auto delta = test::librsync_delta(signature, after);
    REQUIRE(proved(signature, delta, after) == after);
    for (std::size_t bytes = 0; bytes < delta.size(); ++bytes) {
        CHECK_FALSE(proved(signature, io::ByteView{delta}.first(bytes), after));
    }
    CHECK_FALSE(proved(signature, joined({delta, delta}), after));
    CHECK_FALSE(proved(signature, after, after));
    CHECK_THROWS_AS(rdiff::DeltaProof(io::ByteView{signature}.first(11), {}, {}), Error);
}
