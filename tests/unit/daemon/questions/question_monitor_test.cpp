#include "daemon/questions/question_monitor.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace duplid;
using namespace std::chrono_literals;

TEST_CASE("a question tells how far it is five times a second, and not before a fifth of one")
{
    std::chrono::steady_clock::time_point now{};
    std::vector<nlohmann::json> told;
    daemon::AnswerChannel channel{[] {}};
    const nlohmann::json id = 7;
    daemon::QuestionMonitor monitor{channel, id, [&] { return now; }};
    monitor.phase(operation::Phase::reading_catalog);
    for (std::uint64_t files = 0; files < 100; ++files) {
        if (files == 50) {
            monitor.phase(operation::Phase::comparing);
        }
        monitor.progress({.files_done = files, .files_expected = 100});
        while (auto line = channel.take()) {
            told.push_back(nlohmann::json::parse(*line));
        }
        now += 10ms;
    }
    REQUIRE(told.size() == 4);  // of 990 ms: at 200, 400, 600 and 800
    CHECK(told[0]["method"] == "progress");
    CHECK(told[0]["params"]["request"] == 7);
    CHECK(told[0]["params"]["phase"] == "reading_catalog");
    CHECK(told[0]["params"]["figures"]["files_done"] == 20);
    CHECK(told[3]["params"]["phase"] == "comparing");
    CHECK(told[3]["params"]["figures"]["files_done"] == 80);
    CHECK(told[3]["params"]["figures"]["files_expected"] == 100);
}

TEST_CASE("progress of a question that nobody waits for holds nothing up")
{
    std::chrono::steady_clock::time_point now{};
    daemon::AnswerChannel channel{[] {}};
    const nlohmann::json id = 1;
    daemon::QuestionMonitor monitor{channel, id, [&] { return now; }};
    channel.close();
    for (int i = 0; i < 100; ++i) {
        now += 1s;
        monitor.progress({});
    }
    CHECK_FALSE(channel.take().has_value());
}
