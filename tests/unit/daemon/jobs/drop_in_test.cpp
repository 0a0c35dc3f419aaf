#include "daemon/jobs/document.hpp"
#include "daemon/jobs/drop_in.hpp"

#include <doctest/doctest.h>

using namespace duplid;

namespace {

proto::Json value_of(const std::string& text)
{
    return proto::Json::parse(text, nullptr, true, true);
}

}  // namespace

TEST_CASE("settings are added to those set before, and null takes them back")
{
    const auto first =
        jobs::with_settings("", "f", R"({"schedule": {"every": "1d"}, "volsize": "5M"})");
    CHECK(first.starts_with("//"));
    CHECK(value_of(first)["schedule"]["every"] == "1d");
    const auto second =
        jobs::with_settings(first, "f", R"({"schedule": {"random_delay": "1h"}, "volsize": null})");
    CHECK(value_of(second) == value_of(R"({"schedule": {"every": "1d", "random_delay": "1h"}})"));
    CHECK(jobs::with_settings(second, "f", R"({"schedule": null})").empty());
}

TEST_CASE("several targets take the place of the one that was set before, and the other way round")
{
    const auto one = jobs::with_settings("", "f", R"({"target": "file:///a", "priority": 1})");
    const auto several = jobs::with_settings(one, "f", R"({"targets": [{"name": "a"}]})");
    CHECK(value_of(several) == value_of(R"({"targets": [{"name": "a"}], "priority": 1})"));
    CHECK(value_of(jobs::with_settings(several, "f", R"({"target": "file:///b"})")) ==
          value_of(R"({"target": "file:///b", "priority": 1})"));
}

TEST_CASE("settings that are no JSON object are refused")
{
    for (const auto* const text : {"", "5", "{", R"({"a": 1, "a": 2})"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(static_cast<void>(jobs::with_settings("", "f", text)), jobs::ProblemError);
    }
}
