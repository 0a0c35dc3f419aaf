#include "daemon/service/watchdog.hpp"

#include "daemon/process/log.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace duplid::daemon {

Watchdog::Watchdog(Loop& loop, const Runs& runs, ServiceManager& manager)
    : runs_{runs}, manager_{manager}, period_{manager.watchdog_period()}, timer_{loop,
                                                                                 [this] { look(); }}
{
    if (period_.count() > 0) {
        manager_.set_watchdog(std::chrono::microseconds{0});
    }
}

void Watchdog::follow()
{
    const bool wanted = period_.count() > 0 && runs_.running() + runs_.queued() > 0;
    if (wanted == armed_) {
        return;
    }
    armed_ = wanted;
    if (!wanted) {
        timer_.stop();
        manager_.set_watchdog(std::chrono::microseconds{0});
        return;
    }
    manager_.set_watchdog(period_);
    looks_in_vain_ = 0;
    pulse_ = Pulse{};
    looked_at_ = std::chrono::steady_clock::now();
    timer_.start_repeating(
        std::max(std::chrono::duration_cast<std::chrono::milliseconds>(period_ / looks),
                 std::chrono::milliseconds{1}));
}

void Watchdog::look()
{
    const auto now = std::chrono::steady_clock::now();
    const auto standing = pulse_.standing(runs_.life_signs(), now - looked_at_);
    looked_at_ = now;
    if (standing.empty()) {
        looks_in_vain_ = 0;
        manager_.feed_watchdog();
        return;
    }
    // Said once, before it bites: afterwards there is nobody to say so.
    if (++looks_in_vain_ == looks - 1) {
        const auto run = std::to_string(standing.front());
        log(LogLevel::error, LogClass::run_hangs,
            "run " + run +
                " does nothing and waits for nothing: the service manager's watchdog is no longer "
                "fed",
            std::array{LogField{"DUPLID_RUN", run}});
    }
}

}  // namespace duplid::daemon
