// Tables by hand; interop/retention_test.py puts further ones to restic.
#include "engine/chain/keep_policy.hpp"

#include "tests/unit/engine/chain/names.hpp"

#include <doctest/doctest.h>

namespace chain = duplid::chain;
using chain::KeepPolicy;
using chain::test::day;

namespace {

constexpr std::int64_t hour = 3600;

/// Indices of the times that are kept.
std::vector<std::size_t> kept(const KeepPolicy& policy, const std::vector<std::int64_t>& times,
                              int offset_minutes = 0)
{
    std::vector<std::size_t> indices;
    const auto rules =
        chain::kept_by(policy, times, [offset_minutes](std::int64_t) { return offset_minutes; });
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (!rules[i].empty()) {
            indices.push_back(i);
        }
    }
    return indices;
}

using Indices = std::vector<std::size_t>;

}  // namespace

TEST_CASE("of each period the newest is kept, and periods without a set do not count")
{
    // 2024-01-01 was a Monday.
    const std::vector<std::int64_t> times{
        day(40) + 2 * hour, day(40) + hour, day(40), day(33), day(8), day(7), day(1), day(0)};
    CHECK(kept({.last = 3}, times) == Indices{0, 1, 2});
    CHECK(kept({.hourly = 2}, times) == Indices{0, 1});
    CHECK(kept({.daily = 2}, times) == Indices{0, 3});
    CHECK(kept({.weekly = 4}, times) == Indices{0, 3, 4, 5});
    CHECK(kept({.monthly = 2}, times) == Indices{0, 4});
    CHECK(kept({.yearly = 2}, times) == Indices{0, 7});
    CHECK(kept({.within_seconds = 7 * 24 * hour + 2 * hour}, times) == Indices{0, 1, 2});
    CHECK(kept({.within_seconds = 7 * 24 * hour + 2 * hour + 1}, times) == Indices{0, 1, 2, 3});
}

TEST_CASE("a rule that runs out of sets keeps the oldest, one that does not, does not")
{
    const std::vector<std::int64_t> times{day(20), day(10), day(5), day(2)};
    CHECK(kept({.yearly = 2}, times) == Indices{0, 3});
    CHECK(kept({.yearly = 1}, times) == Indices{0});
    CHECK(kept({.daily = 3}, times) == Indices{0, 1, 2});
}

TEST_CASE("days are those of local time")
{
    const std::vector<std::int64_t> times{day(2) + hour, day(2), day(1) + 23 * hour, day(1)};
    CHECK(kept({.daily = 2}, times) == Indices{0, 2});
    CHECK(kept({.daily = 2}, times, 60) == Indices{0, 3});
    CHECK(kept({.daily = 2}, times, -120) == Indices{0, 3});
}

TEST_CASE("no times are no trouble, nor are those before 1970")
{
    CHECK(kept({.last = 1}, {}).empty());
    CHECK(kept({.daily = 2, .weekly = 2}, {-1, -2, -86401}) == Indices{0, 2});
}

TEST_CASE("a policy without rules is known as one")
{
    CHECK_FALSE(KeepPolicy{}.has_rules());
    CHECK(KeepPolicy{.yearly = 1}.has_rules());
    CHECK(KeepPolicy{.within_seconds = 0}.has_rules());
}
