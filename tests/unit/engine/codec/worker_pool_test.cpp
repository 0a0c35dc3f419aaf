#include "engine/codec/worker_pool.hpp"

#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <latch>
#include <optional>
#include <stdexcept>
#include <thread>

using duplid::codec::WorkerPool;

TEST_CASE("each task's result comes back through its own future")
{
    WorkerPool pool{3};
    CHECK(pool.workers() == 3);
    std::vector<std::future<int>> results;
    for (int i = 0; i < 500; ++i) {
        results.push_back(pool.run([i] { return i * i; }));
    }
    for (int i = 0; i < 500; ++i) {
        CHECK(results[static_cast<std::size_t>(i)].get() == i * i);
    }
}

TEST_CASE("a task's exception comes back through its future, and its thread goes on")
{
    WorkerPool pool{1};
    auto failing = pool.run([] { throw std::runtime_error{"no"}; });
    auto next = pool.run([] { return 7; });
    CHECK_THROWS_WITH_AS(failing.get(), "no", std::runtime_error);
    CHECK(next.get() == 7);
}

TEST_CASE("as many tasks run at once as there are workers")
{
    WorkerPool pool{4};
    // Each waits until all four are running; with fewer threads this would never end.
    std::latch all_running{4};
    std::vector<std::future<void>> tasks;
    for (int i = 0; i < 4; ++i) {
        tasks.push_back(pool.run([&] { all_running.arrive_and_wait(); }));
    }
    for (auto& task : tasks) {
        task.get();
    }
    CHECK(all_running.try_wait());
}

TEST_CASE("a pool asked for no workers has one")
{
    WorkerPool pool{0};
    CHECK(pool.workers() == 1);
    CHECK(pool.run([] { return true; }).get());
}

TEST_CASE("a pool that goes lets its running task end and drops those that had not begun")
{
    std::latch begun{1};
    std::atomic<bool> may_end = false;
    std::future<void> running;
    std::future<void> waiting;
    std::optional<WorkerPool> pool{std::in_place, 1};
    running = pool->run([&] {
        begun.count_down();
        may_end.wait(false);
    });
    waiting = pool->run([] {});
    begun.wait();
    std::jthread closer{[&] { pool.reset(); }};
    // The one thread is held in the first task, so the second cannot begin before the closer has
    // told it to stop; if the closer is late it may still begin, but then it ends well.
    CHECK(waiting.valid());
    may_end = true;
    may_end.notify_all();
    closer.join();
    CHECK_NOTHROW(running.get());
    CHECK(waiting.wait_for(std::chrono::seconds{0}) == std::future_status::ready);
}
