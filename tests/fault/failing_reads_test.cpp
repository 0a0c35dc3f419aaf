// Goals: a source that cannot be read from some byte on costs that file alone, is told, and is
// stored whole once it can be read again (feature-goals.md R40); and a large file is read once,
// whatever became of it. Method: this executable defines pread() itself, fails it for one file, and
// counts what it gives of another. Second witness: trees.
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
std::atomic<ino_t> counted_file = 0;
std::atomic<std::uint64_t> counted_bytes = 0;

bool is_file(int fd, ino_t inode) noexcept
{
    struct stat facts {};
    return inode != 0 && ::fstat(fd, &facts) == 0 && facts.st_ino == inode;
}

bool is_bad(int fd, size_t bytes, off_t at) noexcept
{
    return at + static_cast<off_t>(bytes) > bad_from && is_file(fd, bad_file);
}

ssize_t read_at(int fd, void* data, size_t bytes, off_t at) noexcept
{
    if (is_bad(fd, bytes, at)) {
        errno = EIO;
        return -1;
    }
    const auto got = ::syscall(SYS_pread64, fd, data, bytes, at);
    if (got > 0 && is_file(fd, counted_file)) {
        counted_bytes += static_cast<std::uint64_t>(got);
    }
    return got;
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

namespace {

ino_t inode_of(const fs::path& path)
{
    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    return facts.st_ino;
}

}  // namespace

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

        bad_from = from;
        bad_file = inode_of(place.source() / name);
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

TEST_CASE("a large file that changed is read once, and in one place costs that place")
{
    constexpr std::size_t size = 40'000'000;
    constexpr std::size_t changed = 400'000;
    constexpr std::size_t at = 17'654'321;
    const io::TempDirectory temporary{support::quick_directory()};
    codec::WorkerPool pool{2};
    const Place place{temporary.path(), pool};
    fs::create_directory(place.root / "tmp");
    auto content = noise(size, 1);
    write(place.source() / "large", content);
    place.back_up(first_set, BackupType::full);

    content.replace(at, changed, noise(changed, 2));
    const auto rewritten = noise(size, 3);
    struct Row {
        const std::string& content;
        std::uint64_t delta_min;
        std::uint64_t delta_max;
    };
    // In one place: what is new, the two blocks at its ends, and a few bytes that say so.
    constexpr std::uint64_t block = 2048;
    std::int64_t time = first_set;
    for (const auto& row : {Row{content, changed, changed + 2 * block + 1000},
                            Row{rewritten, size, size + size / 1000}}) {
        write(place.source() / "large", row.content);
        counted_bytes = 0;
        counted_file = inode_of(place.source() / "large");
        const auto report = place.back_up(time += day, BackupType::incremental);
        counted_file = 0;
        CHECK(report.statistics.changed_files == 1);
        CHECK(report.warnings == 0);
        CHECK(counted_bytes == size);
        CHECK(report.statistics.raw_delta_bytes >= row.delta_min);
        CHECK(report.statistics.raw_delta_bytes <= row.delta_max);
        // The tar around it, one header a block of 64 KiB, is all that is added.
        CHECK(report.statistics.stored_bytes <= row.delta_max + row.delta_max / 50 + 5000);
        CHECK(difference(tree_of(place.source()), place.restored(place.target(), time).tree) == "");
    }
}
