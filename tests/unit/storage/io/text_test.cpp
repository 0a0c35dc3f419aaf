// Witness: table 3-7 of the Unicode standard, well-formed UTF-8 byte sequences.
#include "storage/io/text.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using namespace std::string_view_literals;

TEST_CASE("exactly the well-formed sequences are UTF-8")
{
    for (const auto good : {""sv, "a\0b"sv, "\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv,
                            "\xec\xbf\xbf"sv, "\xed\x9f\xbf"sv, "\xee\x80\x80"sv, "\xef\xbf\xbf"sv,
                            "\xf0\x90\x80\x80"sv, "\xf3\xbf\xbf\xbf"sv, "\xf4\x8f\xbf\xbf"sv}) {
        CAPTURE(good);
        CHECK(io::is_utf8(good));
    }
    for (const auto bad :
         {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xc2"sv, "\xc2\x41"sv, "\xe0\x9f\xbf"sv,
          "\xe2\x82"sv, "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xf0\x8f\xbf\xbf"sv, "\xf1\x80\x80"sv,
          "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xff"sv, "a\xff"sv}) {
        CAPTURE(bad);
        CHECK_FALSE(io::is_utf8(bad));
    }
}

TEST_CASE("what a terminal or a log could stumble over is shown by its number")
{
    struct Row {
        std::string_view bytes;
        std::string_view shown;
    };
    for (const auto& row :
         {Row{"plain name", "plain name"}, Row{"\xc5\x99", "\xc5\x99"}, Row{"a\nb", "a\\x0ab"},
          Row{"\x1b[31m", "\\x1b[31m"}, Row{"\x7f", "\\x7f"}, Row{"a\\b", "a\\x5cb"},
          Row{"\xff\xfe", "\\xff\\xfe"}, Row{"\xe2\x82", "\\xe2\\x82"}, Row{"a\0b"sv, "a\\x00b"},
          Row{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, Row{"", ""},
          // C1: as UTF-8, whose first and last are U+0080 and U+009F, and as single bytes.
          Row{"a\xc2\x80z", "a\\xc2\\x80z"}, Row{"\xc2\x9b[31m", "\\xc2\\x9b[31m"},
          Row{"\xc2\x9f", "\\xc2\\x9f"}, Row{"\xc2\xa0", "\xc2\xa0"}, Row{"\x9b[31m", "\\x9b[31m"},
          Row{"\xc3\x9b", "\xc3\x9b"}, Row{"\x80\x9f", "\\x80\\x9f"}}) {
        CAPTURE(row.bytes);
        CHECK(io::printable(row.bytes) == row.shown);
    }
}
