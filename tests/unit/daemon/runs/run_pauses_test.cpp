// Pauses of runs whose bodies are lambdas; the loop, the threads and the clock are real.

#include "daemon/runs/run_pauses.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <future>
#include <limits>
#include <vector>

using namespace duplid;
using daemon::RunControl;
using daemon::RunResult;
using proto::RunState;

namespace {

struct Scene {
    daemon::Loop loop;
    daemon::LoopMailbox mailbox{loop};
    daemon::Runs runs{mailbox, nullptr};
    daemon::RunPauses pauses{loop, runs};
    std::promise<void> may_go;
    std::shared_future<void> goes{may_go.get_future()};

    Scene()
    {
        runs.on_idle([this] { loop.stop(); });
    }

    std::uint64_t start(const std::string& key)
    {
        daemon::RunFacts facts;
        facts.keys = {key};
        return runs.start(std::move(facts), [this](RunControl& control) {
            control.running();
            goes.wait();
            control.monitor().progress({.files_done = 1});
            return RunResult{};
        });
    }

    /// Serves the loop until all have ended.
    void finish()
    {
        may_go.set_value();
        loop.run();
    }

    [[nodiscard]] proto::RunSummary summary(std::uint64_t run) const
    {
        return runs.find(run)->summary();
    }
};

std::vector<std::uint64_t> numbers(const proto::RunsReply& reply)
{
    std::vector<std::uint64_t> numbers;
    for (const auto& run : reply.runs) {
        numbers.push_back(run.run);
    }
    return numbers;
}

}  // namespace

TEST_CASE("a pause is a run's own, says whose it is, and can be changed")
{
    Scene scene;
    const auto first = scene.start("a");
    const auto second = scene.start("b");
    CHECK(numbers(scene.pauses.pause({first, std::nullopt}, "ann")) == std::vector{first});
    CHECK(scene.summary(first).paused == proto::RunPause{"ann", std::nullopt});
    CHECK_FALSE(scene.summary(second).paused.has_value());
    scene.pauses.pause({first, 4'000'000'000}, "bob");
    CHECK(scene.summary(first).paused == proto::RunPause{"bob", 4'000'000'000});
    CHECK(numbers(scene.pauses.resume({}, "ann")) == std::vector{first});
    CHECK_THROWS_AS(scene.pauses.resume({second}, "ann"), Error);
    scene.finish();
    CHECK(scene.summary(first).state == RunState::done);
}

TEST_CASE("a pause whose end has come ends by itself")
{
    Scene scene;
    const auto run = scene.start("a");
    scene.pauses.pause({run, 1}, "ann");
    CHECK_FALSE(scene.summary(run).paused.has_value());
    scene.pauses.pause({run, std::time(nullptr) + 1}, "ann");
    // Held where it tells of its progress; only the clock can end that, and with it the loop.
    scene.finish();
    CHECK(scene.summary(run).state == RunState::done);
}

TEST_CASE("a pause farther away than clocks can count is refused")
{
    Scene scene;
    const auto run = scene.start("a");
    CHECK_THROWS_AS(scene.pauses.pause({run, std::numeric_limits<std::int64_t>::max()}, "ann"),
                    Error);
    CHECK_FALSE(scene.summary(run).paused.has_value());
    scene.finish();
}

TEST_CASE("limits are those of the runs that are meant")
{
    Scene scene;
    const auto first = scene.start("a");
    const auto second = scene.start("b");
    scene.pauses.limit({first, 1000, std::nullopt});
    CHECK(scene.summary(first).limit_up == 1000);
    CHECK(scene.summary(second).limit_up == 0);
    CHECK(numbers(scene.pauses.limit({std::nullopt, std::nullopt, 5})) ==
          std::vector{first, second});
    CHECK(scene.summary(first).limit_up == 1000);
    CHECK(scene.summary(first).limit_down == 5);
    CHECK(scene.summary(second).limit_down == 5);
    CHECK_THROWS_AS(scene.pauses.limit({first, std::nullopt, std::nullopt}), proto::ProtocolError);
    scene.finish();
    CHECK_THROWS_AS(scene.pauses.limit({first, 1, std::nullopt}), Error);
}
