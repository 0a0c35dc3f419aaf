// What an operation tells goes into the run's events, thinned out; and where it is held.
#pragma once

#include "daemon/loop/guarded.hpp"
#include "daemon/runs/event_log.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "proto/run.hpp"
#include "storage/remote/observed.hpp"

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

/// Why a run stands still. Each of them holds it by itself.
enum class Hold : unsigned {
    client = 1U << 0U,  ///< its client does not answer
    person = 1U << 1U,  ///< somebody paused it
    sleep = 1U << 2U,   ///< the machine is about to sleep, or to be switched off
};

/// Called by the threads of one operation. Lives as long as its run.
class RunMonitor final : public operation::Monitor, public remote::OperationObserver {
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

    /// While the run is held, this is where it stands still on its targets' side: what has begun
    /// ends, nothing else begins.
    void operation_begins() noexcept override;
    void operation_continues() noexcept override;
    void operation_ended() noexcept override;

    /// Any thread. Returns whether that changed anything.
    bool hold(Hold why, bool held);
    /// Called by any thread when a held run's last operation on its targets has ended. To be set
    /// before there are such threads; it must not block.
    void on_rest(std::function<void()> told) { at_rest_ = std::move(told); }

    /// Operations on targets that are under way.
    [[nodiscard]] unsigned operations() const noexcept { return operations_; }
    /// Whether it waits for something that ends by itself, or that somebody has to end: a hold, or
    /// an answer of its targets, each of which has a time-out of its own.
    [[nodiscard]] bool is_waiting() const noexcept { return held_ != 0 || operations_ != 0; }
    /// A number that grows whenever the operation shows that it is alive.
    [[nodiscard]] std::uint64_t moves() const noexcept { return moves_; }

    /// A copy of what is known now.
    struct Snapshot {
        std::string phase;
        std::optional<proto::ProgressFigures> progress;
        std::uint64_t warnings = 0;
        bool held = false;  ///< for another reason than that somebody paused it
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

    void wait_while_held() noexcept;

    EventLog& log_;
    std::stop_token stop_;
    Clock clock_;
    Guarded<State> state_;
    std::function<void()> at_rest_;
    std::atomic<std::uint64_t> moves_ = 0;
    /// Both change under the lock only, so that of an operation that begins while the run is being
    /// held it is clear whether it did.
    std::atomic<unsigned> held_ = 0;
    std::atomic<unsigned> operations_ = 0;
    std::mutex hold_mutex_;
    std::condition_variable_any released_;
};

}  // namespace duplid::daemon
