#include "engine/rdiff/block_index.hpp"

#include "storage/io/error.hpp"
#include "tests/unit/engine/rdiff/librsync_oracle.hpp"

using namespace duplid;

namespace {

/// Sums as a signature has them: these halves, big-endian.
void append_sums(io::Bytes& sums, std::uint32_t weak, std::uint64_t strong)
{
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        sums.push_back(static_cast<std::byte>(weak >> shift & 0xffU));
    }
    for (unsigned i = 8; i > 0; --i) {
        sums.push_back(static_cast<std::byte>(strong >> (i - 1) * 8U & 0xffU));
    }
}

}  // namespace

TEST_CASE("every block of an ordinary file is found, and most sums of no block are filtered out")
{
    constexpr std::uint32_t blocks = 50'000;
    const auto sums = test::random_bytes(std::size_t{blocks} * rdiff::sum_bytes, 1);
    const rdiff::BlockIndex index{sums, io::default_temp_directory()};
    CHECK(index.count() == blocks);
    const auto filter = index.filter();
    std::uint32_t lost = 0;
    for (std::uint32_t number = 0; number < blocks; ++number) {
        const auto* const of_block = sums.data() + std::size_t{number} * rdiff::sum_bytes;
        REQUIRE(index.is(number, of_block));
        REQUIRE_FALSE(index.is(number + 1, of_block));
        const auto weak = rdiff::weak_of(of_block);
        REQUIRE(filter.may_hold(weak));
        REQUIRE(index.holds_weak(weak));
        lost += index.find(of_block) == number ? 0 : 1;
    }
    CHECK(lost == 0);

    const auto others = test::random_bytes(std::size_t{blocks} * rdiff::sum_bytes, 2);
    std::uint32_t passed = 0;
    for (std::uint32_t number = 0; number < blocks; ++number) {
        const auto* const of_block = others.data() + std::size_t{number} * rdiff::sum_bytes;
        passed += filter.may_hold(rdiff::weak_of(of_block)) ? 1 : 0;
        REQUIRE_FALSE(index.find(of_block).has_value());
    }
    CHECK(passed < blocks / 100);
}

TEST_CASE("of equal blocks the first is found, however many there are")
{
    io::Bytes sums;
    append_sums(sums, 1, 1);
    for (int i = 0; i < 100'000; ++i) {
        append_sums(sums, 7, 7);
    }
    append_sums(sums, 9, 9);
    const rdiff::BlockIndex index{sums, io::default_temp_directory()};
    CHECK(index.find(sums.data() + rdiff::sum_bytes) == 1);
    CHECK(index.find(sums.data() + 50'000 * rdiff::sum_bytes) == 1);
    CHECK(index.find(sums.data() + 100'001 * rdiff::sum_bytes) == 100'001);
}

TEST_CASE("blocks that were made to share one rolling sum, or one slot, harm themselves only")
{
    io::Bytes sums;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        append_sums(sums, 0x1234, i);
    }
    // The inverse of the hash's factor: these differ in its lowest bits alone.
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        append_sums(sums, i * 0x0e8b2f51U, i);
    }
    append_sums(sums, 0xabcd'ef01U, 5);
    const rdiff::BlockIndex index{sums, io::default_temp_directory()};
    CHECK(index.find(sums.data()) == 0);
    CHECK(index.find(sums.data() + 40'000 * rdiff::sum_bytes) == 40'000);
    std::size_t found = 0;
    for (std::size_t i = 20'000; i < 40'000; ++i) {
        found += index.find(sums.data() + i * rdiff::sum_bytes) == i ? 1 : 0;
    }
    CHECK(found < 1000);  // they were left out: that is what bounds the work
    CHECK(found > 0);
}

TEST_CASE("a table without blocks finds nothing")
{
    const rdiff::BlockIndex index{{}, io::default_temp_directory()};
    const io::Bytes zeros(rdiff::sum_bytes);
    CHECK_FALSE(index.find(zeros.data()).has_value());
    CHECK_FALSE(index.is(0, zeros.data()));
    CHECK_FALSE(index.holds_weak(0));
}

TEST_CASE("a table of many different blocks is in a file, one of a sparse file's is not")
{
    constexpr std::size_t blocks = 1'100'000;  // 4 slots of 4 bytes for each: above 8 MiB
    io::Bytes sparse(blocks * rdiff::sum_bytes);
    CHECK_NOTHROW(static_cast<void>(rdiff::BlockIndex{sparse, "/nonexistent"}));
    const auto full = test::random_bytes(blocks * rdiff::sum_bytes, 3);
    CHECK_THROWS_AS(static_cast<void>(rdiff::BlockIndex{full, "/nonexistent"}), Error);
}
