#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fmt/format.h>
#include <limits>

namespace duplid::ctl {

namespace {

constexpr int year_min = 1901;
constexpr int year_max = 2099;
constexpr std::int64_t seconds_per_minute = 60;
constexpr std::int64_t seconds_per_hour = 3600;
constexpr std::int64_t seconds_per_day = 86400;

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) noexcept
{
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

/// All of `text` as a decimal number. Nothing if it is not one, or too large.
std::optional<std::int64_t> number(std::string_view text) noexcept
{
    if (!all_digits(text)) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc{}) {
        return std::nullopt;
    }
    return value;
}

/// The same for a part of a calendar date, which must have from `digits_min` to `digits_max`
/// digits.
std::optional<int> part(std::string_view text, std::size_t digits_min, std::size_t digits_max)
{
    const auto value = number(text);
    if (!value || text.size() < digits_min || text.size() > digits_max) {
        return std::nullopt;
    }
    return static_cast<int>(*value);
}

struct Calendar {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

/// Seconds since 1970 of a date and time in UTC. A day beyond its month runs on into the next one.
std::optional<std::int64_t> utc(const Calendar& when)
{
    const bool in_range = when.year >= year_min && when.year <= year_max && when.month >= 1 &&
                          when.month <= 12 && when.day >= 1 && when.day <= 31 && when.hour <= 23 &&
                          when.minute <= 59 && when.second <= 61;
    if (!in_range) {
        return std::nullopt;
    }
    std::tm fields{};
    fields.tm_year = when.year - 1900;
    fields.tm_mon = when.month - 1;
    fields.tm_mday = when.day;
    fields.tm_hour = when.hour;
    fields.tm_min = when.minute;
    fields.tm_sec = when.second;
    return timegm(&fields);
}

/// Seconds the local zone is ahead of UTC outside summer time, in the year of `now`.
///
/// Standard time is the smaller of the offsets in winter and summer: daylight saving only ever
/// moves a clock ahead, and which half of the year has it depends on the hemisphere.
std::int64_t standard_offset(std::int64_t now)
{
    const std::time_t clock = now;
    std::tm fields{};
    if (localtime_r(&clock, &fields) == nullptr) {
        return 0;
    }
    std::int64_t offset = std::numeric_limits<std::int64_t>::max();
    for (const int month : {0, 6}) {
        std::tm first{};
        first.tm_year = fields.tm_year;
        first.tm_mon = month;
        first.tm_mday = 1;
        const std::time_t at = timegm(&first);
        std::tm local{};
        if (localtime_r(&at, &local) != nullptr) {
            offset = std::min<std::int64_t>(offset, local.tm_gmtoff);
        }
    }
    return offset;
}

/// "YYYYMMDDTHHMMSS"
std::optional<std::int64_t> compact_datetime(std::string_view text)
{
    if (text.size() != 15 || text[8] != 'T' || !all_digits(text.substr(0, 8)) ||
        !all_digits(text.substr(9))) {
        return std::nullopt;
    }
    return utc({.year = *part(text.substr(0, 4), 4, 4),
                .month = *part(text.substr(4, 2), 2, 2),
                .day = *part(text.substr(6, 2), 2, 2),
                .hour = *part(text.substr(9, 2), 2, 2),
                .minute = *part(text.substr(11, 2), 2, 2),
                .second = *part(text.substr(13, 2), 2, 2)});
}

/// "YYYY-MM-DDTHH:MM:SS"
std::optional<std::int64_t> long_datetime(std::string_view text, char separator)
{
    if (text.size() != 19 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != separator || text[16] != separator) {
        return std::nullopt;
    }
    const auto year = part(text.substr(0, 4), 4, 4);
    const auto month = part(text.substr(5, 2), 2, 2);
    const auto day = part(text.substr(8, 2), 2, 2);
    const auto hour = part(text.substr(11, 2), 2, 2);
    const auto minute = part(text.substr(14, 2), 2, 2);
    const auto second = part(text.substr(17, 2), 2, 2);
    if (!year || !month || !day || !hour || !minute || !second) {
        return std::nullopt;
    }
    return utc({*year, *month, *day, *hour, *minute, *second});
}

/// "Z" or "+HH:MM" or "-HH:MM", in seconds ahead of UTC.
std::optional<std::int64_t> zone_offset(std::string_view text, char separator)
{
    if (text == "Z") {
        return 0;
    }
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != separator) {
        return std::nullopt;
    }
    const auto hours = part(text.substr(1, 2), 2, 2);
    const auto minutes = part(text.substr(4, 2), 2, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    const auto offset = *hours * seconds_per_hour + *minutes * seconds_per_minute;
    return text[0] == '-' ? -offset : offset;
}

std::optional<std::int64_t> datetime(std::string_view text, std::int64_t now, char separator)
{
    constexpr std::size_t compact_chars = 16;
    constexpr std::size_t long_chars = 19;
    if (text.size() == compact_chars) {
        // Whatever stands last: duplicity reads "…070000z" as UTC, too.
        return compact_datetime(text.substr(0, compact_chars - 1));
    }
    if (text.size() == compact_chars - 1) {
        // Without a zone this form is understood where local time is UTC and nowhere else.
        return standard_offset(now) == 0 ? compact_datetime(text) : std::nullopt;
    }
    if (text.size() < long_chars) {
        return std::nullopt;
    }
    const auto as_utc = long_datetime(text.substr(0, long_chars), separator);
    const auto zone = text.substr(long_chars);
    const auto offset = zone.empty() ? standard_offset(now) : zone_offset(zone, separator);
    if (!as_utc || !offset) {
        return std::nullopt;
    }
    return *as_utc - *offset;
}

std::optional<std::int64_t> unit_seconds(char unit) noexcept
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return seconds_per_minute;
    case 'h':
        return seconds_per_hour;
    case 'D':
        return seconds_per_day;
    case 'W':
        return 7 * seconds_per_day;
    case 'M':
        return 30 * seconds_per_day;
    case 'Y':
        return 365 * seconds_per_day;
    default:
        return std::nullopt;
    }
}

/// "3D64s": the second that lies so long before `now`.
std::optional<std::int64_t> interval(std::string_view text, std::int64_t now)
{
    if (text.size() < 2) {
        return std::nullopt;
    }
    std::int64_t result = now;
    while (!text.empty()) {
        const auto digits =
            static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
        const auto count = number(text.substr(0, digits));
        const auto unit = digits < text.size() ? unit_seconds(text[digits]) : std::nullopt;
        std::int64_t span = 0;
        if (!count || !unit || __builtin_mul_overflow(*count, *unit, &span) ||
            __builtin_sub_overflow(result, span, &result)) {
            return std::nullopt;
        }
        text.remove_prefix(digits + 1);
    }
    return result;
}

/// "YYYY-M-D", "M-D-YYYY" (with "-" or "/") or "YYYYMMDDZ": midnight of that day.
std::optional<std::int64_t> date(std::string_view text, std::int64_t now)
{
    constexpr std::size_t packed_chars = 9;
    std::array<std::string_view, 3> fields;
    if (text.size() == packed_chars && text.back() == 'Z') {
        fields = {text.substr(0, 4), text.substr(4, 2), text.substr(6, 2)};
    } else {
        const auto first = text.find_first_of("-/");
        const auto second =
            first == std::string_view::npos ? first : text.find_first_of("-/", first + 1);
        if (second == std::string_view::npos) {
            return std::nullopt;
        }
        fields = {text.substr(0, first), text.substr(first + 1, second - first - 1),
                  text.substr(second + 1)};
        if (fields[0].size() != 4) {
            fields = {fields[2], fields[0], fields[1]};
        }
    }
    const auto year = part(fields[0], 4, 4);
    const auto month = part(fields[1], 1, 2);
    const auto day = part(fields[2], 1, 2);
    if (!year || !month || !day) {
        return std::nullopt;
    }
    const auto midnight = utc({.year = *year, .month = *month, .day = *day});
    if (!midnight) {
        return std::nullopt;
    }
    return *midnight - standard_offset(now);
}

/// duplicity takes a date that comes out as second 0 for a failure.
std::optional<std::int64_t> unless_zero(std::optional<std::int64_t> time) noexcept
{
    return time == 0 ? std::nullopt : time;
}

/// The local time, in strftime()'s words; a number for what has no date.
std::string formatted(std::int64_t epoch, const char* format)
{
    const std::time_t clock = epoch;
    std::tm fields{};
    if (localtime_r(&clock, &fields) == nullptr) {
        return fmt::to_string(epoch);
    }
    // The program never calls setlocale(), so the names are English everywhere.
    std::array<char, 64> text{};
    const auto chars = std::strftime(text.data(), text.size(), format, &fields);
    return {text.data(), chars};
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now, char separator)
{
    if (text == "now") {
        return now;
    }
    if (all_digits(text)) {
        return number(text);
    }
    if (const auto time = unless_zero(datetime(text, now, separator))) {
        return time;
    }
    if (const auto time = interval(text, now)) {
        return time;
    }
    return unless_zero(date(text, now));
}

std::string local_time_text(std::int64_t epoch)
{
    return formatted(epoch, "%a %b %e %H:%M:%S %Y");
}

std::string short_time_text(std::int64_t epoch)
{
    return formatted(epoch, "%Y-%m-%d %H:%M:%S");
}

std::string minute_text(std::int64_t epoch)
{
    return formatted(epoch, "%Y-%m-%d %H:%M");
}

std::string duration_text(std::int64_t seconds)
{
    const auto hours = seconds / seconds_per_hour;
    const auto minutes = seconds % seconds_per_hour / seconds_per_minute;
    const auto rest = seconds % seconds_per_minute;
    return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest)
                     : fmt::format("{}:{:02}", minutes, rest);
}

}  // namespace duplid::ctl
