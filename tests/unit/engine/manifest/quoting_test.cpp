#include "engine/manifest/quoting.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>

namespace manifest = duplid::manifest;
using duplid::Error;

TEST_CASE("exactly the nine bytes that duplicity quotes are quoted")
{
    struct Row {
        std::string path, text;
    };
    // The table of archive-format.md 3.3.
    for (const auto& row :
         {Row{"a b", R"("a\x20b")"}, Row{"it's", R"("it\x27s")"},
          Row{"back\\slash", R"("back\x5cslash")"}, Row{"\"q\"", R"("\x22q\x22")"},
          Row{"\x0b\x0c\x0d\x0a", R"("\x0b\x0c\x0d\x0a")"}, Row{"\t", R"("\x09")"},
          Row{"nonutf8-\xff\xfe\xe9", "nonutf8-\xff\xfe\xe9"}, Row{"\x01\x1f\x7f", "\x01\x1f\x7f"},
          Row{"\x85\xa0", "\x85\xa0"}, Row{"plain/path", "plain/path"}, Row{"", ""}}) {
        CAPTURE(row.text);
        CHECK(manifest::quote(row.path) == row.text);
        CHECK(manifest::unquote(row.text) == row.path);
    }
    int quoted = 0;
    for (int byte = 1; byte < 256; ++byte) {
        const std::string path(1, static_cast<char>(byte));
        const std::string text = manifest::quote(path);
        CHECK(manifest::unquote(text) == path);
        quoted += text != path ? 1 : 0;
    }
    CHECK(quoted == 9);
}

TEST_CASE("upper-case hex digits are read too")
{
    CHECK(manifest::unquote(R"("\x5C\x0A")") == "\\\n");
}

TEST_CASE("bad quoting is damage")
{
    for (const std::string text : {R"(")", R"("a)", R"("a\")", R"("\x2")", R"("\x2g")", R"("\y20")",
                                   R"("\\")", R"("\x)", R"("a"b)"}) {
        CAPTURE(text);
        CHECK_THROWS_AS((void)manifest::unquote(text), Error);
    }
}
