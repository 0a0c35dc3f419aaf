// Goal: made files stand in a walk where they belong, whatever the source has there, and nothing
// else is given in another order, twice or not at all. Method: real trees; the order is compared
// with that of sorted keys, and what is found with the walk without made files.
#include "engine/operation/object/source_walk.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

using Strings = std::vector<std::string>;

class Recorder final : public operation::SourceListener {
public:
    void on_unreadable(const std::string& path, const Error&) override
    {
        unreadable.push_back(path);
    }
    void on_vanished(const std::string&) override {}
    void on_socket(const std::string&) override {}
    void on_hidden(const std::string& path) override { hidden.push_back(path); }

    Strings unreadable;
    Strings hidden;
};

struct Scene {
    io::TempDirectory temporary;
    fs::path root = fs::path{temporary.path()} / "source";
    Recorder listener;
    std::vector<select::RuleOption> rules;
    std::vector<operation::MadeFile> made;
    std::vector<std::string> opened;  ///< in the order in which they were made

    Scene() { fs::create_directory(root); }

    void write(const std::string& name) const
    {
        fs::create_directories((root / name).parent_path());
        io::replace_file(root / name, io::view_of(name));
    }
    void make(const std::string& path)
    {
        made.push_back({path, [this, path] {
                            opened.push_back(path);
                            auto file = io::TempFile::unnamed(temporary.path());
                            io::write_full(file.fd(), io::view_of("made: " + path), path);
                            return file.take_fd();
                        }});
    }

    struct Step {
        std::string path;  ///< as duplicity writes it
        bool is_made;
        std::string content;
        select::Entry entry;
    };

    /// Every step; the content of regular files is read when they are given, as a backup does.
    std::vector<Step> walk()
    {
        const select::Rules built{rules, root};
        operation::SourceWalk walk{built, {}, made, listener};
        std::vector<Step> steps;
        for (select::Entry entry; walk.next(entry);) {
            Step step{naming::path_of_key(entry.key), walk.is_made(), {}, entry};
            if (entry.type == select::Type::regular) {
                const auto fd = walk.open_current();
                io::Bytes bytes(1000);
                const auto got = io::pread_full(fd.get(), bytes, 0, step.path);
                step.content = io::text_of(io::ByteView{bytes}.first(got));
            }
            steps.push_back(std::move(step));
        }
        return steps;
    }

    static Strings paths(const std::vector<Step>& steps)
    {
        Strings all;
        for (const auto& step : steps) {
            all.push_back(step.path);
        }
        return all;
    }
};

}  // namespace

TEST_CASE("made files come between what is found, in the order of keys")
{
    for (const auto* path : {"0", "a/0", "a/b/0", "a/z", "a-b", "zz", "a/b-c/d/e"}) {
        CAPTURE(path);
        Scene scene;
        for (const auto* name : {"a/b/x", "a/c", "b", "z/z"}) {
            scene.write(name);
        }
        const auto without = scene.walk();
        scene.make(path);
        const auto steps = scene.walk();
        CHECK(std::ranges::is_sorted(steps, std::less{},
                                     [](const auto& step) { return step.entry.key; }));
        auto rest = Scene::paths(steps);
        for (fs::path lead{path}; !lead.empty(); lead = lead.parent_path()) {
            const auto found = Scene::paths(without);
            CHECK(std::ranges::count(rest, lead.string()) == 1);
            if (std::ranges::find(found, lead.string()) == found.end()) {
                std::erase(rest, lead.string());
            }
        }
        CHECK(rest == Scene::paths(without));
        for (const auto& step : steps) {
            CAPTURE(step.path);
            CHECK(step.is_made == (step.path == path));
            if (step.is_made) {
                CHECK(step.content == "made: " + step.path);
                CHECK(step.entry.path == scene.root.string() + "/" + path);
            } else if (step.entry.type == select::Type::regular) {
                CHECK(step.content == step.path);
            }
        }
        CHECK(scene.listener.hidden.empty());
    }
}

TEST_CASE("several made files share the folders that lead to them, and each is made in its turn")
{
    Scene scene;
    scene.write("m/file");
    for (const auto* path : {"z/2", "d/e/f", "d/a", "m/a", "z/1"}) {
        scene.make(path);
    }
    CHECK(Scene::paths(scene.walk()) ==
          Strings{".", "d", "d/a", "d/e", "d/e/f", "m", "m/a", "m/file", "z", "z/1", "z/2"});
    CHECK(scene.opened == Strings{"d/a", "d/e/f", "m/a", "z/1", "z/2"});
}

TEST_CASE("a folder that is not there has the metadata of the one that it is in")
{
    Scene scene;
    scene.write("real/file");
    fs::permissions(scene.root / "real", fs::perms{0710});
    scene.make("real/new/newer/made");
    for (const auto& step : scene.walk()) {
        if (step.path != "real/new" && step.path != "real/new/newer") {
            continue;
        }
        struct stat real {};
        REQUIRE(::stat((scene.root / "real").c_str(), &real) == 0);
        CHECK(step.entry.type == select::Type::directory);
        CHECK(step.entry.mode == 0710);
        CHECK(step.entry.uid == real.st_uid);
        CHECK(step.entry.mtime == real.st_mtim.tv_sec);
        CHECK(step.entry.mtime_ns == real.st_mtim.tv_nsec);
    }
}

TEST_CASE("rules do not concern made files, and what they exclude stays excluded")
{
    Scene scene;
    scene.write("a/secret");
    scene.write("b/file");
    scene.rules = {
        {select::RuleOption::Kind::exclude, (scene.root / "a").string(), 0, 0},
        {select::RuleOption::Kind::exclude, (scene.root / "b").string(), 0, 0},
    };
    scene.make("a/made");
    CHECK(Scene::paths(scene.walk()) == Strings{".", "a", "a/made"});
}

TEST_CASE("what stands in the place of a made file is left out and told, with all below it")
{
    struct Row {
        const char* found;
        const char* made;
        Strings expected;
        const char* hidden;
    };
    for (const auto& row :
         {Row{"x/file", "x/file", {".", "a", "x", "x/file", "z"}, "x/file"},
          Row{"x/file/deep/er", "x/file", {".", "a", "x", "x/file", "z"}, "x/file"},
          Row{"x", "x/made", {".", "a", "x", "x/made", "z"}, "x"}}) {
        CAPTURE(row.made);
        Scene scene;
        scene.write("a");
        scene.write("z");
        scene.write(row.found);
        scene.make(row.made);
        const auto steps = scene.walk();
        CHECK(Scene::paths(steps) == row.expected);
        CHECK(scene.listener.hidden == Strings{(scene.root / row.hidden).string()});
        for (const auto& step : steps) {
            if (step.path == row.made) {
                CHECK(step.content == std::string{"made: "} + row.made);
            }
        }
    }
}

TEST_CASE("nothing can be made in a source that is a file")
{
    Scene scene;
    scene.write("file");
    scene.make("made");
    scene.root /= "file";
    CHECK_THROWS_AS(static_cast<void>(scene.walk()), Error);
    CHECK(scene.opened.empty());
}

TEST_CASE("paths that lead nowhere, out of the source or into each other are refused")
{
    const std::vector<Strings> bad{{""},
                                   {"."},
                                   {"/"},
                                   {"/a"},
                                   {"a/"},
                                   {".."},
                                   {"a/../b"},
                                   {"a", "a"},
                                   {"a", "./a"},
                                   {"a", "a/b"},
                                   {"a/b", "a"},
                                   {"a/b/c", "a/b"},
                                   {std::string("a\0b", 3)}};
    for (const auto& paths : bad) {
        CAPTURE(paths.back());
        try {
            static_cast<void>(operation::MadePlaces{paths});
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
        }
    }
    CHECK(operation::MadePlaces{Strings{"a/b", "a/c", "a-b"}}.map().size() == 4);
}
