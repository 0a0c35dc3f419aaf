// Which of several targets has all of an archive, what others lack, and which hold something else.
#include "engine/operation/targets/compare_targets.hpp"

#include "engine/operation/state/chain_state.hpp"
#include "tests/unit/engine/chain/names.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace naming = duplid::naming;
namespace operation = duplid::operation;
namespace remote = duplid::remote;
using namespace duplid::chain::test;
using duplid::Error;
using operation::compare_targets;
using operation::ListedTarget;
using operation::Standing;

namespace {

constexpr std::uint64_t usual_bytes = 100;

/// Complete sets of one volume each, with signatures.
Names whole(std::initializer_list<naming::SetId> ids)
{
    return sets(ids) + signatures_of(ids);
}

ListedTarget target(const std::string& name, const Names& files, const std::string& newest = {})
{
    ListedTarget result;
    result.name = name;
    result.newest = newest;
    for (const auto& file : files) {
        result.files.push_back({file, usual_bytes});
    }
    return result;
}

std::string known(const naming::SetId& set)
{
    return operation::catalog_name_of(set);
}

operation::TargetComparison compare(const std::vector<ListedTarget>& targets, bool anew = false)
{
    return compare_targets(targets, {}, anew);
}

Ids missing(const operation::TargetVerdict& verdict)
{
    Ids ids;
    for (const auto& set : verdict.missing) {
        ids.push_back(set.set);
    }
    return ids;
}

Names files_of(const operation::MissingSet& set)
{
    Names names;
    for (const auto& file : set.files) {
        names.push_back(file.name);
    }
    return names;
}

}  // namespace

TEST_CASE("targets without anything are whole, and the first one leads")
{
    const auto result = compare({target("a", {}), target("b", {"holiday.jpg"})});
    CHECK(result.leader == 0U);
    CHECK_FALSE(result.newest);
    CHECK(result.verdicts[0].standing == Standing::whole);
    CHECK(result.verdicts[1].standing == Standing::whole);
}

TEST_CASE("of equal targets the first leads; a known one needs no proof, a new one does")
{
    const auto files = whole({full(1), inc(1, 2)});
    const auto result = compare({target("a", files, known(inc(1, 2))),
                                 target("b", files, known(inc(1, 2))), target("c", files)});
    CHECK(result.leader == 0U);
    CHECK(result.newest == inc(1, 2));
    CHECK(result.newest_manifest == manifest(inc(1, 2)));
    for (const auto& verdict : result.verdicts) {
        CHECK(verdict.standing == Standing::whole);
    }
    CHECK(result.verdicts[1].to_prove.empty());
    CHECK(result.verdicts[2].to_prove == Names{manifest(inc(1, 2))});
}

TEST_CASE("a target that lacks sets is behind, with what is to come in order, the manifest last")
{
    const auto result =
        compare({target("a", whole({full(1)}), known(full(1))),
                 target("b", whole({full(1), inc(1, 2), inc(2, 3)}), known(inc(2, 3)))});
    CHECK(result.leader == 1U);
    const auto& behind = result.verdicts[0];
    CHECK(behind.standing == Standing::behind);
    CHECK(missing(behind) == Ids{inc(1, 2), inc(2, 3)});
    CHECK(behind.missing[0].is_new);
    CHECK(files_of(behind.missing[0]) ==
          Names{volume(inc(1, 2), 1), signatures(inc(1, 2)), manifest(inc(1, 2))});
}

TEST_CASE("a new target gets all chains, the oldest first")
{
    const auto result = compare(
        {target("a", whole({full(1), inc(1, 2), full(3)}), known(full(3))), target("b", {})});
    CHECK(missing(result.verdicts[1]) == Ids{full(1), inc(1, 2), full(3)});
}

TEST_CASE("what retention has removed on a target is not brought back")
{
    const auto result = compare({target("a", whole({full(1), full(2), full(3)}), known(full(3))),
                                 target("b", whole({full(2)}), known(full(2)))});
    CHECK(missing(result.verdicts[1]) == Ids{full(3)});
}

TEST_CASE("old sets that a target still has, and the leader not any more, are no fault")
{
    const auto result = compare({target("a", whole({full(3)}), known(full(3))),
                                 target("b", whole({full(1), inc(1, 2), full(3)}), known(full(3))),
                                 target("c", whole({full(1), inc(1, 2)}), known(inc(1, 2)))});
    CHECK(result.leader == 0U);
    CHECK(result.verdicts[1].standing == Standing::whole);
    // All that both had in common is gone, but it has what we know that we put there.
    CHECK(result.verdicts[2].standing == Standing::behind);
    CHECK(missing(result.verdicts[2]) == Ids{full(3)});
}

TEST_CASE("a target that was emptied is refused until somebody says that it is meant so")
{
    auto empty = target("b", {"lost+found.txt"}, known(full(1)));
    const auto a = target("a", whole({full(1)}), known(full(1)));
    const auto refused = compare({a, empty}).verdicts[1];
    CHECK(refused.standing == Standing::refused);
    REQUIRE(refused.why);
    CHECK(refused.why->kind() == Error::Kind::unreachable);
    CHECK(compare({a, empty}, true).verdicts[1].standing == Standing::refused);
    empty.may_be_empty = true;
    CHECK(missing(compare({a, empty}).verdicts[1]) == Ids{full(1)});
    CHECK_FALSE(compare({target("c", {}, known(full(1)))}).leader);
}

TEST_CASE("another archive is refused, by its sets, its names, its sizes")
{
    const auto ours = target("a", whole({full(1), inc(1, 2)}), known(inc(1, 2)));
    SUBCASE("other sets")
    {
        const auto result = compare({ours, target("b", whole({full(5)}))});
        CHECK(result.leader == 0U);  // though the other one is newer
        CHECK(result.verdicts[1].standing == Standing::refused);
        CHECK(result.verdicts[1].why->kind() == Error::Kind::invalid);
        CHECK(std::string{result.verdicts[1].why->what()}.starts_with(
            "b holds another archive than a"));
    }
    SUBCASE("a file of another size")
    {
        auto other = target("b", whole({full(1), inc(1, 2)}), known(inc(1, 2)));
        const auto found =
            std::ranges::find(other.files, volume(full(1), 1), &remote::Listed::name);
        found->bytes = usual_bytes + 1;
        const auto result = compare({ours, other});
        CHECK(result.verdicts[1].standing == Standing::refused);
        CHECK(std::string{result.verdicts[1].why->what()}.find("101 bytes") != std::string::npos);
    }
    SUBCASE("sizes that the service does not tell prove nothing")
    {
        auto other = target("b", whole({full(1), inc(1, 2)}), known(inc(1, 2)));
        other.files.front().bytes = remote::unknown_bytes;
        CHECK(compare({ours, other}).verdicts[1].standing == Standing::whole);
    }
    SUBCASE("files that are called otherwise")
    {
        const auto other =
            target("b", {volume(full(1), 1, naming::Wrapping::gpg), manifest(full(1))});
        CHECK(compare({ours, other}).verdicts[1].standing == Standing::refused);
    }
    SUBCASE("newer sets that nobody knows of")
    {
        const auto other = target("b", whole({full(1), inc(1, 2), inc(2, 3)}));
        CHECK(compare({ours, other}).verdicts[1].standing == Standing::refused);
    }
}

TEST_CASE("of two different archives that nobody knows, neither is chosen")
{
    const std::vector targets{target("a", whole({full(1)})), target("b", whole({full(2)}))};
    try {
        static_cast<void>(compare(targets));
        FAIL("one was chosen");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::invalid);
        const std::string text{error.what()};
        CHECK(text.find("a holds another archive than b") != std::string::npos);
    }
}

TEST_CASE("a target that went another way takes only a full set")
{
    // Disks that take turns: b was there when 3 was made, and a was not.
    const std::vector targets{target("a", whole({full(1), inc(1, 2)}), known(inc(1, 2))),
                              target("b", whole({full(1), inc(1, 3)}), known(inc(1, 3)))};
    const auto result = compare(targets);
    CHECK(result.leader == 1U);
    CHECK(result.verdicts[0].standing == Standing::refused);
    CHECK(compare(targets, true).verdicts[0].standing == Standing::whole);
    // Once that is on both, the chain in which they differ is left as it is.
    const auto after = compare({target("a", whole({full(1), inc(1, 2), full(4)}), known(full(4))),
                                target("b", whole({full(1), inc(1, 3), full(4)}), known(full(4)))});
    CHECK(after.verdicts[0].standing == Standing::whole);
    CHECK(after.verdicts[1].standing == Standing::whole);
    // A chain that a never had may be copied to it.
    const auto later = compare({target("a", whole({full(1), inc(1, 2)}), known(inc(1, 2))),
                                target("b", whole({full(1), inc(1, 3), full(4)}), known(full(4)))});
    CHECK(missing(later.verdicts[0]) == Ids{full(4)});
}

TEST_CASE("a file that a complete set has lost is to come, after the manifest was compared")
{
    auto files = whole({full(1), inc(1, 2)});
    std::erase(files, volume(full(1), 1));
    const auto result = compare({target("a", whole({full(1), inc(1, 2)}), known(inc(1, 2))),
                                 target("b", files, known(inc(1, 2)))});
    const auto& behind = result.verdicts[1];
    REQUIRE(missing(behind) == Ids{full(1)});
    CHECK_FALSE(behind.missing[0].is_new);
    CHECK(files_of(behind.missing[0]) == Names{volume(full(1), 1)});
    CHECK(behind.to_prove == Names{manifest(full(1))});
}

TEST_CASE("what an interrupted run left of a set counts only if that target was in it to its end")
{
    const auto leader = target("a", whole({full(1)}), known(full(1)));
    const Names begun{volume(full(1), 1), volume(full(1), 2), signatures(full(1))};
    auto other = target("b", begun);
    const auto stale = compare({leader, other}).verdicts[1];
    REQUIRE(missing(stale) == Ids{full(1)});
    CHECK(stale.missing[0].is_new);
    CHECK(stale.missing[0].files.size() == 3);
    CHECK(stale.missing[0].files[0].is_there);
    CHECK(stale.missing[0].surplus == Names{volume(full(1), 2)});

    other.took_part = true;
    const auto last = compare({leader, other}).verdicts[1];
    REQUIRE(missing(last) == Ids{full(1)});
    CHECK_FALSE(last.missing[0].is_new);
    CHECK(files_of(last.missing[0]) == Names{manifest(full(1))});

    other.took_part = false;
    other.sound_set = known(full(1));
    CHECK(files_of(compare({leader, other}).verdicts[1].missing.at(0)) == Names{manifest(full(1))});
}
