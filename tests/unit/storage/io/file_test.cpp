#include "storage/io/file.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

struct Bench {
    io::TempDirectory directory;
    std::string path = directory.path() + "/file";
};

template <typename Action>
Error failure_of(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

}  // namespace

TEST_CASE("a missing file is named, or an ordinary answer where it is asked for")
{
    Bench bench;
    const auto error = failure_of([&] { (void)io::read_file(bench.path, 10); });
    CHECK(error.kind() == Error::Kind::not_found);
    CHECK(error.object() == bench.path);
    CHECK(io::read_file_if_there(bench.path, 10) == std::nullopt);
}

TEST_CASE("a small file is read whole up to its limit, and refused beyond")
{
    Bench bench;
    io::replace_file(bench.path, io::view_of("0123456789"));
    CHECK(io::text_of(io::read_file(bench.path, 10)) == "0123456789");
    CHECK(failure_of([&] { (void)io::read_file(bench.path, 9); }).kind() == Error::Kind::invalid);
}

TEST_CASE("replacing a file leaves nothing else in its directory, and follows no link")
{
    Bench bench;
    io::replace_file(bench.directory.path() + "/victim", io::view_of("precious"));
    fs::create_symlink("victim", bench.path);
    io::replace_file(bench.path, io::view_of("new"));
    CHECK_FALSE(fs::is_symlink(bench.path));
    CHECK(io::text_of(io::read_file(bench.directory.path() + "/victim", 100)) == "precious");
    CHECK(std::distance(fs::directory_iterator{bench.directory.path()}, fs::directory_iterator{}) ==
          2);
}

TEST_CASE("replacing fails without harm where nothing can be written")
{
    Bench bench;
    fs::create_directory(bench.path);
    CHECK_THROWS_AS(io::replace_file(bench.path, {}), Error);
    CHECK(std::distance(fs::directory_iterator{bench.directory.path()}, fs::directory_iterator{}) ==
          1);
}

TEST_CASE("ranges of one descriptor are read side by side")
{
    Bench bench;
    io::replace_file(bench.path, io::view_of("0123456789"));
    const auto fd = io::open_file(bench.path, O_RDONLY);
    io::RangeSource one{fd.get(), 2, 3, bench.path};
    io::RangeSource other{fd.get(), 8, 100, bench.path};
    std::array<std::byte, 2> two{};
    CHECK(one.read(two) == 2);
    CHECK(io::text_of(two) == "23");
    CHECK(io::text_of(io::read_all(other, 100)) == "89");
    CHECK(io::text_of(io::read_all(one, 100)) == "4");
    CHECK(one.read(two) == 0);
}

TEST_CASE("descriptors are closed with their owner, and do not reach children")
{
    Bench bench;
    int number = -1;
    {
        auto fd = io::open_file(bench.path, O_WRONLY | O_CREAT);
        number = fd.get();
        CHECK((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
        const auto moved = std::move(fd);
        CHECK_FALSE(static_cast<bool>(fd));  // NOLINT(bugprone-use-after-move): that is the test
        CHECK(::fcntl(number, F_GETFD) >= 0);
    }
    CHECK(::fcntl(number, F_GETFD) == -1);
}

TEST_CASE("a pipe is read until it is full or ended, however small its pieces are")
{
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    io::Fd out{ends[0]};
    io::Fd in{ends[1]};
    io::write_full(in.get(), io::view_of("abc"), "pipe");
    io::write_full(in.get(), io::view_of("de"), "pipe");
    in.reset();
    std::array<std::byte, 10> got{};
    CHECK(io::read_full(out.get(), got, "pipe") == 5);
    CHECK(io::text_of(got).starts_with("abcde"));
}
