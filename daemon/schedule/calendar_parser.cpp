// The grammar of calendar expressions, read and printed.
//
// Each field is a list of components; the reference's words for it and its odd corners are kept:
//   - years below 70 are of this century, those below 100 of the last;
//   - a range ends where its last step does (`1..6/2` is `1..5/2`), and one without room for a step
//   is
//     a single value;
//   - a step needs room for at least one, up to the field's largest value (with `~`: down to 1);
//   - counted from a month's end, only the days are known that every month has: 1 to 28;
//   - lists are sorted, and what is in them twice stands there once.
#include "daemon/schedule/calendar.hpp"
#include "daemon/schedule/grammar.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

namespace duplid::schedule {

namespace {

constexpr int second_units = 1'000'000;  ///< seconds are counted in microseconds
constexpr int fraction_digits = 6;

}  // namespace

class CalendarParser {
public:
    explicit CalendarParser(std::string_view text)
        : text_{text}, cursor_{text, "calendar expression",
                               "for example daily, Mon..Fri 02:30 or *-*-01 04:00 Europe/Berlin; "
                               "see systemd.time(7)"}
    {
    }

    Calendar parse()
    {
        if (text_.size() > Calendar::text_bytes_max) {
            cursor_.wrong_at(Calendar::text_bytes_max, "the end");
        }
        const auto suffix = find_zone(text_);
        cursor_.stop_at(suffix.text_bytes);
        calendar_.zone_ = suffix.zone;
        if (cursor_.at_end()) {
            cursor_.expected("a weekday, a date or a time");
        }
        if (!take_shorthand()) {
            calendar_.weekdays_ = take_weekdays(cursor_);
            if (!take_timestamp()) {
                take_date();
                take_time();
            }
            if (!cursor_.at_end()) {
                cursor_.expected("the end, or a time zone that this system knows");
            }
        }
        normalise();
        check();
        return std::move(calendar_);
    }

private:
    using Component = Calendar::Component;
    using Components = Calendar::Components;

    /// A list and where it stood in the text.
    struct Field {
        Components values;
        std::size_t place;
    };

    static Components only(int value) { return {Component{value, -1, 0}}; }

    void set_time(Components hour, Components minute)
    {
        calendar_.hour_ = std::move(hour);
        calendar_.minute_ = std::move(minute);
        calendar_.second_ = only(0);
    }

    bool take_shorthand()
    {
        struct Row {
            std::string_view name;
            bool weekly;
            Components month, day, hour, minute;
        };
        const Components any;
        const Components halves{{1, -1, 0}, {7, -1, 0}};
        const Components quarters{{1, -1, 0}, {4, -1, 0}, {7, -1, 0}, {10, -1, 0}};
        for (const auto& row : {Row{"minutely", false, any, any, any, any},
                                Row{"hourly", false, any, any, any, only(0)},
                                Row{"daily", false, any, any, only(0), only(0)},
                                Row{"weekly", true, any, any, only(0), only(0)},
                                Row{"monthly", false, any, only(1), only(0), only(0)},
                                Row{"quarterly", false, quarters, only(1), only(0), only(0)},
                                Row{"semiannually", false, halves, only(1), only(0), only(0)},
                                Row{"semi-annually", false, halves, only(1), only(0), only(0)},
                                Row{"biannually", false, halves, only(1), only(0), only(0)},
                                Row{"bi-annually", false, halves, only(1), only(0), only(0)},
                                Row{"yearly", false, only(1), only(1), only(0), only(0)},
                                Row{"annually", false, only(1), only(1), only(0), only(0)},
                                // The reference's own slip, which it still reads.
                                Row{"anually", false, only(1), only(1), only(0), only(0)}}) {
            if (cursor_.rest().size() == row.name.size() && cursor_.at_word(row.name)) {
                calendar_.weekdays_ = row.weekly ? 1 : 0;
                calendar_.month_ = row.month;
                calendar_.day_ = row.day;
                set_time(row.hour, row.minute);
                return true;
            }
        }
        return false;
    }

    /// `@1395716396`: a moment of UTC, whatever zone follows.
    bool take_timestamp()
    {
        if (!cursor_.take('@')) {
            return false;
        }
        using namespace std::chrono;
        constexpr sys_seconds last = sys_days{2199y / December / 31} + 24h - 1s;
        const sys_seconds moment{seconds{cursor_.number(last.time_since_epoch().count())}};
        const year_month_day date{floor<days>(moment)};
        const hh_mm_ss time{moment - floor<days>(moment)};
        calendar_.year_ = only(static_cast<int>(date.year()));
        calendar_.month_ = only(static_cast<int>(static_cast<unsigned>(date.month())));
        calendar_.day_ = only(static_cast<int>(static_cast<unsigned>(date.day())));
        calendar_.hour_ = only(static_cast<int>(time.hours().count()));
        calendar_.minute_ = only(static_cast<int>(time.minutes().count()));
        calendar_.second_ = only(static_cast<int>(time.seconds().count()) * second_units);
        calendar_.zone_ = Zone::utc();
        return true;
    }

    /// `[[YEAR-]MONTH-]DAY` with `~` before a day that counts from the end. Nothing is taken when
    /// what comes next is a time.
    void take_date()
    {
        const auto start = cursor_.place();
        if (cursor_.at_end()) {
            return;
        }
        auto first = take_list(1);
        if (cursor_.at_end() || cursor_.at_any_of(":")) {
            cursor_.go_to(start);
            return;
        }
        take_date_separator();
        auto second = take_list(1);
        if (cursor_.at_end() || cursor_.at_any_of(" ")) {
            set_date({{}, start}, std::move(first), std::move(second));
            return;
        }
        if (calendar_.from_month_end_) {
            cursor_.expected("a space, as '~' stands before the day");
        }
        take_date_separator();
        auto third = take_list(1);
        if (!cursor_.at_end() && !cursor_.at_any_of(" ")) {
            cursor_.expected("a space and a time");
        }
        set_date(std::move(first), std::move(second), std::move(third));
    }

    void take_date_separator()
    {
        calendar_.from_month_end_ = cursor_.take('~');
        if (!calendar_.from_month_end_ && !cursor_.take('-')) {
            cursor_.expected("'-' or '~' in a date, or ':' in a time");
        }
    }

    void set_date(Field year, Field month, Field day)
    {
        cursor_.skip_spaces();
        calendar_.year_ = std::move(year.values);
        calendar_.month_ = std::move(month.values);
        calendar_.day_ = std::move(day.values);
        places_[0] = year.place;
        places_[1] = month.place;
        places_[2] = day.place;
    }

    /// `HOUR:MINUTE[:SECOND]`; midnight when there is none.
    void take_time()
    {
        if (cursor_.at_end()) {
            set_time(only(0), only(0));
            return;
        }
        auto hour = take_list(1);
        if (!cursor_.take(':')) {
            cursor_.expected("':' and minutes");
        }
        auto minute = take_list(1);
        set_time(std::move(hour.values), std::move(minute.values));
        places_[3] = hour.place;
        places_[4] = minute.place;
        if (cursor_.take(':')) {
            auto second = take_list(second_units);
            calendar_.second_ = std::move(second.values);
            places_[5] = second.place;
        }
    }

    Field take_list(int units)
    {
        Field field{{}, cursor_.place()};
        if (cursor_.take('*')) {
            // Any second means any whole one.
            if (units > 1) {
                field.values = {Component{0, -1, units}};
            }
            return field;
        }
        do {
            if (field.values.size() > Calendar::list_max) {
                cursor_.expected("the end of the list: there are too many values in it");
            }
            field.values.push_back(take_component(units));
        } while (cursor_.take(','));
        return field;
    }

    /// `VALUE[..VALUE][/STEP]`
    Component take_component(int units)
    {
        Component component;
        component.start = take_value(units);
        if (cursor_.rest().starts_with("..")) {
            cursor_.skip(2);
            component.stop = take_value(units);
            component.step = units;
        }
        const auto place = cursor_.place();
        if (cursor_.take('/')) {
            component.step = take_value(units);
            if (component.step == 0) {
                cursor_.wrong_at(place, "a step of more than 0");
            }
        }
        if (!cursor_.at_end() && !cursor_.at_any_of(" ,-~:")) {
            cursor_.expected("a separator (',', '-', '~', ':', '..' or '/')");
        }
        return component;
    }

    int take_value(int units)
    {
        const auto place = cursor_.place();
        if (!cursor_.at_digit()) {
            cursor_.expected("a number or '*'");
        }
        long long value = cursor_.number(INT_MAX) * units;
        // One point is decimal, two are a range.
        if (units > 1 && cursor_.at_any_of(".") && !cursor_.rest().starts_with("..")) {
            cursor_.skip(1);
            value += take_fraction();
        }
        if (value > INT_MAX) {
            cursor_.wrong_at(place, "a smaller number");
        }
        return static_cast<int>(value);
    }

    /// Digits behind a point, rounded to microseconds.
    int take_fraction()
    {
        if (!cursor_.at_digit()) {
            cursor_.expected("a digit");
        }
        int value = 0;
        for (int digit = 0; digit < fraction_digits; ++digit) {
            value *= 10;
            if (cursor_.at_digit()) {
                value += cursor_.rest().front() - '0';
                cursor_.skip(1);
            }
        }
        if (cursor_.at_any_of("56789")) {
            ++value;
        }
        while (cursor_.at_digit()) {
            cursor_.skip(1);
        }
        return value;
    }

    void normalise()
    {
        for (auto& component : calendar_.year_) {
            component.start = whole_year(component.start);
            component.stop = whole_year(component.stop);
        }
        for (auto* list : {&calendar_.year_, &calendar_.month_, &calendar_.day_, &calendar_.hour_,
                           &calendar_.minute_, &calendar_.second_}) {
            for (auto& [start, stop, step] : *list) {
                if (stop > start && step > 0) {
                    stop -= (stop - start) % step;
                }
                // After that a range without room for a step has shrunk to its start.
                if (stop == start) {
                    stop = -1;
                    step = 0;
                }
            }
            std::sort(list->begin(), list->end());
            list->erase(std::unique(list->begin(), list->end()), list->end());
        }
        if (calendar_.day_.empty()) {
            calendar_.from_month_end_ = false;
        }
    }

    static int whole_year(int year) noexcept
    {
        if (year < 0 || year >= 100) {
            return year;
        }
        return year < 70 ? 2000 + year : 1900 + year;
    }

    void check() const
    {
        struct Row {
            const Components& values;
            std::string_view name;
            int min, max;
        };
        const std::array<Row, 6> rows = {
            {{calendar_.year_, "a year", 1970, 2199},
             {calendar_.month_, "a month", 1, 12},
             {calendar_.day_, "a day", 1, calendar_.from_month_end_ ? 28 : 31},
             {calendar_.hour_, "an hour", 0, 23},
             {calendar_.minute_, "a minute", 0, 59},
             {calendar_.second_, "a second", 0, 60 * second_units - 1}}};
        for (std::size_t field = 0; field < rows.size(); ++field) {
            const auto& row = rows[field];
            const bool backwards = &row.values == &calendar_.day_ && calendar_.from_month_end_;
            for (const auto& component : row.values) {
                if (!is_within(component, row.min, row.max, backwards)) {
                    const int units = field == 5 ? second_units : 1;
                    cursor_.wrong_at(places_.at(field),
                                     fmt::format("{} from {} to {}, with room for a step if there "
                                                 "is one",
                                                 row.name, row.min, row.max / units));
                }
            }
        }
    }

    static bool is_within(const Component& component, int min, int max, bool backwards) noexcept
    {
        const auto within = [min, max](long long value) { return value >= min && value <= max; };
        const long long start = component.start;
        if (!within(start) || component.step > max - min) {
            return false;
        }
        if (component.stop >= 0) {
            return within(component.stop) && start + component.step <= component.stop;
        }
        return within(backwards ? start - component.step : start + component.step);
    }

    std::string_view text_;
    Cursor cursor_;
    Calendar calendar_;
    std::array<std::size_t, 6> places_{};  ///< year to second
};

Calendar Calendar::parse(std::string_view text)
{
    return CalendarParser{text}.parse();
}

std::string Calendar::text() const
{
    const auto number = [](int value, int width, int units) {
        auto text = fmt::format("{:0{}}", value / units, width);
        if (value % units > 0) {
            text += fmt::format(".{:0{}}", value % units, fraction_digits);
        }
        return text;
    };
    const auto list = [&number](const Components& values, int width, int units = 1) -> std::string {
        const bool any_second = units > 1 && values == Components{{0, -1, units}};
        if (values.empty() || any_second) {
            return "*";
        }
        std::string text;
        for (const auto& [start, stop, step] : values) {
            text += text.empty() ? "" : ",";
            text += number(start, width, units);
            if (stop > 0) {
                text += ".." + number(stop, width, units);
            }
            if (step > 0 && !(stop > 0 && step == units)) {
                text += "/" + number(step, 1, units);
            }
        }
        return text;
    };
    return fmt::format("{}{}{}-{}{}{} {}:{}:{}{}{}", print_weekdays(weekdays_),
                       weekdays_ == 0 ? "" : " ", list(year_, 4), list(month_, 2),
                       from_month_end_ ? "~" : "-", list(day_, 2), list(hour_, 2), list(minute_, 2),
                       list(second_, 2, second_units), zone_ ? " " : "",
                       zone_ ? zone_->name() : "");
}

}  // namespace duplid::schedule
