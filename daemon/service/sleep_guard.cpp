#include "daemon/service/sleep_guard.hpp"

#include <algorithm>
#include <utility>

namespace duplid::daemon {

SleepGuard::SleepGuard(Loop& loop, Runs& runs)
    : runs_{runs}, inhibitor_{loop, [this](bool about_to) { prepare(about_to); }}
{
}

void SleepGuard::follow()
{
    if (runs_.running() == 0) {
        if (std::exchange(falls_asleep_, false)) {
            hold_all(false);
        }
        inhibitor_.disconnect();
        return;
    }
    if (!falls_asleep_) {
        inhibitor_.take();
        return;
    }
    // Some may have begun since.
    hold_all(true);
    const auto runs = runs_.not_ended();
    const auto at_rest = [](const auto& run) { return run->monitor().operations() == 0; };
    if (std::ranges::all_of(runs, at_rest)) {
        inhibitor_.release();
    }
}

void SleepGuard::prepare(bool about_to)
{
    falls_asleep_ = about_to;
    if (!about_to) {
        hold_all(false);
    }
    follow();
}

void SleepGuard::hold_all(bool held)
{
    for (const auto& run : runs_.not_ended()) {
        if (run->monitor().hold(Hold::sleep, held)) {
            run->tell(held ? "held: the machine is about to sleep or to be switched off"
                           : "the machine is awake");
        }
    }
}

}  // namespace duplid::daemon
