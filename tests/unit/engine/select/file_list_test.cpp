#include "engine/select/file_list.hpp"

#include "storage/io/error.hpp"
#include "tests/unit/engine/select/tree.hpp"

#include <doctest/doctest.h>
#include <string>
#include <sys/stat.h>

using duplid::select::parse_file_list;

// The common forms are in tests/golden/selection.json, sel-080 to sel-099.

TEST_CASE("white space around a line is what Python takes for it")
{
    // Python 3: "\u3000\u00a0/base/a\u2028\x1f".strip() == "/base/a"
    const auto globs =
        parse_file_list("\u3000\u00a0/base/a\u2028\x1f\n\x0b\n \u200a# x\n", false, false);
    REQUIRE(globs.size() == 1);
    CHECK(globs[0].pattern == "/base/a");
}

TEST_CASE("bytes that are no UTF-8 are part of the pattern")
{
    const auto globs = parse_file_list("/a\xa0\n\x85/b", false, true);
    REQUIRE(globs.size() == 2);
    CHECK(globs[0].pattern == "/a\xa0");
    CHECK(globs[1].pattern == "\x85/b");
}

TEST_CASE("a single quote character is a pattern, two are an empty one")
{
    const auto globs = parse_file_list("'\n''\n+ \"x\"", false, false);
    REQUIRE(globs.size() == 3);
    CHECK(globs[0].pattern == "'");
    CHECK(globs[1].pattern.empty());
    CHECK(globs[2].pattern == "x");
    CHECK(globs[2].include);
}

TEST_CASE("with NUL separation a line may hold line feeds, but not at its ends")
{
    using namespace std::string_literals;
    const auto globs = parse_file_list("\n/a\nb\n\0- /c\0\0"s, true, true);
    REQUIRE(globs.size() == 2);
    CHECK(globs[0].pattern == "/a\nb");
    CHECK(globs[0].include);
    CHECK(globs[1].pattern == "/c");
    CHECK_FALSE(globs[1].include);
}

TEST_CASE("only a regular file is read as a list, and nothing else holds up the reader")
{
    const duplid::select::test::Directory root;
    duplid::select::test::write_file(root / "list", "/a\n");
    CHECK(duplid::select::read_file_list(root / "list").size() == 3);
    REQUIRE(::mkfifo((root / "fifo").c_str(), 0600) == 0);
    for (const auto& path : {root / "fifo", root.path(), std::string{"/dev/zero"}}) {
        CAPTURE(path);
        try {
            static_cast<void>(duplid::select::read_file_list(path));
            FAIL("was read");
        } catch (const duplid::Error& error) {
            CHECK(error.kind() == duplid::Error::Kind::invalid);
            CHECK(error.object() == path);
        }
    }
}
