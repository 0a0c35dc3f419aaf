// Hours of the day in which a job may start: `22:00..06:00`, `Mon..Fri 19:00..07:30 Europe/Berlin`.
#pragma once

#include "daemon/schedule/instant.hpp"
#include "daemon/schedule/zone.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::schedule {

/// A window that opens at a time of day on some weekdays, and closes at another, on the next day if
/// that is not later: `22:00..06:00` on Fri is open until Saturday morning.
class Hours {
public:
    /// `[WEEKDAYS] HH:MM..HH:MM [ZONE]`, weekdays as in calendars, the end up to 24:00.
    /// Throws: Error invalid, saying at which character and what was expected.
    [[nodiscard]] static Hours parse(std::string_view text);

    /// Normalised. Reading it gives the same.
    [[nodiscard]] std::string text() const;

    /// Without a zone of its own, in `local`.
    [[nodiscard]] bool open_at(Instant moment, const Zone& local) const;

    /// `moment` if it is open then, else when it opens next.
    [[nodiscard]] Instant open_from(Instant moment, const Zone& local) const;

    friend bool operator==(const Hours& a, const Hours& b) { return a.text() == b.text(); }

private:
    unsigned weekdays_ = 0;  ///< bit 0 is Monday; 0: any
    std::chrono::minutes opens_{};
    std::chrono::minutes closes_{};
    std::shared_ptr<const Zone> zone_;  ///< null: local
};

}  // namespace duplid::schedule
