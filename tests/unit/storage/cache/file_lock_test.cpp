// Witness: python's fcntl.lockf, the call that takes duplicity's lock, in another process.
#include "storage/cache/file_lock.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/unit/storage/cache/child.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <filesystem>
#include <thread>

using namespace duplid;
using cache::FileLock;
using support::Child;

namespace {

struct Bench {
    io::TempDirectory directory;
    std::string path = directory.path() + "/lockfile";
};

// Tries the lock, says how that went, holds it until its input ends.
constexpr const char* locker = R"(
import fcntl, sys
f = open(sys.argv[1], 'a')
try:
    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print('held', flush=True)
except OSError:
    print('refused', flush=True)
sys.stdin.read()
)";

struct Locker : Child {
    explicit Locker(const std::string& path)
        : Child{[&path] { return support::run_python(locker, {path}); }}
    {
    }
};

}  // namespace

TEST_CASE("a lock held by a POSIX locker keeps us out until it ends, even by being killed")
{
    Bench bench;
    Locker python{bench.path};
    REQUIRE(python.read_line() == "held");
    CHECK_FALSE(FileLock::try_take(bench.path));
    CHECK_FALSE(FileLock::try_take(bench.path));
    python.kill();
    CHECK(FileLock::try_take(bench.path));
}

TEST_CASE("a lock of ours keeps a POSIX locker out, and lets it in afterwards")
{
    Bench bench;
    {
        const auto lock = FileLock::try_take(bench.path);
        REQUIRE(lock);
        Locker python{bench.path};
        CHECK(python.read_line() == "refused");
        CHECK(python.finish() == 0);
        // The POSIX way would lose the lock now, as somebody closed a descriptor of the file.
        Locker again{bench.path};
        CHECK(again.read_line() == "refused");
    }
    Locker python{bench.path};
    CHECK(python.read_line() == "held");
}

TEST_CASE("two holders in one process keep each other out")
{
    Bench bench;
    auto lock = FileLock::try_take(bench.path);
    REQUIRE(lock);
    CHECK_FALSE(FileLock::try_take(bench.path));
    auto moved = std::move(*lock);
    lock.reset();
    CHECK_FALSE(FileLock::try_take(bench.path));
}

TEST_CASE("the file goes with the lock, and one left behind does no harm")
{
    Bench bench;
    {
        const auto lock = FileLock::try_take(bench.path);
        CHECK(std::filesystem::exists(bench.path));
    }
    CHECK_FALSE(std::filesystem::exists(bench.path));
    (void)io::open_file(bench.path, O_WRONLY | O_CREAT);
    CHECK(FileLock::try_take(bench.path));
}

TEST_CASE("a lock file that somebody put in the place of ours is not removed")
{
    Bench bench;
    {
        const auto lock = FileLock::try_take(bench.path);
        std::filesystem::remove(bench.path);
        (void)io::open_file(bench.path, O_WRONLY | O_CREAT);
    }
    CHECK(std::filesystem::exists(bench.path));
}

TEST_CASE("a lock file is not followed out of its directory")
{
    Bench bench;
    std::filesystem::create_symlink(bench.directory.path() + "/elsewhere", bench.path);
    CHECK_THROWS_AS((void)FileLock::try_take(bench.path), Error);
    CHECK_FALSE(std::filesystem::exists(bench.directory.path() + "/elsewhere"));
}

TEST_CASE("whoever waits gets the lock once it is free")
{
    Bench bench;
    auto lock = FileLock::try_take(bench.path);
    REQUIRE(lock);
    std::atomic<bool> started{false};
    bool taken = false;
    std::jthread waiter{[&] {
        started = true;
        started.notify_one();
        const auto mine = FileLock::take_when_free(bench.path, {});
        taken = true;
    }};
    started.wait(false);
    lock.reset();
    waiter.join();
    CHECK(taken);
}

TEST_CASE("waiting ends when a stop is requested")
{
    Bench bench;
    const auto lock = FileLock::try_take(bench.path);
    REQUIRE(lock);
    std::optional<Error::Kind> kind;
    {
        std::jthread waiter{[&](const std::stop_token& stop) {
            try {
                (void)FileLock::take_when_free(bench.path, stop);
            } catch (const Error& error) {
                kind = error.kind();
            }
        }};
        waiter.request_stop();
    }
    CHECK(kind == Error::Kind::cancelled);
}

TEST_CASE("many takers that remove the file as they go never hold it together")
{
    Bench bench;
    std::atomic<int> holders{0};
    std::atomic<int> most{0};
    std::atomic<int> taken{0};
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < 4; ++number) {
            threads.emplace_back([&] {
                for (int round = 0; round < 5'000; ++round) {
                    if (const auto lock = FileLock::try_take(bench.path)) {
                        ++taken;
                        const int now = ++holders;
                        if (now > most) {
                            most = now;
                        }
                        --holders;
                    }
                }
            });
        }
    }
    CHECK(taken > 0);
    CHECK(most == 1);
}
