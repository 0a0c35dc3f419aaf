// Which tasks are done, in which order, and which wait for which. Threads meet at promises, so that
// nothing depends on how quick they are.

#include "daemon/hooks/deliveries.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <stop_token>
#include <string>

using namespace duplid;

namespace {

void wait_for_stop(const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait(lock, stop, [] { return false; });
}

}  // namespace

TEST_CASE("tasks of one lane are done in their order")
{
    hooks::Deliveries deliveries;
    std::string order;
    std::promise<void> all;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
        CHECK(deliveries.post("lane", [&order, &all, letter](const std::stop_token&) {
            order += letter;
            if (letter == 'd') {
                all.set_value();
            }
        }));
    }
    all.get_future().wait();
    CHECK(order == "abcd");
}

TEST_CASE("a lane that hangs holds up no other, and is stopped at the end")
{
    std::promise<void> hangs;
    bool was_stopped = false;
    bool was_done = false;
    {
        hooks::Deliveries deliveries;
        CHECK(deliveries.post("hanging", [&](const std::stop_token& stop) {
            hangs.set_value();
            wait_for_stop(stop);
            was_stopped = true;
        }));
        CHECK(deliveries.post("hanging", [&](const std::stop_token&) { was_done = true; }));
        hangs.get_future().wait();
        for (int i = 0; i < 20; ++i) {
            std::promise<void> done;
            CHECK(deliveries.post("lane " + std::to_string(i),
                                  [&done](const std::stop_token&) { done.set_value(); }));
            done.get_future().wait();
        }
    }
    CHECK(was_stopped);
    CHECK_FALSE(was_done);
}

TEST_CASE("two lanes that are posted at once both go on, whoever takes the first")
{
    hooks::Deliveries deliveries;
    std::promise<void> idle;
    CHECK(deliveries.post("first", [&](const std::stop_token&) { idle.set_value(); }));
    idle.get_future().wait();
    // A thread is idle, or about to be: it must not be counted on for both.
    std::promise<void> done;
    auto is_done = done.get_future();
    std::promise<void> waited;
    CHECK(deliveries.post("a", [&](const std::stop_token&) {
        is_done.wait();
        waited.set_value();
    }));
    CHECK(deliveries.post("b", [&](const std::stop_token&) { done.set_value(); }));
    waited.get_future().wait();
}

TEST_CASE("a lane whose tasks pile up takes no more")
{
    hooks::Deliveries deliveries;
    std::promise<void> hangs;
    CHECK(deliveries.post("lane", [&](const std::stop_token& stop) {
        hangs.set_value();
        wait_for_stop(stop);
    }));
    hangs.get_future().wait();
    for (std::size_t i = 0; i < hooks::Deliveries::waiting_max; ++i) {
        CHECK(deliveries.post("lane", [](const std::stop_token&) {}));
    }
    CHECK_FALSE(deliveries.post("lane", [](const std::stop_token&) {}));
    CHECK(deliveries.post("other", [](const std::stop_token&) {}));
}
