// Wakes the loop at a moment of the wall clock, through suspend, and when that clock is set.
#pragma once

#include "daemon/loop/loop.hpp"
#include "daemon/schedule/instant.hpp"
#include "storage/io/fd.hpp"

#include <functional>
#include <optional>

namespace duplid::daemon {

/// Loop thread. libuv's own timers stand still while the machine sleeps; this one is a timerfd on
/// CLOCK_REALTIME, which is also cancelled, and so wakes us, whenever that clock jumps: set by
/// somebody, or corrected on waking up. Costs nothing while it waits.
class Alarm {
public:
    enum class Cause {
        time,       ///< the moment has come
        clock_set,  ///< the clock jumped, or the machine's time zone changed
    };

    Alarm(Loop& loop, std::function<void(Cause)> on_alarm);
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    /// Wakes once, at once if `moment` has passed; nothing: only when the clock is set. Replaces
    /// what was set before.
    void set(std::optional<schedule::Instant> moment);

    /// The wall clock's time.
    [[nodiscard]] static schedule::Instant now();

private:
    void heard();
    void watch_zone(Loop& loop);

    std::function<void(Cause)> on_alarm_;
    bool clock_was_set_ = false;
    io::Fd timer_;
    LoopHandle<uv_poll_t> poll_;
    LoopHandle<uv_fs_event_t> zone_;  ///< of /etc, where a link names the time zone
};

}  // namespace duplid::daemon
