#include "ctl/process/failure.hpp"
#include "ctl/words/job_settings.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using nlohmann::json;

TEST_CASE("settings are words with dots, JSON, or both")
{
    CHECK(ctl::settings_from({"schedule.every=1d", "priority=5", "schedule.catch_up=false",
                              R"(select=[{"exclude": "/a"}])", "volsize="}) ==
          json::parse(R"({"schedule": {"every": "1d", "catch_up": false}, "priority": 5,
                          "select": [{"exclude": "/a"}], "volsize": null})"));
    CHECK(ctl::settings_from({R"({"a": {"b": 1}})", "a.c=x", "a.b=2"}) ==
          json::parse(R"({"a": {"b": 2, "c": "x"}})"));
    // What does not read as JSON is text.
    CHECK(ctl::settings_from({"a=1h 30min", "b=Mon..Fri 12:00", "c=a=b"}) ==
          json::parse(R"({"a": "1h 30min", "b": "Mon..Fri 12:00", "c": "a=b"})"));
}

TEST_CASE("what is no setting is refused")
{
    for (const auto* const word : {"", "priority", "=5", "a..b=1", ".a=1", "{", "{}x", "a\xff=1"}) {
        CAPTURE(word);
        CHECK_THROWS_AS(static_cast<void>(ctl::settings_from({word})), ctl::Failure);
    }
}

TEST_CASE("spans are intervals as time strings have them, and no dates")
{
    CHECK(ctl::parse_span("2h") == 7200);
    CHECK(ctl::parse_span("1h30m") == 5400);
    CHECK(ctl::parse_span("3D") == 3 * 86'400);
    for (const auto* const text : {"", "now", "2026-01-01", "12", "D"}) {
        CAPTURE(text);
        CHECK_FALSE(ctl::parse_span(text));
    }
}
