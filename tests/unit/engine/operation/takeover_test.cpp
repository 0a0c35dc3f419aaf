// Goal: an increment that another program began and left is gone on with as far as its volumes
// prove what they hold, and neither a change nor a signature is lost by it. Method: a run of ours
// that breaks off and whose journal is then taken away, so that nothing but volumes and the partial
// manifest tells of it; the witnesses are an undisturbed run, copied trees, and signatures made
// anew of what is restored. With sets by duplicity itself: tests/fault/left_increment_test.py.
#include "engine/naming/index.hpp"
#include "engine/naming/time.hpp"
#include "engine/rdiff/signature.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "tests/unit/engine/operation/mortal_world.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace duplid;
using namespace duplid::mortal;

namespace {

constexpr std::int64_t fourth_time = first_time + 3000;

/// Nothing is left that says who began the set.
void forget_journal(const World& world)
{
    for (const auto* name : {"journal.db", "journal.db-wal", "journal.db-shm"}) {
        fs::remove(world.cached(name));
    }
}

/// What the full set of `base` is, for worlds that go on from there.
void begin_as(World& world, World& base)
{
    fs::copy(base.cached(""), world.cached(""), fs::copy_options::recursive);
    for (const auto& [name, content] : base.content()) {
        const auto bytes = io::view_of(content);
        world.memory.set(name, {bytes.begin(), bytes.end()});
    }
}

fs::path partial_manifest_of(const World& world)
{
    for (const auto& file : fs::directory_iterator{world.cached("")}) {
        if (file.path().string().ends_with(".manifest.part")) {
            return file.path();
        }
    }
    return {};
}

std::map<std::string, std::string> volumes_of(World& world)
{
    auto files = world.content();
    std::erase_if(files, [](const auto& file) {
        return !file.first.starts_with("duplicity-inc") ||
               file.first.find(".vol") == std::string::npos;
    });
    return files;
}

io::Bytes signature_of(const std::string& content)
{
    io::MemorySink out;
    rdiff::SignatureMaker maker{rdiff::block_bytes(content.size()), out};
    maker.write(io::view_of(content));
    maker.finish();
    return out.take();
}

/// R10: every signature that the set of that time brought is that of what the set restores to. How
/// many there were.
std::size_t check_signatures(World& world, std::int64_t time)
{
    const auto tree = world.restore(time);
    std::size_t checked = 0;
    for (const auto& [name, content] : world.content()) {
        if (!name.ends_with(naming::print_time(time) + ".sigtar")) {
            continue;
        }
        io::ViewSource source{io::view_of(content)};
        tar::Reader reader{source};
        tar::Header header;
        while (reader.next(header)) {
            const auto member = volume::member_of(header);
            if (member.kind != volume::MemberKind::signature) {
                continue;
            }
            CAPTURE(header.name);
            io::Bytes stored(static_cast<std::size_t>(header.size));
            for (std::size_t got = 0; got < stored.size();) {
                got += reader.read(io::ByteSpan{stored}.subspan(got));
            }
            const auto& file = tree.at(naming::path_of_key(member.key));
            CHECK(stored == signature_of(file.substr(1)));
            ++checked;
        }
    }
    return checked;
}

/// Everything was last changed long ago: of what duplicity stores only the second counts, so an
/// edit within it would go unnoticed, as it does there.
void make_old(const Source& source)
{
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours{1};
    for (const auto& entry : fs::recursive_directory_iterator{source.root}) {
        if (!entry.is_symlink()) {
            fs::last_write_time(entry.path(), long_ago);
        }
    }
}

void replace(const Source& source, const std::string& name, std::size_t at, const std::string& by)
{
    auto content = std::string{io::text_of(io::read_file(source.root / name, 100'000'000))};
    content.replace(at, by.size(), by);
    source.write(name, content);
}

/// change() replaces these bytes of b/large, so a delta has them; the others it copies.
constexpr std::size_t new_begin = 300'000;
constexpr std::size_t new_bytes = 500'000;

}  // namespace

TEST_CASE("an increment that another program left at any call is gone on with")
{
    const Source source;
    fill(source);
    World base{source};
    base.back_up(first_time);
    const auto was = tree_of(source.root);
    change(source);
    const auto expected = tree_of(source.root);
    World whole{source};
    begin_as(whole, base);
    const auto undisturbed = whole.back_up(second_time);
    REQUIRE(undisturbed.volumes > 4);
    std::uint32_t latest = 0;
    for (std::uint64_t call = 2;; ++call) {
        CAPTURE(call);
        World world{source};
        begin_as(world, base);
        if (!world.breaks_off(second_time, call)) {
            break;
        }
        forget_journal(world);
        if (!world.has_cached(".manifest.part")) {
            continue;  // it had not begun, or was over
        }
        const auto report = world.back_up(third_time);
        CHECK(world.restore() == expected);
        CHECK(world.restore(first_time) == was);
        CHECK(world.monitor.warnings.empty());
        if (report.resumed_at > 0) {
            latest = std::max(latest, report.resumed_at);
            CHECK(report.set.end == second_time);
            CHECK(volumes_of(world) == volumes_of(whole));
            const auto& figures = report.statistics;
            CHECK(figures.new_files == undisturbed.statistics.new_files);
            CHECK(figures.deleted_files == undisturbed.statistics.deleted_files);
            CHECK(figures.changed_files == undisturbed.statistics.changed_files);
            CHECK(figures.changed_file_bytes == undisturbed.statistics.changed_file_bytes);
            CHECK(figures.source_files == undisturbed.statistics.source_files);
            CHECK(figures.source_file_bytes == undisturbed.statistics.source_file_bytes);
            CHECK(figures.raw_delta_bytes == undisturbed.statistics.raw_delta_bytes);
        }
        CHECK(world.back_up(fourth_time).statistics.delta_entries == 0);
    }
    // Also behind the last of its volumes, where only signatures and manifest are missing.
    CHECK(latest == undisturbed.volumes + 1);
}

TEST_CASE("what changes before an increment is taken over comes with it, or with the next one")
{
    struct Edit {
        std::string what;
        std::function<void(const Source&)> make;
        bool is_proved;  ///< all that had been stored
    };
    const std::vector<Edit> edits{
        {"nothing", [](const Source&) {}, true},
        {"the file of a delta changes where the delta copies",
         [](const Source& s) { replace(s, "b/large", 1'000, "other"); }, false},
        {"it changes where the delta has its bytes",
         [](const Source& s) { replace(s, "b/large", new_begin + new_bytes / 2, "other"); }, true},
        {"it grows",
         [](const Source& s) {
             std::ofstream{s.root / "b/large", std::ios::app} << "more";
         },
         true},
        {"it is cut", [](const Source& s) { fs::resize_file(s.root / "b/large", 900'000); }, false},
        {"it is rewritten", [](const Source& s) { s.write("b/large", noise(917'604, 60)); }, false},
        {"it is deleted", [](const Source& s) { fs::remove(s.root / "b/large"); }, false},
        {"it becomes a folder",
         [](const Source& s) {
             fs::remove(s.root / "b/large");
             s.write("b/large/inside", noise(200'000, 61));
         },
         false},
        {"it becomes a link to what it was",
         [](const Source& s) {
             fs::rename(s.root / "b/large", s.root / "b/moved");
             fs::create_symlink("moved", s.root / "b/large");
         },
         false},
        {"a file stored as a delta of nothing old changes",
         [](const Source& s) { s.write("a/exact", noise(70'000, 62)); }, true},
        {"a new file changes", [](const Source& s) { s.write("c/new", noise(1'000, 63)); }, true},
        {"a deleted file is there again", [](const Source& s) { s.write("c/small07", "back"); },
         true},
        {"a file of which only the time had changed does",
         [](const Source& s) { s.write("a/more", noise(70'000, 64)); }, false},
        {"a folder that was a link is one again",
         [](const Source& s) {
             fs::remove_all(s.root / "link");
             fs::create_symlink("b/large", s.root / "link");
         },
         true},
        {"what was changed is as it was",
         [](const Source& s) {
             fs::remove_all(s.root);
             fs::create_directory(s.root);
             fill(s);
         },
         true},
        {"the source is empty",
         [](const Source& s) {
             fs::remove_all(s.root);
             fs::create_directory(s.root);
         },
         false},
    };
    for (const auto& edit : edits) {
        for (const std::uint64_t call : {6U, 9U, 12U, 15U}) {
            CAPTURE(edit.what);
            CAPTURE(call);
            const Source source;
            fill(source);
            World world{source};
            world.compress = false;
            world.back_up(first_time);
            change(source);
            make_old(source);
            const auto before = tree_of(source.root);
            REQUIRE(world.breaks_off(second_time, call));
            forget_journal(world);
            const auto left = volumes_of(world);
            edit.make(source);
            const auto after = tree_of(source.root);
            const auto report = world.back_up(third_time);
            if (report.resumed_at > 0) {
                CHECK(report.set.end == second_time);
                for (const auto& item : world.restore(second_time)) {
                    CAPTURE(item.first);
                    const auto is_in = [&](const Tree& tree) {
                        const auto found = tree.find(item.first);
                        return found != tree.end() && found->second == item.second;
                    };
                    CHECK((is_in(before) || is_in(after)));
                }
            } else {
                CHECK(world.restore() == after);
            }
            if (edit.is_proved && left.size() > 4) {
                CHECK(report.resumed_at > 0);
            }
            const auto checked = check_signatures(world, report.set.end);
            CHECK((checked > 0 || after.empty()));
            world.back_up(fourth_time);
            CHECK(world.restore() == after);
            CHECK(world.back_up(fourth_time + 1000).statistics.delta_entries == 0);
            CHECK(world.monitor.warnings.empty());
        }
    }
}

TEST_CASE("a delta that cannot be proved ends what is kept of another program's increment")
{
    const Source source;
    fill(source);
    World world{source};
    world.back_up(first_time);
    change(source);
    replace(source, "d/large", 100'000, noise(250'000, 71));
    make_old(source);
    REQUIRE(world.breaks_off(second_time, 15));
    forget_journal(world);
    const auto left = volumes_of(world).size();
    REQUIRE(left > 5);
    replace(source, "d/large", 1'000, "other");
    const auto report = world.back_up(third_time);
    CHECK(world.monitor.has_note("d/large: what a delta copies from 0 on cannot be proved"));
    CHECK(report.resumed_at > 2);
    CHECK(report.resumed_at < left);
    world.back_up(fourth_time);
    CHECK(world.restore() == tree_of(source.root));
}

TEST_CASE("an increment that another program began on a set without signatures is put aside")
{
    const Source source;
    fill(source);
    World world{source};
    world.back_up(first_time);
    source.write("c/small01", noise(9'001, 70));
    world.back_up(second_time);
    change(source);
    REQUIRE(world.breaks_off(third_time, 12));
    forget_journal(world);
    // What the increment's deltas are of is not known any more.
    for (const auto& [name, content] : world.content()) {
        if (name.starts_with("duplicity-new-signatures")) {
            world.memory.remove(std::vector{name});
            fs::remove(world.cached(name));
        }
    }
    const auto report = world.back_up(fourth_time);
    CHECK(report.resumed_at == 0);
    CHECK(report.set.end == fourth_time);
    CHECK(world.restore() == tree_of(source.root));
}

TEST_CASE("asked for a full set, only who goes on with anything takes an increment over")
{
    for (const bool any : {false, true}) {
        CAPTURE(any);
        const Source source;
        fill(source);
        World world{source};
        world.back_up(first_time);
        change(source);
        REQUIRE(world.breaks_off(second_time, 12));
        forget_journal(world);
        world.adjust = [&](operation::BackupRequest& request) { request.go_on_with_any = any; };
        const auto report = world.back_up(third_time, BackupType::full);
        CHECK(report.set.full == !any);
        CHECK((report.resumed_at > 0) == any);
        CHECK(world.restore() == tree_of(source.root));
    }
}

TEST_CASE("an increment of another source or host is not taken over")
{
    const Source source;
    fill(source);
    World world{source};
    world.back_up(first_time);
    change(source);
    REQUIRE(world.breaks_off(second_time, 12));
    forget_journal(world);
    const auto part = partial_manifest_of(world);
    auto text = std::string{io::text_of(io::read_file(part, 1'000'000))};
    text.replace(text.find("host"), 4, "else");
    io::replace_file(part, io::view_of(text));
    const auto report = world.back_up(third_time);
    CHECK(report.resumed_at == 0);
    CHECK(report.set.end == third_time);
    CHECK(world.restore() == tree_of(source.root));
}

TEST_CASE("of an increment that another program had gone on with, its first run's volumes are kept")
{
    const Source source;
    fill(source);
    World world{source};
    world.back_up(first_time);
    change(source);
    REQUIRE(world.breaks_off(second_time, 12));
    forget_journal(world);
    const auto left = volumes_of(world);
    // Its second run began with the third volume and came no further.
    const auto part = partial_manifest_of(world);
    auto text = std::string{io::text_of(io::read_file(part, 1'000'000))};
    const auto third = text.find("Volume 3:");
    const auto fourth = text.find("Volume 4:");
    REQUIRE(third != std::string::npos);
    REQUIRE(fourth != std::string::npos);
    text += text.substr(third, fourth - third);
    io::replace_file(part, io::view_of(text));
    const auto report = world.back_up(third_time);
    CHECK(report.resumed_at == 3);
    CHECK(report.set.end == second_time);
    for (const auto& [name, content] : left) {
        if (name.ends_with(".vol1.difftar.gz") || name.ends_with(".vol2.difftar.gz")) {
            CHECK(volumes_of(world).at(name) == content);
        }
    }
    CHECK(world.restore() == tree_of(source.root));
    CHECK(world.monitor.warnings.empty());
}
