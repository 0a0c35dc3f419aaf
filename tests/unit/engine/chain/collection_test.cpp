// From listings to sets and chains. Witnesses: the targets that duplicity 0.8.22 left in the
// vectors, and the rules of archive-format.md 10.1 to 10.3. Replaced increments and those that lead
// nowhere or back were shown to its collection-status, which treats them as expected here.
#include "engine/chain/collection.hpp"

#include "tests/unit/engine/chain/names.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>

namespace chain = duplid::chain;
namespace naming = duplid::naming;
using naming::Wrapping;
using namespace chain::test;

namespace {

Names listing(const std::string& directory)
{
    Names names;
    const auto path = std::filesystem::path{DUPLID_GOLDEN} / "duplicity-0.8.22" / directory;
    for (const auto& entry : std::filesystem::directory_iterator{path}) {
        names.push_back(entry.path().filename().string());
    }
    return names;
}

chain::Collection collect(const Names& target, const Names& cache = {},
                          const naming::Prefixes& prefixes = {})
{
    return chain::collect(target, cache, prefixes);
}

}  // namespace

TEST_CASE("a full and two increments make one chain of sets and one of signatures")
{
    const auto collection = collect(listing("plain/target"));
    REQUIRE(collection.chains.size() == 1);
    CHECK(ids(collection.chains[0].sets) == Ids{full(1), inc(1, 2), inc(2, 3)});
    CHECK(collection.chains[0].start() == day(1));
    CHECK(collection.chains[0].end() == day(3));
    CHECK(collection.chains[0].sets[0].volumes ==
          std::map<std::uint32_t, std::string>{
              {1, "duplicity-full.20240101T000000Z.vol1.difftar.gz"},
              {2, "duplicity-full.20240101T000000Z.vol2.difftar.gz"}});
    CHECK(collection.chains[0].sets[0].manifest == "duplicity-full.20240101T000000Z.manifest");
    REQUIRE(collection.signatures.chains.size() == 1);
    CHECK(collection.signatures.chains[0].files.size() == 3);
    CHECK(collection.signatures.chains[0].end() == day(3));
    CHECK(collection.orphaned.empty());
    CHECK(collection.incomplete.empty());
    CHECK(collection.ignored.empty());
}

TEST_CASE("every naming style and wrapping gives the same chain")
{
    struct Row {
        const char* directory;
        naming::Prefixes prefixes;
        Wrapping wrapping;
    };
    const naming::Prefixes prefixes{
        .all = "X-", .archive = "A-", .manifest = "M-", .signature = "S-"};
    for (const auto& row :
         {Row{"names/default", {}, Wrapping::gzip}, Row{"names/short", {}, Wrapping::gzip},
          Row{"names/old-utc", {}, Wrapping::gzip}, Row{"names/old-prague", {}, Wrapping::gzip},
          Row{"names/old-newyork-underscore", {}, Wrapping::gzip},
          Row{"names/no-compression", {}, Wrapping::plain},
          Row{"names/prefixes", prefixes, Wrapping::gzip}, Row{"sym/target", {}, Wrapping::gpg},
          Row{"signed/target", {}, Wrapping::gpg}}) {
        CAPTURE(row.directory);
        const auto collection = collect(listing(row.directory), {}, row.prefixes);
        REQUIRE(collection.chains.size() == 1);
        CHECK(ids(collection.chains[0].sets) == Ids{full(1), inc(1, 2)});
        CHECK(collection.chains[0].sets[0].wrapping == row.wrapping);
        REQUIRE(collection.signatures.chains.size() == 1);
        CHECK(collection.signatures.chains[0].end() == day(2));
    }
    // One chain may even change its style on the way; sets are matched by time alone.
    const auto mixed = collect({"df.s6k2o0.m", "duplicity-inc.2024-01-01T01:00:00+01:00.to."
                                               "2024-01-02T01:00:00+01:00.manifest"});
    REQUIRE(mixed.chains.size() == 1);
    CHECK(mixed.chains[0].end() == day(2));
}

TEST_CASE("a replica's compressed manifest makes its set complete")
{
    const auto collection = collect(listing("replica/target"));
    REQUIRE(collection.chains.size() == 1);
    const auto& set = collection.chains[0].sets[0];
    CHECK(set.manifest == "duplicity-full.20240101T000000Z.manifest.gz");
    CHECK(set.volumes.size() == 4);
}

TEST_CASE("an interrupted run is partial where its cache is, and incomplete elsewhere")
{
    const auto target = listing("partial/target");
    const auto here = collect(target, listing("partial/archive-dir"));
    CHECK(here.chains.empty());
    CHECK(here.incomplete.empty());
    REQUIRE(here.partial.size() == 1);
    CHECK(here.partial[0].partial);
    CHECK_FALSE(here.partial[0].manifest);
    CHECK(here.partial[0].volumes.size() == 3);
    CHECK(here.partial[0].cached_partial_manifest ==
          "duplicity-full.20240101T000000Z.manifest.part");
    CHECK(here.partial[0].cached_partial_signatures ==
          "duplicity-full-signatures.20240101T000000Z.sigtar.part");
    CHECK(here.cache_leftovers.empty());

    const auto elsewhere = collect(target);
    CHECK(elsewhere.partial.empty());
    REQUIRE(elsewhere.incomplete.size() == 1);
    CHECK_FALSE(elsewhere.incomplete[0].partial);
}

TEST_CASE("a partial increment takes no place in the chain it would continue")
{
    auto target = sets({full(1), inc(1, 2)});
    target.push_back(volume(inc(2, 3), 1));
    const auto collection = collect(target, {manifest(inc(2, 3)) + ".part"});
    REQUIRE(collection.chains.size() == 1);
    CHECK(collection.chains[0].end() == day(2));
    CHECK(ids(collection.partial) == Ids{inc(2, 3)});
}

TEST_CASE("a final manifest on the target wins over partial files in the cache")
{
    const std::string part = "duplicity-full.20240101T000000Z.manifest.part";
    const std::string signatures_part = "duplicity-full-signatures.20240101T000000Z.sigtar.part";
    const auto collection = collect(sets({full(1)}), {part, manifest(full(1)), signatures_part});
    CHECK(collection.partial.empty());
    REQUIRE(collection.chains.size() == 1);
    const auto& set = collection.chains[0].sets[0];
    CHECK_FALSE(set.partial);
    CHECK_FALSE(set.cached_partial_manifest);
    CHECK(set.cached_manifest == manifest(full(1)));
    CHECK(collection.cache_leftovers == Names{signatures_part, part});
}

TEST_CASE("a finished manifest in the cache alone completes nothing")
{
    const auto broken = collect({volume(full(1), 1)}, {manifest(full(1))});
    CHECK(ids(broken.incomplete) == Ids{full(1)});
    CHECK(broken.incomplete[0].cached_manifest == manifest(full(1)));

    const auto gone = collect({}, {manifest(full(1)), signatures(full(1))});
    CHECK(gone.incomplete.empty());
    CHECK(gone.cache_leftovers == Names{manifest(full(1))});
    CHECK(gone.cached_signatures.chains.size() == 1);

    // Crashed between writing the upload copy of the manifest and uploading it.
    const auto late =
        collect({volume(full(1), 1)}, {manifest(full(1)), manifest(full(1)) + ".part"});
    CHECK(ids(late.partial) == Ids{full(1)});
}

TEST_CASE("upload copies and strangers in the cache are told from what is needed")
{
    const auto collection =
        collect(sets({full(1)}),
                {"lockfile", "duplicity-abcdefgh-tempdir", "catalog.db", manifest(full(1)) + ".gpg",
                 "duplicity-full-signatures.20240101T000000Z.sigtar.gpg", signatures(full(1)),
                 "duplicity-full.20240101T000000Z.jsonstat.gz"});
    CHECK(
        collection.cache_leftovers ==
        Names{"duplicity-full-signatures.20240101T000000Z.sigtar.gpg", manifest(full(1)) + ".gpg"});
    CHECK(collection.cached_signatures.chains.size() == 1);
}

TEST_CASE("a set without a manifest is incomplete, and breaks the chain after it")
{
    auto target = sets({full(1), inc(2, 3)});
    target.push_back(volume(inc(1, 2), 1));
    const auto collection = collect(target);
    REQUIRE(collection.chains.size() == 1);
    CHECK(collection.chains[0].end() == day(1));
    CHECK(ids(collection.incomplete) == Ids{inc(1, 2)});
    CHECK(ids(collection.orphaned) == Ids{inc(2, 3)});
}

TEST_CASE("volumes are not counted: a set whose volumes are missing is complete")
{
    const auto collection = collect({manifest(full(1))});
    REQUIRE(collection.chains.size() == 1);
    CHECK(collection.chains[0].sets[0].volumes.empty());
}

TEST_CASE("chains are by end time, and an increment goes to the oldest chain that fits")
{
    const auto collection =
        collect(sets({full(5), full(1), inc(1, 2), inc(5, 6), full(2), inc(2, 9)}));
    REQUIRE(collection.chains.size() == 3);
    CHECK(ids(collection.chains[0].sets) == Ids{full(2)});
    CHECK(ids(collection.chains[1].sets) == Ids{full(5), inc(5, 6)});
    CHECK(ids(collection.chains[2].sets) == Ids{full(1), inc(1, 2), inc(2, 9)});
}

TEST_CASE("of two increments from one start the later takes the place of the earlier")
{
    const auto collection = collect(sets({full(1), inc(1, 2), inc(1, 3)}));
    REQUIRE(collection.chains.size() == 1);
    CHECK(ids(collection.chains[0].sets) == Ids{full(1), inc(1, 3)});
    CHECK(ids(collection.replaced) == Ids{inc(1, 2)});
    CHECK(collection.orphaned.empty());

    // Once the earlier one was continued, the later one has come too late.
    const auto continued = collect(sets({full(1), inc(1, 2), inc(2, 3), inc(1, 4)}));
    CHECK(ids(continued.chains[0].sets) == Ids{full(1), inc(1, 2), inc(2, 3)});
    CHECK(ids(continued.orphaned) == Ids{inc(1, 4)});
}

TEST_CASE("increments that lead nowhere or back are orphans")
{
    const auto collection = collect(sets({full(2), inc(2, 2), inc(2, 1)}));
    REQUIRE(collection.chains.size() == 1);
    CHECK(ids(collection.chains[0].sets) == Ids{full(2)});
    CHECK(ids(collection.orphaned) == Ids{inc(2, 1), inc(2, 2)});
    const auto signatures = collect(signatures_of({full(2), inc(2, 2)})).signatures;
    REQUIRE(signatures.chains.size() == 1);
    CHECK(signatures.chains[0].files.size() == 1);
    CHECK(signatures.orphaned.size() == 1);
}

TEST_CASE("of two files with one volume number the one like the others counts")
{
    const auto id = full(1);
    const auto collection =
        collect({manifest(id), volume(id, 1), volume(id, 2), volume(id, 2, Wrapping::plain),
                 volume(id, 3), "duplicity-full.20240101T000000Z.vol003.difftar.gz",
                 volume(id, 4, Wrapping::gpg), volume(id, 4)});
    REQUIRE(collection.chains.size() == 1);
    const auto& set = collection.chains[0].sets[0];
    CHECK(set.wrapping == Wrapping::gzip);
    for (std::uint32_t number = 1; number <= 4; ++number) {
        CHECK(set.volumes.at(number) == volume(id, number));
    }
    CHECK(set.duplicates == Names{volume(id, 2, Wrapping::plain),
                                  "duplicity-full.20240101T000000Z.vol003.difftar.gz",
                                  volume(id, 4, Wrapping::gpg)});
}

TEST_CASE("with every volume doubled, the manifest tells which half to trust")
{
    const auto id = full(1);
    const Names volumes{volume(id, 1), volume(id, 1, Wrapping::gpg)};
    const auto encrypted = collect(volumes + Names{manifest(id), manifest(id) + ".gpg"});
    CHECK(encrypted.chains[0].sets[0].wrapping == Wrapping::gpg);
    CHECK(encrypted.chains[0].sets[0].manifest == manifest(id) + ".gpg");
    CHECK(encrypted.chains[0].sets[0].volumes.at(1) == volume(id, 1, Wrapping::gpg));

    const auto plain = collect(volumes + Names{manifest(id)});
    CHECK(plain.chains[0].sets[0].wrapping == Wrapping::gzip);
    CHECK(plain.chains[0].sets[0].volumes.at(1) == volume(id, 1));
}

TEST_CASE("a plain manifest slipped in beside encrypted files is not believed")
{
    auto names = listing("sym/target");
    names.push_back(manifest(full(1)));
    const auto collection = collect(names);
    const auto& set = collection.chains.at(0).sets[0];
    CHECK(set.manifest == manifest(full(1)) + ".gpg");
    CHECK(set.duplicates == Names{manifest(full(1))});
}

TEST_CASE("stray copies, volume 0 and lost statistics are ignored, foreign files passed over")
{
    const std::string stem = "duplicity-full.20240101T000000Z.";
    const Names strays{stem + "vol0.difftar.gz", stem + "vol1.difftar.gz.par2",
                       stem + "vol1.difftar.gz.tmp"};
    const std::string lost = "duplicity-full.20240105T000000Z.jsonstat.gz";
    const auto collection =
        collect(sets({full(1)}) + strays +
                Names{lost, stem + "jsonstat.gz", "README", "lost+found", "photo.jpg"});
    REQUIRE(collection.chains.size() == 1);
    CHECK(collection.chains[0].sets[0].volumes.size() == 1);
    CHECK(collection.chains[0].sets[0].extras == Names{stem + "jsonstat.gz"});
    CHECK(collection.ignored == strays + Names{lost});
}

TEST_CASE("partial names on the target complete nothing")
{
    const std::string part = manifest(full(1)) + ".part";
    const std::string signatures_part = "duplicity-full-signatures.20240101T000000Z.sigtar.part";
    const auto collection = collect({volume(full(1), 1), part, signatures_part});
    CHECK(collection.chains.empty());
    REQUIRE(ids(collection.incomplete) == Ids{full(1)});
    CHECK(collection.incomplete[0].extras == Names{part});
    CHECK(collection.ignored == Names{signatures_part});
    CHECK(collection.signatures.chains.empty());
}

TEST_CASE("signatures chain by their times, apart from the backups, and apart in the cache")
{
    const auto target = signatures_of({full(1), inc(1, 2), inc(3, 4), full(5)});
    const auto collection = collect(target, signatures_of({inc(1, 2)}));
    REQUIRE(collection.signatures.chains.size() == 2);
    CHECK(collection.signatures.chains[0].end() == day(2));
    CHECK(collection.signatures.chains[1].start() == day(5));
    REQUIRE(collection.signatures.orphaned.size() == 1);
    CHECK(collection.signatures.orphaned[0].id == inc(3, 4));
    CHECK(collection.cached_signatures.chains.empty());
    CHECK(collection.cached_signatures.orphaned.size() == 1);
    CHECK(collection.chains.empty());
}

TEST_CASE("signatures of a set in use are not made orphans by those of the set it replaced")
{
    const auto collection = collect(sets({full(1), inc(1, 2), inc(1, 3)}) +
                                    signatures_of({full(1), inc(1, 2), inc(1, 3)}));
    REQUIRE(collection.signatures.chains.size() == 1);
    CHECK(collection.signatures.chains[0].end() == day(3));
    REQUIRE(collection.signatures.orphaned.size() == 1);
    CHECK(collection.signatures.orphaned[0].id == inc(1, 2));
}

TEST_CASE("doubled signatures are one file and a copy")
{
    auto names = listing("sym/target");
    names.push_back(signatures(full(1)));
    const auto collection = collect(names);
    REQUIRE(collection.signatures.chains.size() == 1);
    const auto& file = collection.signatures.chains[0].files[0];
    CHECK(file.name == "duplicity-full-signatures.20240101T000000Z.sigtar.gpg");
    CHECK(file.duplicates == Names{signatures(full(1))});
}

TEST_CASE("the order of a listing, and names told twice, make no difference")
{
    auto names = listing("plain/target") + sets({full(8), inc(8, 9), inc(20, 21)});
    const auto one = collect(names);
    std::reverse(names.begin(), names.end());
    const auto other = collect(names + names);
    REQUIRE(one.chains.size() == other.chains.size());
    for (std::size_t i = 0; i < one.chains.size(); ++i) {
        CHECK(ids(one.chains[i].sets) == ids(other.chains[i].sets));
        CHECK(other.chains[i].sets[0].duplicates.empty());
    }
    CHECK(ids(other.orphaned) == Ids{inc(20, 21)});
}

TEST_CASE("a set is removed manifest first, then from its last volume to its first")
{
    const auto id = full(1);
    const auto collection =
        collect({manifest(id), volume(id, 1), volume(id, 2), volume(id, 10),
                 volume(id, 2, Wrapping::plain), "duplicity-full.20240101T000000Z.jsonstat.gz"});
    CHECK(chain::removal_order(collection.chains.at(0).sets[0]) ==
          Names{manifest(id), volume(id, 2, Wrapping::plain), volume(id, 10), volume(id, 2),
                volume(id, 1), "duplicity-full.20240101T000000Z.jsonstat.gz"});
}
