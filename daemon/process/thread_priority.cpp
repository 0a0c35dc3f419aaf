#include "daemon/process/thread_priority.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

/// Of the calling thread. To Linux nice values are a thread's (setpriority(2), C library/kernel
/// differences), and ioprio_set(2) has been about threads from the beginning.
constexpr int this_thread = 0;

}  // namespace

ThreadPriority own_priority() noexcept
{
    // The C library has no function for it.
    const auto io = ::syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, this_thread);
    return {::getpriority(PRIO_PROCESS, this_thread), static_cast<int>(io)};
}

void give_way(const GivingWay& how)
{
    if (how.nice > own_priority().nice && ::setpriority(PRIO_PROCESS, this_thread, how.nice) != 0) {
        throw system_error(errno, "giving way to others on the processor", "nice");
    }
    if (how.io == GivingWay::Io::as_daemon) {
        return;
    }
    // The idle class has no levels.
    const auto wanted = how.io == GivingWay::Io::idle
                            ? IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0U)
                            : IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, how.io_level);
    if (::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, this_thread, static_cast<int>(wanted)) != 0) {
        throw system_error(errno, "giving way to others on the disks", "io_class");
    }
}

}  // namespace duplid::daemon
