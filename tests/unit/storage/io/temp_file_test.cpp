#include "storage/io/temp_file.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/sweep.hpp"
#include "storage/io/text.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <regex>
#include <sys/stat.h>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

std::ptrdiff_t count_in(const std::string& directory)
{
    return std::distance(fs::directory_iterator{directory}, fs::directory_iterator{});
}

}  // namespace

TEST_CASE("an unnamed file has no name, and is its owner's alone")
{
    const io::TempDirectory directory;
    const auto file = io::TempFile::unnamed(directory.path());
    CHECK(file.path().empty());
    CHECK(count_in(directory.path()) == 0);
    struct stat facts {};
    REQUIRE(::fstat(file.fd(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0600);
    io::write_full(file.fd(), io::view_of("abc"), "file");
    CHECK(file.bytes() == 3);
}

TEST_CASE("a file beside its final name is called so that nobody takes it for a backup")
{
    const io::TempDirectory directory;
    const auto file = io::TempFile::beside(directory.path() + "/name.difftar", 0600);
    CHECK(std::regex_match(fs::path{file.path()}.filename().string(),
                           std::regex{R"(\.duplid-tmp-[0-9a-f]{16}-name\.difftar)"}));
    CHECK(fs::path{file.path()}.parent_path() == directory.path());
}

TEST_CASE("a file may have the longest name there is, and yet a temporary one beside it")
{
    const io::TempDirectory directory;
    const auto path = directory.path() + "/" + std::string(255, 'n');
    auto file = io::TempFile::beside(path, 0600);
    CHECK(io::is_temporary_name(fs::path{file.path()}.filename().string()));
    file.publish(path);
    CHECK(fs::exists(path));
    CHECK(count_in(directory.path()) == 1);
}

TEST_CASE("a temporary name is never twice the same, and is cut between letters")
{
    // Of two bytes each, so that one of the two names would be cut in the middle of one.
    for (const std::string_view front : {"", "n"}) {
        std::string name{front};
        while (name.size() < 254) {
            name += "\xc5\x99";
        }
        const auto temporary = io::temporary_name(name);
        CAPTURE(temporary);
        CHECK(temporary.size() <= 200);
        CHECK(temporary.size() >= 199);
        CHECK(io::is_temporary_name(temporary));
        CHECK(io::is_utf8(temporary));
        CHECK(temporary != io::temporary_name(name));
    }
    CHECK(io::temporary_name("short").ends_with("-short"));
    // What is no UTF-8 anyway must not be eaten up.
    CHECK(io::is_temporary_name(io::temporary_name(std::string(255, '\x80'))));
}

TEST_CASE("what is not published vanishes, what is published stays and can still be read")
{
    const io::TempDirectory directory;
    const auto path = directory.path() + "/name";
    {
        const auto file = io::TempFile::beside(path, 0600);
        CHECK(count_in(directory.path()) == 1);
    }
    CHECK(count_in(directory.path()) == 0);
    {
        auto file = io::TempFile::beside(path, 0600);
        io::write_full(file.fd(), io::view_of("abc"), path);
        file.publish(path);
        CHECK(file.path().empty());
        io::Bytes content(3);
        CHECK(io::pread_full(file.fd(), content, 0, path) == 3);
        CHECK(io::text_of(content) == "abc");
    }
    CHECK(io::text_of(io::read_file(path, 10)) == "abc");
    CHECK(count_in(directory.path()) == 1);
}

TEST_CASE("a failed publish can be repeated")
{
    const io::TempDirectory directory;
    const auto path = directory.path() + "/name";
    fs::create_directory(path);
    auto file = io::TempFile::beside(path, 0600);
    CHECK_THROWS_AS(file.publish(path), Error);
    CHECK(fs::exists(file.path()));
    fs::remove(path);
    file.publish(path);
    CHECK(fs::is_regular_file(path));
}

TEST_CASE("a moved file vanishes once, with its last owner")
{
    const io::TempDirectory directory;
    auto first = io::TempFile::beside(directory.path() + "/a", 0600);
    auto second = io::TempFile::beside(directory.path() + "/b", 0600);
    const auto kept = first.path();
    second = std::move(first);
    CHECK(count_in(directory.path()) == 1);
    CHECK(second.path() == kept);
    second.discard();
    CHECK(count_in(directory.path()) == 0);
}

TEST_CASE("a temporary directory is private, and goes with all that is in it")
{
    std::string path;
    {
        const io::TempDirectory directory;
        path = directory.path();
        struct stat facts {};
        REQUIRE(::stat(path.c_str(), &facts) == 0);
        CHECK((facts.st_mode & 07777) == 0700);
        CHECK(fs::path{path}.filename().string().starts_with("duplid-"));
        fs::create_directories(path + "/a/b");
        io::replace_file(path + "/a/b/c", {});
    }
    CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a directory that is not there is named")
{
    try {
        (void)io::TempFile::unnamed("/nonexistent/directory");
        FAIL_CHECK("made a file");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::not_found);
        CHECK(error.object() == "/nonexistent/directory");
    }
}
