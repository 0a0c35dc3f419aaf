// Goal: a source that cannot be read from some byte on costs that file alone, is told, and is
// stored whole once it can be read again (feature-goals.md R40). Method: this executable defines
// pread() itself, and fails it for one file. Second witness: trees.
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/fault/failing_place.hpp"
#include "tests/support/quick_directory.hpp"

#include <atomic>
#include <cerrno>
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::atomic<ino_t> bad_file = 0;
std::atomic<off_t> bad_from = 0;

bool is_bad(int fd, size_t bytes, off_t at) noexcept
{
    struct stat facts {};
    return bad_file != 0 && at + static_cast<off_t>(bytes) > bad_from && ::fstat(fd, &facts) == 0 &&
           facts.st_ino == bad_file;
}

ssize_t read_at(int fd, void* data, size_t bytes, off_t at) noexcept
{
    if (is_bad(fd, bytes, at)) {
        errno = EIO;
        return -1;
    }
    return ::syscall(SYS_pread64, fd, data, bytes, at);
}

}  // namespace

extern "C" {

ssize_t pread(int fd, void* data, size_t bytes, off_t at)
{
    return read_at(fd, data, bytes, at);
}

ssize_t pread64(int fd, void* data, size_t bytes, off64_t at)
{
    return read_at(fd, data, bytes, at);
}

}  // extern "C"

using namespace duplid;
using namespace duplid::failing;
using operation::BackupType;

TEST_CASE("a file that cannot be read from some byte on costs itself alone, and is whole next time")
{
    // The first byte, one in a small file, and one behind what is read at once of a large one.
    for (const auto& which : std::vector<std::pair<std::string, off_t>>{
             {"folder/stays", 0}, {"folder/stays", 10'000}, {"big", 0}, {"big", 400'000}}) {
        const auto& name = which.first;
        const auto from = which.second;
        CAPTURE(name);
        CAPTURE(from);
        const io::TempDirectory temporary{support::quick_directory()};
        codec::WorkerPool pool{2};
        const Place place{temporary.path(), pool};
        fs::create_directory(place.root / "tmp");
        make_step(place.source(), 0);
        place.back_up(first_set, BackupType::full);
        const auto first = tree_of(place.source());
        make_step(place.source(), 1);
        write(place.source() / "folder/stays", noise(20'000, 5));
        const auto second = tree_of(place.source());

        struct stat facts {};
        REQUIRE(::stat((place.source() / name).c_str(), &facts) == 0);
        bad_from = from;
        bad_file = facts.st_ino;
        const auto report = place.back_up(first_set + day, BackupType::incremental);
        bad_file = 0;
        CHECK(report.warnings >= 1);
        CHECK(report.statistics.errors == report.warnings);

        // All else is as it was; the file is the old one, or as far as it could be read.
        const auto restored = place.restored(place.target(), first_set + day);
        auto expected = second;
        auto got = restored.tree;
        const auto stored = got[name].substr(got[name].find(' ') + 11);
        const auto was = first.at(name).substr(first.at(name).find(' ') + 11);
        const auto is = second.at(name).substr(second.at(name).find(' ') + 11);
        CHECK((stored == was || is.starts_with(stored)));
        expected.erase(name);
        got.erase(name);
        CHECK(difference(expected, got) == "");

        CHECK(place.back_up(first_set + 2 * day, BackupType::incremental).warnings == 0);
        CHECK(difference(second, place.restored(place.target(), first_set + 2 * day).tree) == "");
        CHECK(difference(first, place.restored(place.target(), first_set).tree) == "");
    }
}
