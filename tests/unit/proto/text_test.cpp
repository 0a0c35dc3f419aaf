#include "proto/text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace duplid;

TEST_CASE("base64 is that of RFC 4648, both ways")
{
    struct Row {
        std::string bytes;
        std::string text;
    };
    // The test vectors of RFC 4648, section 10, and all bits set.
    for (const auto& row : {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"},
                            Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="},
                            Row{"foobar", "Zm9vYmFy"}, Row{"\xFF\xFF\xFE", "///+"}}) {
        CAPTURE(row.text);
        CHECK(proto::base64(row.bytes) == row.text);
        CHECK(proto::base64_decoded(row.text) == row.bytes);
    }
}

TEST_CASE("what is not exactly base64 is refused")
{
    for (const std::string text : {"Z", "Zg", "Zg=", "Zg===", "====", "=Zg=", "Zg==Zg==", "Zm9v\n",
                                   "Zm 9", "Zh==", "Zm9=", "Z-_="}) {
        CAPTURE(text);
        CHECK_FALSE(proto::base64_decoded(text).has_value());
    }
}

TEST_CASE("UTF-8 is told from what only looks like it")
{
    for (const std::string good : {"", "plain", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                   "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
        CAPTURE(good);
        CHECK(proto::is_utf8(good));
        CHECK(proto::to_utf8(good) == good);
    }
    // Stray, overlong, surrogate, past the end of Unicode, cut short: RFC 3629, section 10.
    for (const std::string bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                                  "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82"}) {
        CAPTURE(bad);
        CHECK_FALSE(proto::is_utf8(bad));
        CHECK(proto::is_utf8(proto::to_utf8(bad)));
    }
    CHECK(proto::to_utf8("a\xFF"
                         "b") == "a\xEF\xBF\xBD"
                                 "b");
}
