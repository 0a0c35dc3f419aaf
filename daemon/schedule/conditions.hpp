// What must hold around a job before it may start. What does not hold makes it wait, never fail.
#pragma once

#include "daemon/schedule/hours.hpp"
#include "daemon/schedule/instant.hpp"
#include "daemon/schedule/zone.hpp"

#include <optional>
#include <string>
#include <vector>

namespace duplid::schedule {

struct Conditions {
    bool network = false;    ///< there is a way out of this machine
    bool unmetered = false;  ///< and it is not paid for by the byte
    /// On mains; or, with a least charge, also on a battery that has it.
    bool mains = false;
    std::optional<unsigned> battery_percent_min;
    /// A directory that must be there (an absolute path: a disk that is plugged in), or a host that
    /// must be in reach. Empty: nothing is asked.
    std::string target;
    /// Of the file system that must be mounted where `disk_path` is. Empty: any.
    std::string disk_uuid;
    std::string disk_path;
    std::vector<Hours> hours;  ///< any of these is open; none: always

    friend bool operator==(const Conditions&, const Conditions&) = default;
};

/// What a machine can tell of itself. Asked on the loop thread, so no answer may take long.
class Surroundings {
public:
    struct Power {
        bool mains = true;  ///< also where there is no battery
        /// Of all batteries together; nothing where none tells.
        std::optional<unsigned> battery_percent;
    };

    virtual ~Surroundings() = default;

    [[nodiscard]] virtual Power power() = 0;
    /// Whether some interface is up and there is a route to elsewhere.
    [[nodiscard]] virtual bool network_up() = 0;
    /// Nothing: nobody here knows.
    [[nodiscard]] virtual std::optional<bool> metered() = 0;
    /// Why a target cannot be reached, in a few words; nothing if it can, or if that cannot be told
    /// without trying.
    [[nodiscard]] virtual std::optional<std::string> target_missing(const std::string& target) = 0;
    /// Why a path is not on the file system with this UUID, in a few words; nothing if it is.
    [[nodiscard]] virtual std::optional<std::string> disk_missing(const std::string& path,
                                                                  const std::string& uuid) = 0;

protected:
    Surroundings() = default;
    Surroundings(const Surroundings&) = default;
    Surroundings& operator=(const Surroundings&) = default;
};

/// A condition that does not hold.
struct Unmet {
    std::string reason;  ///< `on battery (40 %, at least 50 % wanted)`
    /// When it is known to hold; nothing: who knows.
    std::optional<Instant> until;

    friend bool operator==(const Unmet&, const Unmet&) = default;
};

/// The first condition that does not hold at `now`, nothing if all do. What nobody can tell of
/// holds.
[[nodiscard]] std::optional<Unmet> unmet(const Conditions& conditions, Surroundings& around,
                                         Instant now, const Zone& local);

}  // namespace duplid::schedule
