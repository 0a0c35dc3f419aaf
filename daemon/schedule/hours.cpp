#include "daemon/schedule/hours.hpp"

#include "daemon/schedule/grammar.hpp"

#include <fmt/format.h>

namespace duplid::schedule {

namespace {

using namespace std::chrono;

constexpr minutes day_length = hours{24};

/// `HH:MM` up to `last`.
minutes take_time(Cursor& cursor, minutes last)
{
    const auto place = cursor.place();
    const auto hour = cursor.number(24);
    if (!cursor.take(':')) {
        cursor.expected("':' and minutes");
    }
    const minutes time = hours{hour} + minutes{cursor.number(59)};
    if (time > last) {
        cursor.wrong_at(place,
                        fmt::format("a time up to {:02}:{:02}", last / 1h, last % 1h / 1min));
    }
    return time;
}

local_time<Span> wall_at(Instant moment, const Zone& zone)
{
    return local_time<Span>{moment.time_since_epoch() + zone.at(floor<seconds>(moment)).ahead};
}

bool is_day_of(unsigned weekdays, local_days day) noexcept
{
    return weekdays == 0 || (weekdays >> (weekday{day}.iso_encoding() - 1) & 1U) != 0;
}

}  // namespace

Hours Hours::parse(std::string_view text)
{
    Cursor cursor{text, "window of hours", "for example 22:00..06:00 or Mon..Fri 19:00..07:30"};
    const auto suffix = find_zone(text);
    cursor.stop_at(suffix.text_bytes);
    Hours window;
    window.zone_ = suffix.zone;
    window.weekdays_ = take_weekdays(cursor);
    window.opens_ = take_time(cursor, day_length - 1min);
    if (cursor.rest().starts_with("..")) {
        cursor.skip(2);
    } else if (!cursor.take('-')) {
        cursor.expected("'..' and the time at which the window closes");
    }
    window.closes_ = take_time(cursor, day_length);
    if (!cursor.at_end()) {
        cursor.expected("the end, or a time zone that this system knows");
    }
    return window;
}

std::string Hours::text() const
{
    const auto days = print_weekdays(weekdays_);
    return fmt::format("{}{}{:02}:{:02}..{:02}:{:02}{}{}", days, days.empty() ? "" : " ",
                       opens_ / 1h, opens_ % 1h / 1min, closes_ / 1h, closes_ % 1h / 1min,
                       zone_ ? " " : "", zone_ ? zone_->name() : "");
}

bool Hours::open_at(Instant moment, const Zone& local) const
{
    const auto wall = wall_at(moment, zone_ ? *zone_ : local);
    const auto today = floor<days>(wall);
    const auto time = wall - today;
    const bool over_midnight = closes_ <= opens_;
    if (is_day_of(weekdays_, today) && time >= opens_ && (over_midnight || time < closes_)) {
        return true;
    }
    return over_midnight && is_day_of(weekdays_, today - days{1}) && time < closes_;
}

Instant Hours::open_from(Instant moment, const Zone& local) const
{
    if (open_at(moment, local)) {
        return moment;
    }
    const Zone& zone = zone_ ? *zone_ : local;
    const auto ahead = zone.at(floor<seconds>(moment)).ahead;
    const auto today = floor<days>(wall_at(moment, zone));
    // A week has all weekdays; a second one is for a clock that skips the only opening of the
    // first.
    constexpr int days_max = 15;
    for (int day = 0; day < days_max; ++day) {
        const Instant opening = zone.moment_of(today + days{day} + opens_, ahead);
        if (opening > moment && open_at(opening, local)) {
            return opening;
        }
    }
    return moment + days{days_max};
}

}  // namespace duplid::schedule
