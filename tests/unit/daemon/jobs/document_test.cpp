#include "daemon/jobs/document.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using jobs::Document;

namespace {

jobs::Problem problem_in(const std::string& text)
{
    try {
        static_cast<void>(Document{text, "f.json"});
    } catch (const jobs::ProblemError& error) {
        return error.problem();
    }
    FAIL("no problem in " << text);
    return {};
}

}  // namespace

TEST_CASE("each part of a file is found where it stands, comments and blank lines or not")
{
    const Document document{"// what is backed up\n"
                            "{\n"
                            "  /* two\n"
                            "     lines */ \"source\": \"/a\", // \"not\": \"this\"\n"
                            "  \"schedule\": { \"calendar\": [\n"
                            "      \"daily\",\n"
                            "      \"we\\\"ird\" ] }\n"
                            "}\n",
                            "f.json"};
    struct Row {
        const char* part;
        std::uint64_t line;
        std::uint64_t column;
    };
    for (const auto& row :
         {Row{"source", 4, 15}, Row{"schedule", 5, 3}, Row{"schedule.calendar", 5, 17},
          Row{"schedule.calendar[0]", 6, 7}, Row{"schedule.calendar[1]", 7, 7},
          // What is not there is missing in what is around it.
          Row{"schedule.every", 5, 3}, Row{"target", 1, 1}}) {
        CAPTURE(row.part);
        const auto place = document.place_of(row.part);
        CHECK(place.file == "f.json");
        CHECK(place.line == row.line);
        CHECK(place.column == row.column);
    }
}

TEST_CASE("text that is no JSON object is refused with its place")
{
    struct Row {
        const char* text;
        std::uint64_t line;
    };
    for (const auto& row :
         {Row{"", 1}, Row{"[]", 1}, Row{"{\n\"a\": 1\n\"b\": 2}", 3}, Row{"{\"a\": }", 1},
          Row{"{} {}", 1}, Row{"{\"a\": \"\xff\"}", 1}, Row{"{\n\n\"a\": /* no end", 3}}) {
        CAPTURE(row.text);
        const auto problem = problem_in(row.text);
        CHECK(problem.line == row.line);
        CHECK(problem.column > 0);
        CHECK_FALSE(problem.cause.empty());
    }
    CHECK(problem_in("{\"a\": 1,\n}").hint.find("comma") != std::string::npos);
}

TEST_CASE("a member that is there twice is refused where it is there again")
{
    const auto problem = problem_in("{\"a\": 1,\n \"b\": 2,\n \"\\u0061\": 3}");
    CHECK(problem.line == 3);
    CHECK(problem.column == 2);
    CHECK(problem.cause.find("twice") != std::string::npos);
}

TEST_CASE("nesting has a limit")
{
    std::string text = "{\"a\": ";
    for (int i = 0; i < 10'000; ++i) {
        text += "[";
    }
    text += std::string(10'000, ']') + "}";
    CHECK(problem_in(text).cause.find("nesting") != std::string::npos);
}

TEST_CASE("objects are merged, lists are replaced, null takes away, and places follow")
{
    Document lower{R"({"a": {"x": 1, "y": [1, 2]}, "b": "old",
 "c": {"d": 1}})",
                   "lower"};
    const Document upper{R"({
 "a": {"y": [3], "z": null}, "b": null,
 "c": 5, "n": {"gone": null}})",
                         "upper"};
    lower.merge(upper);
    lower.strip();
    CHECK(lower.value() == proto::Json::parse(R"({"a": {"x": 1, "y": [3]}, "c": 5, "n": {}})"));
    CHECK(lower.place_of("a.x").file == "lower");
    CHECK(lower.place_of("a.y[0]").file == "upper");
    CHECK(lower.place_of("a.y[0]").line == 2);
    // There is no second item any more: the list itself is the nearest.
    CHECK(lower.place_of("a.y[1]").column == lower.place_of("a.y").column);
    CHECK(lower.place_of("c.d").file == "upper");
}
