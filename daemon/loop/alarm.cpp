#include "daemon/loop/alarm.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string_view>
#include <sys/timerfd.h>
#include <unistd.h>

namespace duplid::daemon {

Alarm::Alarm(Loop& loop, std::function<void(Cause)> on_alarm)
    : on_alarm_{std::move(on_alarm)}, timer_{timerfd_create(CLOCK_REALTIME,
                                                            TFD_CLOEXEC | TFD_NONBLOCK)}
{
    if (!timer_) {
        throw system_error(errno, "making an alarm", "timerfd");
    }
    check_uv(uv_poll_init(loop.get(), poll_.get(), timer_.get()), "making an alarm");
    poll_.initialised(this);
    check_uv(uv_poll_start(poll_.get(), UV_READABLE,
                           [](uv_poll_t* handle, int, int) {
                               if (auto* self = static_cast<Alarm*>(handle->data)) {
                                   self->heard();
                               }
                           }),
             "making an alarm");
    watch_zone(loop);
    set(std::nullopt);
}

void Alarm::set(std::optional<schedule::Instant> moment)
{
    using namespace std::chrono;
    // The kernel's never: the timer is armed, so that it is told of a clock that is set.
    itimerspec when{};
    when.it_value.tv_sec = std::numeric_limits<time_t>::max();
    if (moment) {
        // Rounded up, so that the moment has really come. All zero would mean no timer at all.
        const auto since_epoch = std::max<nanoseconds>(moment->time_since_epoch(), nanoseconds{1});
        when.it_value.tv_sec = duration_cast<seconds>(since_epoch).count();
        when.it_value.tv_nsec = static_cast<long>((since_epoch % seconds{1}).count());
    }
    constexpr int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    while (timerfd_settime(timer_.get(), flags, &when, nullptr) != 0) {
        if (errno != ECANCELED) {
            throw system_error(errno, "setting an alarm", "timerfd");
        }
        // The clock was set since the last call, and nobody has been told yet: wake at once.
        clock_was_set_ = true;
        when.it_value = {.tv_sec = 0, .tv_nsec = 1};
    }
}

schedule::Instant Alarm::now()
{
    return std::chrono::floor<schedule::Span>(std::chrono::system_clock::now());
}

void Alarm::heard()
{
    std::uint64_t times = 0;
    if (read(timer_.get(), &times, sizeof times) < 0) {
        if (errno == EAGAIN || errno == EINTR) {
            return;
        }
        clock_was_set_ = clock_was_set_ || errno == ECANCELED;
    }
    on_alarm_(std::exchange(clock_was_set_, false) ? Cause::clock_set : Cause::time);
}

void Alarm::watch_zone(Loop& loop)
{
    // Without this (no more inotify watches), a new zone counts from the next time we wake up.
    if (uv_fs_event_init(loop.get(), zone_.get()) != 0) {
        return;
    }
    zone_.initialised(this);
    (void)uv_fs_event_start(
        zone_.get(),
        [](uv_fs_event_t* handle, const char* name, int, int) {
            auto* self = static_cast<Alarm*>(handle->data);
            // A new link is renamed over the old one, so the folder is what to watch.
            if (self != nullptr && name != nullptr && std::string_view{name} == "localtime") {
                self->on_alarm_(Cause::clock_set);
            }
        },
        "/etc", 0);
}

}  // namespace duplid::daemon
