#include "storage/remote/azure/upload.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <cstdint>
#include <doctest/doctest.h>
#include <set>

using namespace duplid;

TEST_CASE("only what can wait goes into the archive tier")
{
    CHECK(azure::tier_for("Archive", "duplicity-full.20240101T000000Z.vol1.difftar.gpg") ==
          "Archive");
    CHECK(azure::tier_for("Archive", "duplicity-full.20240101T000000Z.manifest.gpg").empty());
    CHECK(azure::tier_for("Archive", "duplicity-full-signatures.20240101T000000Z.sigtar.gpg")
              .empty());
    CHECK(azure::tier_for("Cool", "duplicity-full.20240101T000000Z.manifest.gpg") == "Cool");
    CHECK(azure::tier_for("", "anything").empty());
}

TEST_CASE(
    "a file is cut into blocks of the size asked for, or larger ones where they were too many")
{
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    CHECK(azure::cut_of(9 * mib, 4 * mib) == azure::Cut{4 * mib, 3});
    CHECK(azure::cut_of(8 * mib, 4 * mib) == azure::Cut{4 * mib, 2});
    CHECK(azure::cut_of(1, 4 * mib) == azure::Cut{4 * mib, 1});
    CHECK(azure::cut_of(200'000 * mib, 4 * mib) == azure::Cut{4 * mib, 50'000});
    const auto large = azure::cut_of(200'000 * mib + 1, 4 * mib);
    CHECK(large.blocks <= 50'000);
    CHECK(large.blocks * large.block_bytes >= 200'000 * mib + 1);
    CHECK(azure::cut_of(10, 0).blocks == 10);
}

TEST_CASE("names of blocks are as long as asked for and all different, also from another upload's")
{
    for (const std::size_t bytes : {3U, 4U, 32U, 46U}) {
        CAPTURE(bytes);
        const auto names = azure::new_block_names(120, bytes);
        CHECK(std::set<std::string>{names.begin(), names.end()}.size() == 120);
        CHECK(std::ranges::all_of(names,
                                  [&](const std::string& name) { return name.size() == bytes; }));
    }
    CHECK(azure::new_block_names(1, 32) != azure::new_block_names(1, 32));
    CHECK_THROWS_AS((void)azure::new_block_names(120, 2), Error);
}
