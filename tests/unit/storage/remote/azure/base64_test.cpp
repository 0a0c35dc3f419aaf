#include "storage/remote/azure/base64.hpp"

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
          Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="}, Row{"foobar", "Zm9vYmFy"}}) {
        CAPTURE(row.bytes);
        CHECK(azure::base64_encoded(row.bytes) == row.text);
        CHECK(azure::base64_decoded(row.text) == row.bytes);
    }
    CHECK(azure::base64_encoded("\xfb\xff\xbf") == "+/+/");
    CHECK(azure::base64_decoded(" +/+/\n") == "\xfb\xff\xbf");
}

TEST_CASE("what is no base64 is not decoded")
{
    for (const auto* text : {"Z", "Zg", "Zg=", "Z===", "Zm9v=", "Zm-v", "Zm 9v", "=Zm9"}) {
        CAPTURE(text);
        CHECK(!azure::base64_decoded(text).has_value());
    }
}

TEST_CASE("a digest's hex digits become the base64 of its bytes")
{
    // The MD5 of nothing, as `openssl md5 -binary | base64` has it.
    CHECK(azure::base64_of_hex("d41d8cd98f00b204e9800998ecf8427e") == "1B2M2Y8AsgTpgAmY7PhCfg==");
}
