// Goal: every option that takes a time, and remove-older-than, mean by a time string what duplicity
// 0.8.22 means by it. Method: golden/time-strings.json, the program's own answers in six zones.
#include "ctl/duplicity/command_line.hpp"
#include "ctl/duplicity/fatal.hpp"
#include "ctl/duplicity/option_effects.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

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
        ::setenv("TZ", name.c_str(), 1);
        ::tzset();
    }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;
    ~Zone()
    {
        if (before_) {
            ::setenv("TZ", before_->c_str(), 1);
        } else {
            ::unsetenv("TZ");
        }
        ::tzset();
    }

private:
    std::optional<std::string> before_;
};

/// golden/README.md allows these to be ignored: an artefact of the original at dates of 1901.
const std::set<std::pair<std::string, std::string>> artefacts{
    {"1901-01-01T00:00:00Z", "Asia/Kolkata"},
    {"1901/01/01", "Asia/Kolkata"},
    {"1901-01-01T00:00:00Z", "America/St_Johns"},
    {"1901/01/01", "America/St_Johns"},
};

struct Vector {
    std::string text;
    std::int64_t now = 0;
    std::string zone;
    std::optional<std::int64_t> expected;
};

std::vector<Vector> vectors()
{
    std::ifstream file{DUPLID_GOLDEN "/time-strings.json"};
    std::vector<Vector> all;
    const auto golden = nlohmann::json::parse(file);
    for (const auto& row : golden.at("vectors")) {
        Vector one{row.at("string"), row.at("now"), row.at("tz"), std::nullopt};
        if (row.contains("epoch")) {
            one.expected = row.at("epoch").get<std::int64_t>();
        }
        if (!artefacts.contains({one.text, one.zone})) {
            all.push_back(std::move(one));
        }
    }
    REQUIRE(all.size() + artefacts.size() == golden.at("vectors").size());
    return all;
}

duplicity::Invocation invocation(std::vector<std::string> words, std::int64_t now)
{
    words.insert(words.begin(), "duplicity");
    duplicity::Reporter reporter;
    reporter.set_verbosity(0);
    return duplicity::read_command_line(words, duplicity::CompatVersion{},
                                        {.working_directory = "/", .now = now}, reporter);
}

}  // namespace

TEST_CASE("options that take a time take what duplicity takes, for the time that it takes it for")
{
    for (const auto& one : vectors()) {
        CAPTURE(one.text);
        CAPTURE(one.zone);
        const Zone zone{one.zone};
        const std::vector<std::string> words{"-t",
                                             one.text,
                                             "--exclude-older-than",
                                             one.text,
                                             "--full-if-older-than=" + one.text,
                                             "list-current-files",
                                             "file:///target"};
        if (one.expected) {
            const auto read = invocation(words, one.now);
            CHECK(read.time == one.expected);
            CHECK(read.full_if_older_than == one.expected);
            REQUIRE(read.rules.size() == 1);
            CHECK(read.rules.front().time == one.expected);
        } else {
            CHECK_THROWS_AS(static_cast<void>(invocation(words, one.now)), duplicity::UsageError);
        }
    }
}

TEST_CASE(
    "remove-older-than takes the same strings, and refuses others as a mistake of its caller's")
{
    for (const auto& one : vectors()) {
        CAPTURE(one.text);
        CAPTURE(one.zone);
        const Zone zone{one.zone};
        const std::vector<std::string> words{"remove-older-than", "--", one.text, "file:///target"};
        if (one.expected) {
            CHECK(invocation(words, one.now).remove_time == *one.expected);
            continue;
        }
        try {
            static_cast<void>(invocation(words, one.now));
            FAIL("accepted");
        } catch (const duplicity::Fatal& fatal) {
            // The reference ends with a traceback (command-line.md 13, 8).
            CHECK(fatal.code() == duplicity::ErrorCode::command_line);
        }
    }
}
