#include "daemon/schedule/scheduler.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace duplid;
using namespace std::chrono;
using namespace duplid::schedule;

namespace {

const Instant monday = sys_days{2026y / 11 / 16};

struct FakeSurroundings final : Surroundings {
    bool network = true;

    Power power() override { return {}; }
    bool network_up() override { return network; }
    std::optional<bool> metered() override { return std::nullopt; }
    std::optional<std::string> target_missing(const std::string&) override { return std::nullopt; }
    std::optional<std::string> disk_missing(const std::string&, const std::string&) override
    {
        return std::nullopt;
    }
};

struct Scene {
    FakeSurroundings around;
    Scheduler scheduler;

    explicit Scene(std::size_t at_once_max = 10) : scheduler{around, Zone::utc(), at_once_max} {}

    void put(const std::string& name, const std::string& calendar, Conditions conditions = {},
             int priority = 0)
    {
        Entry entry;
        entry.plan.calendars = {Calendar::parse(calendar)};
        entry.conditions = std::move(conditions);
        entry.past.planned = monday;
        entry.priority = priority;
        scheduler.put(name, std::move(entry));
    }

    /// The names of those that are advised to start.
    std::vector<std::string> started_at(Instant now)
    {
        std::vector<std::string> names;
        for (const auto& start : scheduler.advance(now).start) {
            names.push_back(start.job);
        }
        return names;
    }

    State state_of(const std::string& name) { return scheduler.status(name).state; }

    void run(const std::string& name, Instant began, Instant ended, Result result = Result::success)
    {
        scheduler.running(name);
        scheduler.finished(name, {began, ended, result});
    }
};

using Names = std::vector<std::string>;

Conditions needs_network()
{
    Conditions conditions;
    conditions.network = true;
    return conditions;
}

}  // namespace

TEST_CASE("an idle table asks to be woken at the next time of any job, and not before")
{
    Scene scene;
    CHECK_FALSE(scene.scheduler.advance(monday).wake);
    scene.put("a", "02:00");
    scene.put("b", "01:00");
    const auto advice = scene.scheduler.advance(monday);
    CHECK(advice.start.empty());
    CHECK(advice.wake == monday + 1h);
    CHECK_FALSE(advice.watch);
    CHECK(scene.state_of("a") == State::idle);
    CHECK(scene.scheduler.status("a").due->at == monday + 2h);
}

TEST_CASE("a job goes from idle over queued and running back to idle")
{
    Scene scene;
    scene.put("a", "02:00");
    CHECK(scene.started_at(monday + 2h) == Names{"a"});
    CHECK(scene.state_of("a") == State::queued);
    // It is told once.
    CHECK(scene.started_at(monday + 3h).empty());
    scene.scheduler.running("a");
    CHECK(scene.state_of("a") == State::running);
    scene.scheduler.finished("a", {monday + 2h, monday + 4h, Result::success});
    const auto advice = scene.scheduler.advance(monday + 4h);
    CHECK(advice.start.empty());
    CHECK(advice.wake == monday + 26h);
    CHECK(scene.state_of("a") == State::idle);
    CHECK(scene.scheduler.past("a").last_success->began == monday + 2h);
}

TEST_CASE("no more jobs than allowed go at once; the more important first, then who is due longest")
{
    Scene scene{2};
    scene.put("late", "03:00");
    scene.put("early", "01:00");
    scene.put("important", "04:00", {}, 5);
    CHECK(scene.started_at(monday + 5h) == Names{"important", "early"});
    CHECK(scene.state_of("late") == State::due);
    scene.run("early", monday + 5h, monday + 6h);
    CHECK(scene.started_at(monday + 6h) == Names{"late"});
}

TEST_CASE("a condition that does not hold makes a job wait, and never fail")
{
    Scene scene;
    scene.put("a", "02:00", needs_network());
    scene.around.network = false;
    auto advice = scene.scheduler.advance(monday + 2h);
    CHECK(advice.start.empty());
    CHECK(advice.watch);
    CHECK(advice.wake == monday + 2h + Scheduler::look_again);
    CHECK(scene.state_of("a") == State::waiting);
    CHECK(scene.scheduler.status("a").reason == "no network");
    CHECK(scene.scheduler.past("a").failures == 0);
    scene.around.network = true;
    CHECK(scene.started_at(monday + 2h + 3s) == Names{"a"});
    CHECK(scene.scheduler.status("a").reason.empty());
}

TEST_CASE("while nothing is due, conditions are of no interest")
{
    Scene scene;
    scene.put("a", "02:00", needs_network());
    scene.around.network = false;
    const auto advice = scene.scheduler.advance(monday);
    CHECK(advice.wake == monday + 2h);
    CHECK_FALSE(advice.watch);
}

TEST_CASE("a job outside of its hours waits until they begin, without looking again meanwhile")
{
    Scene scene;
    Conditions conditions;
    conditions.hours = {Hours::parse("22:00..23:00")};
    scene.put("a", "12:00", std::move(conditions));
    const auto advice = scene.scheduler.advance(monday + 13h);
    CHECK(advice.wake == monday + 22h);
    CHECK_FALSE(advice.watch);
    CHECK(scene.state_of("a") == State::waiting);
    CHECK(scene.scheduler.status("a").waits_until == monday + 22h);
    CHECK(scene.started_at(monday + 22h) == Names{"a"});
}

TEST_CASE("a paused job does not start before its pause ends, and then has missed nothing")
{
    Scene scene;
    scene.put("a", "02:00");
    scene.scheduler.pause("a", monday + 5h);
    const auto advice = scene.scheduler.advance(monday + 3h);
    CHECK(advice.start.empty());
    CHECK(advice.wake == monday + 5h);
    CHECK(scene.state_of("a") == State::paused);
    CHECK(scene.scheduler.status("a").paused_until == monday + 5h);
    CHECK(scene.started_at(monday + 5h) == Names{"a"});

    scene.put("b", "02:00");
    scene.scheduler.pause("b", Instant::max());
    CHECK_FALSE(scene.scheduler.advance(monday + 1000h).wake);
    CHECK(scene.state_of("b") == State::paused);
    scene.scheduler.resume("b");
    CHECK(scene.started_at(monday + 1000h) == Names{"b"});
}

TEST_CASE("a job that somebody starts by hand is not started a second time meanwhile")
{
    Scene scene;
    scene.put("a", "02:00");
    scene.scheduler.queued("a");
    CHECK(scene.started_at(monday + 3h).empty());
    CHECK(scene.state_of("a") == State::queued);
    // It began after the regular time, which it has thereby kept.
    scene.run("a", monday + 3h, monday + 4h);
    CHECK(scene.started_at(monday + 5h).empty());
}

TEST_CASE("a failure is tried again, and the table asks to be woken for it")
{
    Scene scene;
    scene.put("a", "02:00");
    CHECK(scene.started_at(monday + 2h) == Names{"a"});
    scene.run("a", monday + 2h, monday + 3h, Result::failed);
    CHECK(scene.scheduler.advance(monday + 3h).wake == monday + 3h + 5min);
    CHECK(scene.started_at(monday + 3h + 5min) == Names{"a"});
}

TEST_CASE("an advised start that found no room is advised again when it may be")
{
    Scene scene;
    scene.put("a", "02:00");
    CHECK(scene.started_at(monday + 2h) == Names{"a"});
    scene.scheduler.not_started("a", monday + 2h + 1min);
    const auto advice = scene.scheduler.advance(monday + 2h);
    CHECK(advice.start.empty());
    CHECK(advice.wake == monday + 2h + 1min);
    CHECK(scene.state_of("a") == State::due);
    CHECK(scene.started_at(monday + 2h + 1min) == Names{"a"});
}

TEST_CASE("a job is woken for when it becomes stale, is so until a good run, and can be so again")
{
    Scene scene;
    Entry entry;
    entry.plan.calendars = {Calendar::parse("monthly")};
    entry.plan.stale_after = 72h;
    entry.past.planned = monday;
    scene.scheduler.put("a", std::move(entry));
    CHECK(scene.scheduler.advance(monday).wake == monday + 72h);
    CHECK_FALSE(scene.scheduler.status("a").stale_since);
    // Being stale is nothing to be woken for.
    CHECK(scene.scheduler.advance(monday + 72h).wake != monday + 72h);
    CHECK(scene.scheduler.status("a").stale_since == monday + 72h);
    scene.scheduler.queued("a");
    scene.run("a", monday + 80h, monday + 81h);
    CHECK(scene.scheduler.advance(monday + 81h).wake == monday + 152h);
    CHECK_FALSE(scene.scheduler.status("a").stale_since);
    static_cast<void>(scene.scheduler.advance(monday + 152h));
    CHECK(scene.scheduler.status("a").stale_since == monday + 152h);
}

TEST_CASE("a clock that is set back or forward changes when, and nothing else")
{
    Scene scene;
    scene.put("a", "02:00");
    CHECK(scene.scheduler.advance(monday + 1h).wake == monday + 2h);
    // Back by half an hour.
    CHECK(scene.scheduler.advance(monday + 30min).wake == monday + 2h);
    // Forward over the time.
    CHECK(scene.started_at(monday + 3h) == Names{"a"});
    scene.run("a", monday + 3h, monday + 3h);
    // Back behind it again, by more than clocks are off: it runs once more rather than not at all.
    CHECK(scene.started_at(monday + 2h) == Names{"a"});
    scene.run("a", monday + 2h, monday + 2h);
    CHECK(scene.scheduler.advance(monday + 2h).wake == monday + 26h);
}

TEST_CASE("a new time zone moves the times of calendars that name none")
{
    Scene scene;
    scene.put("a", "02:00");
    scene.put("b", "02:00 UTC");
    CHECK(scene.scheduler.advance(monday).wake == monday + 2h);
    scene.scheduler.set_local_zone(Zone::named("Europe/Berlin"));
    CHECK(scene.scheduler.advance(monday).wake == monday + 1h);
    CHECK(scene.scheduler.status("b").due->at == monday + 2h);
}

TEST_CASE("a plan that is replaced while its job runs counts from its end on")
{
    Scene scene;
    scene.put("a", "02:00");
    CHECK(scene.started_at(monday + 2h) == Names{"a"});
    scene.scheduler.running("a");
    scene.put("a", "06:00");
    CHECK(scene.state_of("a") == State::running);
    CHECK(scene.started_at(monday + 7h).empty());
    scene.scheduler.finished("a", {monday + 2h, monday + 8h, Result::success});
    // 06:00 passed while the old plan's run went on.
    CHECK(scene.started_at(monday + 8h) == Names{"a"});
}

TEST_CASE("a job that is removed is gone, whatever it did")
{
    Scene scene;
    scene.put("a", "02:00");
    CHECK(scene.started_at(monday + 2h) == Names{"a"});
    scene.scheduler.remove("a");
    scene.scheduler.remove("a");
    CHECK_FALSE(scene.scheduler.has("a"));
    CHECK(scene.scheduler.names().empty());
    CHECK_FALSE(scene.scheduler.advance(monday + 3h).wake);
    CHECK_THROWS_AS(scene.scheduler.running("a"), Error);
}
