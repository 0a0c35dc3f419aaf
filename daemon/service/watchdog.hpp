// The service manager's watchdog: armed while runs are there, fed as long as all of them live.
#pragma once

#include "daemon/loop/loop.hpp"
#include "daemon/runs/pulse.hpp"
#include "daemon/runs/runs.hpp"
#include "daemon/service/service_manager.hpp"

#include <chrono>

namespace duplid::daemon {

/// Loop thread. Fed from the loop, so that a loop which hangs starves it; and not fed while a run
/// has neither moved nor waits for anything (pulse.hpp), so that systemd ends what hangs and starts
/// the daemon anew: what was shipped is resumed. Idle, it is disarmed and wakes nobody up.
class Watchdog {
public:
    /// Looks in each of the times that WatchdogSec= gives: a run that stands still for one of
    /// them, by chance at the end, must not be all that was asked.
    static constexpr int looks = 4;

    /// Does nothing if systemd wants none. All outlive it.
    Watchdog(Loop& loop, const Runs& runs, ServiceManager& manager);

    /// To be called whenever a run may have come or gone.
    void follow();

private:
    void look();

    const Runs& runs_;
    ServiceManager& manager_;
    std::chrono::microseconds period_;
    bool armed_ = false;
    int looks_in_vain_ = 0;
    std::chrono::steady_clock::time_point looked_at_;
    Pulse pulse_;
    LoopTimer timer_;
};

}  // namespace duplid::daemon
