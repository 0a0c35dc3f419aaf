// Goal: a backup that breaks off anywhere, and is then gone on with, makes the set that it would
// have made. Method: a target that dies at its n-th call, for each n until a run passes; the
// witness is the same backup, at the same time of the same tree, that was never disturbed.
#include "engine/naming/time.hpp"
#include "tests/unit/engine/operation/mortal_world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <vector>

using namespace duplid;
using namespace duplid::mortal;

TEST_CASE("a full set that breaks off at any call is completed byte for byte")
{
    const Source source;
    fill(source);
    for (const unsigned concurrency : {1U, 2U, 4U}) {
        for (const bool compress : {true, false}) {
            World whole{source};
            whole.compress = compress;
            whole.back_up(first_time);
            const auto expected = whole.content();
            REQUIRE(expected.size() > 10);
            bool resumed = false;
            bool died_after_all = false;
            for (std::uint64_t call = 2;; ++call) {
                CAPTURE(concurrency);
                CAPTURE(compress);
                CAPTURE(call);
                World world{source, concurrency};
                world.compress = compress;
                if (!world.breaks_off(first_time, call)) {
                    break;
                }
                if (world.content() == expected) {
                    // It died when all was done. Both manifests make duplicity end with an
                    // AssertionError, each time, until somebody removes one.
                    CHECK(!world.has_cached(".manifest.part"));
                    died_after_all = true;
                    continue;
                }
                const auto put_before = world.volumes_put();
                world.target.forget();
                // The clock of a run that begins anew; one that goes on keeps the set's time.
                const auto report = world.back_up(first_time);
                resumed = resumed || report.resumed_at > 1;
                CHECK(world.content() == expected);
                CHECK(world.monitor.warnings.empty());
                CHECK(world.volumes_put() + put_before <= report.volumes + concurrency + 1);
                world.target.forget();
                const auto quiet = world.back_up(second_time);
                CHECK(quiet.set.full == false);
                CHECK(quiet.statistics.delta_entries == 0);
            }
            CHECK(resumed);
            CHECK(died_after_all);
        }
    }
}

TEST_CASE("an increment that breaks off at any call is completed byte for byte")
{
    const Source source;
    fill(source);
    World base{source};
    base.back_up(first_time);
    const auto before = fs::path{base.temporary.path()} / "archive";
    change(source);
    for (const unsigned concurrency : {1U, 2U, 4U}) {
        World whole{source};
        fs::copy(before, fs::path{whole.temporary.path()} / "archive", fs::copy_options::recursive);
        for (const auto& [name, content] : base.content()) {
            const auto bytes = io::view_of(content);
            whole.memory.set(name, {bytes.begin(), bytes.end()});
        }
        const auto undisturbed = whole.back_up(second_time);
        REQUIRE(undisturbed.volumes > 4);
        const auto expected = whole.content();
        bool resumed = false;
        for (std::uint64_t call = 2;; ++call) {
            CAPTURE(concurrency);
            CAPTURE(call);
            World world{source, concurrency};
            fs::copy(before, world.cached(""), fs::copy_options::recursive);
            for (const auto& [name, content] : base.content()) {
                const auto bytes = io::view_of(content);
                world.memory.set(name, {bytes.begin(), bytes.end()});
            }
            if (!world.breaks_off(second_time, call)) {
                break;
            }
            if (world.content() == expected) {
                continue;  // it died when all was done
            }
            world.target.forget();
            const auto report = world.back_up(second_time);
            resumed = resumed || report.resumed_at > 1;
            CHECK(world.content() == expected);
            CHECK(report.statistics.new_files == undisturbed.statistics.new_files);
            CHECK(report.statistics.deleted_files == undisturbed.statistics.deleted_files);
            CHECK(report.statistics.changed_files == undisturbed.statistics.changed_files);
            CHECK(report.statistics.source_files == undisturbed.statistics.source_files);
            CHECK(report.statistics.raw_delta_bytes == undisturbed.statistics.raw_delta_bytes);
            CHECK(report.statistics.stored_bytes == world.volume_bytes_put());
            CHECK(world.back_up(third_time).statistics.delta_entries == 0);
        }
        CHECK(resumed);
    }
}

TEST_CASE("an increment of one volume that breaks off at any call leaves nothing behind")
{
    const Source source;
    fill(source);
    World base{source};
    base.back_up(first_time);
    const auto before = fs::path{base.temporary.path()} / "archive";
    const auto full = base.content();
    bool left_something = false;
    for (std::uint64_t call = 2;; ++call) {
        CAPTURE(call);
        World world{source};
        fs::copy(before, world.cached(""), fs::copy_options::recursive);
        for (const auto& [name, content] : full) {
            const auto bytes = io::view_of(content);
            world.memory.set(name, {bytes.begin(), bytes.end()});
        }
        if (!world.breaks_off(second_time, call)) {
            break;
        }
        const auto second = naming::print_time(second_time);
        const auto left = world.content();
        const bool was_done = std::any_of(left.begin(), left.end(), [&](const auto& file) {
            return file.first.ends_with(second + ".manifest");
        });
        left_something = left_something || (!was_done && left != full);
        // Not at the same time: what a run that begins anew writes has other names.
        const auto report = world.back_up(third_time);
        CHECK(report.volumes == 1);
        CHECK(world.monitor.warnings.empty());
        for (const auto& file : world.content()) {
            CAPTURE(file.first);
            CHECK((was_done || file.first.find(second) == std::string::npos));
        }
        CHECK_FALSE(world.has_cached(".manifest.part"));
        CHECK_FALSE(world.has_cached(".sigtar.part"));
    }
    CHECK(left_something);
}

TEST_CASE("a set without a list of files has none after it was gone on with")
{
    const Source source;
    fill(source);
    const auto no_list = [](operation::BackupRequest& request) { request.record_changes = false; };
    World whole{source};
    whole.adjust = no_list;
    whole.back_up(first_time);
    World world{source};
    world.adjust = no_list;
    REQUIRE(world.breaks_off(first_time, 10));
    CHECK(world.back_up(first_time).resumed_at > 1);
    CHECK(world.content() == whole.content());
}

TEST_CASE("a run that finds nothing to do leaves nothing to go on with")
{
    const Source source;
    fill(source);
    World world{source};
    world.back_up(first_time);
    const auto before = world.content();
    world.adjust = [](operation::BackupRequest& request) { request.skip_if_no_change = true; };
    CHECK(world.back_up(second_time).outcome == operation::BackupOutcome::unchanged);
    CHECK(world.content() == before);
    for (const auto& file : fs::directory_iterator{world.cached("")}) {
        CAPTURE(file.path());
        CHECK(file.path().extension() != ".part");
    }
}

TEST_CASE("twenty breaks in one backup repeat only the volumes that were under way")
{
    constexpr std::size_t breaks = 20;
    const Source source;
    fill(source);
    source.write("e/huge", noise(70 * 65536, 70));
    World whole{source};
    whole.back_up(first_time);
    World world{source};
    for (std::uint32_t i = 1; i <= breaks; ++i) {
        // A list, a volume and a look at it; the next volume dies.
        REQUIRE(world.breaks_off(first_time, 4));
    }
    CHECK(world.back_up(first_time).resumed_at == breaks + 1);
    CHECK(world.content() == whole.content());
    CHECK(world.volumes_put() <= whole.volumes_put() + breaks);
}

TEST_CASE("an interrupted set is gone on with only by what it was begun for")
{
    const Source source;
    fill(source);
    World world{source};
    const auto begins_anew = [&](const std::string& why, BackupType type = BackupType::automatic) {
        CAPTURE(why);
        world.monitor.notes.clear();
        const auto report = world.back_up(third_time, type);
        CHECK(report.resumed_at == 0);
        CHECK(report.set.end == third_time);
        CHECK(world.monitor.has_note(why));
        CHECK(world.restore() == tree_of(world.source_path));
        CHECK_FALSE(fs::exists(world.cached("duplicity-full.20231114T223000Z.manifest.part")));
    };
    REQUIRE(world.breaks_off(second_time, 10));
    SUBCASE("another source")
    {
        const Source other;
        other.write("x", "of another source");
        world.source_path = other.root;
        begins_anew("another source");
    }
    SUBCASE("other names")
    {
        world.compress = false;
        begins_anew("called otherwise");
    }
    SUBCASE("torn signatures")
    {
        for (const auto& file : fs::directory_iterator{world.cached("")}) {
            if (file.path().extension() == ".part" &&
                file.path().string().find("sigtar") != std::string::npos) {
                fs::resize_file(file.path(), 700);
            }
        }
        begins_anew("signatures");
    }
    SUBCASE("signatures of somebody else")
    {
        for (const auto& file : fs::directory_iterator{world.cached("")}) {
            if (file.path().string().find("sigtar.part") != std::string::npos) {
                auto content = io::read_file(file.path(), 10'000'000);
                content[600] ^= std::byte{1};
                io::replace_file(file.path(), content);
            }
        }
        begins_anew("signatures");
    }
    SUBCASE("records of somebody else")
    {
        for (const auto& file : fs::directory_iterator{world.cached("")}) {
            if (file.path().string().find("manifest.part") != std::string::npos) {
                auto content = io::read_file(file.path(), 10'000'000);
                io::append(content, io::view_of("Volume 2:\n"));
                io::replace_file(file.path(), content);
            }
        }
        begins_anew("another program");
    }
    SUBCASE("lost volumes")
    {
        for (const auto& file : world.memory.list()) {
            world.memory.remove(std::vector{file.name});
        }
        world.monitor.notes.clear();
        CHECK(world.back_up(third_time).resumed_at == 0);
        CHECK(world.restore() == tree_of(source.root));
    }
    SUBCASE("a first volume of another size")
    {
        world.memory.set("duplicity-full.20231114T223000Z.vol1.difftar.gz", io::Bytes(100));
        begins_anew("known to be whole");
    }
}

TEST_CASE("a volume of another size ends what is kept")
{
    const Source source;
    fill(source);
    World world{source};
    REQUIRE(world.breaks_off(first_time, 12));
    std::string third;
    for (const auto& file : world.memory.list()) {
        third = file.name.find(".vol3.") != std::string::npos ? file.name : third;
    }
    REQUIRE_FALSE(third.empty());
    world.memory.set(third, io::Bytes(100));
    CHECK(world.back_up(first_time).resumed_at == 3);
    CHECK(world.restore() == tree_of(source.root));
}

TEST_CASE("an increment is not gone on with by a full backup, nor a full one by an increment")
{
    const Source source;
    fill(source);
    World world{source};
    SUBCASE("a full backup")
    {
        world.back_up(first_time);
        change(source);
        REQUIRE(world.breaks_off(second_time, 8));
        const auto report = world.back_up(third_time, BackupType::full);
        CHECK(report.set.full);
        CHECK(report.resumed_at == 0);
    }
    SUBCASE("an increment")
    {
        world.back_up(first_time);
        change(source);
        REQUIRE(world.breaks_off(second_time, 8, BackupType::full));
        const auto report = world.back_up(third_time, BackupType::incremental);
        CHECK_FALSE(report.set.full);
        CHECK(report.resumed_at == 0);
    }
    SUBCASE("whatever fits goes on with a full one")
    {
        world.back_up(first_time);
        change(source);
        REQUIRE(world.breaks_off(second_time, 8, BackupType::full));
        const auto report = world.back_up(third_time);
        CHECK(report.set.full);
        CHECK(report.set.end == second_time);
        CHECK(report.resumed_at > 1);
    }
    CHECK(world.restore() == tree_of(source.root));
}

TEST_CASE("volumes that a longer attempt left behind the last one are removed")
{
    const Source source;
    fill(source);
    World world{source};
    REQUIRE(world.breaks_off(first_time, 20));
    const auto volumes = [&] {
        std::size_t count = 0;
        for (const auto& file : world.memory.list()) {
            count += file.name.find(".vol") != std::string::npos ? 1 : 0;
        }
        return count;
    };
    const auto before = volumes();
    REQUIRE(before > 5);
    for (const auto* name : {"b", "c", "d"}) {
        fs::remove_all(source.root / name);
    }
    fs::remove(source.root / "a/more");
    // Goes back: the signatures of all but the first volumes are lost.
    for (const auto& file : fs::directory_iterator{world.cached("")}) {
        if (file.path().string().find("sigtar.part") != std::string::npos) {
            fs::resize_file(file.path(), fs::file_size(file.path()) / 2);
        }
    }
    const auto report = world.back_up(first_time);
    CHECK(report.resumed_at > 0);
    CHECK(volumes() == report.volumes);
    CHECK(volumes() < before);
}

TEST_CASE("volumes of a set of which none was acknowledged do not stay")
{
    const Source source;
    fill(source);
    World world{source};
    // A list, a put, and then nothing: the volume is there and was not looked at.
    REQUIRE(world.breaks_off(first_time, 3));
    REQUIRE_FALSE(world.memory.list().empty());
    const auto report = world.back_up(second_time);
    CHECK(report.resumed_at == 0);
    CHECK(report.set.end == second_time);
    for (const auto& file : world.memory.list()) {
        CHECK(file.name.find("20231114T221320Z") == std::string::npos);
    }
    CHECK(world.restore() == tree_of(source.root));
}
