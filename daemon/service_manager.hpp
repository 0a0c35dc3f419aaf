// What systemd wants to hear. Silent when systemd did not start us.
#pragma once

#include "daemon/loop.hpp"

#include <optional>
#include <string>

namespace duplid::daemon {

/// Loop thread. The watchdog is fed from the loop, so it fires when the loop hangs, not when an
/// upload does.
class ServiceManager {
public:
    explicit ServiceManager(Loop& loop);

    void ready();
    void stopping();
    void status(const std::string& text);

private:
    std::optional<LoopTimer> watchdog_;
};

}  // namespace duplid::daemon
