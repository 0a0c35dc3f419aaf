// Goal: the walk is complete, in index order, and safe in a tree that others change meanwhile.
// Method: real trees; what the walker says of an entry is compared with lstat.
#include "engine/select/walker.hpp"
#include "tests/unit/engine/select/tree.hpp"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace duplid;
using namespace duplid::select;
using namespace std::string_literals;

namespace {

using Kind = RuleOption::Kind;
using Strings = std::vector<std::string>;

class Recorder final : public WalkListener {
public:
    void on_unreadable(const std::string& path, const Error& error) override
    {
        unreadable.push_back(path);
        kinds.push_back(error.kind());
    }
    void on_vanished(const std::string& path) override { vanished.push_back(path); }
    void on_socket(const std::string& path) override { sockets.push_back(path); }

    Strings unreadable;
    std::vector<Error::Kind> kinds;
    Strings vanished;
    Strings sockets;
};

Rules rules_for(const std::string& base, const std::vector<RuleOption>& options = {})
{
    return Rules{options, base};
}

// All entries, the source first.
std::vector<Entry> walk(const Rules& rules, WalkListener& listener, WalkOptions options = {},
                        const std::function<void(const Entry&)>& at_each = {})
{
    std::vector<Entry> entries;
    Walker walker{rules, options, listener};
    for (Entry entry; walker.next(entry);) {
        entries.push_back(entry);
        if (at_each) {
            at_each(entry);
        }
    }
    return entries;
}

Strings keys(const std::vector<Entry>& entries)
{
    Strings result;
    for (const auto& entry : entries) {
        result.push_back(entry.key);
    }
    return result;
}

std::string read(const io::Fd& fd)
{
    std::array<std::byte, 64> buffer{};
    const auto bytes = io::read_full(fd.get(), buffer, "test");
    return std::string{io::text_of(io::ByteView{buffer}.first(bytes))};
}

// Runs `body` without root's rights in a child; true if it succeeded there.
bool as_nobody(const std::function<bool()>& body)
{
    if (getuid() != 0) {
        return body();
    }
    constexpr uid_t nobody = 65534;
    const auto child = fork();
    if (child == 0) {
        const bool dropped = setgid(nobody) == 0 && setuid(nobody) == 0;
        bool succeeded = false;
        try {
            succeeded = dropped && body();
        } catch (const std::exception&) {
        }
        _exit(succeeded ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void give_to_nobody(const test::Directory& directory)
{
    if (getuid() != 0) {
        return;
    }
    constexpr uid_t nobody = 65534;
    REQUIRE(chown(directory.path().c_str(), nobody, nobody) == 0);
    for (const auto& entry : std::filesystem::recursive_directory_iterator{directory.path()}) {
        REQUIRE(lchown(entry.path().c_str(), nobody, nobody) == 0);
    }
}

}  // namespace

TEST_CASE("entries come in the byte order of their keys")
{
    test::Directory directory;
    REQUIRE(directory.build({{"a", "dir"},
                             {"a/x", "file"},
                             {"a-b", "file"},
                             {"a.txt", "file"},
                             {"a0", "file"},
                             {"B", "file"},
                             {"new\nline", "file"},
                             {"\xff\xfe", "file"},
                             {"\xc3\xa9", "file"},
                             {std::string(255, 'n'), "file"}}));
    Recorder recorder;
    const auto found = keys(walk(rules_for(directory.path()), recorder));
    const Strings expected{"",         "B",         "a",
                           "a\0x"s,    "a-b",       "a.txt",
                           "a0",       "new\nline", std::string(255, 'n'),
                           "\xc3\xa9", "\xff\xfe"};
    Strings sorted = expected;
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted.size() == found.size());
    CHECK(found == sorted);
}

TEST_CASE("an entry says what lstat says")
{
    test::Directory directory;
    REQUIRE(directory.build(
        {{"d", "dir"}, {"f", "file", "", -5}, {"l", "symlink", "no/such\xff"}, {"p", "fifo"}}));
    REQUIRE(chmod((directory / "f").c_str(), 04751) == 0);
    REQUIRE(link((directory / "f").c_str(), (directory / "g").c_str()) == 0);
    const timespec times[2] = {{0, UTIME_OMIT}, {-3, 250}};
    REQUIRE(utimensat(AT_FDCWD, (directory / "p").c_str(), times, 0) == 0);
    Recorder recorder;
    const auto entries = walk(rules_for(directory.path()), recorder);
    REQUIRE(entries.size() == 6);
    for (const auto& entry : entries) {
        CAPTURE(entry.path);
        struct stat facts {};
        REQUIRE(lstat(entry.path.c_str(), &facts) == 0);
        CHECK(entry.mode == (facts.st_mode & 07777U));
        CHECK(entry.uid == facts.st_uid);
        CHECK(entry.gid == facts.st_gid);
        CHECK(entry.size ==
              (S_ISREG(facts.st_mode) ? static_cast<std::uint64_t>(facts.st_size) : 0));
        CHECK(entry.mtime == facts.st_mtim.tv_sec);
        CHECK(entry.mtime_ns == facts.st_mtim.tv_nsec);
        CHECK(entry.ctime == facts.st_ctim.tv_sec);
        CHECK(entry.ctime_ns == facts.st_ctim.tv_nsec);
        CHECK(entry.device == facts.st_dev);
        CHECK(entry.inode == facts.st_ino);
        CHECK(entry.nlink == facts.st_nlink);
    }
    CHECK(entries[1].type == Type::directory);
    CHECK(entries[2].type == Type::regular);
    CHECK(entries[2].name() == "f");
    CHECK(entries[4].type == Type::symlink);
    CHECK(entries[4].link_target == "no/such\xff");
    CHECK(entries[2].link_target.empty());
    CHECK(entries[5].type == Type::fifo);
}

TEST_CASE("a source that is no directory is the only entry")
{
    test::Directory directory;
    REQUIRE(
        directory.build({{"d", "dir"}, {"d/in", "file"}, {"f", "file"}, {"l", "symlink", "d"}}));
    Recorder recorder;

    const auto file_rules = rules_for(directory / "f", {{Kind::exclude, "**"}});
    Walker walker{file_rules, {}, recorder};
    Entry entry;
    REQUIRE(walker.next(entry));
    CHECK(entry.key.empty());
    CHECK(entry.type == Type::regular);
    CHECK(read(walker.open_current()) == "content");
    CHECK_FALSE(walker.next(entry));
    CHECK_FALSE(walker.next(entry));

    // Neither does 0.8.22 follow a source that is a link, except with --copy-links.
    const auto kept = walk(rules_for(directory / "l"), recorder);
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].type == Type::symlink);
    CHECK(kept[0].link_target == "d");
    CHECK(keys(walk(rules_for(directory / "l"), recorder, {.copy_links = true})) ==
          Strings{"", "in"});
}

TEST_CASE("a source that is missing or a socket is an error")
{
    test::Directory directory;
    REQUIRE(directory.build({{"s", "socket"}}));
    Recorder recorder;
    const auto kind_of = [&](const std::string& source) {
        try {
            static_cast<void>(walk(rules_for(source), recorder));
        } catch (const Error& error) {
            CHECK(error.object() == source);
            return error.kind();
        }
        return Error::Kind::internal;
    };
    CHECK(kind_of(directory / "missing") == Error::Kind::not_found);
    CHECK(kind_of(directory / "s") == Error::Kind::invalid);
}

TEST_CASE("paths begin with the source as it was given")
{
    test::Directory directory;
    REQUIRE(directory.build({{"a", "dir"}, {"a/b", "file"}}));
    const auto here = std::filesystem::current_path();
    std::filesystem::current_path(directory.path());
    Recorder recorder;
    for (const auto& source : {"."s, "a"s}) {
        CAPTURE(source);
        const auto entries = walk(rules_for(source), recorder);
        CHECK(entries[0].path == source);
        CHECK(entries.back().path == (source == "." ? "./a/b" : "a/b"));
        CHECK(entries.back().name() == "b");
    }
    std::filesystem::current_path(here);

    // All of the root directory is scanned only, so that this ends soon.
    const auto rules = rules_for("/", {{Kind::include, "/proc/self/comm"}, {Kind::exclude, "/**"}});
    const auto entries = walk(rules, recorder);
    CHECK(keys(entries) == Strings{""});  // /proc/self is a link, which is not followed
    CHECK(entries[0].path == "/");
}

TEST_CASE("scanned directories come just before the first thing below them, or never")
{
    test::Directory directory;
    REQUIRE(directory.build({{"e", "dir"},
                             {"e/never", "dir"},
                             {"s", "dir"},
                             {"s/empty", "dir"},
                             {"s/t", "dir"},
                             {"s/t/hit", "dir"},
                             {"s/t/hit/f", "file"},
                             {"s/t/z.hit", "file"},
                             {"s/u", "dir"},
                             {"v.hit", "file"}}));
    const auto rules =
        rules_for(directory.path(), {{Kind::include, "**hit"}, {Kind::exclude, "**"}});
    Recorder recorder;
    CHECK(keys(walk(rules, recorder)) ==
          Strings{"", "s", "s\0t"s, "s\0t\0hit"s, "s\0t\0hit\0f"s, "s\0t\0z.hit"s, "v.hit"});
}

TEST_CASE("a file after directories that were held back can be opened, they cannot")
{
    test::Directory directory;
    REQUIRE(directory.build({{"s", "dir"}, {"s/t", "dir"}, {"s/t/hit", "file"}}));
    const auto rules =
        rules_for(directory.path(), {{Kind::include, "**hit"}, {Kind::exclude, "**"}});
    Recorder recorder;
    Walker walker{rules, {}, recorder};
    Entry entry;
    while (walker.next(entry) && entry.type == Type::directory) {
        CHECK_THROWS_AS(static_cast<void>(walker.open_current()), Error);
    }
    CHECK(entry.name() == "hit");
    CHECK(read(walker.open_current()) == "content");
}

TEST_CASE("a handle is of the very thing that was given, of whatever type, however deep")
{
    constexpr std::size_t depth = 300;
    test::Directory directory;
    REQUIRE(directory.build({{"a", "file"}, {"l", "symlink", "a"}, {"p", "fifo"}, {"t", "dir"}}));
    std::string deepest = directory / "t";
    for (std::size_t i = 0; i < depth; ++i) {
        deepest += "/d";
        REQUIRE(mkdir(deepest.c_str(), 0755) == 0);
    }
    test::write_file(deepest + "/hit");
    // With the first rules all levels above the file are given at once, from its own depth.
    for (const bool only_deepest : {true, false}) {
        CAPTURE(only_deepest);
        const auto rules =
            only_deepest
                ? rules_for(directory.path(), {{Kind::include, "**hit"}, {Kind::exclude, "**"}})
                : rules_for(directory.path());
        Recorder recorder;
        Walker walker{rules, {}, recorder};
        std::size_t entries = 0;
        for (Entry entry; walker.next(entry); ++entries) {
            const auto handle = walker.handle_of_current();
            REQUIRE(handle);
            struct stat facts {};
            REQUIRE(fstat(handle.get(), &facts) == 0);
            CHECK(facts.st_ino == entry.inode);
            CHECK(facts.st_dev == entry.device);
        }
        CHECK(entries == depth + (only_deepest ? 3 : 6));
        CHECK(!walker.handle_of_current());
    }
}

TEST_CASE("what takes the place of a found object has no handle")
{
    test::Directory directory;
    REQUIRE(directory.build({{"p", "fifo"}}));
    const auto rules = rules_for(directory.path());
    Recorder recorder;
    Walker walker{rules, {}, recorder};
    Entry entry;
    while (walker.next(entry) && entry.type == Type::directory) {
    }
    REQUIRE(symlink("/etc/passwd", (directory / "q").c_str()) == 0);
    REQUIRE(rename((directory / "q").c_str(), (directory / "p").c_str()) == 0);
    CHECK(!walker.handle_of_current());
}

TEST_CASE("fifos and sockets do not block; sockets are told")
{
    test::Directory directory;
    REQUIRE(directory.build({{"p", "fifo"}, {"s", "socket"}}));
    Recorder recorder;
    // Told before the rules: also an excluded socket is.
    const auto rules = rules_for(directory.path(), {{Kind::exclude, "**s"}});
    CHECK(keys(walk(rules, recorder)) == Strings{"", "p"});
    CHECK(recorder.sockets == Strings{directory / "s"});
}

TEST_CASE("a tree of a thousand levels is walked with few descriptors, without long paths")
{
    constexpr std::size_t depth = 1000;
    // Longer than PATH_MAX, so that the tree can only be made and removed step by step.
    const std::string name = "level-name";
    test::Directory directory;
    io::Fd at = io::open_file(directory.path(), O_RDONLY | O_DIRECTORY);
    for (std::size_t i = 0; i < depth; ++i) {
        REQUIRE(mkdirat(at.get(), name.c_str(), 0755) == 0);
        // After the deep one, so that every level is visited again on the way up.
        REQUIRE(mkdirat(at.get(), "z", 0755) == 0);
        at = io::Fd{openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        REQUIRE(at);
    }
    Recorder recorder;
    std::size_t entries = 0;
    std::size_t descriptors = 0;
    std::string last;
    static_cast<void>(walk(rules_for(directory.path()), recorder, {}, [&](const Entry& entry) {
        CHECK((entries == 0 || entry.key > last));
        last = entry.key;
        ++entries;
        const std::filesystem::directory_iterator open{"/proc/self/fd"};
        descriptors =
            std::max(descriptors, static_cast<std::size_t>(std::distance(begin(open), end(open))));
    }));
    CHECK(entries == 1 + 2 * depth);
    CHECK(recorder.unreadable.empty());
    CHECK(descriptors < Walker::open_directories_max + 50);
}

TEST_CASE("paths beyond the limit are told and left out")
{
    const std::string name(250, 'n');
    test::Directory directory;
    io::Fd at = io::open_file(directory.path(), O_RDONLY | O_DIRECTORY);
    const auto depth = Walker::path_bytes_max / name.size() + 5;
    for (std::size_t i = 0; i < depth; ++i) {
        REQUIRE(mkdirat(at.get(), name.c_str(), 0755) == 0);
        at = io::Fd{openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        REQUIRE(at);
    }
    Recorder recorder;
    const auto entries = walk(rules_for(directory.path()), recorder);
    CHECK(entries.back().path.size() <= Walker::path_bytes_max);
    CHECK(entries.back().path.size() > Walker::path_bytes_max - name.size() - 1);
    CHECK(recorder.unreadable.size() == 1);
}

TEST_CASE("directories moved while the walk is deep below them are found again, or told")
{
    constexpr std::size_t depth = 2 * Walker::open_directories_max;
    for (const bool also_parent : {false, true}) {
        CAPTURE(also_parent);
        test::Directory directory;
        REQUIRE(directory.build({{"tree", "dir"}, {"zz", "file"}}));
        std::string deepest = directory / "tree";
        // Every level has something behind the directory that leads on.
        test::write_file(deepest + "/late");
        for (std::size_t i = 0; i < depth; ++i) {
            deepest += "/d";
            REQUIRE(mkdir(deepest.c_str(), 0755) == 0);
            test::write_file(deepest + "/late");
        }
        Recorder recorder;
        const auto entries =
            walk(rules_for(directory.path()), recorder, {}, [&](const Entry& entry) {
                if (entry.path != deepest) {
                    return;
                }
                // From now on ".." of the inner one leads elsewhere, but its parent has its name.
                REQUIRE(rename((directory / "tree/d/d").c_str(), (directory / "x").c_str()) == 0);
                if (also_parent) {
                    REQUIRE(rename((directory / "tree/d").c_str(), (directory / "y").c_str()) == 0);
                }
            });
        const auto found = keys(entries);
        CHECK(std::is_sorted(found.begin(), found.end()));
        CHECK(std::count(found.begin(), found.end(), "zz") == 1);
        CHECK(std::count(found.begin(), found.end(), "tree\0late"s) == 1);
        CHECK(std::count(found.begin(), found.end(), "tree\0d\0d\0late"s) == 1);
        const auto late = std::count_if(entries.begin(), entries.end(),
                                        [](const Entry& entry) { return entry.name() == "late"; });
        const std::size_t lost = also_parent ? 1 : 0;
        CHECK(static_cast<std::size_t>(late) == depth + 1 - lost);
        CHECK(recorder.unreadable == (also_parent ? Strings{directory / "tree/d"} : Strings{}));
        CHECK(recorder.vanished.empty());
    }
}

TEST_CASE("links are not followed, and copied links do not lead in circles")
{
    test::Directory directory;
    REQUIRE(directory.build({{"d", "dir"},
                             {"d/self", "symlink", "."},
                             {"d/up", "symlink", ".."},
                             {"d/f", "file"},
                             {"broken", "symlink", "nowhere"},
                             {"loop", "symlink", "loop"},
                             {"to-d", "symlink", "d"},
                             {"to-f", "symlink", "d/f"}}));
    Recorder recorder;
    const auto rules = rules_for(directory.path());
    CHECK(keys(walk(rules, recorder)) ==
          Strings{"", "broken", "d", "d\0f"s, "d\0self"s, "d\0up"s, "loop", "to-d", "to-f"});

    std::vector<std::string> types;
    for (const auto& entry : walk(rules, recorder, {.copy_links = true})) {
        types.push_back(std::string{"fdl???"[static_cast<std::size_t>(entry.type)]} + ' ' +
                        entry.path.substr(directory.path().size()));
    }
    CHECK(types == Strings{"d ", "l /broken", "d /d", "f /d/f", "l /d/self", "l /d/up", "l /loop",
                           "d /to-d", "f /to-d/f", "l /to-d/self", "l /to-d/up", "f /to-f"});
    CHECK(recorder.unreadable.empty());
}

TEST_CASE("a copied link is opened through the link")
{
    test::Directory directory;
    REQUIRE(directory.build({{"f", "file"}, {"l", "symlink", "f"}}));
    Recorder recorder;
    const auto rules = rules_for(directory.path());
    Walker walker{rules, {.copy_links = true}, recorder};
    Entry entry;
    while (walker.next(entry) && entry.key != "l") {
    }
    CHECK(entry.type == Type::regular);
    CHECK(read(walker.open_current()) == "content");
}

TEST_CASE("what replaces a file between finding and opening it is not opened unless it is a file")
{
    struct Row {
        const char* what;
        std::function<void(const std::string&)> replace;
        Error::Kind kind;
    };
    const Row rows[] = {
        {"fifo", [](const auto& path) { REQUIRE(mkfifo(path.c_str(), 0600) == 0); },
         Error::Kind::invalid},
        {"link", [](const auto& path) { REQUIRE(symlink("/etc/passwd", path.c_str()) == 0); },
         Error::Kind::invalid},
        {"directory", [](const auto& path) { REQUIRE(mkdir(path.c_str(), 0700) == 0); },
         Error::Kind::invalid},
        {"nothing", [](const auto&) {}, Error::Kind::not_found},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        test::Directory directory;
        REQUIRE(directory.build({{"f", "file"}}));
        Recorder recorder;
        const auto rules = rules_for(directory.path());
        Walker walker{rules, {}, recorder};
        Entry entry;
        REQUIRE(walker.next(entry));
        REQUIRE(walker.next(entry));
        REQUIRE(entry.key == "f");
        REQUIRE(unlink(entry.path.c_str()) == 0);
        row.replace(entry.path);
        try {
            static_cast<void>(walker.open_current());
            FAIL("opened");
        } catch (const Error& error) {
            CHECK(error.kind() == row.kind);
            CHECK(error.object() == entry.path);
        }
    }
}

TEST_CASE("what vanishes after it was listed is told")
{
    test::Directory directory;
    REQUIRE(directory.build({{"a", "file"}, {"b", "dir"}, {"c", "file"}}));
    Recorder recorder;
    const auto entries = walk(rules_for(directory.path()), recorder, {}, [&](const Entry& entry) {
        if (entry.key == "a") {
            REQUIRE(rmdir((directory / "b").c_str()) == 0);
        }
    });
    CHECK(keys(entries) == Strings{"", "a", "c"});
    CHECK(recorder.vanished == Strings{directory / "b"});
}

TEST_CASE("a mount that appears during the walk is judged as it is when it is entered")
{
    for (const bool other_too : {true, false}) {
        CAPTURE(other_too);
        test::Directory directory;
        // The mount point gives this process a namespace of its own.
        if (!directory.build(
                {{"a", "file"}, {"b", "dir"}, {"b/below", "file"}, {"z", "mountpoint"}})) {
            MESSAGE("no right to mount");
            return;
        }
        const auto mount_over = [](const std::string& path) {
            REQUIRE(mount("none", path.c_str(), "tmpfs", 0, nullptr) == 0);
        };
        const auto rules =
            rules_for(directory.path(),
                      other_too ? std::vector<RuleOption>{}
                                : std::vector<RuleOption>{{Kind::exclude_other_filesystems}});
        Recorder recorder;
        const auto entries = walk(rules, recorder, {}, [&](const Entry& entry) {
            if (entry.key.empty()) {
                mount_over(directory.path());  // over what is open: the walk stays in it
            }
            if (entry.key == "a") {
                REQUIRE(umount2(directory.path().c_str(), MNT_DETACH) == 0);
                mount_over(directory / "b");
                test::write_file(directory / "b/mounted");
            }
        });
        REQUIRE(umount2((directory / "b").c_str(), MNT_DETACH) == 0);
        CHECK(keys(entries) ==
              (other_too ? Strings{"", "a", "b", "b\0mounted"s, "z"} : Strings{"", "a"}));
        CHECK(recorder.unreadable.empty());
    }
}

TEST_CASE("an unreadable directory is told and left out, if it is not excluded anyway")
{
    test::Directory directory;
    REQUIRE(directory.build({{"locked", "dir"},
                             {"locked/in", "file"},
                             {"listed", "dir"},
                             {"listed/in", "file"},
                             {"open", "file"}}));
    give_to_nobody(directory);
    REQUIRE(chmod((directory / "locked").c_str(), 0) == 0);
    REQUIRE(chmod((directory / "listed").c_str(), 0400) == 0);
    const auto told = [&](const std::vector<RuleOption>& options, const Strings& found,
                          const Strings& unreadable) {
        return as_nobody([&] {
            Recorder recorder;
            const auto entries = walk(rules_for(directory.path(), options), recorder);
            return keys(entries) == found && recorder.unreadable == unreadable &&
                   std::count(recorder.kinds.begin(), recorder.kinds.end(), Error::Kind::denied) ==
                       static_cast<std::ptrdiff_t>(unreadable.size());
        });
    };
    CHECK(told({}, {"", "listed", "open"}, {directory / "listed/in", directory / "locked"}));
    CHECK(told({{Kind::exclude, "**/l*"}}, {"", "open"}, {}));
    CHECK(as_nobody([&] {
        Recorder recorder;
        try {
            static_cast<void>(walk(rules_for(directory / "locked"), recorder));
        } catch (const Error& error) {
            return error.kind() == Error::Kind::denied;
        }
        return false;
    }));
    REQUIRE(chmod((directory / "locked").c_str(), 0700) == 0);
    REQUIRE(chmod((directory / "listed").c_str(), 0700) == 0);
}

TEST_CASE("a rule that cannot answer for a path costs that path only")
{
    test::Directory directory;
    const auto slow = std::string(64, 'a') + "b";
    REQUIRE(directory.build({{"ok", "file"}, {slow, "file"}}));
    Recorder recorder;
    const auto rules = rules_for(directory.path(), {{Kind::exclude_regexp, "/(a+)+$"}});
    CHECK(keys(walk(rules, recorder)) == Strings{"", "ok"});
    CHECK(recorder.unreadable == Strings{directory / slow});
}
