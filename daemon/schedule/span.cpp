#include "daemon/schedule/span.hpp"

#include "daemon/schedule/grammar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace duplid::schedule {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Unit {
    std::string_view name;
    Span length;
};

constexpr Span day = hours{24};
constexpr Span month = seconds{2'629'800};
constexpr Span year = seconds{31'557'600};

// `m` are minutes and `M` months; in all others case matters, too. The micro sign is U+00B5, and
// U+03BC looks like it.
constexpr std::array<Unit, 30> units = {{
    {"seconds", seconds{1}},
    {"second", seconds{1}},
    {"sec", seconds{1}},
    {"s", seconds{1}},
    {"minutes", minutes{1}},
    {"minute", minutes{1}},
    {"min", minutes{1}},
    {"m", minutes{1}},
    {"hours", hours{1}},
    {"hour", hours{1}},
    {"hr", hours{1}},
    {"h", hours{1}},
    {"days", day},
    {"day", day},
    {"d", day},
    {"weeks", 7 * day},
    {"week", 7 * day},
    {"w", 7 * day},
    {"months", month},
    {"month", month},
    {"M", month},
    {"years", year},
    {"year", year},
    {"y", year},
    {"msec", std::chrono::milliseconds{1}},
    {"ms", std::chrono::milliseconds{1}},
    {"usec", Span{1}},
    {"us", Span{1}},
    {"\xc2\xb5s", Span{1}},
    {"\xce\xbcs", Span{1}},
}};

// In the order in which they are printed.
constexpr std::array<Unit, 9> printed = {{{"y", year},
                                          {"month", month},
                                          {"w", 7 * day},
                                          {"d", day},
                                          {"h", hours{1}},
                                          {"min", minutes{1}},
                                          {"s", seconds{1}},
                                          {"ms", std::chrono::milliseconds{1}},
                                          {"us", Span{1}}}};

bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// The unit that comes next, or nothing if no letter does. Goes past it.
std::optional<Span> take_unit(Cursor& cursor)
{
    const auto rest = cursor.rest();
    const auto word =
        rest.substr(0, static_cast<std::size_t>(
                           std::find_if_not(rest.begin(), rest.end(), is_letter) - rest.begin()));
    if (word.empty()) {
        return std::nullopt;
    }
    const auto* found = std::find_if(units.begin(), units.end(),
                                     [word](const Unit& unit) { return unit.name == word; });
    if (found == units.end()) {
        cursor.expected("a unit (us, ms, s, min, h, d, w, month, y)");
    }
    cursor.skip(word.size());
    return found->length;
}

/// The digits behind a point, at most as many as can matter.
std::string take_fraction(Cursor& cursor)
{
    constexpr std::size_t digits_max = 18;
    if (!cursor.at_digit()) {
        cursor.expected("a digit");
    }
    std::string digits;
    for (; cursor.at_digit(); cursor.skip(1)) {
        if (digits.size() < digits_max) {
            digits += cursor.rest().front();
        }
    }
    return digits;
}

Span fraction_of(Span unit, std::string_view digits)
{
    Span sum{};
    for (const char digit : digits) {
        // Rounded down at each digit, as the reference does.
        unit /= 10;
        sum += (digit - '0') * unit;
    }
    return sum;
}

}  // namespace

Span parse_span(std::string_view text)
{
    Cursor cursor{text, "time span", "for example 90min, 2h 30min, 1w or 45 (seconds)"};
    Span sum{};
    cursor.skip_spaces();
    do {
        const auto place = cursor.place();
        long long count = 0;
        if (!cursor.at_any_of(".")) {
            count = cursor.number(span_max.count());
        }
        std::string fraction;
        if (cursor.take('.')) {
            fraction = take_fraction(cursor);
        }
        const bool spaced = cursor.at_any_of(" ");
        cursor.skip_spaces();
        auto unit = take_unit(cursor);
        if (!unit) {
            if (!spaced && !cursor.at_end()) {
                cursor.expected("a unit (us, ms, s, min, h, d, w, month, y)");
            }
            unit = seconds{1};
        }
        if (count > (span_max - sum) / *unit) {
            cursor.wrong_at(place, "less than a thousand years");
        }
        sum += count * *unit + fraction_of(*unit, fraction);
        cursor.skip_spaces();
    } while (!cursor.at_end());
    if (sum > span_max) {
        cursor.wrong_at(0, "less than a thousand years");
    }
    return sum;
}

std::string print_span(Span span)
{
    std::string text;
    for (const auto& unit : printed) {
        if (span >= unit.length) {
            text += fmt::format("{}{}{}", text.empty() ? "" : " ", span / unit.length, unit.name);
            span %= unit.length;
        }
    }
    return text.empty() ? "0" : text;
}

}  // namespace duplid::schedule
