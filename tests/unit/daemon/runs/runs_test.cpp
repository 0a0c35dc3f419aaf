// Runs without operations: their bodies are lambdas, the loop and the threads are real.

#include "daemon/runs/runs.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <future>

using namespace duplid;
using daemon::RunControl;
using daemon::RunResult;
using proto::RunState;

namespace {

struct Scene {
    daemon::Loop loop;
    daemon::LoopMailbox mailbox{loop};
    daemon::Runs runs{mailbox, nullptr};

    Scene()
    {
        runs.on_idle([this] { loop.stop(); });
    }

    [[nodiscard]] RunState state_of(std::uint64_t run) const
    {
        return runs.find(run)->summary().state;
    }

    /// Serves the loop until no run is left.
    void finish() { loop.run(); }

    /// Serves the loop until `run` is in `state`.
    void until(std::uint64_t run, RunState state)
    {
        while (state_of(run) != state) {
            uv_run(loop.get(), UV_RUN_ONCE);
        }
    }
};

daemon::RunFacts facts(std::vector<std::string> keys, std::uint64_t owner = 1)
{
    daemon::RunFacts facts;
    facts.kind = proto::RunKind::backup;
    facts.keys = std::move(keys);
    facts.owner = owner;
    return facts;
}

RunResult until_stopped(RunControl& control)
{
    control.running();
    std::promise<void> stopped;
    const std::stop_callback callback{control.stop(), [&stopped] { stopped.set_value(); }};
    stopped.get_future().wait();
    throw Error{Error::Kind::unreachable, "gpg was killed"};
}

std::vector<proto::Event> events_of(Scene& scene, std::uint64_t run)
{
    std::vector<proto::Event> events;
    auto& log = scene.runs.find(run)->log();
    std::uint64_t seq = 1;
    while (auto event = log.next(seq)) {
        seq = event->seq + 1;
        events.push_back(std::move(*event));
    }
    return events;
}

}  // namespace

TEST_CASE("how a body ends is how its run ends")
{
    struct Row {
        std::function<RunResult(RunControl&)> body;
        RunState expected;
    };
    Scene scene;
    for (const auto& row :
         {Row{[](RunControl&) { return RunResult{}; }, RunState::done},
          Row{[](RunControl& control) {
                  control.monitor().warn(Error{Error::Kind::denied, "no"});
                  return RunResult{};
              },
              RunState::warnings},
          Row{[](RunControl&) -> RunResult {
                  throw Error{Error::Kind::no_space, "full"};
              },
              RunState::failed},
          Row{[](RunControl&) -> RunResult { throw 5; }, RunState::failed},
          Row{[](RunControl&) -> RunResult {
                  throw Error{Error::Kind::cancelled, "stop"};
              },
              RunState::cancelled},
          Row{[](RunControl&) {
                  RunResult damaged;
                  damaged.restore.emplace();
                  damaged.error = proto::RpcError{proto::ErrorKind::corrupt, "damaged", "", ""};
                  return damaged;
              },
              RunState::failed}}) {
        const auto run = scene.runs.start(facts({"a"}), row.body);
        scene.finish();
        CHECK(scene.state_of(run) == row.expected);
        const auto events = events_of(scene, run);
        REQUIRE(std::holds_alternative<proto::DoneEvent>(events.back().what));
        const auto& done = std::get<proto::DoneEvent>(events.back().what);
        CHECK(done.state == row.expected);
        CHECK(done.error.has_value() ==
              (row.expected == RunState::failed || row.expected == RunState::cancelled));
    }
    // Of the damaged restore, both the error and the report are told.
    CHECK(scene.runs.find(6)->show().restore.has_value());
}

TEST_CASE("a second run on one archive waits, says for whom, and goes when the first has ended")
{
    Scene scene;
    std::promise<void> go;
    const auto first = scene.runs.start(facts({"a"}), [&go](RunControl& control) {
        control.running();
        go.get_future().wait();
        return RunResult{};
    });
    const auto second = scene.runs.start(facts({"a"}), [](RunControl& control) {
        control.running();
        return RunResult{};
    });
    scene.until(first, RunState::running);
    CHECK(scene.state_of(second) == RunState::queued);
    const auto events = events_of(scene, second);
    const auto& queued = std::get<proto::StateEvent>(events.front().what);
    CHECK(queued.reason == "waiting for run 1");
    go.set_value();
    scene.finish();
    CHECK(scene.state_of(first) == RunState::done);
    CHECK(scene.state_of(second) == RunState::done);
}

TEST_CASE("whoever does not want to wait is told that the archive is busy")
{
    Scene scene;
    const auto first = scene.runs.start(facts({"a"}), until_stopped);
    auto impatient = facts({"a"});
    impatient.no_wait = true;
    try {
        scene.runs.start(impatient, until_stopped);
        FAIL("was accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::busy);
    }
    scene.runs.stop(first);
    scene.finish();
}

TEST_CASE("a stopped run is cancelled, whatever error the stopping brought about")
{
    Scene scene;
    const auto run = scene.runs.start(facts({"a"}), until_stopped);
    scene.until(run, RunState::running);
    scene.runs.stop(run);
    scene.finish();
    CHECK(scene.state_of(run) == RunState::cancelled);
}

TEST_CASE(
    "a backup that is to stop at the border of a volume is told so once, and goes on until then")
{
    Scene scene;
    const auto run = scene.runs.start(facts({"a"}), [](RunControl& control) -> RunResult {
        control.running();
        std::promise<void> asked;
        const std::stop_callback callback{control.stop_at_border(),
                                          [&asked] { asked.set_value(); }};
        asked.get_future().wait();
        CHECK_FALSE(control.stop().stop_requested());
        throw Error{Error::Kind::cancelled, "at the border"};
    });
    scene.until(run, RunState::running);
    scene.runs.stop_at_border(run);
    scene.runs.stop_at_border(run);
    scene.finish();
    CHECK(scene.state_of(run) == RunState::cancelled);
    int told = 0;
    for (const auto& event : events_of(scene, run)) {
        const auto* state = std::get_if<proto::StateEvent>(&event.what);
        told += state != nullptr && state->reason == "to be stopped at the border of a volume";
    }
    CHECK(told == 1);
    // One that has ended is left alone.
    scene.runs.stop_at_border(run);
}

TEST_CASE("a backup in the queue has no border to go on to, and ends at once")
{
    Scene scene;
    bool began = false;
    const auto first = scene.runs.start(facts({"a"}), until_stopped);
    const auto second = scene.runs.start(facts({"a"}), [&began](RunControl&) {
        began = true;
        return RunResult{};
    });
    scene.until(first, RunState::running);
    scene.runs.stop_at_border(second);
    scene.until(second, RunState::cancelled);
    scene.runs.stop(first);
    scene.finish();
    CHECK_FALSE(began);
}

TEST_CASE("what is no backup has no border, and is not stopped")
{
    Scene scene;
    auto verify = facts({"a"});
    verify.kind = proto::RunKind::verify;
    const auto run = scene.runs.start(verify, until_stopped);
    scene.until(run, RunState::running);
    CHECK_THROWS_AS(scene.runs.stop_at_border(run), Error);
    CHECK(scene.state_of(run) == RunState::running);
    scene.runs.stop(run);
    scene.finish();
}

TEST_CASE("a run that is stopped in the queue never begins, and those behind it go on")
{
    Scene scene;
    bool began = false;
    const auto first = scene.runs.start(facts({"a"}), until_stopped);
    const auto second = scene.runs.start(facts({"a"}), [&began](RunControl&) {
        began = true;
        return RunResult{};
    });
    const auto third = scene.runs.start(facts({"a"}), [](RunControl&) { return RunResult{}; });
    scene.until(first, RunState::running);
    scene.runs.stop(second);
    scene.until(second, RunState::cancelled);
    scene.runs.stop(first);
    scene.finish();
    CHECK_FALSE(began);
    CHECK(scene.state_of(third) == RunState::done);
}

TEST_CASE("when a session goes, its attached runs stop and no others")
{
    Scene scene;
    auto detached = facts({"b"}, 1);
    detached.lifetime = proto::Lifetime::detached;
    const auto mine = scene.runs.start(facts({"a"}, 1), until_stopped);
    const auto left = scene.runs.start(std::move(detached), until_stopped);
    const auto others = scene.runs.start(facts({"c"}, 2), until_stopped);
    for (const auto run : {mine, left, others}) {
        scene.until(run, RunState::running);
    }
    scene.runs.stop_attached(1);
    scene.until(mine, RunState::cancelled);
    CHECK_FALSE(scene.runs.find(left)->stop_token().stop_requested());
    CHECK_FALSE(scene.runs.find(others)->stop_token().stop_requested());
    scene.runs.stop_all();
    scene.finish();
}

TEST_CASE("runs are listed newest first, by pages")
{
    Scene scene;
    for (int i = 0; i < 5; ++i) {
        scene.runs.start(facts({"a"}), [](RunControl&) { return RunResult{}; });
    }
    scene.finish();
    const auto page = scene.runs.list(UINT64_MAX, 2);
    REQUIRE(page.size() == 2);
    CHECK(page[0].run == 5);
    CHECK(page[1].run == 4);
    const auto rest = scene.runs.list(page[1].run, 100);
    REQUIRE(rest.size() == 3);
    CHECK(rest[2].run == 1);
    CHECK_THROWS_AS(static_cast<void>(scene.runs.find(99)), Error);
}

TEST_CASE("there is a limit to how many runs may wait")
{
    Scene scene;
    const auto first = scene.runs.start(facts({"a"}), until_stopped);
    scene.until(first, RunState::running);
    for (std::size_t i = 0; i < daemon::Runs::queued_max; ++i) {
        scene.runs.start(facts({"a"}), until_stopped);
    }
    CHECK_THROWS_AS(scene.runs.start(facts({"a"}), until_stopped), proto::ProtocolError);
    scene.runs.stop_all();
    scene.finish();
}
