// What is particular to directories; what every target must do is in tests/storage.
#include "storage/remote/file/file_remote.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <memory>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

struct Bench {
    io::TempDirectory directory;
    std::string path = directory.path() + "/target";
    file::FileRemote remote{path};

    void put(const std::string& name, std::string_view content)
    {
        auto spool = remote.make_spool(name, "/nonexistent");
        io::write_full(spool.fd(), io::view_of(content), name);
        remote.put(spool, name);
    }
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

mode_t mode_of(const std::string& path)
{
    struct stat facts {};
    REQUIRE(::lstat(path.c_str(), &facts) == 0);
    return facts.st_mode & 07777;
}

void make_file(const std::string& path, std::string_view content = "x")
{
    const auto fd = io::open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    io::write_full(fd.get(), io::view_of(content), path);
}

// Sets the modification time so many hours back.
void age(const std::string& path, int hours)
{
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{hours});
}

}  // namespace

// As duplicity 0.8.22 leaves them, seen with these two values.
TEST_CASE("the umask decides who may read a target, as with duplicity")
{
    struct Row {
        mode_t umask;
        mode_t directory;
        mode_t file;
    };
    for (const auto& row : {Row{022, 0755, 0644}, Row{027, 0750, 0640}}) {
        const auto before = ::umask(row.umask);
        Bench bench;
        bench.put("name", "content");
        auto elsewhere = io::TempFile::unnamed(bench.directory.path());
        bench.remote.put(elsewhere, "copied");
        ::umask(before);
        CHECK(mode_of(bench.path) == row.directory);
        CHECK(mode_of(bench.path + "/name") == row.file);
        CHECK(mode_of(bench.path + "/copied") == row.file);
    }
}

TEST_CASE("a spool lies in the target directory and becomes the file without a copy")
{
    Bench bench;
    auto spool = bench.remote.make_spool("name", "/nonexistent");
    CHECK(fs::path{spool.path()}.parent_path() == bench.path);
    struct stat before {};
    REQUIRE(::fstat(spool.fd(), &before) == 0);
    bench.remote.put(spool, "name");
    struct stat after {};
    REQUIRE(::stat((bench.path + "/name").c_str(), &after) == 0);
    CHECK(after.st_ino == before.st_ino);
}

TEST_CASE("only our own temporary files that are older than a day are swept on opening")
{
    const io::TempDirectory directory;
    const auto path = directory.path() + '/';
    const std::string dead = ".duplid-tmp-0123456789abcdef-duplicity-full.vol1.difftar.gz";
    const std::string fresh = ".duplid-tmp-0123456789abcde0-duplicity-full.vol2.difftar.gz";
    const std::string foreign = ".duplid-tmp-notes";
    const std::string volume = "duplicity-full.20240101T000000Z.vol1.difftar.gz";
    for (const auto& name : {dead, fresh, foreign, volume}) {
        make_file(path + name);
    }
    age(path + dead, 25);
    age(path + fresh, 23);
    age(path + foreign, 1000);
    age(path + volume, 1000);
    const auto link = path + ".duplid-tmp-0123456789abcde1-x";
    fs::create_symlink(volume, link);

    const file::FileRemote remote{directory.path()};
    CHECK_FALSE(fs::exists(path + dead));
    CHECK(fs::exists(path + fresh));
    CHECK(fs::exists(path + foreign));
    CHECK(fs::exists(path + volume));
    CHECK(fs::is_symlink(link));
}

TEST_CASE("temporary files, directories, pipes and dead links are not listed, links to files are")
{
    Bench bench;
    bench.put("volume", "content");
    make_file(bench.path + "/.duplid-tmp-0123456789abcdef-volume");
    fs::create_directory(bench.path + "/directory");
    REQUIRE(::mkfifo((bench.path + "/pipe").c_str(), 0600) == 0);
    fs::create_symlink("nowhere", bench.path + "/dead");
    fs::create_symlink("loop", bench.path + "/loop");
    make_file(bench.directory.path() + "/moved", "moved away");
    fs::create_symlink("../moved", bench.path + "/link");

    auto listed = bench.remote.list();
    std::sort(listed.begin(), listed.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    CHECK(listed == std::vector{remote::Listed{"link", 10}, remote::Listed{"volume", 7}});
    io::MemorySink sink;
    bench.remote.get("link", sink);
    CHECK(io::text_of(sink.view()) == "moved away");
}

TEST_CASE("putting and removing act on a link itself, not on what it leads to")
{
    Bench bench;
    make_file(bench.directory.path() + "/victim", "precious");
    fs::create_symlink("../victim", bench.path + "/name");
    bench.put("name", "new");
    CHECK_FALSE(fs::is_symlink(bench.path + "/name"));
    fs::create_symlink("../victim", bench.path + "/other");
    bench.remote.remove(std::vector<std::string>{"other"});
    CHECK_FALSE(fs::is_symlink(bench.path + "/other"));
    CHECK(io::text_of(io::read_file(bench.directory.path() + "/victim", 100)) == "precious");
}

TEST_CASE("a pipe under a volume's name is refused, not waited for")
{
    Bench bench;
    REQUIRE(::mkfifo((bench.path + "/pipe").c_str(), 0600) == 0);
    io::MemorySink sink;
    const auto error = failure_of([&] { bench.remote.get("pipe", sink); });
    CHECK(error.kind() == Error::Kind::invalid);
    CHECK(error.object() == bench.path + "/pipe");
    CHECK(failure_of([&] { (void)bench.remote.open_local("pipe"); }).kind() ==
          Error::Kind::invalid);
    CHECK(bench.remote.size_of("pipe") == std::nullopt);
}

TEST_CASE("when the directory vanishes, nothing is taken for merely absent")
{
    Bench bench;
    bench.put("name", "content");
    auto spool = bench.remote.make_spool("other", "/nonexistent");
    fs::remove_all(bench.path);
    const auto gone = Error::Kind::not_found;
    io::MemorySink sink;
    CHECK(failure_of([&] { (void)bench.remote.list(); }).kind() == gone);
    CHECK(failure_of([&] { (void)bench.remote.size_of("name"); }).kind() == gone);
    CHECK(failure_of([&] { bench.remote.remove(std::vector<std::string>{"name"}); }).kind() ==
          gone);
    CHECK(failure_of([&] { bench.remote.put(spool, "other"); }).kind() == gone);
    CHECK(failure_of([&] { bench.remote.get("name", sink); }).kind() == gone);
    CHECK(failure_of([&] { (void)bench.remote.make_spool("name", "/tmp"); }).kind() == gone);
}

TEST_CASE("a file in the place of the directory is said to be one")
{
    const io::TempDirectory directory;
    make_file(directory.path() + "/file");
    const auto error = failure_of([&] { file::FileRemote{directory.path() + "/file"}; });
    CHECK(error.kind() == Error::Kind::invalid);
    CHECK(error.object() == directory.path() + "/file");
    CHECK(failure_of([&] { file::FileRemote{directory.path() + "/file/below"}; }).kind() ==
          Error::Kind::not_found);
}

TEST_CASE("removing stops at the first failure, with the order kept")
{
    Bench bench;
    bench.put("a", "1");
    bench.put("c", "3");
    fs::create_directory(bench.path + "/b");  // unlink() fails on it
    const std::vector<std::string> names{"a", "b", "c"};
    const auto error = failure_of([&] { bench.remote.remove(names); });
    CHECK(error.object() == bench.path + "/b");
    CHECK_FALSE(fs::exists(bench.path + "/a"));
    CHECK(fs::exists(bench.path + "/c"));
}

TEST_CASE("the root directory and paths with too many slashes are directories like others")
{
    const io::TempDirectory directory;
    file::FileRemote slashes{directory.path() + "///"};
    auto spool = slashes.make_spool("name", "/nonexistent");
    slashes.put(spool, "name");
    CHECK(slashes.list().size() == 1);
    CHECK(slashes.description() == "file://" + directory.path());

    file::FileRemote root{"/"};
    CHECK(root.description() == "file:///");
    CHECK(root.size_of("duplid-nothing-of-that-name") == std::nullopt);
}

TEST_CASE("room that is left is known, and is what statvfs says")
{
    Bench bench;
    const auto room = bench.remote.free_bytes();
    REQUIRE(room);
    std::error_code error;
    const auto space = fs::space(bench.path, error);
    // Others write to the file system at the same time.
    const auto difference =
        space.available > *room ? space.available - *room : *room - space.available;
    CHECK(difference < 1'000'000'000);
}

TEST_CASE("a file system or limit that takes no more is no_space, and the old file stays")
{
    // In a child, because the limit cannot be raised again.
    Bench bench;
    bench.put("name", "old");
    auto elsewhere = io::TempFile::unnamed(bench.directory.path());
    io::write_full(elsewhere.fd(), io::Bytes(100'000), "spool");
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{50'000, 50'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
            bench.remote.put(elsewhere, "name");
        } catch (const Error& error) {
            ::_exit(error.kind() == Error::Kind::no_space &&
                            error.object() == bench.path + "/name" &&
                            bench.remote.list() == std::vector{remote::Listed{"name", 3}}
                        ? 0
                        : 1);
        }
        ::_exit(2);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(io::text_of(io::read_file(bench.path + "/name", 100)) == "old");
    CHECK(std::distance(fs::directory_iterator{bench.path}, fs::directory_iterator{}) == 1);
}

TEST_CASE("a target that may not be written is denied, naming it" * doctest::skip(::geteuid() == 0))
{
    Bench bench;
    fs::permissions(bench.path, fs::perms{0500});
    const auto error = failure_of([&] { (void)bench.remote.make_spool("name", "/tmp"); });
    fs::permissions(bench.path, fs::perms{0700});
    CHECK(error.kind() == Error::Kind::denied);
    CHECK(error.object() == bench.path + "/name");
}

TEST_CASE("a read-only file system can be opened and read, and a put is denied" *
          doctest::skip(::geteuid() != 0))
{
    Bench bench;
    bench.put("name", "content");
    const auto* path = bench.path.c_str();
    if (::mount(path, path, nullptr, MS_BIND, nullptr) != 0) {
        MESSAGE("cannot mount here: not tested");
        return;
    }
    if (::mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0) {
        file::FileRemote remote{bench.path};
        CHECK(remote.list().size() == 1);
        CHECK(failure_of([&] { (void)remote.make_spool("x", "/tmp"); }).kind() ==
              Error::Kind::denied);
        CHECK(failure_of([&] { remote.remove(std::vector<std::string>{"name"}); }).kind() ==
              Error::Kind::denied);
    }
    CHECK(::umount2(path, MNT_DETACH) == 0);
}

TEST_CASE("a limit of rate holds whoever reads: by a descriptor of his own he would get around it")
{
    const auto limits = std::make_shared<remote::RateLimits>();
    io::TempDirectory directory;
    file::FileRemote remote{directory.path() + "/target", limits};
    auto spool = remote.make_spool("name", "/nonexistent");
    io::write_full(spool.fd(), io::view_of("content"), "name");
    remote.put(spool, "name");
    CHECK(remote.open_local("name"));
    limits->down.set(1'000'000);
    CHECK(!remote.open_local("name"));
    io::MemorySink whole;
    remote.get("name", whole);
    CHECK(io::text_of(whole.view()) == "content");
    CHECK(io::text_of(remote.get_range("name", 3, 100)) == "tent");
    limits->down.set(0);
    CHECK(remote.open_local("name"));
}

TEST_CASE("a file that comes too early for a limit of rate waits for its name, and not any more "
          "once it is lifted")
{
    const auto limits = std::make_shared<remote::RateLimits>();
    limits->up.set(1);
    io::TempDirectory directory;
    file::FileRemote remote{directory.path() + "/target", limits};
    const auto put = [&](const std::string& name) {
        auto spool = remote.make_spool(name, "/nonexistent");
        io::write_full(spool.fd(), io::view_of("half a minute of one byte a second"), name);
        remote.put(spool, name);
    };
    put("first");
    auto second = std::async(std::launch::async, [&] { put("second"); });
    // Would it not wait, it would be over soon.
    CHECK(second.wait_for(std::chrono::milliseconds{200}) == std::future_status::timeout);
    CHECK(!remote.size_of("second"));
    limits->up.set(0);
    second.get();
    CHECK(remote.size_of("second"));
}
