#include "daemon/schedule/grammar.hpp"

#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace duplid::schedule {

namespace {

constexpr unsigned every_day = 0x7f;

constexpr std::array<std::string_view, 7> weekday_names = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::size_t short_bytes = 3;

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_letters(std::string_view a, std::string_view b) noexcept
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

/// The number of the weekday that comes next, or 7 if none does. Goes past it.
std::size_t take_weekday(Cursor& cursor)
{
    for (std::size_t day = 0; day < weekday_names.size(); ++day) {
        for (const auto& name : {weekday_names[day], weekday_names[day].substr(0, short_bytes)}) {
            if (cursor.at_word(name)) {
                cursor.skip(name.size());
                if (!cursor.at_end() && !cursor.at_any_of("-., ")) {
                    cursor.expected("the end of the weekday");
                }
                return day;
            }
        }
    }
    return weekday_names.size();
}

}  // namespace

void Cursor::skip_spaces() noexcept
{
    while (at_any_of(" ")) {
        ++place_;
    }
}

bool Cursor::at_any_of(std::string_view bytes) const noexcept
{
    return !at_end() && bytes.find(text_[place_]) != std::string_view::npos;
}

bool Cursor::at_word(std::string_view word) const noexcept
{
    return equal_letters(rest().substr(0, word.size()), word);
}

bool Cursor::take(char c) noexcept
{
    if (at_end() || text_[place_] != c) {
        return false;
    }
    ++place_;
    return true;
}

long long Cursor::number(long long max)
{
    if (!at_digit()) {
        expected("a number");
    }
    const auto start = place_;
    long long value = 0;
    for (; at_digit(); ++place_) {
        const long long digit = text_[place_] - '0';
        if (value > (max - digit) / 10) {
            wrong_at(start, fmt::format("a number up to {}", max));
        }
        value = value * 10 + digit;
    }
    return value;
}

void Cursor::wrong_at(std::size_t place, std::string_view what) const
{
    throw Error{
        Error::Kind::invalid,
        fmt::format("{} makes no sense at character {}: expected {}", thing_, place + 1, what),
        std::string{text_}, hint_};
}

unsigned take_weekdays(Cursor& cursor)
{
    constexpr auto none = weekday_names.size();
    unsigned days = 0;
    std::size_t from = none;  // the weekday that a range began with
    for (bool first = true;; first = false) {
        const auto place = cursor.place();
        const auto day = take_weekday(cursor);
        if (day == none) {
            if (first) {
                return 0;
            }
            cursor.expected("a weekday");
        }
        if (from != none) {
            if (from > day) {
                cursor.wrong_at(place, "a weekday later in the week, which begins on Monday");
            }
            for (auto between = from; between < day; ++between) {
                days |= 1U << between;
            }
        }
        days |= 1U << day;

        const bool ended_range = from != none;
        if (cursor.take(',')) {
            from = none;
            // As the reference has it, a comma may also end the list.
            if (cursor.at_end() || cursor.at_any_of(" ")) {
                break;
            }
        } else if (!ended_range && cursor.rest().starts_with("..")) {
            cursor.skip(2);
            from = day;
        } else if (!ended_range && cursor.take('-')) {
            from = day;
        } else if (cursor.at_end() || cursor.at_any_of(" ")) {
            break;
        } else {
            cursor.expected("a comma or a space");
        }
    }
    cursor.skip_spaces();
    return days == every_day ? 0 : days;
}

std::string print_weekdays(unsigned weekdays)
{
    const auto is_set = [weekdays](std::size_t day) {
        return day < weekday_names.size() && (weekdays >> day & 1U) != 0;
    };
    std::string text;
    const auto add = [&text](std::string_view separator, std::size_t day) {
        text += separator;
        text += weekday_names[day].substr(0, short_bytes);
    };
    for (std::size_t day = 0; day < weekday_names.size(); ++day) {
        if (!is_set(day)) {
            continue;
        }
        const auto first = day;
        while (is_set(day + 1)) {
            ++day;
        }
        add(text.empty() ? "" : ",", first);
        if (day > first) {
            add(day > first + 1 ? ".." : ",", day);
        }
    }
    return text;
}

ZoneSuffix find_zone(std::string_view text)
{
    const auto space = text.rfind(' ');
    if (space == std::string_view::npos) {
        return {nullptr, text.size()};
    }
    const auto word = text.substr(space + 1);
    if (equal_letters(word, "UTC")) {
        return {Zone::utc(), space};
    }
    try {
        return {Zone::named(word), space};
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::not_found) {
            throw;
        }
        return {nullptr, text.size()};
    }
}

}  // namespace duplid::schedule
