#include "daemon/rest.hpp"

#include <malloc.h>

namespace duplid::daemon {

Rest::Rest(Loop& loop, Workshop& workshop, Runs& runs, Questions& questions)
    : workshop_{workshop}, runs_{runs}, questions_{questions}, soon_{loop, [this] { give_back(); }}
{
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
