#include "daemon/hooks/environment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace duplid;

TEST_CASE("a child sees the facts and what programs need to find their way, and nothing else")
{
    ::setenv("HOME", "/home/somebody", 1);
    ::setenv("SOME_PROGRAMS_PASSWORD", "geheim", 1);
    ::setenv("DUPLID_LEFT_OVER", "from somewhere", 1);
    const auto seen = hooks::child_environment(
        {{"DUPLID_JOB", "home"}, {"DUPLID_ERROR", std::string{"cut\0here\nand on", 15}}});
    const auto has = [&seen](const std::string& assignment) {
        return std::ranges::find(seen, assignment) != seen.end();
    };
    CHECK(has("HOME=/home/somebody"));
    CHECK(has("DUPLID_JOB=home"));
    CHECK(has("DUPLID_ERROR=cuthere\nand on"));
    for (const auto& assignment : seen) {
        CAPTURE(assignment);
        CHECK(assignment.find("geheim") == std::string::npos);
        CHECK_FALSE(assignment.starts_with("DUPLID_LEFT_OVER"));
    }
}

TEST_CASE("a file of facts has one line for each, whatever is in it")
{
    CHECK(hooks::facts_file({{"DUPLID_JOB", "home"},
                             {"DUPLID_SOURCE", "/a\nLD_PRELOAD=/evil.so\n"},
                             {"DUPLID_ERROR", "\"quoted\" $HOME `id` \xff"}}) ==
          "DUPLID_JOB=home\n"
          "DUPLID_SOURCE=/a LD_PRELOAD=/evil.so \n"
          "DUPLID_ERROR=\"quoted\" $HOME `id` \xef\xbf\xbd\n");
}
