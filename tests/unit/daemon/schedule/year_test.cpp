// A year of fifty jobs on a machine that is switched off, sleeps and loses its network as it likes.
//
// The scheduler is driven as the daemon drives it: advance() when it asked to be woken, when a run
// ends, when the network changes while it listens, after waking up; and after a reboot it begins
// anew with what was kept of each job's past. A model that knows none of its code says when each
// job must have begun: regular times come from looking at every minute of the year with the C
// library's localtime().

#include "daemon/schedule/scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace duplid;
using namespace duplid::schedule;

namespace {

using Seconds = std::int64_t;

constexpr Seconds minute = 60;
constexpr Seconds hour = 3600;
constexpr Seconds day = 24 * hour;
constexpr Seconds never = std::numeric_limits<Seconds>::max();
constexpr Seconds begin = 1'767'225'600;  // 2026-01-01 00:00 UTC
constexpr Seconds end = begin + 365 * day;

Instant instant(Seconds time)
{
    return Instant{std::chrono::seconds{time}};
}

Seconds seconds_of(Instant moment)
{
    return std::chrono::floor<std::chrono::seconds>(moment).time_since_epoch().count();
}

/// The first whole second that is not before `moment`: the alarm's way.
Seconds rounded_up(Instant moment)
{
    return std::chrono::ceil<std::chrono::seconds>(moment).time_since_epoch().count();
}

/// What a job is, said twice: to the scheduler, and to the model.
struct Job {
    std::string name;
    Plan plan;
    bool needs_network = false;
    std::function<bool(const std::tm& berlin, const std::tm& utc)> is_time;  ///< empty: an interval
    Seconds every = 0;
    bool fails_at_times = false;
    std::vector<Seconds> times;  ///< of the calendar, as found by is_time
};

/// When something holds: from the first of each pair to before the second.
class Periods {
public:
    void add(Seconds from, Seconds to) { periods_.emplace_back(from, to); }

    [[nodiscard]] bool holds(Seconds time) const { return first_from(time) == time; }

    /// The first second from `time` on at which it holds.
    [[nodiscard]] Seconds first_from(Seconds time) const
    {
        for (const auto& [from, to] : periods_) {
            if (time < to) {
                return std::max(time, from);
            }
        }
        return never;
    }

    [[nodiscard]] Seconds next_change(Seconds time) const
    {
        Seconds next = never;
        for (const auto& [from, to] : periods_) {
            for (const Seconds border : {from, to}) {
                if (border > time) {
                    next = std::min(next, border);
                }
            }
        }
        return next;
    }

    /// The last second of the period that `time` is in, plus one.
    [[nodiscard]] Seconds end_of(Seconds time) const
    {
        for (const auto& [from, to] : periods_) {
            if (time >= from && time < to) {
                return to;
            }
        }
        return time;
    }

private:
    std::vector<std::pair<Seconds, Seconds>> periods_;
};

struct World {
    Periods awake;    ///< not switched off, and not asleep
    Periods powered;  ///< asleep or awake: what runs goes on
    Periods network;

    explicit World(std::uint64_t seed)
    {
        std::mt19937_64 random{seed};
        const auto pick = [&random](Seconds low, Seconds high) {
            return low + static_cast<Seconds>(random() % static_cast<std::uint64_t>(high - low));
        };
        Seconds powered_since = begin;
        for (Seconds now = begin; now < end;) {
            const Seconds until = now + pick(minute, 60 * hour);
            awake.add(now, until);
            now = until;
            if (pick(0, 3) == 0) {
                powered.add(powered_since, now);
                // Mostly a reboot, sometimes a night, and now and then a holiday.
                now += pick(0, 3) > 0 ? pick(minute, 20 * minute) : pick(8 * hour, 20 * day);
                powered_since = now;
            } else {
                now += pick(minute, 15 * hour);
            }
        }
        powered.add(powered_since, end + day);
        for (Seconds now = begin; now < end;) {
            const Seconds until = now + pick(minute, 20 * hour);
            network.add(now, until);
            now = until + pick(10, 6 * hour);
        }
    }
};

Seconds duration_of(const Job& job, Seconds began)
{
    return 1 + static_cast<Seconds>(std::hash<std::string>{}(job.name + std::to_string(began)) %
                                    (3 * static_cast<std::uint64_t>(hour)));
}

Result result_of(const Job& job, Seconds began)
{
    const auto draw = std::hash<std::string>{}(std::to_string(began) + job.name) % 10;
    return job.fails_at_times && draw < 3 ? Result::failed : Result::success;
}

std::vector<Job> fifty_jobs()
{
    std::vector<Job> jobs;
    const auto add = [&jobs](const std::string& calendar, auto is_time) -> Job& {
        Job job;
        job.name = "job-" + std::to_string(jobs.size());
        job.plan.calendars = {Calendar::parse(calendar)};
        job.is_time = is_time;
        return jobs.emplace_back(std::move(job));
    };
    for (int number = 0; number < 10; ++number) {
        // Not between 2 and 3, which there is not or twice: tests/daemon/calendar_test.py has
        // these.
        const int at = (number * 5 + 3) % 24;
        add(std::to_string(at) + ":" + std::to_string(number * 6), [at,
                                                                    number](const std::tm& berlin,
                                                                            const std::tm&) {
            return berlin.tm_hour == at && berlin.tm_min == number * 6;
        }).needs_network = number % 3 == 0;
        add("Mon,Thu " + std::to_string(at) + ":00", [at](const std::tm& berlin, const std::tm&) {
            return (berlin.tm_wday == 1 || berlin.tm_wday == 4) && berlin.tm_hour == at &&
                   berlin.tm_min == 0;
        }).fails_at_times = number % 2 == 0;
        add("*-*-" + std::to_string(number + 20) + " 04:00 UTC", [number](const std::tm&,
                                                                          const std::tm& utc) {
            return utc.tm_mday == number + 20 && utc.tm_hour == 4 && utc.tm_min == 0;
        }).plan.random_delay = std::chrono::hours{number};
        auto& hourly =
            add("*:" + std::to_string(number) + "/30 UTC",
                [number](const std::tm&, const std::tm& utc) { return utc.tm_min % 30 == number; });
        hourly.plan.catch_up = number % 2 == 0;
        hourly.fails_at_times = number == 2;
        Job interval;
        interval.name = "job-" + std::to_string(jobs.size());
        interval.every = (number + 1) * 5 * hour;
        interval.plan.every = std::chrono::seconds{interval.every};
        interval.needs_network = number % 2 == 0;
        interval.fails_at_times = number > 5;
        jobs.push_back(std::move(interval));
    }
    return jobs;
}

void find_times(std::vector<Job>& jobs)
{
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    for (Seconds time = begin + minute; time < end; time += minute) {
        std::tm berlin{};
        std::tm utc{};
        localtime_r(&time, &berlin);
        gmtime_r(&time, &utc);
        for (auto& job : jobs) {
            if (job.is_time && job.is_time(berlin, utc)) {
                job.times.push_back(time);
            }
        }
    }
    unsetenv("TZ");
    tzset();
}

/// When each attempt of a job began, as it follows from what jobs are promised.
std::vector<Seconds> expected_starts(const Job& job, const World& world)
{
    std::vector<Seconds> starts;
    Seconds served = begin;
    Seconds last_success = 0;
    Seconds free = begin;
    Seconds retry = never;
    Seconds again = 0;  // of intervals, after an attempt that was none
    unsigned failures = 0;

    const auto could_start = [&](Seconds time) {
        for (;;) {
            const Seconds awake = world.awake.first_from(time);
            const Seconds both =
                job.needs_network && awake != never ? world.network.first_from(awake) : awake;
            if (both == time || both == never) {
                return both;
            }
            time = both;
        }
    };
    const auto regular = [&]() -> Seconds {
        if (job.every > 0) {
            return std::max(last_success > 0 ? last_success + job.every : begin, again);
        }
        for (auto time = std::upper_bound(job.times.begin(), job.times.end(), served);
             time != job.times.end(); ++time) {
            const Seconds at =
                *time +
                rounded_up(Instant{delay_of(job.name, instant(*time), job.plan.random_delay)});
            if (job.plan.catch_up || could_start(std::max(at, free)) < at + 10 * minute) {
                return at;
            }
        }
        return never;
    };
    for (;;) {
        const Seconds due = std::min(regular(), retry);
        const Seconds start = due == never ? never : could_start(std::max(due, free));
        if (start >= end) {
            return starts;
        }
        starts.push_back(start);
        const Seconds ends = start + duration_of(job, start);
        const Seconds off = world.powered.end_of(start);
        if (ends >= off) {
            ++failures;
            free = world.powered.first_from(off);
            retry = failures >= 10  ? never
                    : failures == 1 ? free
                                    : free + std::min(6 * hour, (5 * minute) << (failures - 2));
            served = std::max(served, free);
            again = start + job.every;
            continue;
        }
        // Who ends while the machine sleeps has ended when it wakes up, if it still does.
        free = world.awake.first_from(ends);
        if (result_of(job, start) == Result::success) {
            failures = 0;
            retry = never;
            served = std::max(served, start);
            last_success = start;
            again = 0;
        } else {
            ++failures;
            retry =
                failures >= 10 ? never : free + std::min(6 * hour, (5 * minute) << (failures - 1));
            served = std::max(served, free);
            again = start + job.every;
        }
    }
}

/// The machine that the scheduler lives on.
class Driver final : public Surroundings {
public:
    Driver(const std::vector<Job>& jobs, const World& world) : world_{world}
    {
        for (const auto& job : jobs) {
            jobs_[job.name] = &job;
            pasts_[job.name].planned = instant(begin);
        }
    }

    std::map<std::string, std::vector<Seconds>> live()
    {
        now_ = begin;
        boot();
        while (now_ < end) {
            const auto advice = scheduler_->advance(instant(now_));
            for (const auto& start : advice.start) {
                scheduler_->running(start.job);
                const Job& job = *jobs_.at(start.job);
                runs_[start.job] = {now_, now_ + duration_of(job, now_)};
                starts_[start.job].push_back(now_);
            }
            Seconds next = world_.awake.end_of(now_);
            if (advice.wake) {
                next = std::min(next, rounded_up(*advice.wake));
            }
            for (const auto& [name, run] : runs_) {
                next = std::min(next, run.ends);
            }
            if (advice.watch) {
                next = std::min(next, world_.network.next_change(now_));
            }
            REQUIRE(next > now_);
            ++wakes_;
            go_on_at(next);
        }
        return starts_;
    }

    [[nodiscard]] std::size_t wakes() const noexcept { return wakes_; }

private:
    struct Run {
        Seconds began;
        Seconds ends;
    };

    Power power() override { return {}; }
    bool network_up() override { return world_.network.holds(now_); }
    std::optional<bool> metered() override { return std::nullopt; }
    std::optional<std::string> target_missing(const std::string&) override { return std::nullopt; }
    std::optional<std::string> disk_missing(const std::string&, const std::string&) override
    {
        return std::nullopt;
    }

    void boot()
    {
        scheduler_.emplace(*this, Zone::named("Europe/Berlin"), jobs_.size());
        for (const auto& [name, job] : jobs_) {
            Entry entry;
            entry.plan = job->plan;
            entry.conditions.network = job->needs_network;
            entry.past = pasts_.at(name);
            scheduler_->put(name, std::move(entry));
        }
    }

    void go_on_at(Seconds next)
    {
        const Seconds awake = world_.awake.first_from(next);
        if (awake == never) {
            now_ = end;
            return;
        }
        // A run that ends in the second in which the power goes is not known to have ended.
        if (awake > next && world_.powered.end_of(next - 1) == next) {
            now_ = awake;
            for (const auto& [name, run] : runs_) {
                pasts_[name] = after_attempt(
                    pasts_[name], {instant(run.began), instant(now_), Result::interrupted});
            }
            runs_.clear();
            boot();
            return;
        }
        // While it slept the power may have gone all the same.
        const Seconds off = world_.powered.end_of(next - 1);
        if (awake > off) {
            go_on_at(off);
            return;
        }
        now_ = awake;
        for (auto run = runs_.begin(); run != runs_.end();) {
            const auto& [name, one] = *run;
            if (one.ends > now_) {
                ++run;
                continue;
            }
            scheduler_->finished(
                name, {instant(one.began), instant(now_), result_of(*jobs_.at(name), one.began)});
            pasts_[name] = scheduler_->past(name);
            run = runs_.erase(run);
        }
    }

    const World& world_;
    std::map<std::string, const Job*> jobs_;
    std::map<std::string, Past> pasts_;  ///< what the disk has
    std::map<std::string, Run> runs_;
    std::map<std::string, std::vector<Seconds>> starts_;
    std::optional<Scheduler> scheduler_;
    Seconds now_ = begin;
    std::size_t wakes_ = 0;
};

}  // namespace

TEST_CASE(
    "in a year of reboots, sleep and lost networks every job runs when it must, and only then")
{
    auto jobs = fifty_jobs();
    REQUIRE(jobs.size() == 50);
    find_times(jobs);
    for (const auto seed : {1U, 2U, 3U}) {
        CAPTURE(seed);
        const World world{seed};
        Driver driver{jobs, world};
        auto starts = driver.live();
        std::size_t runs = 0;
        for (const auto& job : jobs) {
            CAPTURE(job.name);
            const auto expected = expected_starts(job, world);
            const auto& seen = starts[job.name];
            // clang 14 cannot capture bindings.
            const auto differ =
                std::mismatch(expected.begin(), expected.end(), seen.begin(), seen.end());
            CAPTURE(differ.first - expected.begin());
            CHECK((differ.first == expected.end() ? never : *differ.first) ==
                  (differ.second == seen.end() ? never : *differ.second));
            CHECK_FALSE(seen.empty());
            runs += seen.size();
        }
        // Starts, ends, and what waits for a network; nothing turns in circles.
        CHECK(runs > 10'000);
        CHECK(driver.wakes() < 3 * runs);
    }
}

TEST_CASE("a clock that jumps costs no job its run, and no more than a few runs too many")
{
    // Always on; the clock is what cannot be trusted: corrected by seconds, wrong by a day or by
    // years for some hours, and put right again.
    const auto zone = Zone::utc();
    struct Always final : Surroundings {
        Power power() override { return {}; }
        bool network_up() override { return true; }
        std::optional<bool> metered() override { return std::nullopt; }
        std::optional<std::string> target_missing(const std::string&) override
        {
            return std::nullopt;
        }
        std::optional<std::string> disk_missing(const std::string&, const std::string&) override
        {
            return std::nullopt;
        }
    } around;
    Scheduler scheduler{around, zone, 100};
    const std::vector<std::string> calendars = {"02:00", "14:30", "*:10", "Mon 05:00", "0/6:00"};
    for (const auto& calendar : calendars) {
        Entry entry;
        entry.plan.calendars = {Calendar::parse(calendar)};
        entry.past.planned = instant(begin);
        scheduler.put(calendar, std::move(entry));
    }
    std::map<std::string, std::vector<Seconds>> runs;  // in true time
    std::vector<std::pair<Seconds, Seconds>> jumps;    // when the clock is off, and by how much
    std::mt19937_64 random{7};
    std::size_t large = 0;
    for (Seconds time = begin + day; time < end; time += 3 * day) {
        constexpr std::array<Seconds, 6> errors = {-20, 200, -day, day, 3650 * day, -5 * hour};
        const Seconds error = errors.at(random() % errors.size());
        jumps.emplace_back(time, error);
        jumps.emplace_back(time + static_cast<Seconds>(random() % (4 * hour)) + 1, 0);
        large += std::abs(error) > 300 ? 1 : 0;
    }
    Seconds skew = 0;
    auto jump = jumps.begin();
    for (Seconds now = begin; now < end;) {
        const auto advice = scheduler.advance(instant(now + skew));
        for (const auto& start : advice.start) {
            const auto wall = instant(now + skew);
            scheduler.finished(start.job, {wall, wall, Result::success});
            runs[start.job].push_back(now);
        }
        Seconds next = advice.wake && advice.start.empty()
                           ? std::max(seconds_of(*advice.wake) - skew, now + 1)
                           : now + 1;
        if (jump != jumps.end() && jump->first <= next) {
            next = std::max(jump->first, now);
            skew = jump->second;
            ++jump;
        }
        now = next;
    }
    for (const auto& calendar : calendars) {
        CAPTURE(calendar);
        const auto& begun = runs[calendar];
        const auto parsed = Calendar::parse(calendar);
        std::size_t times = 0;
        auto moment = instant(begin);
        while (const auto next = parsed.next_after(moment, *zone)) {
            moment = *next;
            const Seconds time = seconds_of(moment);
            if (time + day >= end) {
                break;
            }
            ++times;
            // At the latest when the clock is right again, which takes up to four hours; or just
            // before, by a clock that was a little ahead.
            const auto run = std::lower_bound(begun.begin(), begun.end(), time - 5 * minute);
            REQUIRE(run != begun.end());
            CHECK(*run <= time + 4 * hour + minute);
        }
        CHECK(begun.size() >= times / 5);
        // While the clock is a day or years ahead an hourly job runs at that clock's times; each
        // jump may cost a run, and so may putting it right.
        CHECK(begun.size() <= times + 3 * large + 10);
    }
}
