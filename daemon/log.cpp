#include "daemon/log.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace duplid::daemon {

void log(LogLevel level, std::string_view text) noexcept
{
    // sd-daemon(3): the manager sets JOURNAL_STREAM, and <N> at the front of a line is its
    // priority.
    const bool to_journal = std::getenv("JOURNAL_STREAM") != nullptr;
    std::string line =
        to_journal ? "<" + std::to_string(static_cast<int>(level)) + ">" : "duplid: ";
    line += text;
    // Names of files may hold newlines; a line stays a line.
    std::replace(line.begin(), line.end(), '\n', ' ');
    line += '\n';
    // One call, so that lines of several threads do not mix; there is nobody to tell of a failure.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace duplid::daemon
