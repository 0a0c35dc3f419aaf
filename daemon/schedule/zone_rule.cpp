// The rule of POSIX's TZ: `CET-1CEST,M3.5.0,M10.5.0/3`, `<+0330>-3:30`.
#include "daemon/schedule/grammar.hpp"
#include "daemon/schedule/zone.hpp"

namespace duplid::schedule {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Zone::RuleParser {
public:
    explicit RuleParser(std::string_view text)
        : cursor_{text, "time zone rule", "for example CET-1CEST,M3.5.0,M10.5.0/3"}
    {
    }

    Rule parse()
    {
        Rule rule;
        take_name();
        rule.standard.ahead = -take_time(hours_of_offset_max);
        if (cursor_.at_end()) {
            return rule;
        }
        take_name();
        rule.daylight = Offset{rule.standard.ahead + hours{1}, true};
        if (!cursor_.at_end() && !cursor_.at_any_of(",")) {
            rule.daylight->ahead = -take_time(hours_of_offset_max);
        }
        if (cursor_.at_end()) {
            // POSIX leaves open when; the C library takes the habits of the USA.
            rule.start = {.month = 3, .week = 2, .day = 0, .time = hours{2}};
            rule.end = {.month = 11, .week = 1, .day = 0, .time = hours{2}};
            return rule;
        }
        rule.start = take_change();
        rule.end = take_change();
        if (!cursor_.at_end()) {
            cursor_.expected("the end");
        }
        return rule;
    }

private:
    static constexpr long long hours_of_offset_max = 24;
    static constexpr long long hours_of_change_max = 167;

    void take_name()
    {
        constexpr std::size_t name_bytes_min = 3;
        const bool quoted = cursor_.take('<');
        const auto start = cursor_.place();
        while (is_letter() || (quoted && cursor_.at_any_of("0123456789+-"))) {
            cursor_.skip(1);
        }
        if (cursor_.place() - start < name_bytes_min) {
            cursor_.wrong_at(start, "an abbreviation of three letters or more");
        }
        if (quoted && !cursor_.take('>')) {
            cursor_.expected("'>'");
        }
    }

    [[nodiscard]] bool is_letter() const
    {
        return cursor_.at_any_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    }

    /// `[+-]hours[:minutes[:seconds]]`
    seconds take_time(long long hours_max)
    {
        const bool negative = cursor_.take('-');
        if (!negative) {
            (void)cursor_.take('+');
        }
        seconds time = hours{cursor_.number(hours_max)};
        if (cursor_.take(':')) {
            time += minutes{cursor_.number(59)};
            if (cursor_.take(':')) {
                time += seconds{cursor_.number(59)};
            }
        }
        return negative ? -time : time;
    }

    unsigned take_part(unsigned min, unsigned max)
    {
        const auto place = cursor_.place();
        const auto value = static_cast<unsigned>(cursor_.number(max));
        if (value < min) {
            cursor_.wrong_at(place, "a larger number");
        }
        return value;
    }

    void take_point()
    {
        if (!cursor_.take('.')) {
            cursor_.expected("'.'");
        }
    }

    Change take_change()
    {
        if (!cursor_.take(',')) {
            cursor_.expected("',' and a day of change");
        }
        Change change;
        if (cursor_.take('M')) {
            change.kind = Change::Kind::month_week_day;
            change.month = take_part(1, 12);
            take_point();
            change.week = take_part(1, 5);
            take_point();
            change.day = take_part(0, 6);
        } else if (cursor_.take('J')) {
            change.kind = Change::Kind::julian;
            change.day = take_part(1, 365);
        } else {
            change.kind = Change::Kind::day_of_year;
            change.day = take_part(0, 365);
        }
        change.time = cursor_.take('/') ? take_time(hours_of_change_max) : hours{2};
        return change;
    }

    Cursor cursor_;
};

Zone::Rule Zone::parse_rule(std::string_view text)
{
    return RuleParser{text}.parse();
}

}  // namespace duplid::schedule
