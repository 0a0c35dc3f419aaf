// Goal: questions about files cost what they answer: no signature is read twice, no set makes a
// page dearer, and nothing on the target is touched but its listing. Method: calls of the target
// and steps in the index are counted; what is listed is compared with a walk through the source.
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/question/find_files.hpp"
#include "engine/operation/question/list_files.hpp"
#include "engine/operation/question/versions.hpp"
#include "storage/cache/file_index.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/file/file_remote.hpp"
#include "tests/support/quick_directory.hpp"
#include "tests/support/recording_remote.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <vector>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

class Quiet final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error&) noexcept override {}
    void note(std::string_view) noexcept override {}
};

struct World {
    io::TempDirectory temporary{support::quick_directory()};
    fs::path root = temporary.path();
    fs::path source = root / "source";
    codec::WorkerPool pool{2};
    file::FileRemote directory{root / "target"};
    support::RecordingRemote target{directory};
    Quiet monitor;
    std::int64_t time = 1'700'000'000;
    cache::ArchiveDirectory cache = cache::ArchiveDirectory::create(root / "archive", "x");
    operation::Archive archive{target, cache, pool, {}};

    World()
    {
        fs::create_directory(source);
        archive.settings.temp_directory = temporary.path();
    }

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

    operation::ListOutcome list(const operation::ListRequest& request,
                                std::vector<std::string>* paths = nullptr)
    {
        return operation::list_files(archive, request, monitor, {}, [&](const auto& file) {
            if (paths != nullptr) {
                paths->push_back(file.path);
            }
            return true;
        });
    }

    [[nodiscard]] std::vector<std::string> walk() const
    {
        std::vector<std::string> paths{"."};
        for (const auto& entry : fs::recursive_directory_iterator{source}) {
            paths.push_back(fs::relative(entry.path(), source));
        }
        std::sort(paths.begin() + 1, paths.end());  // the names here sort alike in both orders
        return paths;
    }
};

}  // namespace

TEST_CASE("a question that the index can answer only lists the target")
{
    World world;
    for (int i = 0; i < 50; ++i) {
        world.write(fmt::format("d{}/f{:02}", i % 5, i), "x");
    }
    world.back_up();
    world.write("d0/f00", "other");
    world.back_up();
    std::vector<std::string> paths;
    world.list({}, &paths);
    CHECK(paths == world.walk());
    // What the cache has is not read again, wherever the signatures are.
    for (const auto& name : world.cache.names()) {
        if (name.ends_with(".sigtar.gz")) {
            fs::remove(world.cache.path_of(name));
        }
    }
    world.target.forget();
    paths.clear();
    world.list({.time = world.time - 60}, &paths);
    CHECK(paths == world.walk());
    world.list({.path = "d0"});
    CHECK(world.target.calls() == std::vector<std::string>{"list", "list"});
}

TEST_CASE("after a backup only its own signatures are read")
{
    World world;
    world.write("a", "1");
    world.back_up();
    world.list({});
    world.write("a", "22");
    world.back_up();
    for (const auto& name : world.cache.names()) {
        if (name.ends_with(".sigtar.gz")) {
            fs::remove(world.cache.path_of(name));
        }
    }
    world.target.forget();
    std::vector<std::string> paths;
    world.list({}, &paths);
    CHECK(paths == world.walk());
    CHECK(world.target.count("open_local") == 1);
    CHECK(world.target.calls().back().find("new-signatures") != std::string::npos);
}

TEST_CASE("what a page of the newest state costs does not depend on the number of sets")
{
    World world;
    for (int i = 0; i < 400; ++i) {
        world.write(fmt::format("d{}/f{:03}", i % 4, i), "x");
    }
    constexpr int sets = 25;
    for (int set = 0; set < sets; ++set) {
        for (int i = 0; i < 400; i += 2) {
            world.write(fmt::format("d{}/f{:03}", i % 4, i),
                        std::string(static_cast<std::size_t>(set) + 1, 'y'));
        }
        world.back_up();
    }
    constexpr std::uint64_t page = 50;
    CHECK(world.list({.limit = page}).steps <= page + 4);
    CHECK(world.list({.limit = page, .after = "d2/f202"}).steps <= page + 4);
    const auto& old = world.list({.time = world.time - 60 * (sets / 2), .limit = page});
    CHECK(old.files == page);
    CHECK(old.steps <= page * (2 * cache::FileCursor::dead_steps_max + 4));
    // The root's folders, and not the four hundred files in them.
    const auto children = world.list({.depth = 1, .without_path = true});
    CHECK(children.files == 4);
    CHECK(children.steps <= 20);

    operation::FindRequest request;
    request.pattern = "d3/f00*";
    const auto found = operation::find_files(world.archive, request, world.monitor, {},
                                             [](const auto&) { return true; });
    CHECK(found.files == 2);  // 003 and 007
    CHECK(found.steps <= 110);
}

TEST_CASE("no request can lead out of the archive")
{
    World world;
    world.write("a", "1");
    world.back_up();
    CHECK_THROWS_AS(world.list({.path = "../a"}), Error);
    CHECK_THROWS_AS(world.list({.after = "../a"}), Error);
    CHECK_THROWS_AS(operation::versions_of(world.archive, "a/..", world.monitor, {},
                                           [](const auto&) { return true; }),
                    Error);
}

TEST_CASE("a stopped question leaves the index as it was")
{
    World world;
    world.write("a", "1");
    world.back_up();
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_AS(operation::list_files(world.archive, {}, world.monitor, stop.get_token(),
                                          [](const auto&) { return true; }),
                    Error);
    CHECK(world.list({}).files == 2);
}
