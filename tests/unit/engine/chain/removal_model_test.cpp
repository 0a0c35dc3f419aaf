// Goal: whatever an archive looks like and wherever a removal is cut, what is left is in order.
// Method: random listings (several chains, increments that replace others, lost manifests and
// signatures, equal times) and random requests; after every single deletion the listing is sorted
// anew by collect(), and compared with the one before. The seed of a failure is printed;
// DUPLID_SEED repeats it.
#include "engine/chain/removal_steps.hpp"

#include "storage/io/error.hpp"
#include "tests/unit/engine/chain/names.hpp"

#include <algorithm>
#include <cstdlib>
#include <doctest/doctest.h>
#include <random>
#include <set>

namespace chain = duplid::chain;
namespace naming = duplid::naming;
using namespace chain::test;

namespace {

class Dice {
public:
    explicit Dice(std::uint32_t seed) : engine_{seed} {}
    int up_to(int most) { return static_cast<int>(engine_() % static_cast<unsigned>(most + 1)); }
    bool one_in(int many) { return up_to(many - 1) == 0; }

private:
    std::mt19937 engine_;
};

/// The files of one set, some of them lost if `damage`.
void add_set(const naming::SetId& id, bool damage, Dice& dice, Names& names)
{
    const int volumes = 1 + dice.up_to(2);
    for (int number = 1; number <= volumes; ++number) {
        if (!damage || !dice.one_in(10)) {
            names.push_back(volume(id, static_cast<std::uint32_t>(number)));
        }
    }
    if (!damage || !dice.one_in(6)) {
        names.push_back(manifest(id));
    }
    if (!damage || !dice.one_in(6)) {
        names.push_back(signatures(id));
    }
    if (damage && dice.one_in(8)) {
        names.push_back(volume(id, 1, naming::Wrapping::plain));
    }
}

/// What kind of trouble a listing shows.
enum class Trouble { none, damage, damage_and_equal_times };

Trouble trouble_of(std::uint32_t seed)
{
    return static_cast<Trouble>(seed % 3);
}

Names random_listing(Trouble trouble, Dice& dice)
{
    const bool damage = trouble != Trouble::none;
    Names names;
    std::vector<int> ends;
    int now = 1;
    for (int sets = 3 + dice.up_to(9); sets > 0; --sets) {
        const bool stands = trouble == Trouble::damage_and_equal_times && dice.one_in(5);
        now += stands ? 0 : 1 + dice.up_to(2);
        if (ends.empty() || dice.one_in(3)) {
            add_set(full(now), damage, dice, names);
        } else {
            // Mostly onto the newest set, as backups go.
            const auto from =
                damage && dice.one_in(4)
                    ? ends[static_cast<std::size_t>(dice.up_to(static_cast<int>(ends.size()) - 1))]
                    : ends.back();
            if (from == now) {
                ++now;
            }
            add_set(inc(from, now), damage, dice, names);
        }
        ends.push_back(now);
    }
    return names;
}

chain::RemovalRequest random_request(Dice& dice)
{
    chain::RemovalRequest request;
    request.now = day(60);
    request.include_last_chain = dice.one_in(8);
    request.offset = [](std::int64_t) { return 0; };
    const auto count = static_cast<std::uint32_t>(1 + dice.up_to(2));
    switch (dice.up_to(3)) {
    case 0:
        request.rule = chain::OlderThan{day(dice.up_to(40))};
        break;
    case 1:
        request.rule = chain::AllButNFull{count};
        break;
    case 2:
        request.rule = chain::IncrementsOfAllButNFull{count};
        break;
    default:
        request.rule = chain::KeepPolicy{.last = count, .weekly = count};
        break;
    }
    return request;
}

using SetIds = std::set<naming::SetId>;

SetIds ids_of(const std::vector<chain::BackupSet>& sets)
{
    const auto all = ids(sets);
    return {all.begin(), all.end()};
}

/// Sets of chains whose signatures no chain of signatures has.
SetIds with_stranded_signatures(const chain::Collection& collection)
{
    SetIds orphans;
    for (const auto& file : collection.signatures.orphaned) {
        orphans.insert(file.id);
    }
    SetIds stranded;
    for (const auto& one : collection.chains) {
        for (const auto& set : one.sets) {
            if (orphans.contains(set.id)) {
                stranded.insert(set.id);
            }
        }
    }
    return stranded;
}

SetIds united(SetIds left, const SetIds& right)
{
    left.insert(right.begin(), right.end());
    return left;
}

bool includes(const SetIds& all, const SetIds& some)
{
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

std::set<Ids> chains_of(const chain::Collection& collection)
{
    std::set<Ids> chains;
    for (const auto& one : collection.chains) {
        chains.insert(ids(one.sets));
    }
    return chains;
}

Names flattened(const std::vector<chain::RemovalStep>& steps)
{
    Names names;
    for (const auto& step : steps) {
        names.insert(names.end(), step.names.begin(), step.names.end());
    }
    return names;
}

Names without(Names names, const Names& gone, std::size_t count)
{
    const std::set<std::string> set{gone.begin(),
                                    gone.begin() + static_cast<std::ptrdiff_t>(count)};
    std::erase_if(names, [&set](const std::string& name) { return set.contains(name); });
    return names;
}

Names what_is_left(const Names& names, const chain::RemovalRequest& request)
{
    const auto collection = chain::collect(names, {}, {});
    const auto gone =
        flattened(chain::removal_steps(collection, chain::judge(collection, request)));
    return without(names, gone, gone.size());
}

/// What must hold after each deletion: no chain that stays is touched, and nothing is stranded
/// that was not before.
void check_every_cut(const Names& names, const Names& gone, const std::set<Ids>& staying,
                     Trouble trouble)
{
    const auto before = chain::collect(names, {}, {});
    const auto orphans = ids_of(before.orphaned);
    // A replaced set comes back with signatures that nobody could use before, either.
    const auto stranded = united(with_stranded_signatures(before), ids_of(before.replaced));
    // Which chain an increment belongs to is a guess where two end in one second, and may change
    // on the way; what is deleted does not.
    const bool ambiguous = trouble == Trouble::damage_and_equal_times;
    for (const auto& name : gone) {
        const auto id = naming::parse(name, {})->set;
        CHECK(std::none_of(staying.begin(), staying.end(), [&id](const Ids& one) {
            return std::find(one.begin(), one.end(), id) != one.end();
        }));
    }
    CHECK(std::set<std::string>(gone.begin(), gone.end()).size() == gone.size());
    for (std::size_t count = 0; count <= gone.size(); ++count) {
        CAPTURE(count);
        const auto after = chain::collect(without(names, gone, count), {}, {});
        const auto chains = chains_of(after);
        if (!ambiguous || count == gone.size()) {
            CHECK(std::includes(chains.begin(), chains.end(), staying.begin(), staying.end()));
        }
        CHECK(includes(orphans, ids_of(after.orphaned)));
        if (!ambiguous && orphans.empty()) {
            CHECK(includes(stranded, with_stranded_signatures(after)));
        }
    }
}

std::uint32_t first_seed()
{
    const char* const given = std::getenv("DUPLID_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 0;
}

}  // namespace

TEST_CASE("a removal may be cut after any deletion: what stays is whole, and nothing is stranded")
{
    const auto seed_end = first_seed() != 0 ? first_seed() + 1 : 3000;
    std::size_t removed = 0;
    for (auto seed = first_seed(); seed < seed_end; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        const auto names = random_listing(trouble_of(seed), dice);
        const auto request = random_request(dice);
        const auto collection = chain::collect(names, {}, {});
        const auto judgement = chain::judge(collection, request);
        std::set<Ids> staying;
        for (std::size_t i = 0; i < judgement.chains.size(); ++i) {
            const auto all = ids(collection.chains[i].sets);
            if (judgement.chains[i].fate == chain::Fate::stays) {
                staying.insert(all);
            }
        }
        if (!request.include_last_chain && !collection.chains.empty()) {
            CHECK_FALSE(staying.empty());
        }
        const auto gone = flattened(chain::removal_steps(collection, judgement));
        removed += gone.size();
        check_every_cut(names, gone, staying, trouble_of(seed));
    }
    // The dice must not have made this an empty exercise.
    CHECK((first_seed() != 0 || removed > 10'000));
}

TEST_CASE("a removal that was cut is finished by asking for it again")
{
    const auto seed_end = first_seed() != 0 ? first_seed() + 1 : 3000;
    for (auto seed = first_seed(); seed < seed_end; seed += 1) {
        CAPTURE(seed);
        Dice dice{seed};
        // Without damage: a chain of which volumes are missing may become the last good one when
        // its newest set is gone.
        const auto names = random_listing(Trouble::none, dice);
        auto request = random_request(dice);
        request.include_last_chain = false;
        const auto collection = chain::collect(names, {}, {});
        const auto gone =
            flattened(chain::removal_steps(collection, chain::judge(collection, request)));
        const auto wanted = without(names, gone, gone.size());
        for (std::size_t count = 0; count <= gone.size(); ++count) {
            CAPTURE(count);
            CHECK(what_is_left(without(names, gone, count), request) == wanted);
        }
    }
}

TEST_CASE("a cleanup may be cut anywhere too, and leaves chains, their signatures and nothing else")
{
    const auto seed_end = first_seed() != 0 ? first_seed() + 1 : 3000;
    for (auto seed = first_seed(); seed < seed_end; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        const auto names = random_listing(Trouble::damage_and_equal_times, dice);
        const auto collection = chain::collect(names, {}, {});
        const auto gone = flattened(chain::cleanup_steps(collection, false, true));
        const auto staying = chains_of(collection);
        const auto orphans = united(ids_of(collection.orphaned), ids_of(collection.replaced));
        for (std::size_t count = 0; count <= gone.size(); ++count) {
            CAPTURE(count);
            const auto after = chain::collect(without(names, gone, count), {}, {});
            CHECK(chains_of(after) == staying);
            CHECK(includes(orphans, ids_of(after.orphaned)));
        }
        const auto clean = chain::collect(without(names, gone, gone.size()), {}, {});
        CHECK(clean.orphaned.empty());
        CHECK(clean.replaced.empty());
        CHECK(clean.incomplete.empty());
        CHECK(chain::cleanup_steps(clean, false, true).empty());
    }
}
