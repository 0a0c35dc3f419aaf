// The table of jobs: which to start now, and when to look again.
//
// It has no clock, no threads and no timers: whoever owns it says what time it is and what
// happened, does what advance() returns, and calls it again when it said, or when the clock was
// set.
#pragma once

#include "daemon/schedule/conditions.hpp"
#include "daemon/schedule/due.hpp"
#include "daemon/schedule/instant.hpp"
#include "daemon/schedule/zone.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::schedule {

/// What the scheduler needs to know of a job.
struct Entry {
    Plan plan;
    Conditions conditions;
    Past past;
    int priority = 0;  ///< among jobs that are due, higher ones are started first
};

enum class State {
    idle,     ///< until its next time, if it has one
    due,      ///< only others are before it
    waiting,  ///< due, but a condition does not hold
    queued,   ///< told to start, or asked for by somebody, and not running yet
    running,
    paused,
};

/// A word for JSON and logs: `idle`, `due`, `waiting` ...
[[nodiscard]] std::string_view name_of(State state) noexcept;

struct Status {
    State state = State::idle;
    /// When it is due next, or since when it is. Nothing: never, or (queued and running by request)
    /// it was not.
    std::optional<Due> due;
    std::string reason;                   ///< why it waits
    std::optional<Instant> waits_until;   ///< when that will be over, if that is known
    std::optional<Instant> paused_until;  ///< Instant::max(): until somebody says so
    std::optional<Instant> stale_since;   ///< the last good run is too old
};

/// Loop thread. Names are opaque. Every function that takes a name throws Error not_found when
/// there is no such job, unless it says something else.
class Scheduler {
public:
    /// How often conditions that cannot be foretold are looked at while a job waits for one, as not
    /// every change is heard of.
    static constexpr Span look_again = std::chrono::minutes{5};

    struct Start {
        std::string job;
        Due due;

        friend bool operator==(const Start&, const Start&) = default;
    };
    struct Advice {
        std::vector<Start> start;  ///< in this order; each is `queued` from here on
        /// advance() must be called then; nothing: only after an event.
        std::optional<Instant> wake;
        /// Some job waits for its surroundings: advance() is to be called, too, when they change.
        bool watch = false;
    };

    /// Advises no start while `at_once_max` jobs or more are queued or running. `around` outlives
    /// this object.
    Scheduler(Surroundings& around, std::shared_ptr<const Zone> local, std::size_t at_once_max);

    /// Adds a job, or replaces all that is known of it (whoever only changes the plan puts past()
    /// back in). One that is queued or running stays so.
    void put(const std::string& name, Entry entry);
    /// Also one that is queued or running: its end is then no longer of interest. None: no matter.
    void remove(std::string_view name);

    /// A run of the job waits for its turn; also one that was not advised, but asked for.
    void queued(std::string_view name);
    void running(std::string_view name);
    /// The run has ended, whether it was ever running or not. The past is changed accordingly.
    void finished(std::string_view name, const Attempt& attempt);
    /// An advised start came to nothing before there was an attempt (no room in a queue): the job
    /// is due as before, but is not advised again before `held_until`.
    void not_started(std::string_view name, Instant held_until);

    /// Instant::max(): until resume().
    void pause(std::string_view name, Instant until);
    void resume(std::string_view name);
    /// From the next advance() on.
    void set_at_once_max(std::size_t at_once_max) noexcept { at_once_max_ = at_once_max; }
    /// The time zone of this machine, when it may have changed.
    void set_local_zone(std::shared_ptr<const Zone> local);

    /// What to do at `now`. Conditions are looked at anew on each call.
    [[nodiscard]] Advice advance(Instant now);

    [[nodiscard]] bool has(std::string_view name) const noexcept;
    /// What is to be kept over restarts.
    [[nodiscard]] const Past& past(std::string_view name) const;
    /// As of the last advance().
    [[nodiscard]] Status status(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> names() const;

private:
    enum class Phase { resting, queued, running };

    struct Job {
        Entry entry;
        Phase phase = Phase::resting;
        std::optional<Due> due;
        std::optional<Instant> stale_at;
        std::optional<Unmet> unmet;
        std::optional<Instant> held_until;
        /// `due` is good for moments from `computed` on, before `good_until`.
        std::optional<Instant> computed;
        std::optional<Instant> good_until;
    };

    Job& find(std::string_view name);
    [[nodiscard]] const Job& find(std::string_view name) const;
    void refresh(const std::string& name, Job& job, Instant now);
    /// Whether the job may start now; if not, `advice` says when to look again.
    [[nodiscard]] bool is_ready(Job& job, Advice& advice);

    Surroundings& around_;
    std::shared_ptr<const Zone> local_;
    std::size_t at_once_max_;
    Instant now_{};  ///< of the last advance()
    std::map<std::string, Job, std::less<>> jobs_;
};

}  // namespace duplid::schedule
