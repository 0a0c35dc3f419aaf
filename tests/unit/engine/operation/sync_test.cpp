// Goal: a cache that was lost comes back at the cost of what is there: each file of the target is
// opened once, nothing is fetched that the cache has. Method: calls of the target are counted; what
// came back is compared with what was lost.
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/index/sync.hpp"
#include "engine/operation/question/compare.hpp"
#include "engine/operation/question/list_files.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/file/file_remote.hpp"
#include "tests/support/quick_directory.hpp"
#include "tests/support/recording_remote.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

class Listener final : public operation::Monitor {
public:
    std::vector<operation::Phase> phases;
    std::vector<operation::Progress> figures;

    void phase(operation::Phase phase) noexcept override { phases.push_back(phase); }
    void progress(const operation::Progress& progress) noexcept override
    {
        figures.push_back(progress);
    }
    void warn(const Error&) noexcept override {}
    void note(std::string_view) noexcept override {}
};

struct World {
    io::TempDirectory temporary{support::quick_directory()};
    fs::path root = temporary.path();
    fs::path source = root / "source";
    codec::WorkerPool pool{3};
    file::FileRemote directory{root / "target"};
    support::RecordingRemote target{directory};
    Listener monitor;
    std::int64_t time = 1'700'000'000;
    cache::ArchiveDirectory cache = cache::ArchiveDirectory::create(root / "archive", "x");
    operation::Archive archive{target, cache, pool, {}};

    World() { archive.settings.temp_directory = temporary.path(); }

    void write(const std::string& name, const std::string& content) const
    {
        fs::create_directories((source / name).parent_path());
        io::replace_file(source / name, io::view_of(content));
    }

    void back_up(operation::BackupType type = operation::BackupType::automatic)
    {
        operation::BackupRequest request;
        request.source = source;
        request.type = type;
        request.host_name = "host";
        request.time = time += 60;
        static_cast<void>(operation::back_up(archive, request, monitor, {}));
    }

    /// A full set and three increments, and before them another chain.
    void back_up_chains()
    {
        write("f", "old");
        back_up();
        for (int set = 0; set < 4; ++set) {
            for (int i = 0; i < 40; ++i) {
                if (set == 0 || i % 4 == set) {
                    write(fmt::format("d{}/f{}", i % 3, i), fmt::format("{} {}", set, i));
                }
            }
            fs::remove(source / fmt::format("d0/f{}", 3 * set));
            back_up(set == 0 ? operation::BackupType::full : operation::BackupType::incremental);
        }
    }

    void lose_cache() const
    {
        for (const auto& entry : fs::directory_iterator{cache.path()}) {
            fs::remove_all(entry);
        }
    }

    operation::SyncReport sync(operation::SyncScope scope)
    {
        target.forget();
        return operation::sync(archive, {scope}, monitor, {});
    }

    /// Of each path what signatures tell, and where its own is. (A run knows more of files that
    /// changed a moment ago: not to trust their times.)
    [[nodiscard]] std::vector<std::string> catalog() const
    {
        const auto catalog = cache::Catalog::open(cache.path());
        auto cursor = catalog->scan();
        std::vector<std::string> rows;
        cache::StateRow row;
        while (cursor.next(row)) {
            rows.push_back(fmt::format("{} {} {} {} {} {} {}", row.key, row.type, row.mode,
                                       row.size, row.sig_set, row.sig_offset, row.sig_bytes));
        }
        return rows;
    }

    /// Of the cache's files that duplicity knows, names and contents.
    [[nodiscard]] std::map<std::string, std::string> files() const
    {
        std::map<std::string, std::string> files;
        for (const auto& name : cache.names()) {
            if (name.starts_with("duplicity-")) {
                const auto bytes = io::read_file(cache.path_of(name), 1U << 20U);
                files[name] = io::text_of(bytes);
            }
        }
        return files;
    }

    [[nodiscard]] std::vector<std::string> stored(const std::vector<std::string>& kinds) const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator{root / "target"}) {
            const auto name = entry.path().filename().string();
            for (const auto& kind : kinds) {
                if (name.find(kind) != std::string::npos) {
                    names.push_back(name);
                }
            }
        }
        return names;
    }
};

}  // namespace

TEST_CASE("each manifest and each sigtar of the target is opened once, and nothing else is")
{
    World world;
    world.back_up_chains();
    const auto lost = world.files();
    const auto state = world.catalog();
    world.lose_cache();
    const auto report = world.sync(operation::SyncScope::all_chains);
    CHECK(report.sets == 5);
    CHECK(report.fetched_files == 10);
    CHECK(world.target.count("list") == 1);
    const auto names = world.stored({"manifest", "sigtar"});
    CHECK(names.size() == 10);
    for (const auto& name : names) {
        CAPTURE(name);
        CHECK(world.target.count("open_local " + name) == 1);
    }
    CHECK(world.target.calls().size() == 11);
    CHECK(world.files() == lost);
    CHECK(world.catalog() == state);

    // Nothing is left to do, for questions and for another synchronisation.
    CHECK(world.sync(operation::SyncScope::all_chains).fetched_files == 0);
    for (const auto time : {world.time, world.time - 60, world.time - 240}) {
        operation::ListRequest request;
        request.time = time;
        static_cast<void>(operation::list_files(world.archive, request, world.monitor, {},
                                                [](const auto&) { return true; }));
    }
    CHECK(world.target.calls() == std::vector<std::string>(4, "list"));
}

TEST_CASE("an increment after a loss opens signatures once each, and manifests as it needs them")
{
    World world;
    world.back_up_chains();
    world.lose_cache();
    world.target.forget();
    world.write("d1/f1", "another");
    world.back_up(operation::BackupType::incremental);
    for (const auto& name : world.stored({"sigtar"})) {
        CAPTURE(name);
        const bool is_new = world.target.count("put " + name) == 1;
        const bool is_old_chain = name.find("20231114T221420Z") != std::string::npos;
        CHECK(world.target.count("open_local " + name) == (is_new || is_old_chain ? 0U : 1U));
    }
}

TEST_CASE(
    "what the cache has is not fetched, and a sigtar that came anew is found in by its chunks")
{
    World world;
    world.back_up_chains();
    for (const auto& [name, content] : world.files()) {
        if (name.ends_with(".sigtar.gz") && name.find("new-signatures") != std::string::npos) {
            fs::remove(world.cache.path_of(name));
        }
    }
    // The catalog is as it was, only copies are missing.
    CHECK(world.sync(operation::SyncScope::newest_chain).fetched_files == 3);
    CHECK(world.target.count("open_local") == 3);
    // An increment then finds the old signatures in them: the file is stored as a difference.
    world.write("d1/f1", "1 1 and more");
    world.target.forget();
    world.back_up(operation::BackupType::incremental);
    CHECK(world.target.count("open_local") <= 1);  // the newest manifest
}

TEST_CASE("a target that is empty makes nothing forgotten")
{
    World world;
    world.back_up_chains();
    const auto files = world.files();
    const auto state = world.catalog();
    fs::rename(world.root / "target", world.root / "elsewhere");
    fs::create_directory(world.root / "target");
    try {
        world.sync(operation::SyncScope::all_chains);
        FAIL("it went through");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::unreachable);
    }
    CHECK(world.files() == files);
    CHECK(world.catalog() == state);
}

TEST_CASE("a comparison tells how far it is")
{
    World world;
    for (int i = 0; i < 1500; ++i) {
        world.write(fmt::format("{}", i), "x");
    }
    world.back_up();
    world.write("7", "xy");
    world.back_up();
    world.monitor.figures.clear();
    std::size_t changed = 0;
    static_cast<void>(operation::compare_sets(
        world.archive, {world.time - 60, {}}, world.monitor, {}, [&](const auto& difference) {
            changed += difference.kind == operation::PathDifference::Kind::changed ? 1 : 0;
            return true;
        }));
    CHECK(changed == 1);
    CHECK(world.monitor.phases.back() == operation::Phase::comparing);
    std::uint64_t last = 0;
    std::size_t told = 0;
    for (const auto& figures : world.monitor.figures) {
        if (figures.files_expected == 1501) {
            CHECK(figures.files_done > last);
            last = figures.files_done;
            ++told;
        }
    }
    CHECK(told >= 3);
    CHECK(last > 1000);
}
