#include "daemon/operations/standard_stream.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <linux/limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

constexpr int look_at_stop_milliseconds = 100;

/// Throws: Error cancelled.
void wait_for(int descriptor, short event, const std::stop_token& stop)
{
    for (;;) {
        if (stop.stop_requested()) {
            throw Error{Error::Kind::cancelled, "stopped on request"};
        }
        pollfd ready{descriptor, event, 0};
        if (::poll(&ready, 1, look_at_stop_milliseconds) > 0) {
            return;  // also when the other end has gone: reading and writing tell
        }
    }
}

bool is_to_be_repeated() noexcept
{
    return errno == EINTR || errno == EAGAIN;
}

}  // namespace

std::size_t StandardInput::read(io::ByteSpan into)
{
    for (;;) {
        wait_for(STDIN_FILENO, POLLIN, stop_);
        const auto got = ::read(STDIN_FILENO, into.data(), into.size());
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (!is_to_be_repeated()) {
            throw system_error(errno, "reading", "standard input");
        }
    }
}

StandardOutput::StandardOutput(std::stop_token stop)
    : stop_{std::move(stop)}, piece_bytes_{PIPE_BUF}
{
    struct stat facts {};
    if (::fstat(STDOUT_FILENO, &facts) == 0 && S_ISREG(facts.st_mode)) {
        piece_bytes_ = std::numeric_limits<std::size_t>::max();
    }
}

void StandardOutput::write(io::ByteView bytes)
{
    while (!bytes.empty()) {
        wait_for(STDOUT_FILENO, POLLOUT, stop_);
        const auto piece = bytes.first(std::min(bytes.size(), piece_bytes_));
        const auto put = ::write(STDOUT_FILENO, piece.data(), piece.size());
        if (put < 0 && !is_to_be_repeated()) {
            throw system_error(errno, "writing", "standard output");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
    }
}

}  // namespace duplid::daemon
