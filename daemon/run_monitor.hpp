// What an operation tells goes into the run's events, thinned out; and where it is held.
#pragma once

#include "daemon/event_log.hpp"
#include "daemon/guarded.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "proto/run.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::daemon {

/// The same on the wire, without speed and time left.
[[nodiscard]] proto::ProgressFigures figures_of(const operation::Progress& progress);

/// Called by the threads of one operation. Lives as long as its run.
class RunMonitor final : public operation::Monitor {
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    /// At most five progress events a second.
    static constexpr std::chrono::milliseconds progress_interval{200};

    /// `log` must outlive it. Waiting in progress() ends when `stop` is requested.
    RunMonitor(EventLog& log, std::stop_token stop, Clock clock = &std::chrono::steady_clock::now);

    void phase(operation::Phase phase) noexcept override;
    /// Blocks while the run is held: this is the point, between two pieces of work, where a run
    /// whose client was stopped stands still.
    void progress(const operation::Progress& progress) noexcept override;
    void warn(const Error& warning) noexcept override;
    void note(std::string_view text) noexcept override;
    void tell(const operation::Happening& what) noexcept override;

    /// Any thread. Returns whether that changed anything.
    bool hold(bool held);

    /// A copy of what is known now.
    struct Snapshot {
        std::string phase;
        std::optional<proto::ProgressFigures> progress;
        std::uint64_t warnings = 0;
        bool held = false;
    };
    [[nodiscard]] Snapshot snapshot() const;

private:
    struct State {
        Snapshot now;
        /// Of the last event and the first of its phase: for thinning, and for the speed.
        std::optional<std::chrono::steady_clock::time_point> told;
        std::optional<std::chrono::steady_clock::time_point> rate_since;
        std::uint64_t rate_bytes = 0;
    };

    void wait_while_held();

    EventLog& log_;
    std::stop_token stop_;
    Clock clock_;
    Guarded<State> state_;
    std::atomic<bool> held_ = false;
    std::mutex hold_mutex_;
    std::condition_variable_any released_;
};

}  // namespace duplid::daemon
