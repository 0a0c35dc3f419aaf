#include "storage/cache/journal.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/quick_directory.hpp"
#include "tests/unit/storage/cache/child.hpp"

#include <doctest/doctest.h>
#include <filesystem>

using namespace duplid;
using cache::Journal;
using cache::JournalRun;
using cache::JournalVolume;
using cache::Unfinished;

namespace {

const JournalRun run{.set_name = "duplicity-full.20240101T000000Z",
                     .kind = "full",
                     .setup = std::string{"source /\xff\nform 1\0", 17},
                     .volume_bytes = 200 * 1024 * 1024,
                     .started = 1'704'067'200};

JournalVolume volume(std::uint32_t number, bool acknowledged = false)
{
    return {.number = number,
            .file_name = "vol" + std::to_string(number),
            .sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            .bytes = UINT64_C(1) << 40,
            .record = "Volume 1:\n    StartingPath   \xfe\n",
            .mark = "512 1 2 3",
            .signatures_sha1 = "356a192b7913b04c54574d18c28d46e6395428ab",
            .acknowledged = acknowledged};
}

}  // namespace

TEST_CASE("a new journal, and one whose run finished, have nothing unfinished")
{
    const io::TempDirectory directory{support::quick_directory()};
    auto journal = Journal::open(directory.path());
    CHECK(journal->unfinished() == std::nullopt);
    journal->begin(run);
    journal->intend(volume(1));
    journal->finish();
    CHECK(journal->unfinished() == std::nullopt);
    journal.reset();
    CHECK(Journal::open(directory.path())->unfinished() == std::nullopt);
}

TEST_CASE("what was intended and what was acknowledged outlives a killed process")
{
    const io::TempDirectory directory{support::quick_directory()};
    support::Child child{[&] {
        const auto journal = Journal::open(directory.path());
        journal->begin(run);
        journal->intend(volume(2));
        journal->intend(volume(1));
        journal->acknowledge(1);
        support::say("written");
        ::pause();
        return 0;
    }};
    REQUIRE(child.read_line() == "written");
    child.kill();
    const auto journal = Journal::open(directory.path());
    CHECK(journal->why_recreated().empty());
    CHECK(journal->unfinished() ==
          Unfinished{.run = run, .volumes = {volume(1, true), volume(2, false)}});
}

TEST_CASE("a volume that is put again needs its acknowledgement again")
{
    const io::TempDirectory directory{support::quick_directory()};
    const auto journal = Journal::open(directory.path());
    journal->begin(run);
    journal->intend(volume(1));
    journal->acknowledge(1);
    auto again = volume(1);
    again.sha1 = "0000000000000000000000000000000000000000";
    journal->intend(again);
    CHECK(journal->unfinished()->volumes == std::vector{again});
}

TEST_CASE("going on with a run forgets the volumes that are made again, and nothing else")
{
    const io::TempDirectory directory{support::quick_directory()};
    const auto journal = Journal::open(directory.path());
    journal->begin(run);
    for (std::uint32_t number = 1; number <= 4; ++number) {
        journal->intend(volume(number));
        journal->acknowledge(number);
    }
    journal->rewind(2);
    CHECK(journal->unfinished() ==
          Unfinished{.run = run, .volumes = {volume(1, true), volume(2, true)}});
}

TEST_CASE("a new run forgets the unfinished one")
{
    const io::TempDirectory directory{support::quick_directory()};
    const auto journal = Journal::open(directory.path());
    journal->begin(run);
    journal->intend(volume(1));
    auto second = run;
    second.set_name = "another";
    journal->begin(second);
    CHECK(journal->unfinished() == Unfinished{.run = second, .volumes = {}});
}

TEST_CASE("calls out of order are refused")
{
    const io::TempDirectory directory{support::quick_directory()};
    const auto journal = Journal::open(directory.path());
    CHECK_THROWS_AS(journal->intend(volume(1)), Error);
    journal->begin(run);
    CHECK_THROWS_AS(journal->acknowledge(1), Error);
}

TEST_CASE("a damaged journal is put aside, and that is told")
{
    const io::TempDirectory directory{support::quick_directory()};
    const auto path = directory.path() + "/journal.db";
    io::replace_file(path, io::Bytes(5'000, std::byte{'x'}));
    const auto journal = Journal::open(directory.path());
    CHECK(journal->why_recreated().find("journal.db") != std::string::npos);
    CHECK(journal->unfinished() == std::nullopt);
    CHECK(io::read_file(path + ".bad", 10'000) == io::Bytes(5'000, std::byte{'x'}));
}
