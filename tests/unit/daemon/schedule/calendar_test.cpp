// What calendars promise beside meaning what systemd means, which daemon/calendar_test.py looks at.

#include "daemon/schedule/calendar.hpp"
#include "daemon/schedule/hours.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace duplid;
using namespace std::chrono;
using schedule::Calendar;
using schedule::Hours;
using schedule::Instant;
using schedule::Zone;

namespace {

Instant utc(year_month_day date, Instant::duration time = {})
{
    return sys_days{date} + time;
}

template <class Parse>
std::string refusal(Parse parse)
{
    try {
        (void)parse();
        return "was read";
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::invalid);
        CHECK_FALSE(error.hint().empty());
        return error.what();
    }
}

}  // namespace

TEST_CASE("an error says at which character something else was expected, and what")
{
    CHECK(refusal([] { return Calendar::parse("Mon..Foo 12:00"); }) ==
          "calendar expression makes no sense at character 6: expected a weekday");
    CHECK(refusal([] { return Calendar::parse("*-*-* 25:00"); }) ==
          "calendar expression makes no sense at character 7: expected an hour from 0 to 23, with "
          "room for a step if there is one");
    CHECK(
        refusal([] { return Calendar::parse("12:00 Europe/Nowhere"); }) ==
        "calendar expression makes no sense at character 6: expected the end, or a time zone that "
        "this system knows");
}

TEST_CASE("texts and lists without end are refused")
{
    std::string list = "*-*-* 0";
    for (int value = 0; value < 250; ++value) {
        list += ",1";
    }
    CHECK(refusal([&] { return Calendar::parse(list + ":00"); }).find("too many") !=
          std::string::npos);
    CHECK(refusal([&] { return Calendar::parse(std::string(5000, '*')); }) != "was read");
    CHECK(refusal([&] { return Calendar::parse(std::string("12:00\0", 6)); }) != "was read");
}

TEST_CASE("a time that the clock skips is left out, and one that it shows twice is taken once")
{
    const auto berlin = Zone::named("Europe/Berlin");
    const auto nightly = Calendar::parse("02:30");
    // 29 March 2026: 02:00 CET is 03:00 CEST.
    CHECK(nightly.next_after(utc(2026y / 3 / 28, 1h + 30min), *berlin) ==
          utc(2026y / 3 / 30, 30min));
    // 25 October 2026: 03:00 CEST is 02:00 CET.
    const auto first = utc(2026y / 10 / 25, 30min);
    CHECK(nightly.next_after(utc(2026y / 10 / 24, 12h), *berlin) == first);
    CHECK(nightly.next_after(first, *berlin) == utc(2026y / 10 / 26, 1h + 30min));
    // The same from the winter before, whose offset is the one of the second.
    CHECK(Calendar::parse("*-10-25 02:30").next_after(utc(2026y / 1 / 1), *berlin) == first);
    // Who asks in the second showing of the hour gets what is left of it.
    const auto quarters = Calendar::parse("*:0/15");
    CHECK(quarters.next_after(utc(2026y / 10 / 25, 1h + 31min), *berlin) ==
          utc(2026y / 10 / 25, 1h + 45min));
}

TEST_CASE("a step that runs past midnight into a change of clocks loses nothing")
{
    const auto berlin = Zone::named("Europe/Berlin");
    const auto calendar = Calendar::parse("0/7:00");
    CHECK(calendar.next_after(utc(2026y / 10 / 24, 19h + 30min), *berlin) ==
          utc(2026y / 10 / 24, 22h));
    CHECK(calendar.next_after(utc(2026y / 10 / 24, 22h), *berlin) == utc(2026y / 10 / 25, 6h));
    CHECK(calendar.next_after(utc(2026y / 3 / 28, 20h + 30min), *berlin) ==
          utc(2026y / 3 / 28, 23h));
    CHECK(calendar.next_after(utc(2026y / 3 / 28, 23h), *berlin) == utc(2026y / 3 / 29, 5h));
}

TEST_CASE("a zone in the expression goes before the local one")
{
    const auto berlin = Zone::named("Europe/Berlin");
    CHECK(Calendar::parse("12:00").next_after(utc(2026y / 7 / 1), *berlin) ==
          utc(2026y / 7 / 1, 10h));
    CHECK(Calendar::parse("12:00 America/New_York").next_after(utc(2026y / 7 / 1), *berlin) ==
          utc(2026y / 7 / 1, 16h));
    CHECK(Calendar::parse("12:00 UTC").next_after(utc(2026y / 7 / 1), *berlin) ==
          utc(2026y / 7 / 1, 12h));
}

TEST_CASE("what never comes is said so, and before 1970 there is nothing")
{
    const auto zone = Zone::utc();
    CHECK_FALSE(Calendar::parse("*-02-30").next_after(utc(2026y / 1 / 1), *zone));
    CHECK_FALSE(Calendar::parse("2020-01-01").next_after(utc(2026y / 1 / 1), *zone));
    CHECK_FALSE(Calendar::parse("daily").next_after(Instant::max(), *zone));
    CHECK(Calendar::parse("daily").next_after(Instant::min(), *zone) == utc(1970y / 1 / 2));
}

TEST_CASE("equal calendars are those that mean the same, however they were written")
{
    CHECK(Calendar::parse("daily") == Calendar::parse("*-*-* 00:00:00"));
    CHECK(Calendar::parse("Mon,Tue,Wed 2:0") == Calendar::parse("mon..wed 02:00"));
    CHECK_FALSE(Calendar::parse("daily") == Calendar::parse("daily UTC"));
}

TEST_CASE("a window over midnight belongs to the weekday on which it opens")
{
    const auto zone = Zone::utc();
    const auto window = Hours::parse("Fri 22:00..06:00");
    // 20 November 2026 is a Friday.
    const auto friday = utc(2026y / 11 / 20);
    struct Row {
        Instant::duration after;
        bool open;
    };
    for (const auto& row : {Row{3h, false}, Row{22h - 1us, false}, Row{22h, true},
                            Row{30h - 1us, true}, Row{30h, false}, Row{46h, false}}) {
        CAPTURE(row.after.count());
        CHECK(window.open_at(friday + row.after, *zone) == row.open);
    }
    CHECK(window.open_from(friday, *zone) == friday + 22h);
    CHECK(window.open_from(friday + 23h, *zone) == friday + 23h);
    CHECK(window.open_from(friday + 30h, *zone) == friday + 7 * 24h + 22h);
}

TEST_CASE("windows are read in all their forms, and printed in one")
{
    struct Row {
        std::string text;
        std::string expected;
    };
    for (const auto& row :
         {Row{"9:00..17:30", "09:00..17:30"}, Row{"mon-fri 22:00-6:00", "Mon..Fri 22:00..06:00"},
          Row{"Mon..Sun 00:00..24:00", "00:00..24:00"},
          Row{"Sat,Sun 1:00..2:00 Europe/Berlin", "Sat,Sun 01:00..02:00 Europe/Berlin"}}) {
        CAPTURE(row.text);
        CHECK(Hours::parse(row.text).text() == row.expected);
        CHECK(Hours::parse(row.expected).text() == row.expected);
    }
    for (const std::string wrong :
         {"", "22:00", "22:00..", "24:00..06:00", "22:00..25:00", "22:00..24:01", "22:60..23:00",
          "Foo 22:00..23:00", "22..23", "22:00..23:00 Foo"}) {
        CAPTURE(wrong);
        CHECK(refusal([&] { return Hours::parse(wrong); }) != "was read");
    }
}

TEST_CASE("a window opens when the clocks of its own zone say so, also after they were changed")
{
    const auto utc_zone = Zone::utc();
    const auto window = Hours::parse("20:00..21:00 Europe/Berlin");
    CHECK(window.open_from(utc(2026y / 3 / 28, 20h), *utc_zone) == utc(2026y / 3 / 29, 18h));
    CHECK(window.open_from(utc(2026y / 10 / 24, 20h), *utc_zone) == utc(2026y / 10 / 25, 19h));
    // Opens within the hour that is left out: as soon as there is time on the clock again.
    const auto night = Hours::parse("02:30..05:00 Europe/Berlin");
    const auto from = night.open_from(utc(2026y / 3 / 28, 12h), *utc_zone);
    CHECK(from >= utc(2026y / 3 / 29, 1h));
    CHECK(from <= utc(2026y / 3 / 29, 1h + 30min));
}
