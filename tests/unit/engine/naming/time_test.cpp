// Times in names. The second witnesses: time-strings.json, recorded from the original, and names
// that it was seen to read or to refuse (archive-format.md 1.2).
#include "engine/naming/time.hpp"

#include "storage/io/error.hpp"
#include "tests/unit/engine/naming/time_zone.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <nlohmann/json.hpp>

namespace naming = duplid::naming;
using duplid::Error;
using naming::test::TimeZone;

namespace {

constexpr std::int64_t new_year = 1704067200;   // 2024-01-01T00:00:00Z
constexpr std::int64_t midsummer = 1719144000;  // 2024-06-23T12:00:00Z

}  // namespace

TEST_CASE("what the original reads as a time in UTC is read alike or not at all")
{
    std::ifstream file{DUPLID_GOLDEN "/time-strings.json"};
    const auto vectors = nlohmann::json::parse(file).at("vectors");
    int read = 0;
    for (const auto& vector : vectors) {
        if (vector.at("tz") != "UTC") {
            continue;
        }
        const auto text = vector.at("string").get<std::string>();
        // Times in names are read in either case; on the command line, where these come from, `t`
        // is refused in the old form.
        if (text.find('t') != std::string::npos) {
            continue;
        }
        CAPTURE(text);
        const auto time = naming::parse_time(text);
        if (time) {
            REQUIRE(vector.contains("epoch"));
            CHECK(*time == vector.at("epoch").get<std::int64_t>());
            ++read;
        }
    }
    CHECK(read >= 15);
}

TEST_CASE("times are read in every form that ever was in a name")
{
    struct Row {
        std::string_view token;
        std::int64_t time;
    };
    for (const auto& row : {
             Row{"20240101T000000Z", new_year},
             Row{"20240101t000000z", new_year},
             Row{"20240101T000000X", new_year},    // the last byte is not looked at
             Row{"20240231T000000Z", 1709337600},  // taken as the 2nd of March
             Row{"20240101T235961Z", 1704153601},
             Row{"19010101T000000Z", naming::time_min},
             Row{"20991231T235959Z", naming::time_max},
             Row{"1704067200", new_year},
             Row{"2024-01-01T00:00:00Z", new_year},
             Row{"2024-01-01T01:00:00+01:00", new_year},
             Row{"2023-12-31T19_00_00-05_00", new_year},
             Row{"2023-12-31t19.00.00-05.00", new_year},
             Row{"2024-01-01T05:30:00+05:30", new_year},
             // West of Greenwich the minutes count upwards from the hour.
             Row{"2023-12-31T20:30:00-04:30", new_year},
             Row{"2024-01-01T00:00:00-00:30", new_year - 1800},
             Row{"2024-01-01T00:00:00+24:00", new_year - 86400},
         }) {
        CAPTURE(row.token);
        const auto time = naming::parse_time(row.token);
        REQUIRE(time);
        CHECK(*time == row.time);
    }
}

TEST_CASE("what cannot be the time of a backup is refused")
{
    for (const std::string_view token : {
             "",
             "T",
             "0",
             "000",
             "-1",
             "+1704067200",
             "4102444800",
             "99999999999999999999999",
             "19700101T000000Z",
             "19001231T235959Z",
             "21000101T000000Z",
             "20240001T000000Z",
             "20241301T000000Z",
             "20240100T000000Z",
             "20240132T000000Z",
             "20240101T240000Z",
             "20240101T006000Z",
             "20240101T000062Z",
             "2024010100000000",
             "2024T0101000000Z",
             "20240101T000000T",
             "20240101T000000ZZ",
             "20240101T00000Z",
             " 0240101T000000Z",
             "2024-01-01",
             "20240101Z",
             "3D",
             "now",
             "2024-01-01T00:00:00",
             "2024-01-01T00:00_00Z",
             "2024-01-01T00-00-00Z",
             "2024-01-01T00000000Z",
             "2024-01-01T00:00:00+01_00",
             "2024-01-01T00:00:00+1:00",
             "2024-01-01T00:00:00*01:00",
             "2024-01-01T00:00:00X",
             "2024/01/01T00:00:00Z",
             "2099-12-31T23:00:00-05:00",
         }) {
        CAPTURE(token);
        CHECK_FALSE(naming::parse_time(token));
    }
}

TEST_CASE("the default form is written in UTC wherever the process is")
{
    const TimeZone zone{naming::test::prague};
    CHECK(naming::print_time(new_year) == "20240101T000000Z");
    CHECK(naming::print_time(naming::time_min) == "19010101T000000Z");
    CHECK(naming::print_time(naming::time_max) == "20991231T235959Z");
    CHECK(naming::print_time(-1) == "19691231T235959Z");
    CHECK_THROWS_AS((void)naming::print_time(0), Error);
    CHECK_THROWS_AS((void)naming::print_time(naming::time_max + 1), Error);
    CHECK_THROWS_AS((void)naming::print_time(naming::time_min - 1), Error);
}

TEST_CASE("the old form is written with the offset of the moment")
{
    struct Row {
        int offset_minutes;
        char separator;
        std::string_view text;
    };
    for (const auto& row :
         {Row{0, ':', "2024-01-01T00:00:00Z"}, Row{60, ':', "2024-01-01T01:00:00+01:00"},
          Row{-300, '_', "2023-12-31T19_00_00-05_00"}, Row{330, ':', "2024-01-01T05:30:00+05:30"},
          Row{-210, ':', "2023-12-31T20:30:00-04:30"},
          Row{-150, ':', "2023-12-31T21:30:00-03:30"}}) {
        CAPTURE(row.offset_minutes);
        const auto text = naming::print_old_time(new_year, row.separator, row.offset_minutes);
        CHECK(text == row.text);
        CHECK(naming::parse_time(text) == new_year);
    }
    for (int offset = -24 * 60 + 1; offset < 24 * 60; ++offset) {
        REQUIRE(naming::parse_time(naming::print_old_time(new_year, '.', offset)) == new_year);
    }
    for (const char separator : {'-', '7', '/'}) {
        CHECK_THROWS_AS((void)naming::print_old_time(new_year, separator, 0), Error);
    }
    CHECK_THROWS_AS((void)naming::print_old_time(new_year, ':', 24 * 60), Error);
    CHECK_THROWS_AS((void)naming::print_old_time(naming::time_max, ':', 1), Error);
}

TEST_CASE("local offsets follow summer time and half hours")
{
    {
        const TimeZone zone{naming::test::prague};
        CHECK(naming::local_offset_minutes(new_year) == 60);
        CHECK(naming::local_offset_minutes(midsummer) == 120);
    }
    {
        const TimeZone zone{naming::test::st_johns};
        CHECK(naming::local_offset_minutes(new_year) == -210);
        CHECK(naming::local_offset_minutes(midsummer) == -150);
    }
    const TimeZone zone{"UTC0"};
    CHECK(naming::local_offset_minutes(new_year) == 0);
}

TEST_CASE("short times are base 36 in lower case")
{
    CHECK(naming::print_short_time(new_year) == "s6k2o0");
    CHECK(naming::print_short_time(1704153600) == "s6lxc0");
    CHECK(naming::parse_short_time("s6k2o0") == new_year);
    CHECK(naming::parse_short_time("0s6k2o0") == new_year);  // the original reads it so
    CHECK_FALSE(naming::parse_short_time("S6K2O0"));         // and does not see this
    for (const std::string_view token : {"", "0", "s6k2o0 ", "-1", "zzzzzzzzzzzzzzzzzzzzzzz"}) {
        CAPTURE(token);
        CHECK_FALSE(naming::parse_short_time(token));
    }
    CHECK(naming::parse_short_time(naming::print_short_time(naming::time_max)) == naming::time_max);
    CHECK_FALSE(naming::parse_short_time(
        naming::print_base36(static_cast<std::uint64_t>(naming::time_max) + 1)));
    CHECK_THROWS_AS((void)naming::print_short_time(-1), Error);
}

TEST_CASE("base 36 keeps to its bound")
{
    CHECK(naming::print_base36(0) == "0");
    CHECK(naming::print_base36(35) == "z");
    CHECK(naming::print_base36(36) == "10");
    CHECK(naming::print_base36(UINT64_MAX) == "3w5e11264sgsf");
    CHECK(naming::parse_base36("3w5e11264sgsf", UINT64_MAX) == UINT64_MAX);
    CHECK_FALSE(naming::parse_base36("3w5e11264sgsg", UINT64_MAX));
    CHECK_FALSE(naming::parse_base36("z", 10));
    CHECK_FALSE(naming::parse_base36("b", 10));
    CHECK(naming::parse_base36("000a", 10) == 10);
}
