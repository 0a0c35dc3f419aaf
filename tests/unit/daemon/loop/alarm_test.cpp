#include "daemon/loop/alarm.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <optional>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

using namespace duplid;
using namespace std::chrono;
using Cause = daemon::Alarm::Cause;

namespace {

/// As if the clock had been set since the last call. No test may really set it.
bool clock_was_set = false;

}  // namespace

// In place of the C library's: the kernel arms the timer in this case, too, and says so.
extern "C" int timerfd_settime(int timer, int flags, const itimerspec* when,
                               itimerspec* before) noexcept
{
    const auto result = syscall(SYS_timerfd_settime, timer, flags, when, before);
    if (result == 0 && std::exchange(clock_was_set, false)) {
        errno = ECANCELED;
        return -1;
    }
    return static_cast<int>(result);
}

namespace {

struct Scene {
    daemon::Loop loop;
    std::vector<Cause> heard;
    daemon::Alarm alarm{loop, [this](Cause cause) {
                            heard.push_back(cause);
                            loop.stop();
                        }};

    /// What can be heard now, without waiting.
    void look()
    {
        for (int round = 0; round < 3; ++round) {
            uv_run(loop.get(), UV_RUN_NOWAIT);
        }
    }
};

}  // namespace

TEST_CASE("an alarm wakes the loop when its moment has come, and not before")
{
    Scene scene;
    const auto moment = daemon::Alarm::now() + 30ms;
    scene.alarm.set(moment);
    scene.loop.run();
    CHECK(daemon::Alarm::now() >= moment);
    CHECK(scene.heard == std::vector{Cause::time});
    // Once.
    scene.look();
    CHECK(scene.heard.size() == 1);
}

TEST_CASE("a moment that has passed wakes at once, however long ago it was")
{
    Scene scene;
    for (const auto moment :
         {daemon::Alarm::now() - 1h, schedule::Instant{}, schedule::Instant{-1h}}) {
        scene.heard.clear();
        scene.alarm.set(moment);
        scene.loop.run();
        CHECK(scene.heard == std::vector{Cause::time});
    }
}

TEST_CASE("a later setting replaces the one before, also by none")
{
    Scene scene;
    scene.alarm.set(daemon::Alarm::now() - 1h);
    scene.alarm.set(std::nullopt);
    scene.look();
    CHECK(scene.heard.empty());
    scene.alarm.set(daemon::Alarm::now() - 1h);
    scene.alarm.set(daemon::Alarm::now() + 1h);
    scene.look();
    CHECK(scene.heard.empty());
}

TEST_CASE("who sets an alarm just after the clock was set is told of that at once")
{
    Scene scene;
    clock_was_set = true;
    scene.alarm.set(daemon::Alarm::now() + 1h);
    scene.loop.run();
    CHECK(scene.heard == std::vector{Cause::clock_set});
}
