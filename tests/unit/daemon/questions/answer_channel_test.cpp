#include "daemon/questions/answer_channel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace duplid;

TEST_CASE(
    "a reader who takes nothing holds the answering thread back, and gets every line in order")
{
    constexpr int lines = 100;
    std::atomic<int> pushed = 0;
    daemon::AnswerChannel channel{[] {}};
    std::jthread answering{[&] {
        for (int i = 0; i < lines; ++i) {
            REQUIRE(channel.push(std::to_string(i)));
            ++pushed;
        }
        channel.finish();
    }};
    std::vector<std::string> taken;
    while (!channel.is_over()) {
        CHECK(pushed <= static_cast<int>(taken.size() + daemon::AnswerChannel::lines_max));
        if (auto line = channel.take()) {
            taken.push_back(std::move(*line));
        }
    }
    REQUIRE(taken.size() == lines);
    CHECK(taken.front() == "0");
    CHECK(taken.back() == std::to_string(lines - 1));
}

TEST_CASE("closing a channel frees a thread that waits for room, and asks it to stop")
{
    std::atomic<int> told = 0;
    daemon::AnswerChannel channel{[&told] { ++told; }};
    std::atomic<bool> refused = false;
    {
        std::jthread answering{[&] {
            while (channel.push("line")) {
            }
            refused = true;
        }};
        while (told < static_cast<int>(daemon::AnswerChannel::lines_max)) {
            std::this_thread::yield();
        }
        CHECK_FALSE(channel.stop_token().stop_requested());
        channel.close();
    }
    CHECK(refused);
    CHECK(channel.stop_token().stop_requested());
    CHECK(channel.is_over());
    CHECK_FALSE(channel.take().has_value());
}
