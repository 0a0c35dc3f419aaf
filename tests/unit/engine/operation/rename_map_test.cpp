#include "engine/operation/restore/rename_map.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

namespace {

std::string renamed(const operation::RenameMap& map, const std::string& path)
{
    return naming::path_of_key(map.apply(naming::key_of_path(path)));
}

}  // namespace

TEST_CASE("a rename moves an object and all below it, and nothing that only begins alike")
{
    const operation::RenameMap map{{{"a/b", "x"}}};
    CHECK(renamed(map, "a/b") == "x");
    CHECK(renamed(map, "a/b/c/d") == "x/c/d");
    CHECK(renamed(map, "a/bc") == "a/bc");
    CHECK(renamed(map, "a") == "a");
    CHECK(renamed(map, ".") == ".");
}

TEST_CASE("the longest path that fits decides, and only it")
{
    const operation::RenameMap map{{{"a", "z"}, {"a/b", "n/m"}, {"z", "y"}}};
    CHECK(renamed(map, "a/c") == "z/c");
    CHECK(renamed(map, "a/b/c") == "n/m/c");
    CHECK(renamed(map, "z/c") == "y/c");
}

TEST_CASE("two names can be exchanged")
{
    const operation::RenameMap map{{{"a", "b"}, {"b", "a"}}};
    CHECK(renamed(map, "a/x") == "b/x");
    CHECK(renamed(map, "b/x") == "a/x");
}

TEST_CASE("renames that lead out of the tree, or away from it as a whole, are refused")
{
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    for (const auto& pairs : {Pairs{{"a", "../b"}}, Pairs{{"../a", "b"}}, Pairs{{"", "b"}},
                              Pairs{{"a", "."}}, Pairs{{"a", "b"}, {"a/", "c"}}}) {
        CHECK_THROWS_AS(operation::RenameMap{pairs}, Error);
    }
}
