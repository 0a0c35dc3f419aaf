// What is set is asked of the kernel by other means than those under test.

#include "daemon/archive/archive_opener.hpp"
#include "daemon/process/thread_priority.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace duplid;
using daemon::GivingWay;

namespace {

/// ioprio_set(2): who 1 is a thread; the class stands above the lowest 13 bits.
constexpr int of_thread = 1;
constexpr int class_shift = 13;
constexpr int best_effort = 2;
constexpr int idle = 3;

struct Seen {
    int nice;
    long io;
};

Seen seen()
{
    return {::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())),
            ::syscall(SYS_ioprio_get, of_thread, ::gettid())};
}

long class_of(long io)
{
    return io >> class_shift;
}

template <class Work>
void on_own_thread(Work work)
{
    std::jthread{work}.join();
}

}  // namespace

TEST_CASE("a thread gives way, and so does what it starts, but nobody else")
{
    const auto before = seen();
    on_own_thread([] {
        daemon::give_way({.nice = 19, .io = GivingWay::Io::idle});
        CHECK(seen().nice == 19);
        CHECK(class_of(seen().io) == idle);
        on_own_thread([] {
            CHECK(seen().nice == 19);
            CHECK(class_of(seen().io) == idle);
        });
    });
    CHECK(seen().nice == before.nice);
    CHECK(seen().io == before.io);
}

TEST_CASE("best effort has levels")
{
    on_own_thread([] {
        daemon::give_way({.io = GivingWay::Io::best_effort, .io_level = 6});
        CHECK(seen().io == ((best_effort << class_shift) | 6));
    });
}

TEST_CASE("nobody is made less nice, and who says nothing changes nothing")
{
    on_own_thread([] {
        daemon::give_way({.nice = 19});
        const auto before = seen();
        daemon::give_way({.nice = 5});
        daemon::give_way({});
        CHECK(seen().nice == 19);
        CHECK(seen().io == before.io);
    });
}

TEST_CASE("runs of one priority share a pool whose threads have it; others have another")
{
    daemon::SharedPool shared;
    auto& usual = shared.get();
    CHECK(&shared.get() == &usual);
    on_own_thread([&] {
        daemon::give_way({.nice = 19, .io = GivingWay::Io::idle});
        auto& giving_way = shared.get();
        CHECK(&giving_way != &usual);
        CHECK(giving_way.run([] { return seen().nice; }).get() == 19);
        CHECK(class_of(giving_way.run([] { return seen().io; }).get()) == idle);
    });
    const auto here = seen();
    CHECK(usual.run([] { return seen().nice; }).get() == here.nice);
    CHECK(usual.run([] { return seen().io; }).get() == here.io);
    // Ended while nobody needs them, they are there again for whoever comes.
    shared.end();
    CHECK(shared.get().run([] { return seen().nice; }).get() == here.nice);
}
