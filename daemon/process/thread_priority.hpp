// How far the threads of a run, and the programs they start, give way to everything else.
#pragma once

#include <compare>

namespace duplid::daemon {

/// Priorities of one thread, as the kernel has them. Threads and processes that it starts begin
/// with the same ones: sched(7), ioprio_set(2).
struct ThreadPriority {
    int nice = 0;
    int io = 0;  ///< class and level: ioprio_set(2)

    friend auto operator<=>(const ThreadPriority&, const ThreadPriority&) = default;
};

[[nodiscard]] ThreadPriority own_priority() noexcept;

/// What a run is to give way by.
struct GivingWay {
    enum class Io { as_daemon, best_effort, idle };

    /// 0 to 19. Less than the daemon's own means nothing: nobody may take that back.
    int nice = 0;
    Io io = Io::as_daemon;
    unsigned io_level = 4;  ///< of best_effort: 0 (first) to 7
};

/// Changes the calling thread, and so all that it starts from now on. Throws: Error.
void give_way(const GivingWay& how);

}  // namespace duplid::daemon
