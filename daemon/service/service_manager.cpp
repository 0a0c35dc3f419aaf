#include "daemon/service/service_manager.hpp"

#include <cstdint>
#include <systemd/sd-daemon.h>

namespace duplid::daemon {

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

std::chrono::microseconds ServiceManager::watchdog_period() const
{
    std::uint64_t microseconds = 0;
    return std::chrono::microseconds{sd_watchdog_enabled(0, &microseconds) > 0 ? microseconds : 0};
}

void ServiceManager::set_watchdog(std::chrono::microseconds period)
{
    sd_notify(0, ("WATCHDOG_USEC=" + std::to_string(period.count())).c_str());
}

void ServiceManager::feed_watchdog()
{
    sd_notify(0, "WATCHDOG=1");
}

}  // namespace duplid::daemon
