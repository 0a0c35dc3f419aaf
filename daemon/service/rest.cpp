#include "daemon/service/rest.hpp"

#include <malloc.h>

namespace duplid::daemon {

Rest::Rest(Loop& loop, Workshop& workshop, Runs& runs, Questions& questions)
    : workshop_{workshop}, runs_{runs}, questions_{questions}, soon_{loop, [this] { give_back(); }}
{
}

void Rest::prepare_allocator() noexcept
{
    // mallopt(3). Whatever is free at the end of an arena of a thread's is given back by free()
    // alone, beyond this threshold, and never by malloc_trim(). Left to itself it grows with the
    // blocks that are freed, to 64 MB for each arena.
    constexpr int trim_threshold = 256 << 10;
    ::mallopt(M_TRIM_THRESHOLD, trim_threshold);
    // Setting the one keeps the other from growing, too: chunks of a MiB, of which a run has many
    // one after the other, are not to be had from the kernel one by one.
    constexpr int mmap_threshold = 4 << 20;
    ::mallopt(M_MMAP_THRESHOLD, mmap_threshold);
}

void Rest::follow()
{
    soon_.start_once(delay);
}

void Rest::give_back()
{
    if (runs_.running() + runs_.queued() > 0 || !questions_.idle()) {
        return;  // whoever ends last calls again
    }
    runs_.forget_events();
    workshop_.pool.end();
    // malloc_trim(3): whole pages of all arenas, those of threads that have ended among them, which
    // free() never gives back by itself.
    ::malloc_trim(0);
}

}  // namespace duplid::daemon
