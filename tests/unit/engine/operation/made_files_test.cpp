// Goal: a made file is in a set whole and as it was made once, or the set is not there: whatever
// fails, wherever a run is interrupted, and although it is another one each time that it is made.
// Method: the target dies at each of its calls; what was handed out is the witness.
#include "engine/operation/check/verify.hpp"
#include "engine/operation/question/compare.hpp"
#include "tests/unit/engine/operation/mortal_world.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace duplid;
using namespace duplid::mortal;

namespace {

constexpr std::size_t block = 65536;

/// A made file, other bytes each time, and all that it ever was.
struct Maker {
    const World& world;
    std::string path;
    std::size_t bytes;
    std::vector<std::string> made{};
    bool fails = false;

    io::Fd make()
    {
        auto file = io::TempFile::unnamed(world.temporary.path());
        const auto content = noise(bytes, 1000 + static_cast<unsigned>(made.size()));
        if (fails) {
            throw Error{Error::Kind::denied, "it cannot be made", path};
        }
        io::write_full(file.fd(), io::view_of(content), path);
        made.push_back(content);
        return file.take_fd();
    }
    void add_to(operation::BackupRequest& request)
    {
        request.made.push_back({path, [this] { return make(); }});
    }
};

}  // namespace

TEST_CASE("made files are stored, change, and go, as any file")
{
    const Source source;
    fill(source);
    World world{source};
    Maker large{world, "b/made", 5 * block};
    Maker small{world, "new/made", 100};
    world.adjust = [&](auto& request) {
        large.add_to(request);
        small.add_to(request);
    };
    world.back_up(first_time);
    auto expected = tree_of(source.root);
    expected["b/made"] = "f" + large.made[0];
    expected["new"] = "d";
    expected["new/made"] = "f" + small.made[0];
    CHECK(world.restore() == expected);

    const auto report = world.back_up(second_time);
    CHECK_FALSE(report.set.full);
    CHECK(report.statistics.changed_files == 2);
    CHECK(report.statistics.delta_entries == 2);
    auto second = expected;
    second["b/made"] = "f" + large.made[1];
    second["new/made"] = "f" + small.made[1];
    CHECK(world.restore() == second);

    world.adjust = nullptr;
    CHECK(world.back_up(third_time).statistics.deleted_files == 3);
    CHECK(world.restore() == tree_of(source.root));
    CHECK(world.restore(second_time) == second);
    CHECK(world.restore(first_time) == expected);
    CHECK(large.made.size() == 2);
    CHECK(world.monitor.warnings.empty());
}

TEST_CASE("one that cannot be made leaves no set, and the next run makes all of it")
{
    for (const bool with_base : {false, true}) {
        CAPTURE(with_base);
        const Source source;
        fill(source);
        World world{source};
        Maker maker{world, "c/made", 3 * block};
        world.adjust = [&](auto& request) { maker.add_to(request); };
        if (with_base) {
            world.back_up(first_time);
            change(source);
        }
        const auto is_manifest = [](const auto& file) {
            return file.first.find("manifest") != std::string::npos;
        };
        const auto manifests = [&] {
            const auto files = world.content();
            return std::count_if(files.begin(), files.end(), is_manifest);
        };
        const auto before = manifests();
        maker.fails = true;
        CHECK_THROWS_AS(world.back_up(second_time), Error);
        CHECK(manifests() == before);
        maker.fails = false;
        world.back_up(third_time);
        auto expected = tree_of(source.root);
        expected["c/made"] = "f" + maker.made.back();
        CHECK(world.restore() == expected);
    }
}

TEST_CASE("wherever a run is interrupted, a made file is one that was made, and never a mixture")
{
    struct Row {
        const char* path;
        std::size_t bytes;
    };
    for (const auto& row : {Row{"a/made", 9 * block + 7}, Row{"a/made", 12 * block},
                            Row{"b/large2", 100}, Row{"zz/made", 9 * block}}) {
        for (const bool full : {true, false}) {
            bool broke = true;
            for (std::uint64_t call = 3; broke; call += full ? 5 : 7) {
                CAPTURE(row.path);
                CAPTURE(row.bytes);
                CAPTURE(full);
                CAPTURE(call);
                const Source source;
                World world{source, call % 2 == 1 ? 1U : 2U};
                Maker maker{world, row.path, row.bytes};
                world.adjust = [&](auto& request) { maker.add_to(request); };
                fill(source);
                if (!full) {
                    world.back_up(first_time);
                    change(source);
                }
                const auto made_before = maker.made.size();
                broke = world.breaks_off(second_time, call);
                if (!broke) {
                    break;
                }
                const auto report = world.back_up(third_time);
                // Once in each run at most, also when the set goes back to before it.
                CHECK(maker.made.size() - made_before <= 2);
                const auto tree = world.restore(report.set.end);
                const auto stored = tree.at(row.path).substr(1);
                CHECK(std::ranges::find(maker.made, stored) != maker.made.end());
                // And its signature is one of these bytes: the next delta fits.
                world.back_up(third_time + 1000);
                auto expected = tree_of(source.root);
                expected[row.path] = "f" + maker.made.back();
                expected.try_emplace(fs::path{row.path}.parent_path().string(), "d");
                CHECK(world.restore() == expected);
                CHECK(world.monitor.warnings.empty());
            }
        }
    }
}

TEST_CASE("a set that is gone on with behind a made file keeps it as it was")
{
    const Source source;
    fill(source);
    World world{source};
    Maker maker{world, "a/0made", block / 2};
    world.adjust = [&](auto& request) {
        maker.add_to(request);
        request.fail_on_volume = 3;
    };
    CHECK_THROWS_AS(world.back_up(first_time), Error);
    world.adjust = [&](auto& request) { maker.add_to(request); };
    const auto report = world.back_up(second_time);
    CHECK(report.resumed_at > 1);
    CHECK(maker.made.size() == 1);
    auto expected = tree_of(source.root);
    expected["a/0made"] = "f" + maker.made.front();
    CHECK(world.restore() == expected);
}

TEST_CASE("a set that was interrupted inside a made file goes back to before it")
{
    const Source source;
    source.write("a", noise(3 * block, 1));
    World world{source};
    Maker maker{world, "made", 12 * block};
    world.adjust = [&](auto& request) {
        maker.add_to(request);
        request.fail_on_volume = 3;
    };
    CHECK_THROWS_AS(world.back_up(first_time), Error);
    world.adjust = [&](auto& request) { maker.add_to(request); };
    world.back_up(second_time);
    CHECK(world.monitor.has_note("it is made anew for each backup"));
    CHECK(maker.made.size() == 2);
    CHECK(world.restore().at("made") == "f" + maker.made.back());
}

TEST_CASE("a dry run makes none and says so")
{
    const Source source;
    fill(source);
    World world{source};
    Maker maker{world, "b/made", 100};
    world.adjust = [&](auto& request) {
        maker.add_to(request);
        request.dry_run = true;
    };
    const auto report = world.back_up(first_time);
    CHECK(report.outcome == operation::BackupOutcome::would_store);
    CHECK(maker.made.empty());
    CHECK(world.monitor.has_note("b/made is made for each backup, and not by a dry run"));
    CHECK(world.content().empty());
}

TEST_CASE("a file of the source that a made one hides is warned of")
{
    const Source source;
    fill(source);
    World world{source};
    Maker maker{world, "a/less", 100};
    world.adjust = [&](auto& request) { maker.add_to(request); };
    CHECK(world.back_up(first_time).warnings == 1);
    REQUIRE(world.monitor.warnings.size() == 1);
    CHECK(world.monitor.warnings.front().find("a/less") != std::string::npos);
    CHECK(world.restore().at("a/less") == "f" + maker.made.front());
}

TEST_CASE("a directory may lack made files when it is compared with the backup")
{
    const Source source;
    fill(source);
    World world{source};
    Maker maker{world, "new/made", 100};
    world.adjust = [&](auto& request) { maker.add_to(request); };
    world.back_up(first_time);
    auto cache = cache::ArchiveDirectory::create(world.temporary.path(), "archive");
    operation::Archive archive{world.memory, cache, world.pool, {}};
    archive.settings.temp_directory = world.temporary.path();
    for (const bool is_known : {true, false}) {
        operation::VerifyRequest request;
        request.directory = source.root;
        request.compare_data = true;
        if (is_known) {
            request.made = {"new/made"};
        }
        const auto report = operation::verify(archive, request, world.monitor, {});
        CHECK(report.damaged == 0);
        CHECK(report.differences == (is_known ? 0U : 2U));

        operation::CompareTreeRequest question;
        question.source = source.root;
        question.compare_data = true;
        question.made = request.made;
        const auto told =
            operation::compare_tree(archive, question, world.monitor, {},
                                    [](const operation::PathDifference&) { return true; });
        CHECK(told.differences == (is_known ? 0U : 2U));
    }
}
