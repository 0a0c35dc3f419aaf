// Goal: a file that changes under the reader's hands is stored as something it was or was on its
// way to, is told where it is torn, and is right again after the next set.
// Method: the monitor is called between two reads of a large file and does the mischief there.
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/restore/restore.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/file/file_remote.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

// Progress is told each 4 MiB.
constexpr std::size_t large_bytes = std::size_t{9} << 20U;

class Mischief final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress& progress) noexcept override
    {
        if (halfway && progress.bytes_done > 0 && progress.bytes_done < large_bytes) {
            std::exchange(halfway, {})();
        }
    }
    void warn(const Error& error) noexcept override { warnings.emplace_back(error.what()); }
    void note(std::string_view) noexcept override {}

    std::function<void()> halfway;
    std::vector<std::string> warnings;
};

std::string content(char salt, std::size_t bytes = large_bytes)
{
    std::string text(bytes, salt);
    auto state = static_cast<std::uint32_t>(salt);
    for (auto& byte : text) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24U);
    }
    return text;
}

struct World {
    io::TempDirectory temporary;
    fs::path root = temporary.path();
    fs::path file = root / "source/file";
    codec::WorkerPool pool{2};
    file::FileRemote target{root / "target"};
    Mischief monitor;
    std::int64_t time = 1'700'000'000;
    int restores = 0;

    World() { fs::create_directory(root / "source"); }

    void write(const std::string& bytes, const char* mode = "wb") const
    {
        const auto closer = [](std::FILE* stream) { std::fclose(stream); };
        const std::unique_ptr<std::FILE, decltype(closer)> stream{std::fopen(file.c_str(), mode),
                                                                  closer};
        REQUIRE(std::fwrite(bytes.data(), 1, bytes.size(), stream.get()) == bytes.size());
    }

    void back_up(std::function<void()> halfway = {})
    {
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = temporary.path();
        operation::BackupRequest request;
        request.source = root / "source";
        request.host_name = "host";
        request.time = time += 60;
        monitor.warnings.clear();
        monitor.halfway = std::move(halfway);
        const auto report = operation::back_up(archive, request, monitor, {});
        CHECK(report.warnings == monitor.warnings.size());
        REQUIRE_FALSE(monitor.halfway);  // it happened
    }

    /// What a restore of the newest set has in the file's place.
    std::optional<std::string> restored()
    {
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = temporary.path();
        operation::RestoreRequest request;
        request.destination = root / ("restored" + std::to_string(++restores));
        static_cast<void>(operation::restore(archive, request, monitor, {}));
        const auto bytes = io::read_file_if_there(request.destination + "/file", 4 * large_bytes);
        return bytes ? std::optional{std::string{io::text_of(*bytes)}} : std::nullopt;
    }

    /// The next, quiet set holds what the source holds.
    void check_next_set(const std::optional<std::string>& expected)
    {
        back_up();
        CHECK(monitor.warnings.empty());
        CHECK(restored() == expected);
    }
};

}  // namespace

TEST_CASE("a file that grows while it is read is stored at its first length, and whole next time")
{
    World world;
    for (const char salt : {'a', 'b'}) {  // the first time whole, the second as a delta
        CAPTURE(salt);
        const auto before = content(salt);
        world.write(before);
        world.back_up([&] { world.write("and more", "ab"); });
        REQUIRE(world.monitor.warnings.size() == 1);
        CHECK(world.monitor.warnings[0].find("changed while it was read") != std::string::npos);
        CHECK(world.restored() == before);
        world.check_next_set(before + "and more");
    }
}

TEST_CASE("a file that shrinks while it is read is stored as far as it goes")
{
    World world;
    for (const char salt : {'a', 'b'}) {
        CAPTURE(salt);
        const auto before = content(salt);
        constexpr auto left_bytes = std::size_t{6} << 20U;
        world.write(before);
        world.back_up([&] { fs::resize_file(world.file, left_bytes); });
        REQUIRE(world.monitor.warnings.size() == 1);
        CHECK(world.restored() == before.substr(0, left_bytes));
        world.check_next_set(before.substr(0, left_bytes));
    }
}

TEST_CASE("a file full of holes that shrinks while it is read does not go on as zeros")
{
    World world;
    constexpr auto huge_bytes = std::size_t{1} << 30U;
    world.write("");
    for (const bool has_base : {false, true}) {  // the first time whole, the second as a delta
        CAPTURE(has_base);
        fs::resize_file(world.file, huge_bytes);
        world.back_up([&] { fs::resize_file(world.file, 1000); });
        REQUIRE(world.monitor.warnings.size() == 1);
        CHECK(world.monitor.warnings[0].find("changed while it was read") != std::string::npos);
        const auto stored = world.restored();
        REQUIRE(stored);
        // As far as it was read until then, which halfway() bounds.
        CHECK(stored->size() < 2 * large_bytes);
        CHECK(stored->find_first_not_of('\0') == std::string::npos);
        world.check_next_set(std::string(1000, '\0'));
    }
}

TEST_CASE("a file that is written over while it is read is torn, told, and whole next time")
{
    World world;
    world.write(content('a'));
    world.back_up([&] { world.write(content('b'), "r+b"); });
    REQUIRE(world.monitor.warnings.size() == 1);
    CHECK(world.restored()->size() == large_bytes);
    world.check_next_set(content('b'));
}

TEST_CASE("a file that is replaced while it is read is stored as the one that was opened")
{
    World world;
    world.write(content('a'));
    world.back_up([&] {
        fs::remove(world.file);
        world.write(content('b'));
    });
    CHECK(world.monitor.warnings.empty());
    CHECK(world.restored() == content('a'));
    world.check_next_set(content('b'));
}

TEST_CASE("a file that is deleted while it is read is stored, and gone next time")
{
    World world;
    world.write(content('a'));
    world.back_up([&] { fs::remove(world.file); });
    CHECK(world.restored() == content('a'));
    world.check_next_set(std::nullopt);
}
