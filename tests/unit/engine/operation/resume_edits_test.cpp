// Goal: whatever happens to the source between a break and the run that goes on, each file of the
// resumed set is one of its two versions, and the next increment is the source exactly. Method: a
// list of edits before, at and behind the point; copied trees as witness.
#include "tests/unit/engine/operation/mortal_world.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

using namespace duplid;
using namespace duplid::mortal;

TEST_CASE("what changed before the point where a set goes on comes with the next increment")
{
    struct Edit {
        const char* what;
        std::function<void(const Source&)> make;
    };
    const std::vector<Edit> edits{
        {"a stored file changes", [](const Source& s) { s.write("a/more", noise(70'000, 50)); }},
        {"a stored file is deleted", [](const Source& s) { fs::remove(s.root / "a/exact2"); }},
        {"a file appears before the point", [](const Source& s) { s.write("a/aaa", "new"); }},
        {"a folder appears before the point", [](const Source& s) { s.write("a-b/x", "new"); }},
        {"a stored file becomes a folder",
         [](const Source& s) {
             fs::remove(s.root / "a/exact");
             s.write("a/exact/inside", "new");
         }},
        {"the split file is rewritten",
         [](const Source& s) { s.write("b/large", noise(14 * 65536 + 100, 51)); }},
        {"the split file grows", [](const Source& s) { s.write("b/large", noise(20 * 65536, 5)); }},
        {"the split file is cut", [](const Source& s) { s.write("b/large", noise(65536, 5)); }},
        {"the split file is deleted", [](const Source& s) { fs::remove(s.root / "b/large"); }},
        {"the split file becomes a folder",
         [](const Source& s) {
             fs::remove(s.root / "b/large");
             s.write("b/large/inside", noise(200'000, 52));
         }},
        {"the split file becomes a link",
         [](const Source& s) {
             fs::remove(s.root / "b/large");
             fs::create_symlink("../a/more", s.root / "b/large");
         }},
        {"the folder of the split file becomes a file",
         [](const Source& s) {
             fs::remove_all(s.root / "b");
             s.write("b", "a file now");
         }},
        {"everything behind the point is deleted",
         [](const Source& s) {
             fs::remove_all(s.root / "c");
             fs::remove_all(s.root / "d");
         }},
        {"the source is empty",
         [](const Source& s) {
             for (const auto* name : {"a", "b", "c", "d", "link"}) {
                 fs::remove_all(s.root / name);
             }
         }},
    };
    for (const bool full : {true, false}) {
        for (const auto& edit : edits) {
            for (std::uint64_t call = 4; call < 24; call += 5) {
                CAPTURE(full);
                CAPTURE(edit.what);
                CAPTURE(call);
                const Source source;
                World world{source, call % 2 == 0 ? 1U : 2U};
                if (!full) {
                    source.write("a/exact", "before");
                    source.write("b/large", noise(14 * 65536 + 50, 60));
                    source.write("b/other", "will go");
                    source.write("c/small03/was", "a folder");
                    world.back_up(first_time);
                    fs::remove_all(source.root);
                    fs::create_directory(source.root);
                }
                fill(source);
                const auto before = tree_of(source.root);
                if (!world.breaks_off(second_time, call)) {
                    break;
                }
                edit.make(source);
                const auto after = tree_of(source.root);
                const auto report = world.back_up(second_time);
                for (const auto& item : world.restore(report.set.end)) {
                    CAPTURE(item.first);
                    const auto is_in = [&](const Tree& tree) {
                        const auto found = tree.find(item.first);
                        return found != tree.end() && found->second == item.second;
                    };
                    CHECK((is_in(before) || is_in(after)));
                }
                world.back_up(third_time);
                CHECK(world.restore() == after);
                CHECK(world.back_up(third_time + 1000).statistics.delta_entries == 0);
                CHECK(world.monitor.warnings.empty());
            }
        }
    }
}

TEST_CASE("what an interrupted run warned of is not forgotten by the one that goes on")
{
    const Source source;
    fill(source);
    source.write("a/growing", noise(5U << 20U, 80));
    World world{source};
    world.monitor.on_progress = [&](const operation::Progress& progress) {
        // Told every 4 MiB: while the large file is read.
        if (progress.bytes_done >= 4U << 20U) {
            std::ofstream{source.root / "a/growing", std::ios::app} << "more";
            world.monitor.on_progress = {};
        }
    };
    REQUIRE(world.breaks_off(first_time, 66));
    REQUIRE(world.monitor.warnings.size() == 1);
    const auto report = world.back_up(first_time);
    CHECK(report.resumed_at > 20);
    CHECK(world.monitor.warnings.size() == 2);
    CHECK(world.monitor.warnings.back().find("before the interruption: 1") != std::string::npos);
    CHECK(report.warnings == 1);
    CHECK(report.statistics.errors == 1);
    CHECK(world.back_up(second_time).statistics.delta_entries == 1);
    CHECK(world.restore() == tree_of(source.root));
}
