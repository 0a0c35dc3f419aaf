#include "engine/naming/index.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace naming = duplid::naming;
using duplid::Error;
using namespace std::string_literals;

TEST_CASE("a key joins the components of a path by NUL and knows nothing of how it was spelt")
{
    struct Row {
        std::string path, key, printed;
    };
    for (const auto& row :
         {Row{"", "", "."}, Row{".", "", "."}, Row{"./", "", "."}, Row{"/", "", "."},
          Row{"a", "a", "a"}, Row{"a/b", "a\0b"s, "a/b"}, Row{"/a//b/./c/", "a\0b\0c"s, "a/b/c"},
          Row{"...", "...", "..."}, Row{".a/..b", ".a\0..b"s, ".a/..b"},
          Row{"\xff\xfe/x", "\xff\xfe\0x"s, "\xff\xfe/x"}}) {
        CAPTURE(row.path);
        CHECK(naming::key_of_path(row.path) == row.key);
        CHECK(naming::path_of_key(row.key) == row.printed);
    }
}

TEST_CASE("paths that lead upwards or hold a NUL are refused, blamed on whom the caller says")
{
    for (const auto& path : {".."s, "../a"s, "a/.."s, "a/../b"s, "/.."s, "a\0b"s}) {
        CAPTURE(path);
        CHECK_THROWS_AS((void)naming::key_of_path(path), Error);
        try {
            (void)naming::key_of_path(path, Error::Kind::invalid);
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
        }
    }
}

TEST_CASE("comparing keys byte by byte is index order, which comparing paths is not")
{
    // The order in which duplicity stored these names of the vector `plain` (its README).
    const std::vector<std::string> stored{"a", "a/hard3", "a/inside", "a-b", "a.txt", "a0"};
    std::vector<std::string> keys;
    for (const auto& path : stored) {
        keys.push_back(naming::key_of_path(path));
    }
    CHECK(std::is_sorted(keys.begin(), keys.end()));
    CHECK_FALSE(std::is_sorted(stored.begin(), stored.end()));

    CHECK(naming::key_of_path("") < naming::key_of_path("\x01"));
    CHECK(naming::key_of_path("a/\xff") < naming::key_of_path("a\x01"));
    CHECK(naming::key_of_path("a\x7f") < naming::key_of_path("a\x80"));
}

TEST_CASE("being at or below is by whole components")
{
    const auto below = [](const char* path, const char* ancestor) {
        return naming::is_at_or_below(naming::key_of_path(path), naming::key_of_path(ancestor));
    };
    CHECK(below("a", "."));
    CHECK(below(".", "."));
    CHECK(below("a", "a"));
    CHECK(below("a/b/c", "a/b"));
    CHECK_FALSE(below("ab", "a"));
    CHECK_FALSE(below("a", "a/b"));
    CHECK_FALSE(below(".", "a"));
}

TEST_CASE("a key can be taken apart")
{
    struct Row {
        std::string key, parent, last;
        std::size_t depth;
    };
    for (const auto& row : {Row{"", "", "", 0}, Row{"a", "", "a", 1}, Row{"a\0b"s, "a", "b", 2},
                            Row{"a\0bc\0d"s, "a\0bc"s, "d", 3}}) {
        CAPTURE(row.depth);
        CHECK(naming::parent_of(row.key) == row.parent);
        CHECK(naming::last_component(row.key) == row.last);
        CHECK(naming::depth_of(row.key) == row.depth);
    }
    CHECK(naming::first_components("a\0b\0c"s, 0).empty());
    CHECK(naming::first_components("a\0b\0c"s, 1) == "a");
    CHECK(naming::first_components("a\0b\0c"s, 2) == "a\0b"s);
    CHECK(naming::first_components("a\0b\0c"s, 3) == "a\0b\0c"s);
    CHECK(naming::first_components("a\0b\0c"s, 9) == "a\0b\0c"s);
    CHECK(naming::first_components("", 2).empty());
}
