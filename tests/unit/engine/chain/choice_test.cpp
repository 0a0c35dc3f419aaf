// Which chain, sets and signatures are taken: archive-format.md 10.3 and 10.4, where the
// behaviour of the original was tried out, and section 14 for where duplid is meant to differ.
#include "engine/chain/choice.hpp"

#include "storage/io/error.hpp"
#include "tests/unit/engine/chain/names.hpp"

#include <doctest/doctest.h>

namespace chain = duplid::chain;
using duplid::Error;
using namespace chain::test;

namespace {

chain::Collection collect(const Names& target, const Names& cache = {})
{
    return chain::collect(target, cache, {});
}

}  // namespace

TEST_CASE("an empty target has no chain for anything")
{
    const auto nothing = collect({});
    CHECK(chain::newest_chain(nothing) == nullptr);
    CHECK(chain::chain_at(nothing, day(1)) == nullptr);
    CHECK_FALSE(chain::active_signatures(nothing));
}

TEST_CASE("a time picks the chain around it, else the newest before it, else the oldest")
{
    const auto collection = collect(sets({full(2), inc(2, 4), full(6), inc(6, 8)}));
    struct Row {
        int time, chain_start;
    };
    for (const auto& row : {Row{1, 2}, Row{2, 2}, Row{3, 2}, Row{4, 2}, Row{5, 2}, Row{6, 6},
                            Row{7, 6}, Row{8, 6}, Row{9, 6}}) {
        CAPTURE(row.time);
        const auto* chosen = chain::chain_at(collection, day(row.time));
        REQUIRE(chosen != nullptr);
        CHECK(chosen->start() == day(row.chain_start));
    }
    CHECK(chain::newest_chain(collection)->start() == day(6));
}

TEST_CASE("chains that overlap are an error unless the time is exactly that of a set of one")
{
    const auto collection = collect(sets({full(1), inc(1, 5), full(3), inc(3, 7)}));
    CHECK(chain::chain_at(collection, day(2))->start() == day(1));
    CHECK(chain::chain_at(collection, day(3))->start() == day(3));
    CHECK(chain::chain_at(collection, day(5))->start() == day(1));
    CHECK(chain::chain_at(collection, day(6))->start() == day(3));
    try {
        (void)chain::chain_at(collection, day(4));
        FAIL("two chains span day 4");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::invalid);
        CHECK_FALSE(error.hint().empty());
    }
}

TEST_CASE("the state of a time is the full and every increment that had ended by then")
{
    const auto collection = collect(sets({full(2), inc(2, 4), inc(4, 6)}));
    const auto& only = collection.chains.at(0);
    CHECK(chain::sets_at(only, day(1)).size() == 1);  // before the first backup: the first backup
    CHECK(chain::sets_at(only, day(2)).size() == 1);
    CHECK(chain::sets_at(only, day(4) - 1).size() == 1);
    CHECK(chain::sets_at(only, day(4)).size() == 2);
    CHECK(chain::sets_at(only, day(5)).size() == 2);
    CHECK(chain::sets_at(only, day(6)).size() == 3);
    CHECK(chain::sets_at(only, day(99)).size() == 3);
    CHECK(chain::sets_at(only, day(99)).back().id == inc(4, 6));
}

TEST_CASE("the active signatures are one for each set, from the cache where it has them")
{
    const auto collection =
        collect(sets({full(1), inc(1, 2)}) + signatures_of({full(1), inc(1, 2)}),
                signatures_of({inc(1, 2)}));
    const auto active = chain::active_signatures(collection);
    REQUIRE(active);
    CHECK(active->chain == chain::newest_chain(collection));
    CHECK_FALSE(active->discards_last_set);
    CHECK(active->end() == day(2));
    REQUIRE(active->files.size() == 2);
    CHECK(active->files[0].name == signatures(full(1)));
    CHECK_FALSE(active->files[0].cached);
    CHECK(active->files[1].name == signatures(inc(1, 2)));
    CHECK(active->files[1].cached);
}

TEST_CASE("signatures that go further than the backups do not stop an increment")
{
    // The newest manifest was lost; the reference would refuse (archive-format.md 14).
    const auto collection = collect(sets({full(1), inc(1, 2)}) + Names{volume(inc(2, 3), 1)} +
                                    signatures_of({full(1), inc(1, 2), inc(2, 3)}));
    const auto active = chain::active_signatures(collection);
    REQUIRE(active);
    CHECK(active->end() == day(2));
    CHECK_FALSE(active->discards_last_set);
}

TEST_CASE("without its own signatures the last increment is discarded, and then replaced")
{
    const auto target = sets({full(1), inc(1, 2), inc(2, 3)}) + signatures_of({full(1), inc(1, 2)});
    const auto active = chain::active_signatures(collect(target));
    REQUIRE(active);
    CHECK(active->discards_last_set);
    CHECK(active->end() == day(2));
    const auto after = collect(target + sets({inc(2, 4)}));
    CHECK(ids(after.chains.at(0).sets) == Ids{full(1), inc(1, 2), inc(2, 4)});

    // Also right after the full, where it does not work for the reference.
    const auto first = collect(sets({full(1), inc(1, 2)}) + signatures_of({full(1)}));
    const auto active_full = chain::active_signatures(first);
    REQUIRE(active_full);
    CHECK(active_full->discards_last_set);
    CHECK(active_full->end() == day(1));
}

TEST_CASE("a gap in the signatures, or none for the newest chain, leaves only a full")
{
    const auto chain_of_three = sets({full(1), inc(1, 2), inc(2, 3)});
    CHECK_FALSE(chain::active_signatures(collect(chain_of_three)));
    CHECK_FALSE(chain::active_signatures(collect(chain_of_three + signatures_of({full(1)}))));
    CHECK_FALSE(
        chain::active_signatures(collect(chain_of_three + signatures_of({full(1), inc(2, 3)}))));
    CHECK_FALSE(
        chain::active_signatures(collect(chain_of_three + signatures_of({inc(1, 2), inc(2, 3)}))));
    // An older chain is never gone back to.
    CHECK_FALSE(
        chain::active_signatures(collect(sets({full(1), full(5)}) + signatures_of({full(1)}))));
}
