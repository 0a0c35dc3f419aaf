// Goal: time strings mean what duplicity 0.8.22 takes them for. Method: golden/time-strings.json,
// which holds the program's own answers in six time zones.
#include "ctl/text/time_text.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <string>
#include <utility>

using namespace duplid;

namespace {

/// The process's time zone while this lives.
class Zone {
public:
    explicit Zone(const std::string& name)
    {
        if (const char* const before = std::getenv("TZ")) {
            before_ = before;
        }
        set(name);
    }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;
    ~Zone() { set(before_); }

private:
    static void set(const std::string& name)
    {
        if (name.empty()) {
            ::unsetenv("TZ");
        } else {
            ::setenv("TZ", name.c_str(), 1);
        }
        ::tzset();
    }

    std::string before_;
};

/// Dates of 1901 in zones whose offset has changed since show an artefact of the original, which
/// golden/README.md allows to be ignored: 4 of 201.
const std::set<std::pair<std::string, std::string>> artefacts{
    {"1901-01-01T00:00:00Z", "Asia/Kolkata"},
    {"1901/01/01", "Asia/Kolkata"},
    {"1901-01-01T00:00:00Z", "America/St_Johns"},
    {"1901/01/01", "America/St_Johns"},
};

}  // namespace

TEST_CASE("each time string of duplicity's own answers is read as it reads it")
{
    std::ifstream file{DUPLID_GOLDEN "/time-strings.json"};
    const auto golden = nlohmann::json::parse(file);
    std::size_t checked = 0;
    for (const auto& row : golden.at("vectors")) {
        const auto text = row.at("string").get<std::string>();
        const auto zone = row.at("tz").get<std::string>();
        if (artefacts.contains({text, zone})) {
            continue;
        }
        CAPTURE(text);
        CAPTURE(zone);
        const Zone here{zone};
        const auto time = ctl::parse_time(text, row.at("now").get<std::int64_t>());
        ++checked;
        if (row.contains("error")) {
            CHECK_FALSE(time.has_value());
        } else {
            REQUIRE(time.has_value());
            CHECK(*time == row.at("epoch").get<std::int64_t>());
        }
    }
    CHECK(checked + artefacts.size() == golden.at("vectors").size());
}

TEST_CASE("the time separator replaces the colon in dates with a time")
{
    const Zone here{"UTC"};
    CHECK(ctl::parse_time("2002-01-25T07_00_00+02_00", 0, '_') == 1011934800);
    CHECK_FALSE(ctl::parse_time("2002-01-25T07:00:00+02:00", 0, '_').has_value());
}

TEST_CASE("numbers beyond all time are refused, not wrapped around")
{
    const std::string digits(30, '9');
    CHECK_FALSE(ctl::parse_time(digits, 0).has_value());
    CHECK_FALSE(ctl::parse_time(digits + "D", 0).has_value());
    CHECK_FALSE(ctl::parse_time("9223372036854775807Y", 0).has_value());
    CHECK_FALSE(ctl::parse_time("9223372036854775807s1s9s", 0).has_value());
}

TEST_CASE("standard time is told from summer time on the southern hemisphere, too")
{
    const Zone here{"Australia/Sydney"};
    // +10:00, as `TZ=Australia/Sydney date -d '2002-06-25T07:00:00' +%s` has it (winter there).
    CHECK(ctl::parse_time("2002-06-25T07:00:00", 1700000000) == 1024952400);
}

TEST_CASE("local times are printed as C's asctime does, in English and with a padded day")
{
    {
        const Zone here{"UTC"};
        CHECK(ctl::local_time_text(1795294990) == "Sat Nov 21 21:03:10 2026");
        CHECK(ctl::local_time_text(0) == "Thu Jan  1 00:00:00 1970");
        CHECK(ctl::local_time_text(-86400) == "Wed Dec 31 00:00:00 1969");
    }
    const Zone here{"Europe/Berlin"};
    CHECK(ctl::local_time_text(1795294990) == "Sat Nov 21 22:03:10 2026");
}
