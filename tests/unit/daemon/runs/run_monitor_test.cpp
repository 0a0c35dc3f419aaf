#include "daemon/runs/run_monitor.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

using namespace duplid;
using namespace std::chrono_literals;

namespace {

/// A monitor with a clock that stands still until it is moved.
struct Scene {
    std::chrono::steady_clock::time_point now{};
    daemon::EventLog log{1, [] {}};
    std::stop_source stop;
    daemon::RunMonitor monitor{log, stop.get_token(), [this] { return now; }};

    template <class What>
    [[nodiscard]] std::size_t count() const
    {
        std::size_t count = 0;
        std::uint64_t seq = 1;
        while (const auto event = log.next(seq)) {
            seq = event->seq + 1;
            count += std::holds_alternative<What>(event->what) ? 1 : 0;
        }
        return count;
    }
};

}  // namespace

TEST_CASE("progress is told at most five times a second, but known at once")
{
    Scene scene;
    for (std::uint64_t files = 1; files <= 1000; ++files) {
        scene.monitor.progress({.files_done = files});
        scene.now += 10ms;
    }
    // Ten seconds; the log numbers every event it was given.
    CHECK(scene.log.range().next_seq - 1 == 50);
    REQUIRE(scene.monitor.snapshot().progress.has_value());
    CHECK(scene.monitor.snapshot().progress->files_done == 1000);
}

TEST_CASE("speed and remaining time come from the bytes of the last seconds")
{
    Scene scene;
    for (std::uint64_t second = 0; second <= 100; ++second) {
        // Ten times as fast in the second half.
        const auto bytes = second <= 50 ? second * 1000 : 50'000 + (second - 50) * 10'000;
        scene.monitor.progress({.bytes_done = bytes, .bytes_expected = 1'000'000});
        scene.now += 1s;
    }
    const auto figures = scene.monitor.snapshot().progress.value();
    CHECK(figures.bytes_per_second > 9'000);
    CHECK(figures.bytes_per_second <= 10'000);
    CHECK(figures.eta_seconds.value() >= 45);
    CHECK(figures.eta_seconds.value() <= 50);
}

TEST_CASE("a phase is told once, a warning each time, and both are remembered")
{
    Scene scene;
    scene.monitor.phase(operation::Phase::scanning);
    scene.monitor.phase(operation::Phase::scanning);
    scene.monitor.phase(operation::Phase::finishing);
    scene.monitor.warn(Error{Error::Kind::denied, "reading", "/x", "hint"});
    scene.monitor.warn(Error{Error::Kind::denied, "reading", "/y"});
    scene.monitor.note("text");
    CHECK(scene.count<proto::PhaseEvent>() == 2);
    CHECK(scene.count<proto::WarningEvent>() == 2);
    CHECK(scene.count<proto::NoteEvent>() == 1);
    CHECK(scene.monitor.snapshot().warnings == 2);
    CHECK(scene.monitor.snapshot().phase == name_of(operation::Phase::finishing));
}

TEST_CASE("a held run stands still at its next piece of work until it is let go")
{
    Scene scene;
    std::atomic<std::uint64_t> done = 0;
    REQUIRE(scene.monitor.hold(daemon::Hold::client, true));
    CHECK_FALSE(scene.monitor.hold(daemon::Hold::client, true));
    CHECK(scene.monitor.snapshot().held);
    std::jthread working{[&] {
        for (std::uint64_t files = 1; files <= 3; ++files) {
            scene.monitor.progress({.files_done = files});
            done = files;
        }
    }};
    // It arrives, and told so before it stood still.
    while (!scene.monitor.snapshot().progress) {
        std::this_thread::yield();
    }
    CHECK(done == 0);
    CHECK(scene.monitor.hold(daemon::Hold::client, false));
    working.join();
    CHECK(done == 3);
}

TEST_CASE("a held run can be stopped")
{
    Scene scene;
    scene.monitor.hold(daemon::Hold::client, true);
    std::jthread working{[&] { scene.monitor.progress({.files_done = 1}); }};
    while (!scene.monitor.snapshot().progress) {
        std::this_thread::yield();
    }
    scene.stop.request_stop();
    working.join();
    CHECK(scene.monitor.snapshot().held);
}

TEST_CASE("each reason holds a run by itself")
{
    Scene scene;
    CHECK(scene.monitor.hold(daemon::Hold::client, true));
    CHECK(scene.monitor.hold(daemon::Hold::person, true));
    CHECK(scene.monitor.hold(daemon::Hold::client, false));
    CHECK_FALSE(scene.monitor.snapshot().held);
    CHECK(scene.monitor.is_waiting());
    CHECK(scene.monitor.hold(daemon::Hold::person, false));
    CHECK_FALSE(scene.monitor.is_waiting());
}

TEST_CASE("a held run begins no operation on its target, and says when the last one has ended")
{
    Scene scene;
    int rests = 0;
    scene.monitor.on_rest([&rests] { ++rests; });
    scene.monitor.operation_begins();
    scene.monitor.operation_begins();
    scene.monitor.hold(daemon::Hold::sleep, true);
    CHECK(scene.monitor.operations() == 2);
    CHECK(scene.monitor.is_waiting());
    scene.monitor.operation_ended();
    CHECK(rests == 0);
    scene.monitor.operation_ended();
    CHECK(rests == 1);
    // What belongs to an operation that was let through is, too.
    scene.monitor.operation_continues();
    CHECK(scene.monitor.operations() == 1);
    scene.monitor.operation_ended();
    CHECK(rests == 2);

    std::atomic<bool> began = false;
    std::jthread working{[&] {
        scene.monitor.operation_begins();
        began = true;
        scene.monitor.operation_ended();
    }};
    CHECK_FALSE(began);
    CHECK(scene.monitor.operations() == 0);
    scene.monitor.hold(daemon::Hold::sleep, false);
    working.join();
    CHECK(began);
    // It was not held any more.
    CHECK(rests == 2);
}

TEST_CASE("an operation that a held run wants to begin does not keep it from being stopped")
{
    Scene scene;
    scene.monitor.hold(daemon::Hold::person, true);
    std::jthread working{[&] { scene.monitor.operation_begins(); }};
    scene.stop.request_stop();
    working.join();
    CHECK(scene.monitor.operations() == 1);
}

TEST_CASE("whatever an operation does shows that it is alive")
{
    Scene scene;
    auto has_moved = [&scene, last = scene.monitor.moves()]() mutable {
        const auto before = std::exchange(last, scene.monitor.moves());
        return last > before;
    };
    CHECK_FALSE(has_moved());
    scene.monitor.phase(operation::Phase::scanning);
    CHECK(has_moved());
    scene.monitor.progress({.files_done = 1});
    CHECK(has_moved());
    scene.monitor.note("text");
    CHECK(has_moved());
    scene.monitor.warn(Error{Error::Kind::denied, "reading"});
    CHECK(has_moved());
    scene.monitor.operation_begins();
    CHECK(has_moved());
    scene.monitor.operation_ended();
    CHECK(has_moved());
}
