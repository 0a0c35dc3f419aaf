#include "storage/remote/http/percent.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

TEST_CASE("all bytes but RFC 3986's unreserved ones are encoded, in upper case")
{
    CHECK(http::percent_encoded("AZaz09-._~") == "AZaz09-._~");
    CHECK(http::percent_encoded(" /+%?#&=:@!$'()*,;[]") ==
          "%20%2F%2B%25%3F%23%26%3D%3A%40%21%24%27%28%29%2A%2C%3B%5B%5D");
    CHECK(http::percent_encoded("\xc5\x99\xff\n") == "%C5%99%FF%0A");
    CHECK(http::percent_encoded(std::string_view{"\0", 1}) == "%00");
    CHECK(http::percent_encoded("a/b c:d", "/:") == "a/b%20c:d");
    CHECK(http::percent_encoded("").empty());
}

TEST_CASE("what is encoded comes back, byte for byte")
{
    std::string every;
    for (int byte = 0; byte < 256; ++byte) {
        every += static_cast<char>(byte);
    }
    CHECK(http::percent_decoded(http::percent_encoded(every)) == every);
}

TEST_CASE("a percent sign without two hex digits stays as it is")
{
    struct Row {
        std::string_view text;
        std::string_view expected;
    };
    for (const auto& row :
         {Row{"%41%6a%6A", "Ajj"}, Row{"100%", "100%"}, Row{"%4", "%4"}, Row{"%4g", "%4g"},
          Row{"%g4", "%g4"}, Row{"%%41", "%A"}, Row{"%-1", "%-1"}, Row{"%+1", "%+1"},
          Row{"% 1", "% 1"}, Row{"%0x41", "%0x41"}, Row{"%2541", "%41"}, Row{"a+b", "a+b"}}) {
        CAPTURE(row.text);
        CHECK(http::percent_decoded(row.text) == row.expected);
    }
}
