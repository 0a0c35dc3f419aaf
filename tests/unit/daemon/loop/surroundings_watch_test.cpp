// The kernel's own messages, in a network of its own that nobody else has.

#include "daemon/loop/surroundings_watch.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace duplid;

namespace {

constexpr int not_possible = 77;

void bring_loopback_up()
{
    const io::Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    if (ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) {
        _exit(not_possible);
    }
}

/// Runs `body` in a process that has a network of its own; whether it returned true.
template <class Body>
bool holds_in_own_network(Body body)
{
    const pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
            _exit(not_possible);
        }
        _exit(body() ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == not_possible) {
        MESSAGE("not tested: this machine allows no network of one's own");
        return true;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a network that goes up is told once, however many messages it sends")
{
    CHECK(holds_in_own_network([] {
        int told = 0;
        daemon::Loop loop;
        daemon::SurroundingsWatch watch{loop, [&] {
                                            ++told;
                                            watch.watch(false);
                                        }};
        watch.watch(true);
        bring_loopback_up();
        // Returns when nothing is left to wait for: told, and switched off thereby.
        loop.run();
        return told == 1;
    }));
}

TEST_CASE("who does not watch is not woken")
{
    CHECK(holds_in_own_network([] {
        int told = 0;
        daemon::Loop loop;
        daemon::SurroundingsWatch watch{loop, [&] { ++told; }};
        watch.watch(true);
        watch.watch(false);
        bring_loopback_up();
        loop.run();
        return told == 0;
    }));
}
