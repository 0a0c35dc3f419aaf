#include "daemon/runs/queue.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using Ids = std::vector<std::uint64_t>;

TEST_CASE("runs of one archive go one after the other in the order they came")
{
    daemon::Queue queue{4};
    queue.add(1, {"a"});
    queue.add(2, {"a"});
    queue.add(3, {"a"});
    CHECK(queue.take_startable() == Ids{1});
    CHECK(queue.take_startable().empty());
    CHECK(queue.waiting() == 2);
    queue.remove(1);
    CHECK(queue.take_startable() == Ids{2});
    queue.remove(2);
    CHECK(queue.take_startable() == Ids{3});
}

TEST_CASE("runs of different archives go side by side, as many as allowed")
{
    daemon::Queue queue{2};
    queue.add(1, {"a"});
    queue.add(2, {"b"});
    queue.add(3, {"c"});
    CHECK(queue.take_startable() == Ids{1, 2});
    queue.remove(2);
    CHECK(queue.take_startable() == Ids{3});
    CHECK(queue.running() == 2);
}

TEST_CASE("one key in common is enough to wait, also for one that waits itself")
{
    daemon::Queue queue{4};
    queue.add(1, {"dir x", "target p"});
    queue.add(2, {"dir y", "target p"});
    queue.add(3, {"dir y", "target q"});
    CHECK(queue.take_startable() == Ids{1});
    // 2 was there before 3: 3 may not slip past it for ever.
    queue.remove(1);
    CHECK(queue.take_startable() == Ids{2});
    queue.remove(2);
    CHECK(queue.take_startable() == Ids{3});
}

TEST_CASE("a run that is given up while it waits stands in nobody's way")
{
    daemon::Queue queue{4};
    queue.add(1, {"a"});
    CHECK(queue.take_startable() == Ids{1});
    queue.add(2, {"a", "b"});
    queue.add(3, {"b"});
    CHECK(queue.take_startable().empty());
    queue.remove(2);
    CHECK(queue.take_startable() == Ids{3});
}

TEST_CASE("the queue knows whom a newcomer would have to wait for")
{
    daemon::Queue queue{4};
    CHECK_FALSE(queue.blocker_of({"a"}).has_value());
    queue.add(1, {"a"});
    queue.add(2, {"a"});
    CHECK(queue.blocker_of({"x", "a"}) == 2);
    CHECK_FALSE(queue.blocker_of({"x"}).has_value());
}
