// What systemd wants to hear: sd_notify(3). Silent when systemd did not start us.
#pragma once

#include <chrono>
#include <string>

namespace duplid::daemon {

/// Loop thread.
class ServiceManager {
public:
    void ready();
    void stopping();
    void status(const std::string& text);

    /// WatchdogSec= of the unit; zero: no watchdog.
    [[nodiscard]] std::chrono::microseconds watchdog_period() const;
    /// Another period from now on, counted from now; zero disarms it.
    void set_watchdog(std::chrono::microseconds period);
    void feed_watchdog();
};

}  // namespace duplid::daemon
