// Goal: what is backed up comes back, at every time, with few calls of the target and whatever
// happens to the cache. Method: real files, a real directory as target, all calls recorded.
#include "engine/manifest/reader.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/question/collection_status.hpp"
#include "engine/operation/question/list_files.hpp"
#include "engine/operation/restore/restore.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/file/file_remote.hpp"
#include "tests/support/faulty_remote.hpp"
#include "tests/support/quick_directory.hpp"
#include "tests/support/recording_remote.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

class Quiet final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error& error) noexcept override { warnings.emplace_back(error.what()); }
    void note(std::string_view) noexcept override {}
    std::vector<std::string> warnings;
};

/// Text that hardly shrinks when it is compressed, another one for each salt.
std::string text(std::size_t bytes, char salt)
{
    std::string content(bytes, salt);
    auto state = static_cast<std::uint32_t>(salt) * 2654435761U + 1U;
    for (auto& byte : content) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24U);
    }
    return content;
}

struct World {
    io::TempDirectory temporary{support::quick_directory()};
    fs::path root = temporary.path();
    fs::path source = root / "source";
    codec::WorkerPool pool{2};
    file::FileRemote directory{root / "target"};
    support::FaultyRemote faulty{directory};
    support::RecordingRemote target{faulty};
    Quiet monitor;
    std::int64_t time = 1'700'000'000;  // sets are a day apart without waiting for a day

    World() { fs::create_directory(source); }

    void write(const std::string& name, const std::string& content) const
    {
        fs::create_directories((source / name).parent_path());
        io::replace_file(source / name, io::view_of(content));
    }

    [[nodiscard]] operation::Archive archive(cache::ArchiveDirectory& cache)
    {
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = temporary.path();
        return archive;
    }

    operation::BackupReport back_up(operation::BackupType type = operation::BackupType::automatic,
                                    std::uint64_t volume_bytes = 1U << 20U)
    {
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        auto one = archive(cache);
        operation::BackupRequest request;
        request.source = source;
        request.type = type;
        request.volume_bytes = volume_bytes;
        request.host_name = "host";
        request.time = time += 86400;
        return operation::back_up(one, request, monitor, {});
    }

    operation::RestoreReport restore(const fs::path& to, const std::string& path = {},
                                     std::optional<std::int64_t> at = {})
    {
        return restore_from(directory, to, path, at);  // never disturbed
    }

    operation::RestoreReport restore_from(remote::Remote& from, const fs::path& to,
                                          const std::string& path = {},
                                          std::optional<std::int64_t> at = {})
    {
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        operation::Archive one{from, cache, pool, {}};
        one.settings.temp_directory = temporary.path();
        operation::RestoreRequest request;
        request.destination = to;
        request.path = path;
        request.time = at;
        return operation::restore(one, request, monitor, {});
    }

    std::vector<std::string> list(std::optional<std::int64_t> at = {})
    {
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        auto one = archive(cache);
        std::vector<std::string> paths;
        operation::list_files(one, {at, {}}, monitor, {}, [&](const auto& file) {
            paths.push_back(file.path);
            return true;
        });
        return paths;
    }
};

/// Path, type, mode, time and content of everything below `root`.
std::map<std::string, std::string> tree_of(const fs::path& root)
{
    std::map<std::string, std::string> tree;
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

void edit(const World& world, int step)
{
    world.write("changing", text(200000, 'x') + fmt::format("step {}", step) + text(70000, 'y'));
    world.write(fmt::format("new/{}", step), fmt::format("new in {}", step));
    fs::remove(world.source / fmt::format("new/{}", step - 2));
    fs::remove_all(world.source / "turns");
    if (step % 2 == 0) {
        fs::create_directory(world.source / "turns");
        world.write("turns/inside", "in a folder");
    } else {
        world.write("turns", "a file");
    }
}

}  // namespace

TEST_CASE("every set of a chain restores to the tree it was made of")
{
    World world;
    world.write("a/x", "inside a");
    world.write("a-b", "beside a");
    world.write("big", text(3'000'000, 'b'));
    world.write("empty", "");
    fs::create_symlink("a/x", world.source / "link");
    std::map<std::int64_t, std::map<std::string, std::string>> trees;
    for (int step = 0; step < 6; ++step) {
        edit(world, step);
        const auto report = world.back_up();
        CHECK(report.set.full == (step == 0));
        CHECK(report.warnings == 0);
        trees[report.set.end] = tree_of(world.source);
    }
    for (const auto& item : trees) {
        CAPTURE(item.first);
        const auto to = world.root / fmt::format("out-{}", item.first);
        world.restore(to, {}, item.first);
        CHECK(tree_of(to) == item.second);
    }
    CHECK(world.monitor.warnings.empty());
}

TEST_CASE("a quiet increment stores nothing, reads no volume and no signature")
{
    World world;
    for (int i = 0; i < 300; ++i) {
        world.write(fmt::format("d{}/f{}", i % 7, i), text(1000, 'q'));
    }
    world.back_up();
    world.target.forget();
    const auto report = world.back_up();
    CHECK(report.statistics.new_files == 0);
    CHECK(report.statistics.changed_files == 0);
    CHECK(report.statistics.deleted_files == 0);
    CHECK(report.statistics.raw_delta_bytes == 0);
    CHECK(report.statistics.source_files == 308);
    CHECK(world.target.count("put") == 3);   // an empty volume, signatures, manifest
    CHECK(world.target.count("list") == 2);  // at the beginning, and before the manifest
    CHECK(world.target.count("get") == 0);
    for (const auto& call : world.target.calls()) {
        CAPTURE(call);
        CHECK_FALSE((call.starts_with("open_local") && call.find("manifest") == std::string::npos));
    }
}

TEST_CASE("what a quiet increment asks of its target does not depend on how long the chain is")
{
    World world;
    for (int i = 0; i < 50; ++i) {
        world.write(fmt::format("d{}/f{}", i % 7, i), text(100, 'q'));
    }
    // Each call without the times in names, by how many sets there were before.
    std::map<int, std::vector<std::string>> asked;
    for (int sets = 0; sets <= 200; ++sets) {
        if (sets == 2 || sets == 200) {
            world.target.forget();
            CHECK(world.back_up().statistics.delta_entries == 0);
            for (auto call : world.target.calls()) {
                std::erase_if(call, [](char c) { return c >= '0' && c <= '9'; });
                asked[sets].push_back(std::move(call));
            }
        } else {
            const int file = sets % 50;
            world.write(fmt::format("d{}/f{}", file % 7, file), fmt::format("set {}", sets));
            world.back_up();
        }
    }
    CHECK(asked.at(2).size() > 4);
    CHECK(asked.at(200) == asked.at(2));
    CHECK(world.list().size() == 58);
}

TEST_CASE(
    "no backup is begun anew in an empty folder where sets were stored before, unless asked for")
{
    World world;
    world.write("f", "content");
    world.back_up();
    fs::rename(world.root / "target", world.root / "unplugged");
    fs::create_directory(world.root / "target");  // the mount point
    for (const auto type : {operation::BackupType::automatic, operation::BackupType::incremental}) {
        try {
            world.back_up(type);
            FAIL("a backup was made");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::unreachable);
        }
    }
    CHECK(fs::is_empty(world.root / "target"));
    fs::remove(world.root / "target");
    fs::rename(world.root / "unplugged", world.root / "target");
    CHECK_FALSE(world.back_up().set.full);

    fs::remove_all(world.root / "target");
    fs::create_directory(world.root / "target");
    CHECK(world.back_up(operation::BackupType::full).set.full);
}

TEST_CASE("the manifest is the last file to come")
{
    World world;
    world.write("f", text(5'000'000, 'f'));
    world.back_up();
    std::vector<std::string> puts;
    for (const auto& call : world.target.calls()) {
        if (call.starts_with("put ")) {
            puts.push_back(call);
        }
    }
    REQUIRE(puts.size() >= 3);
    CHECK(puts.back().ends_with(".manifest"));
    CHECK(puts[puts.size() - 2].find("signatures") != std::string::npos);
}

TEST_CASE("volumes keep below their limit, and their borders do not depend on the workers")
{
    std::vector<std::map<std::string, std::uint64_t>> sizes;
    for (const unsigned workers : {1U, 4U}) {
        World world;
        for (int i = 0; i < 40; ++i) {
            world.write(fmt::format("f{:02}", i), text(150'000, static_cast<char>(i)));
            const timespec times[2] = {{1'600'000'000, 0}, {1'600'000'000, 0}};
            ::utimensat(AT_FDCWD, (world.source / fmt::format("f{:02}", i)).c_str(), times, 0);
        }
        const timespec times[2] = {{1'600'000'000, 0}, {1'600'000'000, 0}};
        ::utimensat(AT_FDCWD, world.source.c_str(), times, 0);
        auto cache = cache::ArchiveDirectory::create(world.root / "archive", "x");
        codec::WorkerPool pool{workers};
        operation::Archive archive{world.target, cache, pool, {}};
        archive.settings.temp_directory = world.temporary.path();
        operation::BackupRequest request;
        request.source = world.source;
        request.volume_bytes = 1U << 20U;
        request.host_name = "host";
        request.time = 1'700'000'000;
        const auto report = operation::back_up(archive, request, world.monitor, {});
        CHECK(report.volumes > 5);
        std::map<std::string, std::uint64_t> one;
        for (const auto& file : world.directory.list()) {
            if (file.name.find("difftar") != std::string::npos) {
                CHECK(file.bytes <= request.volume_bytes);
                one[file.name] = file.bytes;
            }
        }
        sizes.push_back(one);
    }
    CHECK(sizes[0] == sizes[1]);
}

TEST_CASE("a catalog, a whole cache and a cache of another archive can be lost at any time")
{
    for (const std::string loss : {"catalog", "garbage", "cache", "foreign"}) {
        CAPTURE(loss);
        World world;
        world.write("stays", text(100'000, 's'));
        edit(world, 1);
        world.back_up();
        edit(world, 2);
        world.back_up();
        const auto cache = world.root / "archive" / "x";
        if (loss == "catalog") {
            fs::remove(cache / "catalog.db");
        } else if (loss == "garbage") {
            io::replace_file(cache / "catalog.db", io::view_of("this is not a database"));
        } else if (loss == "cache") {
            fs::remove_all(cache);
        } else {
            World other;
            other.write("something else", "x");
            other.back_up();
            fs::copy_file(other.root / "archive" / "x" / "catalog.db", cache / "catalog.db",
                          fs::copy_options::overwrite_existing);
        }
        edit(world, 3);
        const auto report = world.back_up();
        CHECK_FALSE(report.set.full);
        CHECK(report.statistics.changed_files == 1);  // as a delta: old signatures were found
        const auto to = world.root / "out";
        world.restore(to);
        CHECK(tree_of(to) == tree_of(world.source));
    }
}

TEST_CASE("a touched inode alone makes no entry, a changed byte behind equal times does")
{
    World world;
    world.write("same", text(50'000, 's'));
    world.write("tricky", text(50'000, 't'));
    world.back_up();
    const auto keep_times = [&](const std::string& name, const std::string& content) {
        struct stat facts {};
        REQUIRE(::stat((world.source / name).c_str(), &facts) == 0);
        io::replace_file(world.source / name, io::view_of(content));
        const timespec times[2] = {facts.st_atim, facts.st_mtim};
        REQUIRE(::utimensat(AT_FDCWD, (world.source / name).c_str(), times, 0) == 0);
    };
    keep_times("same", text(50'000, 's'));
    keep_times("tricky", text(50'000, 'u'));
    const auto report = world.back_up();
    CHECK(report.statistics.changed_files == 1);
    const auto to = world.root / "out";
    world.restore(to);
    CHECK(tree_of(to) == tree_of(world.source));
}

TEST_CASE("one file out of many is restored by a few pieces of one volume")
{
    World world;
    for (int i = 0; i < 300; ++i) {
        world.write(fmt::format("f{:03}", i), text(100'000, static_cast<char>(i)));
    }
    world.back_up(operation::BackupType::full, 200U << 20U);
    const auto report = world.restore(world.root / "one", "f130");
    CHECK(report.files == 1);
    // Of 29 pieces of a MiB, which text() does not let shrink: the fronts of five to find it, one
    // or two that hold it, and what is read ahead of its end.
    CHECK(report.fetched_bytes >= 50'000);
    CHECK(report.fetched_bytes <= 4U << 20U);
    CHECK(io::read_file(world.root / "one", 1U << 20U) ==
          io::read_file(world.source / "f130", 1U << 20U));
    CHECK_THROWS_AS(world.restore(world.root / "none", "f999"), Error);
    CHECK_FALSE(fs::exists(world.root / "none"));
}

TEST_CASE("of many volumes only those are opened that hold what is restored")
{
    World world;
    for (int i = 0; i < 60; ++i) {
        world.write(fmt::format("f{:02}", i), text(100'000, static_cast<char>(i)));
    }
    world.back_up();
    std::vector<manifest::Volume> records;
    for (const auto& file : world.directory.list()) {
        if (file.name.ends_with(".manifest")) {
            const auto content = io::read_file(world.root / "target" / file.name, 1U << 20U);
            records = manifest::parse(content).volumes;
        }
    }
    REQUIRE(records.size() > 5);
    for (const std::string name : {"f00", "f30", "f59"}) {
        CAPTURE(name);
        std::set<std::string> holding;
        for (const auto& record : records) {
            if (record.first.key <= name && name <= record.last.key) {
                holding.insert(fmt::format(".vol{}.", record.number));
            }
        }
        REQUIRE(holding.size() < 3);
        world.target.forget();
        world.restore_from(world.target, world.root / ("one-" + name), name);
        std::set<std::string> opened;
        for (const auto& call : world.target.calls()) {
            if (const auto at = call.find(".vol"); at != std::string::npos) {
                opened.insert(call.substr(at, call.find('.', at + 1) + 1 - at));
            }
        }
        CHECK(opened == holding);
        CHECK(io::read_file(world.root / ("one-" + name), 1U << 20U) ==
              io::read_file(world.source / name, 1U << 20U));
    }
}

TEST_CASE("a folder is restored with what is in it and nothing else")
{
    World world;
    world.write("d/in/x", "x");
    world.write("d-e", "beside");
    world.back_up();
    world.restore(world.root / "out", "d");
    CHECK(tree_of(world.root / "out") == tree_of(world.source / "d"));
}

TEST_CASE("what a target cannot take leaves the last good set as it was")
{
    World world;
    world.write("f", text(2'000'000, 'f'));
    world.back_up();
    const auto before = tree_of(world.source);
    const auto time = world.time;
    for (const std::uint64_t room : {0U, 400'000U, 1'000'000U}) {
        edit(world, 2);
        world.write("g", text(3'000'000, static_cast<char>(room % 20)));
        world.faulty.set_room(room);
        try {
            world.back_up();
            FAIL("was stored");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::no_space);
        }
    }
    world.faulty.set_room(1U << 30U);
    const auto old = world.root / "old";
    world.restore(old, {}, time);
    CHECK(tree_of(old) == before);
    const auto report = world.back_up();
    CHECK_FALSE(report.set.full);
    world.restore(world.root / "new");
    CHECK(tree_of(world.root / "new") == tree_of(world.source));
}

TEST_CASE("a run that fails at any call of the target loses nothing")
{
    World world;
    world.write("f", text(2'500'000, 'f'));
    world.back_up();
    for (std::uint64_t call = 1;; ++call) {
        CAPTURE(call);
        edit(world, static_cast<int>(call) + 2);
        world.write("f", text(2'500'000, static_cast<char>(call)));
        world.faulty.fail_call(call, Error{Error::Kind::unreachable, "reset"});
        bool failed = false;
        try {
            world.back_up();
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::unreachable);
            failed = true;
        }
        const auto to = world.root / fmt::format("out-{}", call);
        if (!failed) {
            world.restore(to);
            CHECK(tree_of(to) == tree_of(world.source));
            CHECK(call > 6);
            break;
        }
        // The next run needs nobody's help.
        world.back_up();
        world.restore(to);
        CHECK(tree_of(to) == tree_of(world.source));
        REQUIRE(call < 100);
    }
}

TEST_CASE("files are listed as of any time, from the catalog or from the signatures alone")
{
    World world;
    edit(world, 1);
    const auto first = world.back_up();
    edit(world, 2);
    world.back_up();
    edit(world, 3);
    world.back_up();
    const auto newest = world.list();
    CHECK(newest == std::vector<std::string>{".", "changing", "new", "new/2", "new/3", "turns"});
    CHECK(world.list(first.set.end) ==
          std::vector<std::string>{".", "changing", "new", "new/1", "turns"});
    fs::remove_all(world.root / "archive");
    CHECK(world.list() == newest);
}

TEST_CASE("another source or host is refused unless it is said to be meant")
{
    World world;
    world.write("f", "x");
    world.back_up();
    auto cache = cache::ArchiveDirectory::create(world.root / "archive", "x");
    auto archive = world.archive(cache);
    operation::BackupRequest request;
    request.source = world.root / "elsewhere";
    fs::create_directory(world.root / "elsewhere");
    request.host_name = "host";
    request.time = world.time + 86400;
    CHECK_THROWS_AS((void)operation::back_up(archive, request, world.monitor, {}), Error);
    request.source = world.source;
    request.host_name = "other";
    CHECK_THROWS_AS((void)operation::back_up(archive, request, world.monitor, {}), Error);
    request.allow_source_mismatch = true;
    CHECK_FALSE(operation::back_up(archive, request, world.monitor, {}).set.full);
}

TEST_CASE("an increment without a chain is refused, and nothing is written")
{
    World world;
    world.write("f", "x");
    try {
        world.back_up(operation::BackupType::incremental);
        FAIL("was made");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::not_found);
    }
    CHECK(world.target.count("put") == 0);
}

TEST_CASE("a stop request ends a run, and the next one is whole")
{
    World world;
    world.write("f", text(1'000'000, 'f'));
    auto cache = cache::ArchiveDirectory::create(world.root / "archive", "x");
    auto archive = world.archive(cache);
    operation::BackupRequest request;
    request.source = world.source;
    request.host_name = "host";
    request.time = world.time;
    std::stop_source stop;
    stop.request_stop();
    try {
        (void)operation::back_up(archive, request, world.monitor, stop.get_token());
        FAIL("went on");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::cancelled);
    }
    world.back_up();
    world.restore(world.root / "out");
    CHECK(tree_of(world.root / "out") == tree_of(world.source));
}
