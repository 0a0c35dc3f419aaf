#include "storage/io/error.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/ssh/shell_files.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::ssh;

TEST_CASE("a quoted word is one word to a shell, whatever is in it")
{
    for (const std::string text :
         {"", "a b", "it's", "$HOME `x` \\ \"", "line\nbreak", "-rf", "''"}) {
        CAPTURE(text);
        // The shell itself compares it with what it finds in its environment.
        ::setenv("DUPLID_QUOTED", text.c_str(), 1);
        const auto command = "[ \"$DUPLID_QUOTED\" = " + shell_quoted(text) + " ]";
        CHECK(std::system(command.c_str()) == 0);
    }
}

TEST_CASE("a listing is read with and without lines and sizes")
{
    // As `stat -c` writes it (lines between), and as printf does (none).
    const auto files = parse_shell_listing("12/./a b/\n0/./line\nbreak/\n   3/./c/4/./d//./e///");
    REQUIRE(files.size() == 5);
    CHECK(files[0].name == "a b");
    CHECK(files[0].bytes == 12);
    CHECK(files[1].name == "line\nbreak");
    CHECK(files[1].bytes == 0);
    CHECK(files[2].name == "c");
    CHECK(files[3].name == "d");
    CHECK(files[4].name == "e");
    CHECK(files[4].bytes == remote::unknown_bytes);
    CHECK(parse_shell_listing("//").empty());
}

TEST_CASE("a listing that is cut, or is none, is refused")
{
    for (const std::string_view text :
         {"", "12/./a", "12/./a/", "bash: find: command not found", "12/a/\n//", "1/.//\n//",
          "99999999999999999999999/./a//", "-1/./a//"}) {
        CAPTURE(text);
        CHECK_THROWS_AS((void)parse_shell_listing(text), Error);
    }
}
