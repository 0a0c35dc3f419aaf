// Time zones: what the clock on the wall shows at a moment, and when it will show something.
//
// Read from the system's own files rather than through localtime(3), which knows one zone per
// process. Format facts: TZif as in RFC 8536 (versions 1 to 4), the rule behind the last transition
// as POSIX describes TZ (IEEE 1003.1-2017, 8.3), with RFC 8536's hours from -167 to 167.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::schedule {

/// Immutable, so that any thread may ask.
class Zone {
    /// Only members can make one.
    struct Key {
        explicit Key() = default;
    };

public:
    Zone(Key, std::string name) : name_{std::move(name)} {}

    /// How local time stands to UTC.
    struct Offset {
        std::chrono::seconds ahead{};  ///< local time minus UTC
        bool daylight = false;         ///< daylight saving time

        friend bool operator==(const Offset&, const Offset&) = default;
    };

    [[nodiscard]] static std::shared_ptr<const Zone> utc();

    /// A zone of the IANA database by its name, e.g. `Europe/Berlin`. Read anew on each call.
    /// Throws: Error not_found when the system has none of that name, corrupt when its file is not
    /// what it should be, and as reading files does.
    [[nodiscard]] static std::shared_ptr<const Zone> named(std::string_view name);

    /// What this process lives in: `TZ` if it names a zone or is a rule, else /etc/localtime, else
    /// UTC. Read anew on each call.
    [[nodiscard]] static std::shared_ptr<const Zone> local();

    /// From the bytes of a TZif file. Throws: Error corrupt.
    [[nodiscard]] static std::shared_ptr<const Zone> read(std::string_view file, std::string name);

    /// From a rule such as `CET-1CEST,M3.5.0,M10.5.0/3`. Throws: Error invalid.
    [[nodiscard]] static std::shared_ptr<const Zone> of_rule(std::string_view rule);

    /// As it was asked for; for local() perhaps the rule, or "localtime".
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    [[nodiscard]] Offset at(std::chrono::sys_seconds moment) const noexcept;

    /// A time on the wall, any number of seconds after 1970-01-01 00:00 there.
    using Wall = std::chrono::local_seconds;

    /// What a time is taken for that the wall never shows, because the clock was set forward: a
    /// moment as much later or earlier as that was.
    enum class Skipped {
        /// The one of the two that is in daylight saving time, which is the later one but where
        /// that is
        /// what the winter has (Dublin).
        daylight,
        later,
    };

    /// The moment at which the wall shows `wall`. Where the clock was set back and shows it twice,
    /// the one at which local time is `likely_offset` ahead, if that is one of them. That, and
    /// Skipped::daylight, is what mktime(3) of the GNU C library does with tm_isdst = -1 and the
    /// offset of the call before, and so what systemd does.
    [[nodiscard]] std::chrono::sys_seconds moment_of(Wall wall, std::chrono::seconds likely_offset,
                                                     Skipped skipped = Skipped::daylight) const;

private:
    /// A day of each year on which the clock changes.
    struct Change {
        enum class Kind {
            month_week_day,  ///< `M3.5.0`
            julian,          ///< `J60`: day 1 to 365, 29 February does not count
            day_of_year,     ///< `59`: day 0 to 365
        };
        Kind kind = Kind::month_week_day;
        unsigned month = 0;           ///< 1 to 12
        unsigned week = 0;            ///< 1 to 5, which is the last
        unsigned day = 0;             ///< of the week, Sunday is 0; or of the year
        std::chrono::seconds time{};  ///< after local midnight, perhaps on another day
    };
    struct Rule {
        Offset standard;
        std::optional<Offset> daylight;
        Change start;
        Change end;
    };
    struct Transition {
        std::int64_t at;
        std::size_t offset;  ///< index into offsets_
    };
    class RuleParser;
    class FileReader;

    /// The rule of TZ without its zone's history. Throws: Error invalid.
    [[nodiscard]] static Rule parse_rule(std::string_view text);
    [[nodiscard]] static Offset offset_by_rule(const Rule& rule,
                                               std::chrono::sys_seconds moment) noexcept;
    [[nodiscard]] static std::shared_ptr<const Zone> read_path(const std::string& path,
                                                               std::string name);

    std::string name_;
    std::vector<Offset> offsets_;          ///< never empty: the first is that of before
    std::vector<Transition> transitions_;  ///< in order
    std::optional<Rule> rule_;             ///< after the last transition
};

}  // namespace duplid::schedule
