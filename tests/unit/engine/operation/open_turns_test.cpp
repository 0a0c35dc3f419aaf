// Goal: files are opened in order, so many at a time, and not far ahead of their reader when they
// are large. Method: threads ask for their turns, and note what they saw when they got it.
#include "engine/operation/archive/open_turns.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <mutex>
#include <thread>
#include <vector>

using namespace duplid;

TEST_CASE("files begin in order, and no more than so many are being opened")
{
    constexpr std::size_t files = 40;
    constexpr std::size_t at_once = 3;
    operation::OpenTurns turns{{at_once, at_once, 1000}};
    std::mutex mutex;
    std::vector<std::size_t> begun;
    std::atomic<std::size_t> opening = 0;
    std::atomic<std::size_t> most = 0;
    std::vector<std::thread> threads;
    // The last ones ask first.
    for (std::size_t file = files; file-- > 0;) {
        threads.emplace_back([&, file] {
            if (!turns.begin(file)) {
                return;
            }
            const auto now = ++opening;
            {
                const std::lock_guard lock{mutex};
                begun.push_back(file);
                most = std::max<std::size_t>(most, now);
            }
            --opening;
            turns.opened(1);
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(begun.size() == files);
    CHECK(most <= at_once);
    // Those that are being opened at a time may note themselves in any order.
    for (std::size_t i = 0; i < begun.size(); ++i) {
        CHECK(begun[i] < i + at_once);
    }
}

TEST_CASE("the first file is opened alone where that is asked for")
{
    operation::OpenTurns turns{{4, 1, 1000}};
    CHECK(turns.begin(0));
    std::atomic<bool> is_open = false;
    std::atomic<int> too_early = 0;
    std::vector<std::thread> threads;
    for (const std::size_t file : {1U, 2U, 3U}) {
        threads.emplace_back([&, file] {
            if (!turns.begin(file) || !is_open) {
                ++too_early;
            }
        });
    }
    is_open = true;
    turns.opened(1);
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(too_early == 0);
}

TEST_CASE("with much that waits for its reader, only what that comes to next is opened")
{
    operation::OpenTurns turns{{2, 2, 10}};
    CHECK(turns.begin(0));
    turns.opened(10);
    CHECK(turns.begin(1));  // the reader may want it next
    turns.opened(5);
    std::atomic<bool> is_taken = false;
    bool was_taken = false;
    std::thread next{[&] { was_taken = turns.begin(2) && is_taken; }};
    is_taken = true;
    turns.taken(10);
    next.join();
    CHECK(was_taken);
    turns.opened(1);
    // What waits is little again: the reader has not come near the next one, which begins.
    CHECK(turns.begin(3));
}

TEST_CASE("nobody waits for a turn once no more files are wanted")
{
    operation::OpenTurns turns{{1, 1, 0}};
    CHECK(turns.begin(0));
    bool began = true;
    std::thread waits{[&] { began = turns.begin(1); }};
    turns.end();
    waits.join();
    CHECK_FALSE(began);
    CHECK_FALSE(turns.begin(0));
}
