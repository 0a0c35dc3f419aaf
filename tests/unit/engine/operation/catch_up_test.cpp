// Copying to a target what it lacks, and what is remembered of it. Method: targets in memory that
// fail at a chosen call.
#include "engine/operation/targets/catch_up.hpp"

#include "storage/io/file.hpp"
#include "tests/support/faulty_remote.hpp"
#include "tests/unit/engine/chain/names.hpp"
#include "tests/unit/engine/operation/mortal_world.hpp"

#include <doctest/doctest.h>

namespace cache = duplid::cache;
namespace codec = duplid::codec;
namespace io = duplid::io;
namespace mortal = duplid::mortal;
namespace operation = duplid::operation;
namespace support = duplid::support;
using namespace duplid::chain::test;
using duplid::Error;
using operation::MissingSet;

namespace {

struct Place {
    io::TempDirectory temporary{support::quick_directory()};
    codec::WorkerPool pool{1};
    support::MemoryRemote from;
    support::MemoryRemote there;
    support::FaultyRemote to{there};
    support::RecordingRemote source{from};
    mortal::Notes monitor;
    operation::TargetRecord record;
    operation::CaughtUp done;
    int saved = 0;
    cache::ArchiveDirectory directory =
        cache::ArchiveDirectory::create(temporary.path(), "archive");

    void put(support::MemoryRemote& target, const std::string& name, std::string_view text) const
    {
        const auto bytes = io::view_of(text);
        target.set(name, {bytes.begin(), bytes.end()});
    }
    std::string text(const std::string& name)
    {
        return std::string{io::text_of(there.content_of(name))};
    }
    /// Three volumes, signatures and a manifest on the leader.
    MissingSet whole_set()
    {
        MissingSet set;
        set.set = full(1);
        for (const auto& name : {volume(full(1), 1), volume(full(1), 2), volume(full(1), 3),
                                 signatures(full(1)), manifest(full(1))}) {
            put(from, name, "content of " + name);
            set.files.push_back({name, ("content of " + name).size(), there.size_of(name) > 0U});
        }
        return set;
    }
    void catch_up(const std::vector<MissingSet>& missing, std::stop_token stop = {})
    {
        operation::Archive archive{source, directory, pool, {}};
        archive.settings.temp_directory = temporary.path();
        operation::catch_up({.archive = archive,
                             .from = source,
                             .to = to,
                             .record = record,
                             .on_record = [this] { ++saved; },
                             .monitor = monitor,
                             .stop = std::move(stop)},
                            missing, done);
    }
};

}  // namespace

TEST_CASE("all files of a set are copied byte for byte, and the record is clean afterwards")
{
    Place place;
    const auto set = place.whole_set();
    place.catch_up({set});
    for (const auto& file : set.files) {
        CHECK(place.text(file.name) == "content of " + file.name);
    }
    CHECK(place.done.sets == 1);
    CHECK(place.done.files == 5);
    CHECK(place.record == operation::TargetRecord{});
    CHECK(place.saved > 5);
}

TEST_CASE("wherever a copy breaks off, there is no manifest, and the next one goes on there")
{
    for (std::uint64_t call = 1; call <= 10; ++call) {
        CAPTURE(call);
        Place place;
        const auto set = place.whole_set();
        place.to.fail_call(call, {Error::Kind::unreachable, "away"});
        CHECK_THROWS_AS(place.catch_up({set}), Error);
        const auto copied = place.record.copied;
        CHECK(copied == (call - 1) / 2);  // of each file a put and a look
        CHECK(place.done.files == copied);

        auto again = place.whole_set();  // as it is listed now
        place.source.forget();
        place.catch_up({again});
        CHECK(place.source.count("get") == 5 - copied);
        for (const auto& file : set.files) {
            CHECK(place.text(file.name) == "content of " + file.name);
        }
    }
}

TEST_CASE("files of an attempt that was given up are replaced, whatever their size, or removed")
{
    Place place;
    const auto first = volume(full(1), 1);
    place.put(place.there, first, std::string(("content of " + first).size(), 'x'));
    place.put(place.there, volume(full(1), 4), "of a longer attempt");
    auto set = place.whole_set();
    REQUIRE(set.files[0].is_there);
    set.surplus = {volume(full(1), 4)};
    place.catch_up({set});
    CHECK(place.text(first) == "content of " + first);
    CHECK_FALSE(place.there.size_of(volume(full(1), 4)));
}

TEST_CASE("a volume that is not what the cache's manifest says is not copied")
{
    Place place;
    const auto set = place.whole_set();
    const std::string text = "Hostname host\nLocaldir /source\nVolume 1:\n"
                             "    StartingPath   .\n    EndingPath     a\n    Hash SHA1 " +
                             std::string(40, 'a') + "\n";
    io::replace_file(place.directory.path_of(manifest(full(1))), io::view_of(text));
    try {
        place.catch_up({set});
        FAIL("it was copied");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        CHECK(error.object() == volume(full(1), 1));
    }
    CHECK(place.there.list().empty());
}

TEST_CASE("a request to stop ends a copy between two files")
{
    Place place;
    std::stop_source stop;
    stop.request_stop();
    try {
        place.catch_up({place.whole_set()}, stop.get_token());
        FAIL("it went on");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::cancelled);
    }
    CHECK(place.there.list().empty());
}

TEST_CASE("what is remembered of targets comes back as it was, and nonsense counts as nothing")
{
    const io::TempDirectory temporary;
    const auto directory = cache::ArchiveDirectory::create(temporary.path(), "archive");
    auto records = operation::TargetRecords::load(directory);
    CHECK(records.is_new());
    records.set_attempt("abc");
    records.of("file:///with a blank\nand a line") = {"full.2024-01-01T00:00:00Z", {}, 0, "abc"};
    records.of("sftp://nas/x") = {{}, "inc.1.to.2", 7, {}};
    records.save();

    auto back = operation::TargetRecords::load(directory);
    CHECK_FALSE(back.is_new());
    CHECK(back.attempt() == "abc");
    CHECK(back.of("file:///with a blank\nand a line") ==
          operation::TargetRecord{"full.2024-01-01T00:00:00Z", {}, 0, "abc"});
    CHECK(back.of("sftp://nas/x") == operation::TargetRecord{{}, "inc.1.to.2", 7, {}});
    CHECK(back.of("elsewhere") == operation::TargetRecord{});

    for (const auto* const text : {"", "targets 2\n-\n", "targets 1\nabc\nhash full - many -\n"}) {
        CAPTURE(text);
        io::replace_file(directory.path_of("duplid-targets"), io::view_of(text));
        auto nothing = operation::TargetRecords::load(directory);
        CHECK(nothing.is_new());
        CHECK(nothing.attempt().empty());
    }
}

TEST_CASE("files are the same if their bytes are")
{
    Place place;
    place.put(place.from, "x", "content");
    place.put(place.there, "x", "content");
    CHECK(operation::is_same_file(place.from, place.there, "x"));
    place.put(place.there, "x", "c0ntent");
    CHECK_FALSE(operation::is_same_file(place.from, place.there, "x"));
}
