// Zones against the C library's own localtime() and mktime(), which read the same files with other
// code.

#include "daemon/schedule/zone.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <random>
#include <string>

using namespace duplid;
using namespace std::chrono;
using schedule::Zone;

namespace {

/// The C library in another zone. It knows one per process, so only one test at a time is there.
class LibraryIn {
public:
    explicit LibraryIn(const std::string& zone)
    {
        setenv("TZ", zone.c_str(), 1);
        tzset();
    }
    LibraryIn(const LibraryIn&) = delete;
    LibraryIn& operator=(const LibraryIn&) = delete;
    ~LibraryIn()
    {
        unsetenv("TZ");
        tzset();
    }
};

Zone::Offset by_library(std::time_t moment)
{
    std::tm wall{};
    localtime_r(&moment, &wall);
    return {seconds{wall.tm_gmtoff}, wall.tm_isdst > 0};
}

/// From 1970 to 2100, in odd steps.
template <class Use>
void for_moments(Use use)
{
    std::mt19937_64 random{6};
    for (std::time_t moment = 0; moment < 4'102'444'800;
         moment += static_cast<std::time_t>(random() % 500'000)) {
        use(moment);
    }
}

std::string big_endian(std::uint64_t value, int bytes)
{
    std::string text;
    for (int byte = bytes - 1; byte >= 0; --byte) {
        text += static_cast<char>(value >> (8 * byte) & 0xffU);
    }
    return text;
}

/// A header as RFC 8536, 3.1, has it.
std::string header(char version, unsigned leaps, unsigned transitions, unsigned offsets)
{
    return std::string{"TZif"} + version + std::string(15, '\0') + big_endian(0, 4) +
           big_endian(0, 4) + big_endian(leaps, 4) + big_endian(transitions, 4) +
           big_endian(offsets, 4) + big_endian(4, 4);
}

/// One zone an hour ahead, that is two ahead from 1000 on, and then follows `rule`.
std::string small_file(const std::string& rule)
{
    const std::string offsets =
        big_endian(3600, 4) + std::string(2, '\0') + big_endian(7200, 4) + std::string{"\1\0", 2};
    return header('2', 0, 0, 1) + offsets.substr(0, 6) + "ABC" + std::string(1, '\0') +
           header('2', 0, 1, 2) + big_endian(1000, 8) + "\1" + offsets + "ABC" +
           std::string(1, '\0') + "\n" + rule + "\n";
}

Error::Kind kind_of_failure(const std::string& file)
{
    try {
        (void)Zone::read(file, "test");
        return Error::Kind::internal;
    } catch (const Error& error) {
        return error.kind();
    }
}

}  // namespace

TEST_CASE("local time is what the C library says, in zones of all habits and for 130 years")
{
    // Habits: none; north; south; half an hour; two changes of the day; a day left out; negative
    // daylight saving time; Ramadan; rules of other forms; offsets of odd minutes.
    for (const std::string name :
         {"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe",
          "Africa/Cairo", "Pacific/Apia", "Europe/Dublin", "Africa/Casablanca", "Asia/Kathmandu",
          "America/St_Johns", "Asia/Gaza", "Antarctica/Troll", "Pacific/Kiritimati",
          "Etc/GMT+12"}) {
        CAPTURE(name);
        const auto zone = Zone::named(name);
        const LibraryIn library{name};
        for_moments([&](std::time_t moment) {
            if (zone->at(sys_seconds{seconds{moment}}) != by_library(moment)) {
                CAPTURE(moment);
                FAIL_CHECK("another offset");
            }
        });
    }
}

TEST_CASE("rules of their own are followed as the C library follows them")
{
    for (const std::string rule :
         {"CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+0330>-3:30",
          "AEST-10AEDT,M10.1.0,M4.1.0/3", "IST-1GMT0,M10.5.0,M3.5.0/1", "XXX3YYY,J60,J300/1:30:15",
          "XXX-2YYY,59/0,299", "EET-2EEST,M4.5.5/0,M10.5.4/24"}) {
        CAPTURE(rule);
        const auto zone = Zone::of_rule(rule);
        const LibraryIn library{rule};
        for_moments([&](std::time_t moment) {
            if (zone->at(sys_seconds{seconds{moment}}) != by_library(moment)) {
                CAPTURE(moment);
                FAIL_CHECK("another offset");
            }
        });
    }
}

TEST_CASE(
    "a time on the wall is the moment that it is to the C library, shown once, twice or never")
{
    for (const std::string name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                   "Pacific/Apia", "America/Santiago"}) {
        CAPTURE(name);
        const auto zone = Zone::named(name);
        const LibraryIn library{name};
        // Every quarter of an hour of 2011, in which Samoa left out a day.
        for (auto wall = local_seconds{sys_days{2011y / 1 / 1}.time_since_epoch()};
             wall < local_seconds{sys_days{2012y / 1 / 2}.time_since_epoch()}; wall += 15min) {
            // The library begins with the offset of the call before: let that be this one.
            const auto before = sys_seconds{wall.time_since_epoch()} - 40h;
            auto past = before.time_since_epoch().count();
            std::tm known{};
            localtime_r(&past, &known);
            (void)mktime(&known);

            const year_month_day date{floor<days>(wall)};
            const hh_mm_ss time{wall - floor<days>(wall)};
            std::tm asked{};
            asked.tm_year = static_cast<int>(date.year()) - 1900;
            asked.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
            asked.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
            asked.tm_hour = static_cast<int>(time.hours().count());
            asked.tm_min = static_cast<int>(time.minutes().count());
            asked.tm_isdst = -1;
            const auto moment = zone->moment_of(wall, zone->at(before).ahead);
            if (moment.time_since_epoch().count() != mktime(&asked)) {
                CAPTURE(wall.time_since_epoch().count());
                FAIL_CHECK("another moment");
            }
        }
    }
}

TEST_CASE("the zone of this process is that of TZ, and UTC where TZ makes no sense")
{
    struct Row {
        std::string variable;
        seconds summer;
    };
    const sys_seconds summer{sys_days{2026y / 7 / 1}};
    for (const auto& row :
         {Row{"Europe/Berlin", 2h}, Row{":Europe/Berlin", 2h},
          Row{"/usr/share/zoneinfo/Asia/Kathmandu", 5h + 45min},
          Row{"CET-1CEST,M3.5.0,M10.5.0/3", 2h}, Row{"", 0h}, Row{"No/Such", 0h}, Row{"UTC", 0h}}) {
        CAPTURE(row.variable);
        const LibraryIn library{row.variable};
        CHECK(Zone::local()->at(summer).ahead == row.summer);
        CHECK(by_library(summer.time_since_epoch().count()).ahead == row.summer);
    }
}

TEST_CASE("only names within the database of zones are names of zones")
{
    for (const std::string name :
         {"", "Europe", "Europe/Nowhere", "/etc/localtime", "../../../etc/localtime",
          "Europe//Berlin", "Europe/Berlin/", "tzdata.zi ", "zone.tab", "12:00"}) {
        CAPTURE(name);
        CHECK_THROWS_AS((void)Zone::named(name), Error);
    }
}

TEST_CASE("a file that is cut short anywhere, or says impossible things, is refused")
{
    const auto whole = small_file("XXX-2");
    const auto zone = Zone::read(whole, "test");
    CHECK(zone->at(sys_seconds{999s}).ahead == 1h);
    CHECK(zone->at(sys_seconds{1000s}) == Zone::Offset{2h, false});
    CHECK(Zone::read(small_file(""), "test")->at(sys_seconds{1000s}) == Zone::Offset{2h, true});

    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        CAPTURE(bytes);
        CHECK(kind_of_failure(whole.substr(0, bytes)) == Error::Kind::corrupt);
    }
    CHECK(kind_of_failure(small_file("nonsense,")) == Error::Kind::corrupt);
    CHECK(kind_of_failure(header('1', 0, 0, 0)) == Error::Kind::corrupt);
    CHECK(kind_of_failure(header('1', 0, 0xffffffff, 1)) == Error::Kind::corrupt);
    CHECK(kind_of_failure(header('1', 1, 0, 1) + std::string(30, '\0')) == Error::Kind::invalid);

    auto backwards =
        header('1', 0, 2, 1) + big_endian(5, 4) + big_endian(5, 4) + std::string(2 + 6 + 4, '\0');
    CHECK(kind_of_failure(backwards) == Error::Kind::corrupt);
    auto nowhere = header('1', 0, 1, 1) + big_endian(5, 4) + "\1" + std::string(6 + 4, '\0');
    CHECK(kind_of_failure(nowhere) == Error::Kind::corrupt);
}
