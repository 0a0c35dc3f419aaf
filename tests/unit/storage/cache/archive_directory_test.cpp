#include "storage/cache/archive_directory.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/stat.h>

using namespace duplid;
using cache::ArchiveDirectory;
namespace fs = std::filesystem;

namespace {

template <typename Action>
Error::Kind kind_of_failure(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.kind();
    }
    throw std::runtime_error{"nothing was thrown"};
}

}  // namespace

TEST_CASE("the folder is made with its parents, readable as the umask says")
{
    const io::TempDirectory home;
    const auto before = ::umask(022);
    const auto directory = ArchiveDirectory::create(home.path() + "/.cache/duplicity", "0123abcd");
    ::umask(before);
    CHECK(directory.path() == home.path() + "/.cache/duplicity/0123abcd");
    struct stat facts {};
    REQUIRE(::stat(directory.path().c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0755);
    CHECK(ArchiveDirectory::create(home.path() + "/.cache/duplicity", "0123abcd").path() ==
          directory.path());
}

TEST_CASE("names that would leave the archive directory are refused")
{
    const io::TempDirectory home;
    const auto directory = ArchiveDirectory::create(home.path(), "name");
    for (const auto& name : {std::string{}, std::string{"."}, std::string{".."}, std::string{"a/b"},
                             std::string{"/etc"}, std::string{"a\0b", 3}}) {
        CAPTURE(name);
        CHECK(kind_of_failure([&] { (void)ArchiveDirectory::create(home.path(), name); }) ==
              Error::Kind::invalid);
        CHECK(kind_of_failure([&] { (void)directory.path_of(name); }) == Error::Kind::invalid);
    }
}

TEST_CASE("the regular files in it are listed, sorted by their bytes")
{
    const io::TempDirectory home;
    const auto directory = ArchiveDirectory::create(home.path(), "name");
    for (const auto* name : {"b", "a", "\xff", ".hidden"}) {
        io::replace_file(directory.path_of(name), {});
    }
    fs::create_directory(directory.path_of("duplicity-AbCd1234-tempdir"));
    fs::create_symlink("a", directory.path_of("link"));
    CHECK(directory.names() == std::vector<std::string>{".hidden", "a", "b", "\xff"});
}

TEST_CASE("what a killed run left half made goes a day later, and nothing else does")
{
    const io::TempDirectory home;
    const auto path = fs::path{home.path()} / "name";
    fs::create_directory(path);
    const std::string old = ".duplid-tmp-0123456789abcdef-x.sigtar.gz";
    const std::string young = ".duplid-tmp-00000000000000ff-x.sigtar.gz";
    for (const auto& name :
         {old, young, std::string{".duplid-tmp-x"}, std::string{"x.sigtar.gz"}}) {
        io::replace_file(path / name, {});
        if (name != young) {
            fs::last_write_time(path / name,
                                fs::file_time_type::clock::now() - std::chrono::hours{25});
        }
    }
    CHECK(ArchiveDirectory::create(home.path(), "name").names() ==
          std::vector<std::string>{young, ".duplid-tmp-x", "x.sigtar.gz"});
}

TEST_CASE("a folder that was removed, or made anew, is noticed")
{
    const io::TempDirectory home;
    const auto directory = ArchiveDirectory::create(home.path(), "name");
    directory.check_still_there();
    const auto notices = [&] {
        return kind_of_failure([&] { directory.check_still_there(); }) == Error::Kind::not_found;
    };
    fs::remove_all(directory.path());
    CHECK(notices());
    (void)ArchiveDirectory::create(home.path(), "name");
    CHECK(notices());
    fs::remove_all(directory.path());
    io::replace_file(directory.path(), {});
    CHECK(notices());
}

TEST_CASE("the folder's lock is duplicity's lock file, and says busy when it is held")
{
    const io::TempDirectory home;
    const auto directory = ArchiveDirectory::create(home.path(), "name");
    const auto lock = directory.lock();
    CHECK(directory.names() == std::vector<std::string>{"lockfile"});
    try {
        (void)directory.lock();
        FAIL_CHECK("locked twice");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::busy);
        CHECK(error.object() == directory.path() + "/lockfile");
        CHECK(std::string{error.what()}.starts_with("another backup is at work"));
    }
}

TEST_CASE("a target's lock is found by the target alone, in the state directory")
{
    const io::TempDirectory home;
    const auto state = home.path() + "/state";
    const auto lock = cache::lock_target(state, "ssh://h/x");
    CHECK(kind_of_failure([&] { (void)cache::lock_target(state, "ssh://h/x"); }) ==
          Error::Kind::busy);
    const auto other = cache::lock_target(state, "ssh://h/y");

    // sha256sum of the text
    CHECK(fs::exists(state + "/locks/"
                             "d5c8a573d5dc5547d19c48ea8e76bce514db77b67ac980997db427aac5bce45e"));
}
