#include "engine/naming/time.hpp"

#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace duplid::naming {

namespace {

constexpr std::int64_t day_seconds = 24 * 60 * 60;
constexpr std::string_view base36_digits = "0123456789abcdefghijklmnopqrstuvwxyz";

/// A calendar date and a time of day, before anybody asks in which time zone.
struct Civil {
    int year, month, day, hour, minute, second;
};

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// The number in `token[at, at + digits)`, or -1 if something there is no digit.
int number_at(std::string_view token, std::size_t at, std::size_t digits) noexcept
{
    int value = 0;
    for (const char c : token.substr(at, digits)) {
        if (!is_digit(c)) {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

std::optional<std::int64_t> usable(std::int64_t time) noexcept
{
    if (time < time_min || time > time_max || time == 0) {
        return std::nullopt;
    }
    return time;
}

/// Checks the fields as the reference does: the day not against its month, and two leap seconds
/// (archive-format.md 1.2); what is too much carries over.
std::optional<std::int64_t> seconds_of(const Civil& civil) noexcept
{
    const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
    if (!within(civil.year, 1901, 2099) || !within(civil.month, 1, 12) ||
        !within(civil.day, 1, 31) || !within(civil.hour, 0, 23) || !within(civil.minute, 0, 59) ||
        !within(civil.second, 0, 61)) {
        return std::nullopt;
    }
    const std::chrono::sys_days month_start =
        std::chrono::year{civil.year} / std::chrono::month{static_cast<unsigned>(civil.month)} /
        std::chrono::day{1};
    const std::int64_t days = month_start.time_since_epoch().count() + civil.day - 1;
    return days * day_seconds + civil.hour * 3600 + civil.minute * 60 + civil.second;
}

Civil civil_of(std::int64_t seconds) noexcept
{
    const std::chrono::sys_seconds moment{std::chrono::seconds{seconds}};
    const auto midnight = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date{midnight};
    const auto of_day = static_cast<int>((moment - midnight).count());
    return {.year = static_cast<int>(date.year()),
            .month = static_cast<int>(static_cast<unsigned>(date.month())),
            .day = static_cast<int>(static_cast<unsigned>(date.day())),
            .hour = of_day / 3600,
            .minute = of_day / 60 % 60,
            .second = of_day % 60};
}

/// `YYYYMMDDTHHMMSS` and one byte that nobody looks at.
std::optional<std::int64_t> parse_default(std::string_view token) noexcept
{
    constexpr std::size_t default_bytes = 16;
    const auto is_t = [](char c) { return c == 'T' || c == 't'; };
    if (token.size() != default_bytes || !is_t(token[8]) || is_t(token.back())) {
        return std::nullopt;
    }
    const auto seconds = seconds_of({.year = number_at(token, 0, 4),
                                     .month = number_at(token, 4, 2),
                                     .day = number_at(token, 6, 2),
                                     .hour = number_at(token, 9, 2),
                                     .minute = number_at(token, 11, 2),
                                     .second = number_at(token, 13, 2)});
    return seconds ? usable(*seconds) : std::nullopt;
}

/// `YYYY-MM-DDTHH:MM:SS` and `Z` or `+HH:MM`, any separator in place of the colons.
std::optional<std::int64_t> parse_old(std::string_view token) noexcept
{
    constexpr std::size_t utc_bytes = 20;
    constexpr std::size_t zoned_bytes = 25;
    if ((token.size() != utc_bytes && token.size() != zoned_bytes) || token[4] != '-' ||
        token[7] != '-' || (token[10] != 'T' && token[10] != 't')) {
        return std::nullopt;
    }
    const char separator = token[13];
    if (separator == '-' || is_digit(separator) || token[16] != separator) {
        return std::nullopt;
    }
    const auto local = seconds_of({.year = number_at(token, 0, 4),
                                   .month = number_at(token, 5, 2),
                                   .day = number_at(token, 8, 2),
                                   .hour = number_at(token, 11, 2),
                                   .minute = number_at(token, 14, 2),
                                   .second = number_at(token, 17, 2)});
    if (!local) {
        return std::nullopt;
    }
    const char zone = token[19];
    if (token.size() == utc_bytes) {
        return zone == 'Z' || zone == 'z' ? usable(*local) : std::nullopt;
    }
    const int hours = number_at(token, 20, 2);
    const int minutes = number_at(token, 23, 2);
    if ((zone != '+' && zone != '-') || hours < 0 || minutes < 0 || token[22] != separator) {
        return std::nullopt;
    }
    // The minutes count upwards from the hour also west of Greenwich: -03:30 is written -04:30.
    const int offset_minutes = (zone == '-' ? -hours : hours) * 60 + minutes;
    return usable(*local - std::int64_t{offset_minutes} * 60);
}

std::optional<std::int64_t> parse_epoch(std::string_view token) noexcept
{
    if (token.empty() || !std::all_of(token.begin(), token.end(), is_digit)) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    for (const char c : token) {
        value = value * 10 + (c - '0');
        if (value > time_max) {
            return std::nullopt;
        }
    }
    return usable(value);
}

void require_usable(std::int64_t time)
{
    if (!usable(time)) {
        throw Error{Error::Kind::invalid,
                    fmt::format("a backup cannot be named after the time {}", time),
                    {},
                    "check the clock: years 1901 to 2099 can be used"};
    }
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view token) noexcept
{
    if (const auto time = parse_default(token)) {
        return time;
    }
    if (const auto time = parse_old(token)) {
        return time;
    }
    return parse_epoch(token);
}

std::optional<std::int64_t> parse_short_time(std::string_view token) noexcept
{
    const auto value = parse_base36(token, static_cast<std::uint64_t>(time_max));
    return value ? usable(static_cast<std::int64_t>(*value)) : std::nullopt;
}

std::string print_time(std::int64_t time)
{
    require_usable(time);
    const Civil c = civil_of(time);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute,
                       c.second);
}

std::string print_old_time(std::int64_t time, char separator, int offset_minutes)
{
    require_usable(time);
    const std::int64_t local = time + std::int64_t{offset_minutes} * 60;
    if (separator == '-' || is_digit(separator) || separator == '/' || separator == '\0') {
        throw Error{Error::Kind::invalid,
                    fmt::format("\"{}\" cannot separate the parts of a time", separator)};
    }
    if (offset_minutes <= -24 * 60 || offset_minutes >= 24 * 60 || local < time_min ||
        local > time_max) {
        throw Error{Error::Kind::invalid,
                    fmt::format("the time {} has no old-style name in a zone {} minutes from UTC",
                                time, offset_minutes)};
    }
    const Civil c = civil_of(local);
    std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}{}{:02}{}{:02}", c.year, c.month, c.day,
                                   c.hour, separator, c.minute, separator, c.second);
    if (offset_minutes == 0) {
        text += 'Z';
        return text;
    }
    // See parse_old(): the hour is rounded down, the minutes are what remains above it.
    const int minutes = (offset_minutes % 60 + 60) % 60;
    const int hours = (offset_minutes - minutes) / 60;
    text += fmt::format("{}{:02}{}{:02}", hours < 0 ? '-' : '+', hours < 0 ? -hours : hours,
                        separator, minutes);
    return text;
}

std::string print_short_time(std::int64_t time)
{
    require_usable(time);
    if (time < 0) {
        throw Error{Error::Kind::invalid,
                    fmt::format("the time {} is before 1970 and has no short name", time)};
    }
    return print_base36(static_cast<std::uint64_t>(time));
}

int local_offset_minutes(std::int64_t time)
{
    const std::time_t moment{time};
    std::tm local{};
    if (::localtime_r(&moment, &local) == nullptr) {
        return 0;
    }
    return static_cast<int>(
        std::chrono::floor<std::chrono::minutes>(std::chrono::seconds{local.tm_gmtoff}).count());
}

std::optional<std::uint64_t> parse_base36(std::string_view token, std::uint64_t max) noexcept
{
    if (token.empty()) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : token) {
        const std::size_t digit = base36_digits.find(c);
        if (digit == std::string_view::npos || digit > max || value > (max - digit) / 36) {
            return std::nullopt;
        }
        value = value * 36 + digit;
    }
    return value;
}

std::string print_base36(std::uint64_t value)
{
    std::string text;
    do {
        text += base36_digits[static_cast<std::size_t>(value % 36)];
        value /= 36;
    } while (value > 0);
    std::reverse(text.begin(), text.end());
    return text;
}

}  // namespace duplid::naming
