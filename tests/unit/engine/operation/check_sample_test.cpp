#include "engine/operation/check/check_sample.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <set>
#include <string>

using namespace duplid;
using operation::Readable;
using operation::Sample;
using Kind = operation::Sample::Kind;

namespace {

std::vector<Readable> ten_files()
{
    std::vector<Readable> files;
    for (int i = 0; i < 10; ++i) {
        files.push_back({std::to_string(i), 100, std::nullopt});
    }
    return files;
}

}  // namespace

TEST_CASE("a sample is a word, a share, a slice, a size or a time")
{
    CHECK(operation::parse_sample("none").kind == Kind::none);
    CHECK(operation::parse_sample("all").kind == Kind::all);
    CHECK(operation::parse_sample("2.5%").percent == doctest::Approx(2.5));
    CHECK(operation::parse_sample("100%").kind == Kind::share);
    CHECK(operation::parse_sample("2/7").slice == 2);
    CHECK(operation::parse_sample("2/7").slices == 7);
    CHECK(operation::parse_sample("500M").bytes == 500U << 20U);
    CHECK(operation::parse_sample("3K").bytes == 3072);
    CHECK(operation::parse_sample("30min").time == std::chrono::minutes{30});
    CHECK(operation::parse_sample("90s").time == std::chrono::seconds{90});
    CHECK(operation::parse_sample("2h").time == std::chrono::hours{2});
}

TEST_CASE("anything else is refused")
{
    for (const char* text : {"",
                             "some",
                             "5",
                             "0%",
                             "101%",
                             "-5%",
                             "nan%",
                             "inf%",
                             "%",
                             "0/7",
                             "8/7",
                             "1/",
                             "/7",
                             "1/2/3",
                             "0M",
                             "5X",
                             "M",
                             "99999999999T",
                             "99999999999999999999M",
                             "1/99999999",
                             "30 min",
                             "0s"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(static_cast<void>(operation::parse_sample(text)), Error);
    }
}

TEST_CASE("the slices of one division are everything, each file once")
{
    const auto files = ten_files();
    for (int slices = 1; slices <= 12; ++slices) {
        CAPTURE(slices);
        std::multiset<std::size_t> seen;
        for (int slice = 1; slice <= slices; ++slice) {
            const auto chosen = operation::choose_files(
                operation::parse_sample(std::to_string(slice) + "/" + std::to_string(slices)),
                files);
            seen.insert(chosen.begin(), chosen.end());
        }
        CHECK(seen.size() == files.size());
        CHECK(std::set<std::size_t>(seen.begin(), seen.end()).size() == files.size());
    }
}

TEST_CASE("what was never read comes first, then what was read longest ago")
{
    auto files = ten_files();
    for (std::size_t i = 0; i < files.size(); ++i) {
        files[i].last_read = 1000 - static_cast<std::int64_t>(i);
    }
    files[3].last_read.reset();
    const auto chosen = operation::choose_files(operation::parse_sample("30%"), files);
    CHECK(chosen == std::vector<std::size_t>{3, 9, 8});
}

TEST_CASE("a share or a size is reached, by no more files than it takes")
{
    const auto files = ten_files();
    CHECK(operation::choose_files(operation::parse_sample("1%"), files).size() == 1);
    CHECK(operation::choose_files(operation::parse_sample("10%"), files).size() == 1);
    CHECK(operation::choose_files(operation::parse_sample("11%"), files).size() == 2);
    CHECK(operation::choose_files(operation::parse_sample("100%"), files).size() == 10);
    CHECK(operation::choose_files(operation::parse_sample("1K"), files).size() == 10);
    CHECK(operation::choose_files(operation::parse_sample("all"), files).size() == 10);
    CHECK(operation::choose_files(operation::parse_sample("1s"), files).size() == 10);
    CHECK(operation::choose_files(operation::parse_sample("none"), files).empty());
    CHECK(operation::choose_files(operation::parse_sample("5%"), {}).empty());
}
