// Calendar expressions in systemd's OnCalendar grammar: `Mon..Fri 02:30`, `*-*-01 04:00:00 UTC`.
//
// Facts of the grammar: systemd.time(7), "Calendar Events". Where the manual is silent (years of
// two digits, steps of ranges, `~` in short months, clocks that change) it was found out from
// `systemd-analyze calendar` of systemd 252, with which tests compare both the normalised text and
// the times. Two things are not the same. Abbreviations such as CEST are no zones here: they mean
// something else on each machine. And a step without an end that runs past midnight, or past the
// end of a month, into a change of clocks (`0/7:00`) costs systemd a time in autumn, and in spring
// it finds none at all; here it makes no difference.
#pragma once

#include "daemon/schedule/instant.hpp"
#include "daemon/schedule/zone.hpp"

#include <compare>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::schedule {

/// A set of moments: those whose date, weekday and time of day match.
class Calendar {
public:
    /// Longest text that is read, and most values in one list.
    static constexpr std::size_t text_bytes_max = 1024;
    static constexpr std::size_t list_max = 240;

    /// Throws: Error invalid, whose text says what was expected and at which character, and whose
    /// hint shows how it should look.
    [[nodiscard]] static Calendar parse(std::string_view text);

    /// As `systemd-analyze calendar` prints the normalised form. Reading it gives the same.
    [[nodiscard]] std::string text() const;

    /// The first moment of the set that is later than `moment`, nothing if there is none up to the
    /// year 2199. In the zone that the expression names, else in `local`.
    [[nodiscard]] std::optional<Instant> next_after(Instant moment, const Zone& local) const;

    friend bool operator==(const Calendar& a, const Calendar& b) { return a.text() == b.text(); }

private:
    friend class CalendarParser;
    friend class CalendarSearch;

    /// `start`, and with a step also start + step, start + 2 step ... up to `stop`, if there is
    /// one. Seconds count in microseconds.
    struct Component {
        int start = 0;
        int stop = -1;
        int step = 0;

        friend auto operator<=>(const Component&, const Component&) = default;
    };
    /// Any of these; empty: any value.
    using Components = std::vector<Component>;

    Calendar() = default;

    unsigned weekdays_ = 0;  ///< bit 0 is Monday; 0: any
    Components year_, month_, day_, hour_, minute_, second_;
    bool from_month_end_ = false;       ///< days count back from the end of the month, which is 1
    std::shared_ptr<const Zone> zone_;  ///< null: local
};

}  // namespace duplid::schedule
