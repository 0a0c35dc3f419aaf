#include "daemon/schedule/due.hpp"

#include <algorithm>
#include <cstdint>

namespace duplid::schedule {

namespace {

bool is_believed(Instant fact, Instant now) noexcept
{
    return fact <= now + clock_slack;
}

const Attempt* believed(const std::optional<Attempt>& attempt, Instant now) noexcept
{
    return attempt && is_believed(attempt->began, now) && is_believed(attempt->ended, now)
               ? &*attempt
               : nullptr;
}

bool is_failure(Result result) noexcept
{
    return result == Result::failed || result == Result::interrupted;
}

/// The earlier of two; nothing is never.
std::optional<Due> earlier(std::optional<Due> a, std::optional<Due> b)
{
    if (!a || (b && b->at < a->at)) {
        return b;
    }
    return a;
}

/// One question, answered once.
class DueModel {
public:
    DueModel(const Plan& plan, const Past& past, std::string_view job, Instant now,
             const Zone& local)
        : plan_{plan}, past_{past}, job_{job}, now_{now}, local_{local},
          success_{believed(past.last_success, now)}, attempt_{believed(past.last_attempt, now)}
    {
    }

    [[nodiscard]] std::optional<Due> answer() const
    {
        if (plan_.calendars.empty() && !plan_.every) {
            return std::nullopt;
        }
        auto due = earlier(earlier(by_calendar(), by_interval()), by_retry());
        if (!due) {
            return due;
        }
        if (plan_.not_before) {
            due->at = std::max(due->at, *plan_.not_before);
        }
        if (plan_.not_after) {
            if (std::max(due->at, now_) >= *plan_.not_after) {
                return std::nullopt;
            }
            due->let_go = std::min(due->let_go.value_or(*plan_.not_after), *plan_.not_after);
        }
        return due;
    }

private:
    /// When the plan came into force; long ago if that is not known, so that a job is made up for
    /// rather than forgotten.
    [[nodiscard]] Instant planned() const noexcept
    {
        return is_believed(past_.planned, now_) ? past_.planned : Instant{};
    }

    /// Regular times up to this one need no run any more: it had theirs, or is to be repeated by
    /// the rules for failures.
    [[nodiscard]] Instant served_until() const noexcept
    {
        auto served = planned();
        if (success_ != nullptr) {
            // What changed after the run began is not in it.
            served = std::max(served, success_->began);
        }
        if (attempt_ != nullptr && attempt_->result == Result::cancelled) {
            served = std::max(served, attempt_->began);
        }
        if (attempt_ != nullptr && is_failure(attempt_->result)) {
            served = std::max(served, attempt_->ended);
        }
        if (plan_.not_before) {
            served = std::max(served, *plan_.not_before - Span{1});
        }
        return served;
    }

    [[nodiscard]] std::optional<Instant> calendar_after(Instant moment) const
    {
        std::optional<Instant> first;
        for (const auto& calendar : plan_.calendars) {
            const auto next = calendar.next_after(moment, local_);
            if (next && (!first || *next < *first)) {
                first = next;
            }
        }
        return first;
    }

    [[nodiscard]] Due put_off(Instant time, Reason reason) const
    {
        return {.at = time + delay_of(job_, time, plan_.random_delay),
                .reason = reason,
                .time = time,
                .let_go = std::nullopt};
    }

    [[nodiscard]] std::optional<Due> by_calendar() const
    {
        auto after = served_until();
        if (plan_.catch_up) {
            const auto time = calendar_after(after);
            return time ? std::optional{put_off(*time, Reason::calendar)} : std::nullopt;
        }
        // Times before this are let go whatever their delay is.
        after = std::max(after, now_ - plan_.random_delay - Plan::late_max - Span{1});
        constexpr int looked_at_max = 1000;
        for (int looked_at = 1; const auto time = calendar_after(after); ++looked_at) {
            auto due = put_off(*time, Reason::calendar);
            due.let_go = due.at + Plan::late_max;
            if (*due.let_go > now_) {
                return due;
            }
            // After this many, the next is one that cannot have been let go yet.
            after = looked_at < looked_at_max ? *time : std::max(*time, now_ - Plan::late_max);
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Due> by_interval() const
    {
        if (!plan_.every) {
            return std::nullopt;
        }
        auto reason = Reason::first_run;
        auto time = planned();
        if (success_ != nullptr) {
            reason = Reason::interval;
            time = success_->began + *plan_.every;
        }
        // One that was stopped, or that failed too often, has its turn again after a whole
        // interval.
        if (attempt_ != nullptr && attempt_->result != Result::success) {
            reason = Reason::interval;
            time = std::max(time, attempt_->began + *plan_.every);
        }
        return put_off(time, reason);
    }

    [[nodiscard]] std::optional<Due> by_retry() const
    {
        const auto& policy = plan_.retry;
        if (attempt_ == nullptr || !is_failure(attempt_->result) ||
            past_.failures >= policy.attempts_max) {
            return std::nullopt;
        }
        const auto failures = std::max(past_.failures, 1U);
        // The first interruption was no fault of the job's.
        const unsigned steps = attempt_->result == Result::interrupted ? failures - 1 : failures;
        Span wait{};
        for (unsigned step = 1; step <= steps && wait < policy.delay_max; ++step) {
            wait = step == 1 ? policy.delay : wait * 2;
        }
        const auto at = attempt_->ended + std::min(wait, policy.delay_max);
        return Due{.at = at, .reason = Reason::retry, .time = at, .let_go = std::nullopt};
    }

    const Plan& plan_;
    const Past& past_;
    std::string_view job_;
    Instant now_;
    const Zone& local_;
    const Attempt* success_;  ///< only what is believed
    const Attempt* attempt_;
};

}  // namespace

Past after_attempt(Past past, const Attempt& attempt)
{
    past.last_attempt = attempt;
    switch (attempt.result) {
    case Result::success:
        past.last_success = attempt;
        past.failures = 0;
        break;
    case Result::cancelled:
        past.failures = 0;
        break;
    case Result::failed:
    case Result::interrupted:
        ++past.failures;
        break;
    }
    return past;
}

std::string_view name_of(Reason reason) noexcept
{
    switch (reason) {
    case Reason::calendar:
        return "calendar";
    case Reason::interval:
        return "interval";
    case Reason::first_run:
        return "first-run";
    case Reason::retry:
        break;
    }
    return "retry";
}

std::string_view name_of(Result result) noexcept
{
    switch (result) {
    case Result::success:
        return "success";
    case Result::failed:
        return "failed";
    case Result::cancelled:
        return "cancelled";
    case Result::interrupted:
        break;
    }
    return "interrupted";
}

std::optional<Due> due(const Plan& plan, const Past& past, std::string_view job, Instant now,
                       const Zone& local)
{
    return DueModel{plan, past, job, now, local}.answer();
}

std::optional<Instant> stale_at(const Plan& plan, const Past& past, Instant now)
{
    if (!plan.stale_after) {
        return std::nullopt;
    }
    if (const auto* success = believed(past.last_success, now)) {
        return success->began + *plan.stale_after;
    }
    return (is_believed(past.planned, now) ? past.planned : now) + *plan.stale_after;
}

Span delay_of(std::string_view job, Instant time, Span random_delay) noexcept
{
    if (random_delay <= Span::zero()) {
        return Span::zero();
    }
    // FNV-1a over name and time, its bits then mixed as splitmix64 does: any fixed function would
    // do that spreads well, and this one must never change, or a restart with a new version moves
    // times.
    constexpr std::uint64_t prime = 0x100000001b3;
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char letter : job) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * prime;
    }
    auto count = static_cast<std::uint64_t>(time.time_since_epoch().count());
    for (unsigned byte = 0; byte < sizeof count; ++byte, count >>= 8U) {
        hash = (hash ^ (count & 0xffU)) * prime;
    }
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111eb;
    hash ^= hash >> 31U;
    return Span{static_cast<Span::rep>(hash % static_cast<std::uint64_t>(random_delay.count()))};
}

}  // namespace duplid::schedule
