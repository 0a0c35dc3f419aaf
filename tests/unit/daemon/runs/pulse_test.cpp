#include "daemon/runs/pulse.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace duplid;
using namespace std::chrono_literals;
using daemon::LifeSign;
using Runs = std::vector<std::uint64_t>;

TEST_CASE("a run that does nothing between two looks stands, whatever others do")
{
    daemon::Pulse pulse;
    const std::vector first{LifeSign{1, false, 10, 0ns}, LifeSign{2, false, 10, 0ns}};
    // Nobody knows yet what they did before.
    CHECK(pulse.standing(first, 1s).empty());
    const std::vector second{LifeSign{1, false, 10, 0ns}, LifeSign{2, false, 11, 0ns},
                             LifeSign{3, false, 0, 0ns}};
    CHECK(pulse.standing(second, 1s) == Runs{1});
    const std::vector third{LifeSign{1, false, 10, 0ns}, LifeSign{2, false, 11, 0ns},
                            LifeSign{3, false, 0, 0ns}};
    CHECK(pulse.standing(third, 1s) == Runs{1, 2, 3});
}

TEST_CASE("what waits for something, moves or computes is alive")
{
    struct Row {
        const char* what;
        LifeSign sign;
        bool stands;
    };
    for (const auto& row :
         {Row{"nothing", {7, false, 10, 100ms}, true}, Row{"waits", {7, true, 10, 100ms}, false},
          Row{"moves", {7, false, 11, 100ms}, false},
          // A hundredth of a second in one second.
          Row{"computes", {7, false, 10, 110ms}, false},
          Row{"wakes up to wait again", {7, false, 10, 109ms}, true}}) {
        CAPTURE(row.what);
        daemon::Pulse pulse;
        CHECK(pulse.standing(std::vector{LifeSign{7, false, 10, 100ms}}, 1s).empty());
        CHECK(pulse.standing(std::vector{row.sign}, 1s) == (row.stands ? Runs{7} : Runs{}));
    }
}

TEST_CASE("a run that has ended is forgotten")
{
    daemon::Pulse pulse;
    const std::vector one{LifeSign{1, false, 10, 0ns}};
    CHECK(pulse.standing(one, 1s).empty());
    CHECK(pulse.standing({}, 1s).empty());
    CHECK(pulse.standing(one, 1s).empty());
}
