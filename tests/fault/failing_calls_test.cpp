// Goal: whichever call to a disk fails, be it for a moment or for good, what was backed up before
// restores, nothing that is reported good is bad, and the next run succeeds without a person.
// Method: one prepared archive, copied for each trial; the n-th write-side call fails (see
// failing_calls.hpp), n = 1, 2, 3 ... until a run passes untouched. Second witness: copied trees.
#include "tests/fault/failing_calls.hpp"

#include "engine/operation/backup/backup.hpp"
#include "engine/operation/restore/restore.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/file/file_remote.hpp"
#include "tests/support/quick_directory.hpp"

#include <cerrno>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace duplid;
using support::FailingCalls;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t first_set = 1'700'000'000;
constexpr std::int64_t day = 86400;

class Quiet final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error&) noexcept override {}
    void note(std::string_view) noexcept override {}
};

/// Bytes that do not shrink, others for each salt.
std::string noise(std::size_t bytes, unsigned salt)
{
    std::string content(bytes, ' ');
    auto state = salt * 2654435761U + 1U;
    for (auto& byte : content) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24U);
    }
    return content;
}

void write(const fs::path& path, const std::string& content)
{
    fs::create_directories(path.parent_path());
    io::replace_file(path, io::view_of(content));
}

using Tree = std::map<std::string, std::string>;

/// Names of what differs, for messages.
std::string difference(const Tree& expected, const Tree& got)
{
    std::string names;
    const auto add = [&](const Tree& one, const Tree& other) {
        for (const auto& [name, value] : one) {
            const auto found = other.find(name);
            if (found == other.end() || found->second != value) {
                names +=
                    fmt::format("{} ({}, {} bytes)\n", name, value.substr(0, 17), value.size());
            }
        }
    };
    add(expected, got);
    add(got, expected);
    return names;
}

/// Type, mode, time and content of everything below `root`.
Tree tree_of(const fs::path& root)
{
    Tree tree;
    for (const auto& entry : fs::recursive_directory_iterator{root}) {
        struct stat facts {};
        REQUIRE(::lstat(entry.path().c_str(), &facts) == 0);
        auto value =
            fmt::format("{:o} {}", facts.st_mode, entry.is_symlink() ? 0 : facts.st_mtim.tv_sec);
        if (entry.is_symlink()) {
            value += fs::read_symlink(entry.path()).string();
        } else if (entry.is_regular_file()) {
            const auto bytes = io::read_file(entry.path(), 100'000'000);
            value += io::text_of(bytes);
        }
        tree[entry.path().lexically_relative(root)] = value;
    }
    return tree;
}

/// A source, a target and a cache below one directory.
struct Place {
    fs::path root;
    codec::WorkerPool& pool;

    [[nodiscard]] fs::path source() const { return root / "source"; }

    template <class Work>
    auto with_archive(Work work) const
    {
        file::FileRemote target{root / "target"};
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = root / "tmp";
        Quiet monitor;
        return work(archive, monitor);
    }

    operation::BackupReport back_up(std::int64_t time, operation::BackupType type) const
    {
        return with_archive([&](operation::Archive& archive, operation::Monitor& monitor) {
            operation::BackupRequest request;
            request.source = source();
            request.type = type;
            request.volume_bytes = 1U << 20U;
            request.concurrency = 2;
            request.host_name = "host";
            request.time = time;
            return operation::back_up(archive, request, monitor, {});
        });
    }

    /// The tree as of `time`, restored into an empty directory.
    [[nodiscard]] Tree restored(std::int64_t time) const
    {
        const auto to = root / "restored";
        fs::remove_all(to);
        with_archive([&](operation::Archive& archive, operation::Monitor& monitor) {
            operation::RestoreRequest request;
            request.destination = to;
            request.time = time;
            return operation::restore(archive, request, monitor, {});
        });
        return tree_of(to);
    }
};

/// One line of the table: what is done while calls fail, to an archive with one set.
struct Row {
    const char* name;
    operation::BackupType type;
    bool cache_lost;
};

class Trials {
public:
    explicit Trials(const Row& row) : row_{row}
    {
        const Place first{prepared_, pool_};
        fs::create_directories(first.root / "tmp");
        write(first.source() / "big", noise(2'500'000, 1));
        write(first.source() / "folder/stays", noise(20'000, 2));
        write(first.source() / "folder/goes", "goes\n");
        write(first.source() / "turns", "a file\n");
        fs::create_symlink("big", first.source() / "link");
        // Wherever it is copied to, the source has one name: the archive remembers it.
        first_tree_ = tree_of(first.source());
        move_in(prepared_);
        Place{live_, pool_}.back_up(first_set, operation::BackupType::full);
        write(live_ / "source/big", noise(1'200'000, 1) + noise(1'300'000, 3));
        write(live_ / "source/folder/new", noise(70'000, 4));
        fs::remove(live_ / "source/folder/goes");
        fs::remove(live_ / "source/turns");
        write(live_ / "source/turns/inside", "a folder by now\n");
        second_tree_ = tree_of(live_ / "source");
        if (row.cache_lost) {
            fs::remove_all(live_ / "archive");
        }
        fs::remove_all(prepared_);
        copy(live_, prepared_);
    }

    /// Runs n = 1, 2, 3 ... until one passes untouched; with `trials_max`, so many n, spread
    /// evenly.
    void run(FailingCalls::Mode mode, int error, std::uint64_t trials_max = 0)
    {
        CAPTURE(std::string{row_.name});
        const auto step = trials_max == 0 ? 1 : calls_of_a_run() / trials_max + 1;
        bool struck = true;
        for (std::uint64_t nth = 1; struck; nth += step) {
            CAPTURE(nth);
            struck = one(nth, mode, error);
            CHECK((struck || nth > 1));  // else nothing was ever failed
        }
    }

private:
    static void copy(const fs::path& from, const fs::path& to)
    {
        fs::create_directories(to);
        fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
        // Times matter: they decide what counts as changed.
        for (const auto& entry : fs::recursive_directory_iterator{from}) {
            struct stat facts {};
            REQUIRE(::lstat(entry.path().c_str(), &facts) == 0);
            const timespec times[2] = {facts.st_atim, facts.st_mtim};
            REQUIRE(::utimensat(AT_FDCWD, (to / entry.path().lexically_relative(from)).c_str(),
                                times, AT_SYMLINK_NOFOLLOW) == 0);
        }
    }

    void move_in(const fs::path& what)
    {
        fs::remove_all(live_);
        copy(what, live_);
    }

    std::uint64_t calls_of_a_run()
    {
        move_in(prepared_);
        const FailingCalls counting{0, FailingCalls::Mode::once, 0};
        Place{live_, pool_}.back_up(first_set + day, row_.type);
        return counting.calls();
    }

    /// False when the run passed untouched.
    bool one(std::uint64_t nth, FailingCalls::Mode mode, int error)
    {
        move_in(prepared_);
        const Place place{live_, pool_};
        std::optional<operation::BackupReport> report;
        bool struck = false;
        {
            const FailingCalls failing{nth, mode, error};
            try {
                report = place.back_up(first_set + day, row_.type);
            } catch (const Error& failure) {
                CAPTURE(failure.what());
                CHECK_FALSE(std::string{failure.what()}.empty());
            }
            struck = failing.struck();
        }
        CHECK((struck || report));
        // What was there restores, and what was reported good is.
        CHECK(difference(first_tree_, place.restored(first_set)) == "");
        if (report) {
            CHECK(difference(second_tree_, place.restored(report->set.end)) == "");
        }
        // The next run needs nobody's help, whatever it finds.
        const auto next = place.back_up(first_set + 2 * day, operation::BackupType::automatic);
        CHECK(difference(second_tree_, place.restored(next.set.end)) == "");
        CHECK(difference(first_tree_, place.restored(first_set)) == "");
        return struck;
    }

    const Row& row_;
    io::TempDirectory temporary_{support::quick_directory()};
    codec::WorkerPool pool_{2};
    fs::path prepared_ = fs::path{temporary_.path()} / "prepared";
    fs::path live_ = fs::path{temporary_.path()} / "live";
    Tree first_tree_;
    Tree second_tree_;
};

constexpr Row rows[] = {
    {"increment", operation::BackupType::incremental, false},
    {"full", operation::BackupType::full, false},
    {"increment after the cache was lost", operation::BackupType::incremental, true},
};

}  // namespace

/// Two modes times three rows times this, and some: the count of calls varies a little with
/// threads.
constexpr std::uint64_t quick_trials = 45;

TEST_CASE("a disk that fails once does no lasting harm, whichever call it hits")
{
    for (const auto& row : rows) {
        Trials{row}.run(FailingCalls::Mode::once, EIO, quick_trials);
    }
}

TEST_CASE("a disk that is full from some call on does no lasting harm, whichever call that is")
{
    for (const auto& row : rows) {
        Trials{row}.run(FailingCalls::Mode::from_then_on, ENOSPC, quick_trials);
    }
}

TEST_CASE("every single call may fail" * doctest::test_suite("long"))
{
    for (const auto& row : rows) {
        Trials{row}.run(FailingCalls::Mode::once, EIO);
        Trials{row}.run(FailingCalls::Mode::from_then_on, ENOSPC);
    }
}
