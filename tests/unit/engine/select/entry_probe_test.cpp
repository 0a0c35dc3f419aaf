// Method: real files; the flag is set by the ioctl that chattr(1) uses, not the call under test.
#include "engine/select/entry_probe.hpp"
#include "engine/select/walker.hpp"
#include "storage/io/fd.hpp"
#include "tests/unit/engine/select/tree.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace duplid;
using namespace duplid::select;

namespace {

using Kind = RuleOption::Kind;

const std::string tag = "Signature: 8a477f597d28d172789f06886806bc55";

// False where the file system has no such flag.
bool set_nodump(const std::string& path)
{
    const io::Fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    unsigned flags = 0;
    if (!fd || ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) {
        return false;
    }
    flags |= static_cast<unsigned>(FS_NODUMP_FL);
    return ::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) == 0;
}

bool is_cache(const test::Directory& root, const char* name)
{
    const auto fd = io::open_file(root.path(), O_RDONLY | O_DIRECTORY);
    return EntryProbe{fd.get(), name}.has_cache_tag();
}

class Silent final : public WalkListener {
    void on_unreadable(const std::string& path, const Error&) override { FAIL(path); }
    void on_vanished(const std::string& path) override { FAIL(path); }
    void on_socket(const std::string& path) override { FAIL(path); }
};

std::vector<std::string> walked(const test::Directory& root, Kind kind)
{
    const std::vector<RuleOption> options{{kind}};
    const Rules rules{options, root.path()};
    Silent listener;
    Walker walker{rules, {}, listener};
    std::vector<std::string> paths;
    for (Entry entry; walker.next(entry);) {
        paths.push_back(entry.path);
    }
    return paths;
}

}  // namespace

TEST_CASE("a cache is a directory whose tag is a regular file that begins with the signature")
{
    const test::Directory root;
    for (const auto* name :
         {"cache", "longer", "short", "other", "link", "fifo", "directory", "none", "upper"}) {
        REQUIRE(::mkdir((root / name).c_str(), 0700) == 0);
    }
    test::write_file(root / "cache/CACHEDIR.TAG", tag);
    test::write_file(root / "longer/CACHEDIR.TAG", tag + "\n# made by a browser\n");
    test::write_file(root / "short/CACHEDIR.TAG", tag.substr(0, tag.size() - 1));
    test::write_file(root / "other/CACHEDIR.TAG", "signature:" + tag.substr(10));
    REQUIRE(::symlink("../cache/CACHEDIR.TAG", (root / "link/CACHEDIR.TAG").c_str()) == 0);
    REQUIRE(::mkfifo((root / "fifo/CACHEDIR.TAG").c_str(), 0600) == 0);
    REQUIRE(::mkdir((root / "directory/CACHEDIR.TAG").c_str(), 0700) == 0);
    test::write_file(root / "upper/cachedir.tag", tag);
    CHECK(is_cache(root, "cache"));
    CHECK(is_cache(root, "longer"));
    for (const auto* name : {"short", "other", "link", "fifo", "directory", "none", "upper"}) {
        CAPTURE(name);
        CHECK_FALSE(is_cache(root, name));
    }
    const auto paths = walked(root, Kind::exclude_caches);
    CHECK(std::ranges::find(paths, root / "cache") == paths.end());
    CHECK(std::ranges::find(paths, root / "cache/CACHEDIR.TAG") == paths.end());
    CHECK(std::ranges::find(paths, root / "link/CACHEDIR.TAG") != paths.end());
}

TEST_CASE("what bears the attribute \"d\" is left out, a directory with all it holds")
{
    const test::Directory root;
    test::write_file(root / "kept");
    test::write_file(root / "marked");
    REQUIRE(::mkdir((root / "marked-too").c_str(), 0700) == 0);
    test::write_file(root / "marked-too/inside");
    if (!set_nodump(root / "marked") || !set_nodump(root / "marked-too")) {
        MESSAGE("this file system has no attribute \"d\"");
        return;
    }
    CHECK(walked(root, Kind::exclude_nodump) ==
          std::vector<std::string>{root.path(), root / "kept"});
    CHECK(walked(root, Kind::exclude_device_files).size() == 5);
}
