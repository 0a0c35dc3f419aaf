// Which chains go, why others stay, and in which order files go. Tables by hand from the rules of
// archive-format.md 11.5 to 11.7; the same commands are put to duplicity in
// interop/removal_test.py, the policies to restic in interop/retention_test.py.
#include "engine/chain/removal.hpp"

#include "engine/chain/removal_steps.hpp"
#include "storage/io/error.hpp"
#include "tests/unit/engine/chain/names.hpp"

#include <doctest/doctest.h>

namespace chain = duplid::chain;
namespace naming = duplid::naming;
using chain::Fate;
using chain::KeepRule;
using duplid::Error;
using namespace chain::test;

namespace {

using Rules = std::vector<KeepRule>;

/// Three chains: days 1 to 3, 5 to 6, and 8.
Names three_chains()
{
    return sets({full(1), inc(1, 2), inc(2, 3), full(5), inc(5, 6), full(8)}) +
           signatures_of({full(1), inc(1, 2), inc(2, 3), full(5), inc(5, 6), full(8)});
}

chain::RemovalRequest request(chain::RemovalRule rule, int now = 20)
{
    chain::RemovalRequest what;
    what.rule = rule;
    what.now = day(now);
    what.offset = [](std::int64_t) { return 0; };
    return what;
}

chain::Judgement judge(const Names& names, const chain::RemovalRequest& what)
{
    return chain::judge(chain::collect(names, {}, {}), what);
}

std::vector<Fate> fates(const chain::Judgement& judgement)
{
    std::vector<Fate> fates;
    for (const auto& verdict : judgement.chains) {
        fates.push_back(verdict.fate);
    }
    return fates;
}

Rules rules(const chain::ChainVerdict& verdict)
{
    Rules rules;
    for (const auto& reason : verdict.reasons) {
        rules.push_back(reason.rule);
    }
    return rules;
}

/// All names that go, in order.
Names going(const Names& names, const chain::RemovalRequest& what)
{
    const auto collection = chain::collect(names, {}, {});
    Names all;
    for (const auto& step : chain::removal_steps(collection, chain::judge(collection, what))) {
        all = all + step.names;
    }
    return all;
}

Names cleaned(const Names& names, bool extra = false)
{
    Names all;
    for (const auto& step : chain::cleanup_steps(chain::collect(names, {}, {}), extra, false)) {
        all = all + step.names;
    }
    return all;
}

constexpr auto goes = Fate::goes;
constexpr auto stays = Fate::stays;
constexpr auto loses = Fate::loses_increments;

}  // namespace

TEST_CASE("a chain goes when it ended before the time, and never the newest")
{
    struct Row {
        int time;
        std::vector<Fate> fates;
    };
    for (const auto& row :
         {Row{1, {stays, stays, stays}}, Row{3, {stays, stays, stays}},
          Row{4, {goes, stays, stays}}, Row{6, {goes, stays, stays}}, Row{7, {goes, goes, stays}},
          Row{8, {goes, goes, stays}}, Row{19, {goes, goes, stays}}}) {
        CAPTURE(row.time);
        CHECK(fates(judge(three_chains(), request(chain::OlderThan{day(row.time)}))) == row.fates);
    }
}

TEST_CASE("the count of full backups sets the time, and too few of them remove nothing")
{
    struct Row {
        std::uint32_t count;
        std::vector<Fate> whole, increments;
    };
    for (const auto& row : {Row{1, {goes, goes, stays}, {loses, loses, stays}},
                            Row{2, {goes, stays, stays}, {loses, stays, stays}},
                            Row{3, {stays, stays, stays}, {stays, stays, stays}},
                            Row{4, {stays, stays, stays}, {stays, stays, stays}}}) {
        CAPTURE(row.count);
        CHECK(fates(judge(three_chains(), request(chain::AllButNFull{row.count}))) == row.whole);
        CHECK(fates(judge(three_chains(), request(chain::IncrementsOfAllButNFull{row.count}))) ==
              row.increments);
    }
    CHECK_FALSE(judge(three_chains(), request(chain::AllButNFull{4})).bound);
}

TEST_CASE("each chain that stays says why")
{
    const auto old = judge(three_chains(), request(chain::OlderThan{day(6)}));
    CHECK(rules(old.chains[0]).empty());
    CHECK(rules(old.chains[1]) == Rules{KeepRule::newer});

    const auto all = judge(three_chains(), request(chain::OlderThan{day(19)}));
    CHECK(rules(all.chains[2]) == Rules{KeepRule::newest_chain, KeepRule::last_good_chain});

    const auto alone = judge(sets({full(1), full(2)}), request(chain::IncrementsOfAllButNFull{1}));
    CHECK(rules(alone.chains[0]) == Rules{KeepRule::no_increments});

    const auto policy = judge(three_chains(), request(chain::KeepPolicy{.last = 2, .daily = 3}));
    CHECK(fates(policy) == std::vector{goes, stays, stays});
    CHECK(policy.chains[1].reasons == std::vector<chain::KeepReason>{{KeepRule::last, 1, day(6)},
                                                                     {KeepRule::daily, 2, day(6)}});
}

TEST_CASE("what a further full backup would let go is known before")
{
    const auto bound = judge(three_chains(), request(chain::OlderThan{day(19)}));
    CHECK(bound.chains[2].goes_after_full);
    const auto newer = judge(three_chains(), request(chain::OlderThan{day(8)}));
    CHECK_FALSE(newer.chains[2].goes_after_full);
    const auto counted = judge(three_chains(), request(chain::AllButNFull{2}));
    CHECK(counted.chains[1].goes_after_full);
    CHECK_FALSE(counted.chains[2].goes_after_full);
    const auto policy = judge(three_chains(), request(chain::KeepPolicy{.last = 1}));
    CHECK(policy.chains[2].goes_after_full);
}

TEST_CASE("the newest chain without a gap in its volumes stays, too, unless it is included")
{
    auto names = three_chains();
    names.push_back(volume(full(8), 3));  // and no volume 2
    auto what = request(chain::OlderThan{day(19)});
    const auto judgement = judge(names, what);
    CHECK(fates(judgement) == std::vector{goes, stays, stays});
    CHECK(rules(judgement.chains[1]) == Rules{KeepRule::last_good_chain});
    CHECK(rules(judgement.chains[2]) == Rules{KeepRule::newest_chain});
    what.include_last_chain = true;
    CHECK(fates(judge(names, what)) == std::vector{goes, goes, goes});
}

TEST_CASE("a set dated in the future stops everything, or, if that is allowed, only stays itself")
{
    for (const chain::RemovalRule& rule :
         {chain::RemovalRule{chain::OlderThan{day(7)}}, chain::RemovalRule{chain::AllButNFull{1}},
          chain::RemovalRule{chain::IncrementsOfAllButNFull{1}},
          chain::RemovalRule{chain::KeepPolicy{.last = 1}}}) {
        auto what = request(rule, 7);
        CHECK_THROWS_WITH_AS(static_cast<void>(judge(three_chains(), what)),
                             "a backup set is dated in the future: 20240108T000000Z", Error);
        // Not as if day 8 were the newest of the fulls.
        what.allow_future = true;
        const auto judgement = judge(three_chains(), what);
        CHECK(judgement.chains[0].fate != stays);
        CHECK(judgement.chains[1].fate == stays);
        CHECK(rules(judgement.chains[2]) == Rules{KeepRule::future});
    }
    auto what = request(chain::AllButNFull{1}, 8);
    what.now -= chain::future_slack_seconds;
    CHECK_NOTHROW(static_cast<void>(judge(three_chains(), what)));
}

TEST_CASE("files go newest set first, manifest first, signatures last, and the oldest chain first")
{
    auto names = three_chains();
    names.push_back(volume(full(1), 2));
    CHECK(going(names, request(chain::OlderThan{day(7)})) ==
          Names{manifest(inc(2, 3)), volume(inc(2, 3), 1), signatures(inc(2, 3)),
                manifest(inc(1, 2)), volume(inc(1, 2), 1), signatures(inc(1, 2)), manifest(full(1)),
                volume(full(1), 2), volume(full(1), 1), signatures(full(1)), manifest(inc(5, 6)),
                volume(inc(5, 6), 1), signatures(inc(5, 6)), manifest(full(5)), volume(full(5), 1),
                signatures(full(5))});
}

TEST_CASE("of chains that lose their increments the full sets keep their signatures")
{
    CHECK(going(three_chains(), request(chain::IncrementsOfAllButNFull{2})) ==
          Names{manifest(inc(2, 3)), volume(inc(2, 3), 1), signatures(inc(2, 3)),
                manifest(inc(1, 2)), volume(inc(1, 2), 1), signatures(inc(1, 2))});
}

TEST_CASE("what builds on a chain goes with it: unfinished sets, lone signatures, replaced sets")
{
    const auto base = sets({full(1), inc(1, 2), inc(1, 3), full(8)});
    const auto what = request(chain::OlderThan{day(7)});
    CHECK(going(base + Names{volume(inc(3, 4), 1), signatures(inc(4, 5))}, what) ==
          Names{signatures(inc(4, 5)), volume(inc(3, 4), 1), manifest(inc(1, 3)),
                volume(inc(1, 3), 1), manifest(inc(1, 2)), volume(inc(1, 2), 1), manifest(full(1)),
                volume(full(1), 1)});
    // Where it may as well build on a chain that stays, it is left alone.
    const auto shared = sets({full(1), inc(1, 8), full(8), inc(8, 9), full(12)});
    const auto doubtful = shared + Names{volume(inc(8, 10), 1)};
    const auto gone = going(doubtful, request(chain::AllButNFull{2}));
    CHECK(std::find(gone.begin(), gone.end(), volume(inc(8, 10), 1)) == gone.end());
}

TEST_CASE("what an earlier removal left is found where there is no chain any more")
{
    const auto left = Names{volume(full(1), 1), signatures(full(1)), signatures(full(2))};
    CHECK(going(left + sets({full(8)}), request(chain::OlderThan{day(7)})) ==
          Names{signatures(full(2)), volume(full(1), 1), signatures(full(1))});
    // It is not old enough, or somebody may be making it now, or complete sets may need it.
    CHECK(going(left + sets({full(8)}), request(chain::OlderThan{day(1)})).empty());
    CHECK(going(sets({full(8)}) + Names{volume(full(9), 1)}, request(chain::OlderThan{day(19)}))
              .empty());
    CHECK(going(sets({inc(1, 2), full(8)}) + Names{volume(full(1), 1)},
                request(chain::OlderThan{day(7)}))
              .empty());
}

TEST_CASE("complete sets without a chain are for cleanup alone")
{
    const auto names = sets({full(8), inc(2, 3)});
    CHECK(going(names, request(chain::OlderThan{day(7)})).empty());
    CHECK(cleaned(names) == Names{manifest(inc(2, 3)), volume(inc(2, 3), 1)});
}

TEST_CASE("cleanup leaves chains alone, but for second copies and, if asked, old signatures")
{
    auto names = three_chains();
    CHECK(cleaned(names).empty());
    const auto copy = volume(full(1), 1, naming::Wrapping::plain);
    CHECK(cleaned(names + Names{copy}) == Names{copy});
    CHECK(cleaned(names, true) == Names{signatures(inc(5, 6)), signatures(full(5)),
                                        signatures(inc(2, 3)), signatures(inc(1, 2)),
                                        signatures(full(1))});
}

TEST_CASE("sets without any chain at all are not cleaned up unless they are included")
{
    const auto collection = chain::collect(sets({inc(1, 2), inc(2, 3)}), {}, {});
    CHECK_THROWS_AS(static_cast<void>(chain::cleanup_steps(collection, false, false)), Error);
    CHECK(chain::cleanup_steps(collection, false, true).size() == 2);
    // A first backup that broke off is another matter: nothing whole is lost.
    CHECK(cleaned({volume(full(1), 1)}) == Names{volume(full(1), 1)});
}
