#include "daemon/hooks/stop_event.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <sys/eventfd.h>

namespace duplid::hooks {

namespace {

io::Fd make_event()
{
    io::Fd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!event) {
        throw system_error(errno, "preparing a hook", "eventfd");
    }
    return event;
}

}  // namespace

StopEvent::StopEvent(const std::stop_token& stop)
    : event_{make_event()}, on_stop_{stop, [this] { ::eventfd_write(event_.get(), 1); }}
{
}

void StopEvent::seen() const noexcept
{
    eventfd_t count = 0;
    ::eventfd_read(event_.get(), &count);
}

}  // namespace duplid::hooks
