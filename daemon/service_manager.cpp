#include "daemon/service_manager.hpp"

#include <chrono>
#include <cstdint>
#include <systemd/sd-daemon.h>

namespace duplid::daemon {

ServiceManager::ServiceManager(Loop& loop)
{
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) > 0) {
        watchdog_.emplace(loop, [] { sd_notify(0, "WATCHDOG=1"); });
        // sd_watchdog_enabled(3) advises half of the time given.
        watchdog_->start_repeating(std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::microseconds{microseconds / 2}));
    }
}

void ServiceManager::ready()
{
    sd_notify(0, "READY=1");
}

void ServiceManager::stopping()
{
    sd_notify(0, "STOPPING=1");
}

void ServiceManager::status(const std::string& text)
{
    sd_notify(0, ("STATUS=" + text).c_str());
}

}  // namespace duplid::daemon
