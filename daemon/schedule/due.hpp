// When a job is due: from its plan, what is known of its past, and the time. Nothing else.
//
// Nothing here remembers or counts down, so that reboots, suspends and a clock that is set make no
// difference beyond the facts they change. Missed times collapse into one run.
#pragma once

#include "daemon/schedule/calendar.hpp"
#include "daemon/schedule/instant.hpp"
#include "daemon/schedule/zone.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace duplid::schedule {

/// What happens after a run that failed: it is tried again after `delay`, then twice that, and so
/// on up to `delay_max`, until it has been tried `attempts_max` times; from then on at regular
/// times only. A regular time that comes earlier is not waited for twice.
struct RetryPolicy {
    Span delay = std::chrono::minutes{5};
    Span delay_max = std::chrono::hours{6};
    /// Attempts in a row, the first included. 1: no further ones.
    unsigned attempts_max = 10;

    friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

/// When a job is to run. With neither calendars nor an interval it runs only when somebody asks.
struct Plan {
    std::vector<Calendar> calendars;  ///< at the times of any of these
    std::optional<Span> every;        ///< when the last good run is older; at once if there is none
    /// Each time is put off by a share of this that depends on the job's name and that time alone:
    /// the same after a restart, different from machine to machine if names are made so.
    Span random_delay{};
    /// Whether a calendar time that passed while nobody could start the job is made up for. If not,
    /// it is let go when it has not begun within Plan::late_max.
    bool catch_up = true;
    std::optional<Instant> not_before;  ///< no regular time counts before this
    std::optional<Instant> not_after;   ///< nor after this
    RetryPolicy retry;
    /// A last good run older than this makes the job stale.
    std::optional<Span> stale_after;

    static constexpr Span late_max = std::chrono::minutes{10};

    friend bool operator==(const Plan&, const Plan&) = default;
};

/// How an attempt ended.
enum class Result {
    success,      ///< a good backup, with warnings or without
    failed,       ///< to be tried again
    cancelled,    ///< somebody stopped it: not before its next regular time
    interrupted,  ///< the daemon or the machine went away under it: at once, once
};

struct Attempt {
    Instant began{};
    Instant ended{};
    Result result = Result::success;

    friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// What is kept of a job over restarts.
struct Past {
    /// When the present plan came into force: earlier times are none of its.
    Instant planned{};
    std::optional<Attempt> last_success;
    std::optional<Attempt> last_attempt;  ///< the last success, too, if nothing came after it
    unsigned failures = 0;                ///< attempts in a row that failed or were interrupted
    /// No start before this; Instant::max(): until somebody says so.
    std::optional<Instant> paused_until;

    friend bool operator==(const Past&, const Past&) = default;
};

/// `past` after one more attempt.
[[nodiscard]] Past after_attempt(Past past, const Attempt& attempt);

/// Why a job is due at a time.
enum class Reason {
    calendar,   ///< a time of a calendar
    interval,   ///< the last good run is older than the interval
    first_run,  ///< there is an interval and no good run yet
    retry,      ///< after a failure, or an interruption
};

/// A word for JSON and logs: `calendar`, `interval`, `first-run`, `retry`; `success` and so on.
[[nodiscard]] std::string_view name_of(Reason reason) noexcept;
[[nodiscard]] std::string_view name_of(Result result) noexcept;

struct Due {
    Instant at{};  ///< due since then, or next due then
    Reason reason = Reason::calendar;
    Instant time{};  ///< the regular time it stands for, before the random delay
    /// When it is let go if it has not begun; nothing: it waits.
    std::optional<Instant> let_go;

    friend bool operator==(const Due&, const Due&) = default;
};

/// Facts that lie further ahead of `now` than this come from a clock that was wrong, and are not
/// believed: a run too many is better than none for a year.
inline constexpr Span clock_slack = std::chrono::minutes{5};

/// When a job is due, nothing if never again. Does not look at pauses: those only put off the
/// start.
[[nodiscard]] std::optional<Due> due(const Plan& plan, const Past& past, std::string_view job,
                                     Instant now, const Zone& local);

/// Since when, or from when on, the last good run is too old. Nothing without Plan::stale_after.
[[nodiscard]] std::optional<Instant> stale_at(const Plan& plan, const Past& past, Instant now);

/// How much `job` is put off at a regular time: at least 0, less than `random_delay` or 0.
[[nodiscard]] Span delay_of(std::string_view job, Instant time, Span random_delay) noexcept;

}  // namespace duplid::schedule
