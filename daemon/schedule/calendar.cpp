// The search for the next moment of a calendar.
#include "daemon/schedule/calendar.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

namespace duplid::schedule {

/// Goes from the largest unit to the smallest. Where one has to move on, those below it begin anew;
/// where none of its values is left, the one above moves on by one.
///
/// Each step asks the zone which moment the wall's time means, so that times the clock skips are
/// found to be others, and times it shows twice are taken with the offset that the search last came
/// by: the first of the two when it comes from before, the second when that has begun. That is the
/// reference's way, corner by corner (its find_next() over mktime(3)).
class CalendarSearch {
public:
    CalendarSearch(const Calendar& calendar, const Zone& zone) : calendar_{calendar}, zone_{zone} {}

    std::optional<Instant> first_from(Instant moment)
    {
        const auto start = std::chrono::floor<std::chrono::seconds>(moment);
        const auto ahead = zone_.at(start).ahead;
        likely_offset_ = ahead;
        set(Zone::Wall{start.time_since_epoch() + ahead});
        micro_ = static_cast<int>((moment - start).count());
        const auto first_fields = fields_;
        const auto first_micro = micro_;

        // Dates that there never are, such as 30 February, end with the years; this ends all else.
        constexpr int rounds_max = 1000;
        for (int round = 0; round < rounds_max; ++round) {
            set(wall_at(resolve()));
            if (settle(Unit::year) != Outcome::fits) {
                return std::nullopt;
            }
            if (!settle_below_year()) {
                continue;
            }
            if (std::tie(fields_, micro_) < std::tie(first_fields, first_micro)) {
                // A time that there is not was taken for an earlier one. Seen when systemd's calls
                // of mktime(3) are watched: it goes on an hour later, and past the gap.
                skipped_ = Zone::Skipped::later;
                ++at(Unit::hour);
                continue;
            }
            return Instant{resolve()} + Span{micro_};
        }
        return std::nullopt;
    }

private:
    enum class Unit : std::size_t { year, month, day, hour, minute, second };
    static constexpr std::size_t units = 6;
    static constexpr std::array<int, units> lowest = {0, 1, 1, 0, 0, 0};
    static constexpr int year_max = 2199;
    static constexpr int second_units = 1'000'000;

    enum class Outcome {
        fits,   ///< the unit has one of its values
        moved,  ///< the wall does not show that time; what it shows instead is to be looked at anew
        none,   ///< no value is left within the unit above
    };

    int& at(Unit unit) noexcept { return fields_[static_cast<std::size_t>(unit)]; }
    [[nodiscard]] int get(Unit unit) const noexcept
    {
        return fields_[static_cast<std::size_t>(unit)];
    }

    static Unit above(Unit unit) noexcept
    {
        return static_cast<Unit>(static_cast<std::size_t>(unit) - 1);
    }

    void clear_below(Unit unit) noexcept
    {
        for (auto lower = static_cast<std::size_t>(unit) + 1; lower < units; ++lower) {
            fields_[lower] = lowest[lower];
        }
        micro_ = 0;
    }

    /// The fields as a time on the wall; what is too much for one carries over.
    [[nodiscard]] Zone::Wall wall() const noexcept
    {
        using namespace std::chrono;
        const int months = get(Unit::month) - 1;
        const local_days first{year{get(Unit::year) + months / 12} / (months % 12 + 1) / 1};
        return first + days{get(Unit::day) - 1} + hours{get(Unit::hour)} +
               minutes{get(Unit::minute)} + seconds{get(Unit::second)};
    }

    void set(Zone::Wall wall) noexcept
    {
        using namespace std::chrono;
        const auto midnight = floor<days>(wall);
        const year_month_day date{midnight};
        const hh_mm_ss time{wall - midnight};
        fields_ = {static_cast<int>(date.year()),
                   static_cast<int>(static_cast<unsigned>(date.month())),
                   static_cast<int>(static_cast<unsigned>(date.day())),
                   static_cast<int>(time.hours().count()),
                   static_cast<int>(time.minutes().count()),
                   static_cast<int>(time.seconds().count())};
    }

    [[nodiscard]] Zone::Wall wall_at(std::chrono::sys_seconds moment) const noexcept
    {
        return Zone::Wall{moment.time_since_epoch() + zone_.at(moment).ahead};
    }

    std::chrono::sys_seconds resolve() { return resolve(wall()); }

    std::chrono::sys_seconds resolve(Zone::Wall wall)
    {
        const auto moment = zone_.moment_of(wall, likely_offset_, skipped_);
        likely_offset_ = wall.time_since_epoch() - moment.time_since_epoch();
        return moment;
    }

    /// Everything but the year. Whether all of it fits; else the fields have moved on.
    bool settle_below_year()
    {
        for (const Unit unit : {Unit::month, Unit::day, Unit::hour, Unit::minute, Unit::second}) {
            switch (settle(unit)) {
            case Outcome::none:
                carry(above(unit));
                return false;
            case Outcome::moved:
                return false;
            case Outcome::fits:
                break;
            }
            if (unit == Unit::day && !weekday_fits()) {
                carry(Unit::day);
                return false;
            }
        }
        return true;
    }

    void carry(Unit unit) noexcept
    {
        ++at(unit);
        clear_below(unit);
    }

    Outcome settle(Unit unit)
    {
        const bool is_second = unit == Unit::second;
        const int value = is_second ? get(unit) * second_units + micro_ : get(unit);
        const auto match = next_match(unit, value);
        if (!match) {
            return Outcome::none;
        }
        if (*match != value) {
            clear_below(unit);
        }
        at(unit) = is_second ? *match / second_units : *match;
        if (is_second) {
            micro_ = *match % second_units;
        }
        return compare_with_wall();
    }

    /// Whether the wall shows the fields at all. If it shows something later instead, the fields
    /// become that, from the start of the largest unit that differs.
    Outcome compare_with_wall()
    {
        if (get(Unit::year) > year_max) {
            return Outcome::none;
        }
        const auto wanted = fields_;
        const auto moment = resolve();
        set(wall_at(moment));
        const auto [differs, has] = std::mismatch(wanted.begin(), wanted.end(), fields_.begin());
        if (differs == wanted.end()) {
            return Outcome::fits;
        }
        if (*has < *differs) {
            fields_ = wanted;
            return Outcome::none;
        }
        const auto next = static_cast<std::size_t>(has - fields_.begin()) + 1;
        if (next < units) {
            fields_[next] = lowest[next];
        }
        return Outcome::moved;
    }

    [[nodiscard]] const Calendar::Components& components(Unit unit) const noexcept
    {
        switch (unit) {
        case Unit::year:
            return calendar_.year_;
        case Unit::month:
            return calendar_.month_;
        case Unit::day:
            return calendar_.day_;
        case Unit::hour:
            return calendar_.hour_;
        case Unit::minute:
            return calendar_.minute_;
        case Unit::second:
            break;
        }
        return calendar_.second_;
    }

    /// The least value of the unit that is not below `value`.
    std::optional<int> next_match(Unit unit, int value)
    {
        const auto& list = components(unit);
        if (list.empty()) {
            return value;
        }
        std::optional<int> best;
        for (const auto& component : list) {
            int start = component.start;
            int stop = component.stop;
            if (unit == Unit::day && calendar_.from_month_end_) {
                start = from_month_end(component.start);
                stop = from_month_end(component.stop);
                // Counted from the end, a range's end comes first.
                if (stop > 0) {
                    std::swap(start, stop);
                }
            }
            if (start >= value) {
                best = std::min(best.value_or(start), start);
            } else if (component.step > 0) {
                const int steps = (value - start + component.step - 1) / component.step;
                const int next = start + steps * component.step;
                if (stop < 0 || next <= stop) {
                    best = std::min(best.value_or(next), next);
                }
            }
        }
        return best;
    }

    /// The day of this month that is the `day`th from its end, -1 if there is none.
    int from_month_end(int day)
    {
        const auto kept = fields_;
        at(Unit::month) += 1;
        at(Unit::day) = 1 - day;
        set(wall_at(resolve()));
        const auto found = std::exchange(fields_, kept);
        constexpr auto month = static_cast<std::size_t>(Unit::month);
        constexpr auto day_of_month = static_cast<std::size_t>(Unit::day);
        return found[month] == kept[month] ? found[day_of_month] : -1;
    }

    [[nodiscard]] bool weekday_fits() const noexcept
    {
        if (calendar_.weekdays_ == 0) {
            return true;
        }
        const std::chrono::weekday day{std::chrono::floor<std::chrono::days>(wall())};
        return (calendar_.weekdays_ >> (day.iso_encoding() - 1) & 1U) != 0;
    }

    const Calendar& calendar_;
    const Zone& zone_;
    std::chrono::seconds likely_offset_{};
    Zone::Skipped skipped_ = Zone::Skipped::daylight;
    std::array<int, units> fields_{};  ///< year to second, as people count them
    int micro_ = 0;
};

std::optional<Instant> Calendar::next_after(Instant moment, const Zone& local) const
{
    // Before 1970 there are no schedules, and after the last year no moments.
    constexpr Instant first{};
    constexpr Instant last = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};
    if (moment >= last) {
        return std::nullopt;
    }
    return CalendarSearch{*this, zone_ ? *zone_ : local}.first_from(std::max(moment, first) +
                                                                    Span{1});
}

}  // namespace duplid::schedule
