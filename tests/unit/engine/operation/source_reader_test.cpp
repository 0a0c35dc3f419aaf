// Goal: what is handed out is the file as it was at one moment, where that can be had, and holes
// are not read. Method: real files, changed from within the callback that follows each read.
#include "engine/operation/object/source_reader.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <ctime>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <functional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace duplid;

namespace {

constexpr std::size_t large = operation::SourceReader::buffer_bytes * 3;

struct File {
    io::TempDirectory temporary;
    std::string path = temporary.path() + "/f";
    int opened = 0;
    std::uint64_t bytes_read = 0;
    std::function<void()> after_read = [] {};
    select::Metadata facts;
    operation::SourceReader reader{[this](std::size_t bytes) {
        bytes_read += bytes;
        // A copy, as it may put another in its place.
        const auto act = after_read;
        act();
    }};

    /// With a time of its own for each number, since two writes may share a tick of the clock.
    void write(const std::string& content, int number) const
    {
        const auto fd = io::open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
        io::write_full(fd.get(), io::view_of(content), path);
        const timespec times[2] = {{1'700'000'000, number}, {1'700'000'000, number}};
        REQUIRE(::futimens(fd.get(), times) == 0);
    }
    void open()
    {
        reader.open(
            [this] {
                ++opened;
                return io::open_file(path, O_RDONLY);
            },
            facts, "f");
    }
    [[nodiscard]] std::string rest()
    {
        std::string all;
        for (auto piece = reader.next_piece(); !piece.empty(); piece = reader.next_piece()) {
            all += io::text_of(piece);
        }
        return all;
    }
};

}  // namespace

TEST_CASE("a small file that changes while it is read is read once more, with the facts of then")
{
    File file;
    file.write("the first", 1);
    file.after_read = [&] {
        file.after_read = [] {};
        file.write("second, longer", 2);
    };
    file.open();
    CHECK(file.opened == 2);
    CHECK(file.facts.size == 14);
    CHECK(file.facts.mtime_ns == 2);
    CHECK(file.rest() == "second, longer");
    CHECK(file.reader.is_unchanged());
}

TEST_CASE("a small file that never holds still is handed out at one length, and told")
{
    File file;
    file.write("abc", 1);
    int number = 1;
    file.after_read = [&] { file.write("abc", ++number); };
    file.open();
    CHECK(file.opened == 2);
    const auto taken = file.rest();
    CHECK(taken.size() == file.reader.taken_bytes());
    CHECK(!file.reader.is_unchanged());
}

TEST_CASE("a large file is handed out as it is read, no more than it had, and a change is told")
{
    File file;
    file.write(std::string(large, 'a'), 1);
    file.open();
    CHECK(file.bytes_read == 0);
    CHECK(file.reader.next_piece().size() == operation::SourceReader::buffer_bytes);
    file.write(std::string(large + 100, 'b'), 2);
    (void)file.rest();
    CHECK(file.reader.taken_bytes() == large);
    CHECK(!file.reader.is_unchanged());
    CHECK(file.opened == 1);
}

TEST_CASE("a file that shrinks ends sooner, and that is told")
{
    File file;
    file.write(std::string(large, 'a'), 1);
    file.open();
    (void)file.reader.next_piece();
    file.write("a", 2);
    CHECK(file.rest().empty());
    CHECK(!file.reader.is_unchanged());
}

TEST_CASE("what is in holes is zeros, wherever data and holes lie")
{
    struct Row {
        const char* what;
        std::vector<std::uint64_t> data;  ///< offsets of single bytes of data
        std::uint64_t size;
    };
    const Row rows[] = {
        {"nothing but a hole", {}, large},
        {"data in front", {0}, large},
        {"data at the end", {large - 1}, large},
        {"data between", {large / 2}, large},
        {"many", {5, 70'000, 300'000, 300'001, 500'000}, large + 777},
        {"small", {10'000}, 100'000},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        File file;
        std::string expected(row.size, '\0');
        {
            const auto fd = io::open_file(file.path, O_WRONLY | O_CREAT);
            REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(row.size)) == 0);
            for (const auto offset : row.data) {
                REQUIRE(::pwrite(fd.get(), "x", 1, static_cast<off_t>(offset)) == 1);
                expected[offset] = 'x';
            }
        }
        file.open();
        CHECK(file.facts.allocated_bytes < file.facts.size);
        CHECK(file.rest() == expected);
        CHECK(file.reader.is_unchanged());
        file.open();
        std::string again(row.size + 1, '?');
        std::size_t got = 0;
        while (const auto more =
                   file.reader.read(std::as_writable_bytes(std::span{again}).subspan(got))) {
            got += more;
        }
        CHECK(again.substr(0, got) == expected);
    }
}

TEST_CASE("a hole ends where its file ends by now, however long it was when it was opened")
{
    constexpr std::uint64_t huge = std::uint64_t{64} << 20U;
    constexpr auto piece = operation::SourceReader::buffer_bytes;
    struct Row {
        const char* what;
        std::uint64_t data_at;    ///< a byte that is none of a hole
        std::uint64_t shrunk_to;  ///< after the first piece
        std::uint64_t taken;      ///< in all
    };
    const Row rows[] = {
        {"to less than was read", huge - 1, 1000, piece},
        {"to nothing", huge - 1, 0, piece},
        {"to the end of what was read", huge - 1, piece, piece},
        {"to more than was read", huge - 1, piece + 5000, piece + 5000},
        {"and had data only in front", 0, 1000, piece},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        File file;
        const auto fd = io::open_file(file.path, O_WRONLY | O_CREAT);
        REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(huge)) == 0);
        REQUIRE(::pwrite(fd.get(), "x", 1, static_cast<off_t>(row.data_at)) == 1);
        file.open();
        std::uint64_t taken = 0;
        // Data and a hole are two pieces.
        while (taken < piece) {
            taken += file.reader.next_piece().size();
        }
        const auto before = file.reader.taken_bytes();
        REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(row.shrunk_to)) == 0);
        CHECK(file.rest().size() == std::max(row.taken, before) - before);
        CHECK(file.reader.taken_bytes() == std::max(row.taken, before));
        CHECK(!file.reader.is_unchanged());
    }
}

TEST_CASE("a change time as young as the clock's tick is not trusted, an older one is")
{
    timespec now{};
    REQUIRE(::clock_gettime(CLOCK_REALTIME, &now) == 0);
    const auto ctime_kept = [&](std::int64_t seconds, std::uint32_t ns) {
        select::Metadata found;
        found.ctime = seconds;
        found.ctime_ns = ns;
        operation::distrust_young_times(found);
        return found.ctime == seconds && found.ctime_ns == ns;
    };
    CHECK(!ctime_kept(now.tv_sec, static_cast<std::uint32_t>(now.tv_nsec)));
    CHECK(!ctime_kept(now.tv_sec + 60, 0));
    CHECK(ctime_kept(now.tv_sec - 5, 0));
    CHECK(ctime_kept(now.tv_sec + 86400, 0));
    CHECK(ctime_kept(INT64_MIN / 2, 0));
    CHECK(ctime_kept(INT64_MAX / 2, 0));
}
