// The daemon's own log: lines on standard error, which the journal takes from a service.
#pragma once

#include <string_view>

namespace duplid::daemon {

enum class LogLevel { error = 3, warning = 4, info = 6 };

/// One line. With a priority in front for the journal when standard error leads there.
void log(LogLevel level, std::string_view text) noexcept;

}  // namespace duplid::daemon
