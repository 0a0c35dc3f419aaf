#include "storage/remote/variables.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace duplid;

TEST_CASE("a variable that is empty is set, one that is missing is not")
{
    remote::Variables variables;
    variables.set("EMPTY", "");
    variables.set("NAME", "old");
    variables.set("NAME", "value = with blank");
    CHECK(variables.has("EMPTY"));
    CHECK(variables.text("EMPTY").empty());
    CHECK(variables.text("NAME") == "value = with blank");
    CHECK(variables.secret("NAME").reveal() == "value = with blank");
    CHECK_FALSE(variables.has("MISSING"));
    CHECK(variables.text("MISSING").empty());
    CHECK_FALSE(variables.has("name"));
}

TEST_CASE("a child gets what it is to have and nothing else, in the order asked for")
{
    remote::Variables variables;
    variables.set("PATH", "/bin");
    variables.set("SECRET", "s");
    variables.set("HOME", "");
    constexpr std::array<std::string_view, 3> names{"PATH", "HOME", "LANG"};
    CHECK(variables.only(names) == std::vector<std::string>{"PATH=/bin", "HOME="});
}

TEST_CASE("a copy is changed without its origin")
{
    remote::Variables base;
    base.set("A", "1");
    auto mine = base;
    mine.set("A", "2");
    mine.set("B", "3");
    CHECK(base.text("A") == "1");
    CHECK_FALSE(base.has("B"));
    CHECK(mine.text("A") == "2");
}
