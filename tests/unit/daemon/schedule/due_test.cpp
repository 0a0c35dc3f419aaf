#include "daemon/schedule/due.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

using namespace duplid;
using namespace std::chrono;
using namespace duplid::schedule;

namespace {

Instant at(year_month_day date, Span time = {})
{
    return sys_days{date} + time;
}

const auto monday = at(2026y / 11 / 16);

Plan daily_at_two()
{
    Plan plan;
    plan.calendars = {Calendar::parse("02:00")};
    return plan;
}

Plan each(Span interval)
{
    Plan plan;
    plan.every = interval;
    return plan;
}

Past since(Instant planned)
{
    Past past;
    past.planned = planned;
    return past;
}

Past with(Past past, Instant began, Result result = Result::success, Span lasted = 10min)
{
    return after_attempt(std::move(past), {began, began + lasted, result});
}

std::optional<Due> ask(const Plan& plan, const Past& past, Instant now)
{
    return due(plan, past, "home", now, *Zone::utc());
}

std::optional<Instant> when(const Plan& plan, const Past& past, Instant now)
{
    const auto answer = ask(plan, past, now);
    return answer ? std::optional{answer->at} : std::nullopt;
}

}  // namespace

TEST_CASE("a new job waits for the first time of its calendar")
{
    CHECK(when(daily_at_two(), since(monday + 12h), monday + 12h) == monday + 26h);
}

TEST_CASE("a month off is made up for by one run, due since the first time that was missed")
{
    const auto past = with(since(monday), monday + 26h);
    const auto now = monday + 30 * 24h;
    const auto answer = ask(daily_at_two(), past, now);
    REQUIRE(answer);
    CHECK(answer->at == monday + 50h);
    CHECK(answer->reason == Reason::calendar);
    // That run is all there is.
    CHECK(when(daily_at_two(), with(past, now), now + 10min) == monday + 30 * 24h + 2h);
}

TEST_CASE("a run that began before its next time has not had that time's")
{
    // Three hours of work, each hour: what passed meanwhile is one run, at once.
    auto plan = daily_at_two();
    plan.calendars = {Calendar::parse("hourly")};
    const auto past = with(since(monday), monday + 2h, Result::success, 3h);
    CHECK(when(plan, past, monday + 5h) == monday + 3h);
}

TEST_CASE("without catching up, a time that nobody could keep is let go")
{
    auto plan = daily_at_two();
    plan.catch_up = false;
    const auto past = with(since(monday), monday + 2h);
    const auto answer = ask(plan, past, monday + 26h + 9min);
    REQUIRE(answer);
    CHECK(answer->at == monday + 26h);
    CHECK(answer->let_go == monday + 26h + 10min);
    CHECK(when(plan, past, monday + 26h + 10min) == monday + 50h);
    CHECK(when(plan, past, monday + 30 * 24h) == monday + 30 * 24h + 2h);
}

TEST_CASE(
    "an interval counts from the start of the last good run, and a job without one is due at once")
{
    const auto plan = each(6h);
    const auto fresh = ask(plan, since(monday), monday + 1h);
    REQUIRE(fresh);
    CHECK(fresh->at == monday);
    CHECK(fresh->reason == Reason::first_run);
    const auto later = ask(plan, with(since(monday), monday + 1h), monday + 2h);
    REQUIRE(later);
    CHECK(later->at == monday + 7h);
    CHECK(later->reason == Reason::interval);
}

TEST_CASE("of calendars and an interval the earliest counts")
{
    auto plan = each(6h);
    plan.calendars = {Calendar::parse("12:00"), Calendar::parse("04:00")};
    CHECK(when(plan, with(since(monday), monday + 1h), monday + 2h) == monday + 4h);
    CHECK(when(plan, with(since(monday), monday + 4h), monday + 5h) == monday + 10h);
}

TEST_CASE("a job with no schedule is never due, not even after a failure")
{
    CHECK_FALSE(ask({}, since(monday), monday));
    CHECK_FALSE(ask({}, with(since(monday), monday, Result::failed), monday + 24h));
}

TEST_CASE("failures are tried again after growing delays, up to a longest, and only so often")
{
    auto plan = daily_at_two();
    plan.retry = {.delay = 5min, .delay_max = 30min, .attempts_max = 6};
    auto past = since(monday);
    auto now = monday + 2h;
    for (const Span expected : {Span{5min}, Span{10min}, Span{20min}, Span{30min}, Span{30min}}) {
        past = with(past, now, Result::failed, 1min);
        now += 1min;
        const auto answer = ask(plan, past, now);
        REQUIRE(answer);
        CHECK(answer->reason == Reason::retry);
        CHECK(answer->at == now + expected);
        now = answer->at;
    }
    past = with(past, now, Result::failed, 1min);
    CHECK(past.failures == 6);
    CHECK(when(plan, past, now + 1min) == monday + 26h);
    // A good run forgets them all.
    CHECK(with(past, monday + 26h).failures == 0);
}

TEST_CASE("a regular time does not wait for a retry that would come later")
{
    auto plan = daily_at_two();
    plan.retry.delay = 6h;
    const auto past = with(since(monday), monday + 23h, Result::failed);
    CHECK(when(plan, past, monday + 24h) == monday + 26h);
}

TEST_CASE("an interrupted run is tried again at once, but not for ever at once")
{
    const auto plan = daily_at_two();
    auto past = with(since(monday), monday + 2h, Result::interrupted);
    CHECK(when(plan, past, monday + 3h) == monday + 2h + 10min);
    past = with(past, monday + 3h, Result::interrupted);
    CHECK(when(plan, past, monday + 4h) == monday + 3h + 10min + 5min);
}

TEST_CASE("a run that somebody stopped is not begun again before its next regular time")
{
    CHECK(when(daily_at_two(), with(since(monday), monday + 2h, Result::cancelled), monday + 3h) ==
          monday + 26h);
    const auto past = with(with(since(monday), monday), monday + 7h, Result::cancelled);
    CHECK(when(each(6h), past, monday + 8h) == monday + 13h);
}

TEST_CASE(
    "facts of a clock that was ahead are not believed: the job runs rather than waits for years")
{
    // A clock that showed 2036 was put right.
    const auto future = at(2036y / 1 / 1);
    const auto past = with(since(monday), future);
    CHECK(when(daily_at_two(), past, monday + 12h) == monday + 2h);
    CHECK(when(each(6h), past, monday + 12h) == monday);
    // One that was a minute ahead made no difference.
    const auto near = with(since(monday), monday + 12h + 1min, Result::success, 1min);
    CHECK(when(daily_at_two(), near, monday + 12h) == monday + 26h);
    // A failure of the future holds nothing back.
    CHECK(when(daily_at_two(), with(since(monday), future, Result::failed), monday + 12h) ==
          monday + 2h);
}

TEST_CASE("each time is put off by a share that is the same each time it is asked for")
{
    auto plan = daily_at_two();
    plan.random_delay = 1h;
    std::set<Span> delays;
    for (int day = 0; day < 100; ++day) {
        const auto planned = monday + day * 24h;
        const auto first = ask(plan, since(planned), planned);
        REQUIRE(first);
        CHECK(first->time == planned + 2h);
        CHECK(first->at >= first->time);
        CHECK(first->at < first->time + 1h);
        CHECK(ask(plan, since(planned), planned + 5h) == first);
        delays.insert(first->at - first->time);
    }
    CHECK(delays.size() > 95);
    CHECK(delay_of("a", monday, 1h) != delay_of("b", monday, 1h));
    CHECK(delay_of("a", monday, 0s) == 0s);
    // Fixed for ever: a new version must not move the times of a fleet. By hand, from the
    // definitions of FNV-1a and splitmix64.
    CHECK(delay_of("home", Instant{}, 1h) == Span{2'697'909'901});
}

TEST_CASE("shares are spread evenly")
{
    constexpr int parts = 10;
    std::array<int, parts> counts{};
    for (int day = 0; day < 10'000; ++day) {
        ++counts.at(static_cast<std::size_t>(delay_of("home", monday + day * 24h, 10s) / 1s));
    }
    for (const int count : counts) {
        CHECK(count > 900);
        CHECK(count < 1100);
    }
}

TEST_CASE("nothing begins by itself before or after the time of a plan")
{
    auto plan = daily_at_two();
    plan.not_before = monday + 48h;
    plan.not_after = monday + 72h;
    CHECK(when(plan, since(monday), monday) == monday + 50h);
    const auto answer = ask(plan, since(monday), monday + 71h);
    REQUIRE(answer);
    CHECK(answer->let_go == monday + 72h);
    CHECK_FALSE(ask(plan, since(monday), monday + 72h));
    CHECK_FALSE(ask(plan, with(since(monday), monday + 50h), monday + 51h));
    CHECK(when(plan, with(since(monday), monday + 24h, Result::failed), monday + 25h) ==
          monday + 48h);
}

TEST_CASE("a job is stale when its last good run is too old, or when there was none for that long")
{
    auto plan = daily_at_two();
    CHECK_FALSE(stale_at(plan, since(monday), monday));
    plan.stale_after = 72h;
    CHECK(stale_at(plan, since(monday), monday + 1h) == monday + 72h);
    CHECK(stale_at(plan, with(since(monday), monday + 2h), monday + 3h) == monday + 74h);
    CHECK(stale_at(plan, with(since(monday), monday + 2h, Result::failed), monday + 3h) ==
          monday + 72h);
}
