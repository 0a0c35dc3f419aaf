#include "daemon/process/thread_priority.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

/// Of the calling thread. To Linux nice values are a thread's (setpriority(2), C library/kernel
/// differences), and ioprio_set(2) has been about threads from the beginning.
constexpr int this_thread = 0;

// As ioprio_set(2) and block/ioprio in the kernel's documentation have them. Not from
// <linux/ioprio.h>: that of Linux 6.1.192 (Debian 12) is no C++, since it calls a parameter
// "class".
constexpr int who_process = 1;
constexpr unsigned class_shift = 13;
constexpr unsigned class_best_effort = 2;
constexpr unsigned class_idle = 3;

}  // namespace

ThreadPriority own_priority() noexcept
{
    // The C library has no function for it.
    const auto io = ::syscall(SYS_ioprio_get, who_process, this_thread);
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
                            ? class_idle << class_shift
                            : class_best_effort << class_shift | how.io_level;
    if (::syscall(SYS_ioprio_set, who_process, this_thread, wanted) != 0) {
        throw system_error(errno, "giving way to others on the disks", "io_class");
    }
}

}  // namespace duplid::daemon
