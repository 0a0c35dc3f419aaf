// Witnesses: the vectors of RFC 4648, section 10, and coreutils' base64.
#include "storage/io/base64.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

TEST_CASE("base64 goes both ways as in RFC 4648, section 10")
{
    struct Row {
        const char* bytes;
        const char* text;
    };
    for (const auto& row :
         {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"},
          Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="}, Row{"foobar", "Zm9vYmFy"},
          // The last two digits of the alphabet.
          Row{"\xfb\xff\xbf", "+/+/"}}) {
        CAPTURE(row.text);
        CHECK(io::base64(io::view_of(row.bytes)) == row.text);
        const auto bytes = io::unbase64(row.text);
        REQUIRE(bytes);
        CHECK(io::text_of(*bytes) == row.bytes);
    }
}

TEST_CASE("what is not exactly base64 is not decoded")
{
    for (const char* text :
         {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Zh==", "Zm9=", "Zm9v\n", "Zm9v Zm9v",
          "Zg==Zg==", "Zm-v", "Z===", "Zm9v=", " Zm9", "=Zm9", "\xff\xff\xff\xff"}) {
        CAPTURE(text);
        CHECK_FALSE(io::unbase64(text));
    }
}

TEST_CASE("a digest's hex digits become the base64 of its bytes")
{
    CHECK(io::base64_of_hex("").empty());
    CHECK(io::base64_of_hex("66") == "Zg==");
    CHECK(io::base64_of_hex("666f6f626172") == "Zm9vYmFy");
    // The MD5 of nothing, as `openssl md5 -binary | base64` has it.
    CHECK(io::base64_of_hex("d41d8cd98f00b204e9800998ecf8427e") == "1B2M2Y8AsgTpgAmY7PhCfg==");
    CHECK(io::base64_of_hex("FBFFBF") == "+/+/");
}
