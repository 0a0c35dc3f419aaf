#include "daemon/control/peer.hpp"
#include "storage/io/fd.hpp"

#include <doctest/doctest.h>

#include <array>
#include <sys/socket.h>
#include <unistd.h>

using namespace duplid;
using daemon::Access;
using proto::Instance;

TEST_CASE("who may do what is decided by user and group alone")
{
    constexpr uid_t own = 1000;
    constexpr uid_t stranger = 1001;
    constexpr gid_t watchers = 500;
    struct Row {
        daemon::Peer peer;
        Instance instance;
        Access expected;
    };
    // architecture.md 8.
    for (const auto& row : {
             Row{{own, own, {}}, Instance::user, Access::full},
             Row{{0, 0, {}}, Instance::user, Access::full},
             Row{{stranger, stranger, {}}, Instance::user, Access::none},
             Row{{stranger, watchers, {watchers}}, Instance::user, Access::none},
             Row{{0, 0, {}}, Instance::system, Access::full},
             Row{{own, own, {}}, Instance::system, Access::none},
             Row{{stranger, stranger, {1, 2, 3}}, Instance::system, Access::none},
             Row{{stranger, watchers, {}}, Instance::system, Access::watch},
             Row{{stranger, stranger, {7, watchers}}, Instance::system, Access::watch},
         }) {
        CAPTURE(row.peer.uid);
        CHECK(daemon::access_of(row.peer, row.instance, own, watchers) == row.expected);
    }
    // A machine without that group has no watchers, whatever number they would have.
    CHECK(daemon::access_of({stranger, 0, {0}}, Instance::system, own, std::nullopt) ==
          Access::none);
}

TEST_CASE("a group is known by its name or its number")
{
    CHECK(daemon::group_of("root") == gid_t{0});
    CHECK(daemon::group_of("54321") == gid_t{54321});
    CHECK_FALSE(daemon::group_of("no such group").has_value());
    CHECK_FALSE(daemon::group_of("12x").has_value());
    CHECK_FALSE(daemon::group_of("-1").has_value());
}

TEST_CASE("the kernel says who is at the other end")
{
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    const io::Fd ours{ends[0]};
    const io::Fd theirs{ends[1]};
    CHECK(daemon::peer_of(ours.get()).uid == ::getuid());
    CHECK(daemon::peer_of(ours.get()).gid == ::getgid());
}
