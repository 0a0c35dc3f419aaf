// What is left when a process is killed, or the disk is full, in the middle of a run.
//
// Each generation g is a state in which every row says g, and whose last applied set is called
// "set g". Whatever happens, the catalog must show one generation whole.
//
// Kills are placed by counting: SQLite lets its calls into the system be replaced, and the child
// dies in the middle of its nth write. So each run of the test kills at the same places.
#include "storage/cache/catalog.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/quick_directory.hpp"
#include "tests/unit/storage/cache/child.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace duplid;
using cache::Catalog;
using cache::StateRow;

namespace {

constexpr std::int64_t rows_per_generation = 1'000;

StateRow row_of(std::int64_t number, std::int64_t generation)
{
    StateRow row;
    row.key = fmt::format("{:040}", number);
    row.mtime = generation;
    return row;
}

// Stages generation g over g - 1. Even ones have half a block of rows more at the end, so that
// incremental runs also add and delete.
void stage_generation(Catalog& catalog, std::int64_t generation, bool full)
{
    const auto longer = rows_per_generation + rows_per_generation / 2;
    const auto count = generation % 2 == 0 ? longer : rows_per_generation;
    catalog.begin_run(full);
    for (std::int64_t number = 0; number < count; ++number) {
        catalog.stage_put(row_of(number, generation));
    }
    if (!full) {
        for (auto number = count; number < longer; ++number) {
            catalog.stage_delete(row_of(number, generation).key);
        }
    }
}

void make_generation(Catalog& catalog, std::int64_t generation, bool full)
{
    stage_generation(catalog, generation, full);
    catalog.commit_run({fmt::format("set {}", generation), "x"}, {});
}

// The generation that the catalog shows; -1 when it shows none, or parts of two.
std::int64_t generation_of(const std::string& directory)
{
    const auto catalog = Catalog::open(directory);
    if (!catalog->why_recreated().empty() || catalog->applied().empty()) {
        return -1;
    }
    auto cursor = catalog->scan();
    StateRow row;
    std::int64_t count = 0;
    std::int64_t generation = -1;
    while (cursor.next(row)) {
        generation = count == 0 ? row.mtime : generation;
        if (row != row_of(count, generation)) {
            return -1;
        }
        ++count;
    }
    const auto expected = rows_per_generation + (generation % 2 == 0 ? rows_per_generation / 2 : 0);
    const auto name = fmt::format("set {}", generation);
    return count == expected && catalog->applied().back().set_name == name ? generation : -1;
}

std::int64_t writes_left = 0;  // of the child, until it dies
std::int64_t writes_done = 0;

// Stands in for pwrite(2): the last one leaves half of its bytes, as a crash may.
ssize_t counted_pwrite(int fd, const void* bytes, size_t count, off_t offset)
{
    ++writes_done;
    if (--writes_left == 0) {
        const auto written = ::pwrite(fd, bytes, count / 2, offset);
        ::kill(::getpid(), written < 0 ? SIGABRT : SIGKILL);
    }
    return ::pwrite(fd, bytes, count, offset);
}

// In this process, for good. SQLite uses one of the two names, as it was built.
void die_in_write(std::int64_t number)
{
    writes_left = number;
    auto* vfs = sqlite3_vfs_find(nullptr);
    for (const auto* name : {"pwrite", "pwrite64"}) {
        vfs->xSetSystemCall(vfs, name, reinterpret_cast<sqlite3_syscall_ptr>(counted_pwrite));
    }
}

struct Death {
    bool in_commit = false;  // else while it staged
    bool died = true;
    std::int64_t writes = 0;  // of a child that did not die
};

// Makes generation 2 of the catalog in `directory` in a child that dies in write `number`.
Death make_second_generation(const std::string& directory, bool full, std::int64_t number)
{
    support::Child child{[&] {
        die_in_write(number);
        const auto catalog = Catalog::open(directory);
        stage_generation(*catalog, 2, full);
        support::say("staged");
        catalog->commit_run({"set 2", "x"}, {});
        support::say(std::to_string(writes_done));
        return 0;
    }};
    Death death;
    death.in_commit = child.read_line() == "staged";
    const auto writes = child.read_line();
    death.writes = writes.empty() ? 0 : std::stoll(writes);
    death.died = child.finish() != 0;
    return death;
}

// Ends with no_space on the way; the status says whether it did.
int fill_up(const std::string& directory)
{
    const auto catalog = Catalog::open(directory);
    try {
        catalog->begin_run(true);
        for (std::int64_t number = 0; number < 10'000'000; ++number) {
            catalog->stage_put(row_of(number, 99));
        }
    } catch (const Error& error) {
        catalog->abandon_run();
        return error.kind() == Error::Kind::no_space ? 0 : 1;
    }
    return 2;
}

}  // namespace

TEST_CASE("a process killed in any of its writes leaves one generation whole")
{
    bool full = false;
    bool with_wal = true;
    SUBCASE("full run")
    {
        full = true;
    }
    SUBCASE("incremental run") {}
    SUBCASE("full run without shared memory")
    {
        full = true;
        with_wal = false;
    }
    SUBCASE("incremental run without shared memory")
    {
        with_wal = false;
    }
    CAPTURE(full);
    CAPTURE(with_wal);

    const io::TempDirectory home{support::quick_directory()};
    const auto before = home.path() + "/before";
    std::filesystem::create_directory(before);
    if (!with_wal) {
        // SQLite follows no link to its shared memory file, so it cannot have one.
        std::filesystem::create_symlink("nowhere", before + "/catalog.db-shm");
    }
    make_generation(*Catalog::open(before), 1, true);
    const auto again = [&] {
        auto path = home.path() + "/again";
        std::filesystem::remove_all(path);
        using std::filesystem::copy_options;
        std::filesystem::copy(before, path, copy_options::recursive | copy_options::copy_symlinks);
        return path;
    };

    const auto undisturbed = make_second_generation(again(), full, -1);
    REQUIRE_FALSE(undisturbed.died);
    REQUIRE(undisturbed.writes > 20);

    constexpr std::int64_t kills = 40;
    int undone_commits = 0;
    for (std::int64_t kill = 0; kill < kills; ++kill) {
        const auto number = 1 + kill * undisturbed.writes / kills;
        CAPTURE(number);
        const auto path = again();
        const auto death = make_second_generation(path, full, number);
        CHECK(death.died);
        const auto found = generation_of(path);
        CHECK((found == 1 || (found == 2 && death.in_commit)));
        undone_commits += found == 1 && death.in_commit ? 1 : 0;
        // And it can be gone on with.
        make_generation(*Catalog::open(path), 3, full);
        CHECK(generation_of(path) == 3);
    }
    CHECK(undone_commits > 0);
}

TEST_CASE("a limit on file sizes in the middle of a run is no_space, and the state stays")
{
    const io::TempDirectory directory{support::quick_directory()};
    make_generation(*Catalog::open(directory.path()), 1, true);
    support::Child child{[&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{4'000'000, 4'000'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        return fill_up(directory.path());
    }};
    CHECK(child.finish() == 0);
    CHECK(generation_of(directory.path()) == 1);
}

TEST_CASE("a full disk in the middle of a run is no_space, and the state stays" *
          doctest::skip(::geteuid() != 0))
{
    const io::TempDirectory directory{support::quick_directory()};
    const auto disk = directory.path() + "/disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=6m") != 0) {
        MESSAGE("cannot mount here: not tested");
        return;
    }
    make_generation(*Catalog::open(disk), 1, true);
    CHECK(fill_up(disk) == 0);
    CHECK(generation_of(disk) == 1);
    // The person makes room, and the next run goes through.
    REQUIRE(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=60m") == 0);
    make_generation(*Catalog::open(disk), 2, false);
    CHECK(generation_of(disk) == 2);
    CHECK(::umount2(disk.c_str(), MNT_DETACH) == 0);
}
