#include "engine/chain/keep_policy.hpp"

#include <chrono>
#include <limits>

namespace duplid::chain {

namespace {

/// A local point in time in the parts that periods are made of.
struct Calendar {
    std::int64_t hour;  ///< hours of local time since 1970
    std::int64_t day;   ///< days of local time since 1970
    std::int64_t week;  ///< Monday-based weeks, counted through
    std::int64_t month;
    std::int64_t year;
};

constexpr std::int64_t seconds_per_hour = 3600;
constexpr std::int64_t seconds_per_day = 86400;
constexpr std::int64_t days_per_week = 7;
constexpr std::int64_t months_per_year = 12;

std::int64_t floor_divide(std::int64_t value, std::int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

Calendar calendar_of(std::int64_t time, const LocalOffset& offset)
{
    constexpr std::int64_t seconds_per_minute = 60;
    const auto local = time + offset(time) * seconds_per_minute;
    const auto day = floor_divide(local, seconds_per_day);
    const std::chrono::year_month_day date{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(day)}}};
    const auto year = static_cast<std::int64_t>(static_cast<int>(date.year()));
    const auto month = static_cast<std::int64_t>(static_cast<unsigned>(date.month()));
    // 1970-01-01 was a Thursday: three days after the Monday its week began with.
    constexpr std::int64_t days_since_monday = 3;
    return {floor_divide(local, seconds_per_hour), day,
            floor_divide(day + days_since_monday, days_per_week), year * months_per_year + month,
            year};
}

std::int64_t period_of(KeepRule rule, std::size_t position, const Calendar& calendar)
{
    switch (rule) {
    case KeepRule::hourly:
        return calendar.hour;
    case KeepRule::daily:
        return calendar.day;
    case KeepRule::weekly:
        return calendar.week;
    case KeepRule::monthly:
        return calendar.month;
    case KeepRule::yearly:
        return calendar.year;
    default:
        // "last": every one is a period of its own.
        return static_cast<std::int64_t>(position);
    }
}

struct Counter {
    KeepRule rule;
    std::uint32_t left;
    std::int64_t period = std::numeric_limits<std::int64_t>::min();
};

}  // namespace

bool KeepPolicy::has_rules() const noexcept
{
    return last > 0 || hourly > 0 || daily > 0 || weekly > 0 || monthly > 0 || yearly > 0 ||
           within_seconds;
}

std::vector<std::vector<KeepRule>>
kept_by(const KeepPolicy& policy, std::span<const std::int64_t> times, const LocalOffset& offset)
{
    std::vector<Counter> counters{
        {KeepRule::last, policy.last},       {KeepRule::hourly, policy.hourly},
        {KeepRule::daily, policy.daily},     {KeepRule::weekly, policy.weekly},
        {KeepRule::monthly, policy.monthly}, {KeepRule::yearly, policy.yearly}};
    std::vector<std::vector<KeepRule>> kept(times.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto calendar = calendar_of(times[i], offset);
        const bool is_oldest = i + 1 == times.size();
        for (auto& counter : counters) {
            const auto period = period_of(counter.rule, i, calendar);
            if (counter.left > 0 && (period != counter.period || is_oldest)) {
                kept[i].push_back(counter.rule);
                counter.period = period;
                --counter.left;
            }
        }
        if (policy.within_seconds && times[i] > times.front() - *policy.within_seconds) {
            kept[i].push_back(KeepRule::within);
        }
    }
    return kept;
}

}  // namespace duplid::chain
