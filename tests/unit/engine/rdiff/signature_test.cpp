#include "engine/rdiff/signature.hpp"

#include "engine/rdiff/block_sums.hpp"
#include "tests/unit/engine/rdiff/librsync_oracle.hpp"

#include <vector>

using namespace duplid;

namespace {

io::Bytes signature_of(io::ByteView content, std::uint32_t block_bytes)
{
    io::MemorySink out;
    rdiff::SignatureMaker maker{block_bytes, out};
    maker.write(content);
    maker.finish();
    return out.take();
}

}  // namespace

TEST_CASE("block length follows duplicity's rule at each of its edges")
{
    struct Row {
        std::uint64_t file_bytes;
        std::uint32_t with_2048;
        std::uint32_t with_5000;
        std::uint32_t with_100;
    };
    for (const auto& row : {Row{0, 512, 512, 512}, Row{1'023'999, 512, 512, 512},
                            Row{1'024'000, 512, 512, 100}, Row{2'047'999, 512, 512, 100},
                            Row{2'048'000, 1024, 1024, 100}, Row{3'072'000, 1536, 1536, 100},
                            Row{4'095'999, 1536, 1536, 100}, Row{4'096'000, 2048, 2048, 100},
                            Row{9'000'000, 2048, 4096, 100}, Row{UINT64_MAX, 2048, 5000, 100}}) {
        CAPTURE(row.file_bytes);
        CHECK(rdiff::block_bytes(row.file_bytes) == row.with_2048);
        CHECK(rdiff::block_bytes(row.file_bytes, 5000) == row.with_5000);
        CHECK(rdiff::block_bytes(row.file_bytes, 100) == row.with_100);
    }
}

TEST_CASE("the examples of archive-format.md 5.2 come out byte for byte")
{
    CHECK(test::hex(signature_of({}, 512)) == "727301360000020000000008");
    CHECK(test::hex(signature_of(io::view_of("inside a\n"), 512)) ==
          "72730136000002000000000816e3041e52ddea454fc7363f");
}

TEST_CASE("every kernel this processor runs gives librsync's sums")
{
    const auto content = test::random_bytes(70'000, 1);
    for (const auto& kernel : rdiff::kernels()) {
        CAPTURE(kernel.name);
        for (const std::size_t block_bytes : {1U, 55U, 56U, 63U, 64U, 65U, 100U, 119U, 120U, 127U,
                                              128U, 500U, 512U, 1024U, 1536U, 2048U, 4097U}) {
            CAPTURE(block_bytes);
            const auto most = block_bytes * rdiff::blocks_at_once;
            for (const std::size_t bytes :
                 {std::size_t{1}, block_bytes / 2 + 1, block_bytes, block_bytes + 1,
                  3 * block_bytes - block_bytes / 3, 5 * block_bytes, most - block_bytes + 1,
                  most - block_bytes / 2, most}) {
                CAPTURE(bytes);
                const auto blocks = io::ByteView{content}.subspan(7, bytes);
                const auto count = (bytes + block_bytes - 1) / block_bytes;
                io::Bytes sums(count * rdiff::sum_bytes);
                kernel.sum(blocks.data(), bytes, block_bytes, sums.data());
                const auto expected = test::librsync_signature(blocks, block_bytes);
                CHECK(test::hex(sums) == test::hex(io::ByteView{expected}.subspan(12)));
            }
        }
    }
}

TEST_CASE("every kernel gives librsync's sums for windows that overlap")
{
    const auto content = test::random_bytes(10'000, 3);
    for (const auto& kernel : rdiff::kernels()) {
        CAPTURE(kernel.name);
        for (const std::size_t block_bytes : {1U, 63U, 64U, 512U, 2048U, 4097U}) {
            for (std::size_t count = 1; count <= rdiff::blocks_at_once; ++count) {
                CAPTURE(block_bytes);
                CAPTURE(count);
                std::vector<const std::byte*> windows;
                std::string expected;
                for (std::size_t i = 0; i < count; ++i) {
                    const auto window = io::ByteView{content}.subspan(i * i * 13 + 5, block_bytes);
                    windows.push_back(window.data());
                    const auto alone = test::librsync_signature(window, block_bytes);
                    expected += test::hex(io::ByteView{alone}.subspan(12));
                }
                io::Bytes sums(count * rdiff::sum_bytes);
                kernel.sum_scattered(windows.data(), count, block_bytes, sums.data());
                CHECK(test::hex(sums) == expected);
            }
        }
    }
}

TEST_CASE("every kernel gives librsync's sums for bytes that make its counters largest")
{
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
        CAPTURE(value);
        const io::Bytes content(8 * 20'000, static_cast<std::byte>(value));
        for (const auto& kernel : rdiff::kernels()) {
            CAPTURE(kernel.name);
            io::Bytes sums(rdiff::blocks_at_once * rdiff::sum_bytes);
            kernel.sum(content.data(), content.size(), 20'000, sums.data());
            const auto expected = test::librsync_signature(content, 20'000);
            CHECK(test::hex(sums) == test::hex(io::ByteView{expected}.subspan(12)));
        }
    }
}

TEST_CASE("signatures equal librsync's for all sizes around groups of blocks")
{
    const auto content = test::random_bytes(40'000, 2);
    for (const std::uint32_t block_bytes : {100U, 512U, 2048U}) {
        CAPTURE(block_bytes);
        for (std::size_t bytes = 0; bytes <= content.size(); bytes += 509) {
            CAPTURE(bytes);
            const auto part = io::ByteView{content}.first(bytes);
            const auto ours = signature_of(part, block_bytes);
            CHECK(ours == test::librsync_signature(part, block_bytes));
            CHECK(ours.size() == rdiff::signature_bytes(bytes, block_bytes));
        }
    }
}

TEST_CASE("how the content is cut into writes does not matter")
{
    const auto content = test::random_bytes(300'000, 3);
    std::mt19937 random{4};
    for (const std::uint32_t block_bytes : {97U, 512U, 1536U, 2048U, 200'000U}) {
        CAPTURE(block_bytes);
        const auto expected = test::librsync_signature(content, block_bytes);
        for (const std::size_t cut_max : {10U, 3'000U, 16'384U, 100'000U}) {
            CAPTURE(cut_max);
            io::MemorySink ours;
            rdiff::SignatureMaker maker{block_bytes, ours};
            for (io::ByteView left{content}; !left.empty();) {
                const auto cut = std::min<std::size_t>(random() % (cut_max + 1), left.size());
                maker.write(left.first(cut));
                left = left.subspan(cut);
            }
            maker.finish();
            CHECK(std::ranges::equal(ours.view(), expected));
        }
    }
}

TEST_CASE("a block longer than what is gathered at once is summed as one")
{
    const auto content = test::random_bytes(5'000'000, 5);
    for (const std::uint32_t block_bytes : {300'000U, 1'500'000U, 4'000'000U}) {
        CAPTURE(block_bytes);
        CHECK(signature_of(content, block_bytes) == test::librsync_signature(content, block_bytes));
    }
}
