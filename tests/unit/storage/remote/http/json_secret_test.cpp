#include "storage/remote/http/json_secret.hpp"

#include <doctest/doctest.h>
#include <initializer_list>
#include <string>
#include <string_view>

using namespace duplid;

namespace {

struct Taken {
    io::Secret secret;
    std::string left;
};

Taken taken(std::string_view text, std::initializer_list<std::string_view> path)
{
    io::WipedText own{text.begin(), text.end()};
    auto secret = http::take_json_text(own, path);
    return {std::move(secret), std::string{io::text_of(own)}};
}

}  // namespace

TEST_CASE("what a path names is taken, and nothing else of that name")
{
    // The form of Keystone's answers of version 2, where much has an id.
    const auto found = taken(R"({"access": {"id": "no", "user": {"id": "no", "token": {"id": "no"}},
"serviceCatalog": [{"id": "no", "access": {"token": {"id": "no"}}}],
"token" : { "expires": "2099", "tenant": {"id": "no"}, "id" : "gAAAA-\u0042\/==" }, "last": "id"}})",
                             {"access", "token", "id"});
    CHECK(found.secret.reveal() == "gAAAA-B/==");
    CHECK(found.left == R"({"access": {"id": "no", "user": {"id": "no", "token": {"id": "no"}},
"serviceCatalog": [{"id": "no", "access": {"token": {"id": "no"}}}],
"token" : { "expires": "2099", "tenant": {"id": "no"}, "id" : "xxxxxxxxxxxxxxxx" }, "last": "id"}})");
    const auto after =
        taken(R"({"x":{"a":{"b":"no"}},"a":{"x":{"b":"no"},"b":"yes"}})", {"a", "b"});
    CHECK(after.secret.reveal() == "yes");
    CHECK(taken(R"({"Token":""})", {"Token"}).secret.is_set());
}

TEST_CASE("a text that has no such string is left as it is")
{
    for (const std::string_view text : {"",
                                        "{",
                                        "}",
                                        "]}",
                                        "{}",
                                        "[]",
                                        R"("a")",
                                        R"({"a")",
                                        R"({"a":)",
                                        R"({"a":1})",
                                        R"({"a":"b)",
                                        R"({"a":null,"b":"a"})",
                                        R"([{"a":"b"}])",
                                        R"({"x":{"a":"b"}})",
                                        R"({"A":"b"})",
                                        R"({"a":{"a":"b"}})",
                                        R"({"a":"b\n"})",
                                        R"({"a":"\u00e4"})",
                                        R"({"a":"\u12"})",
                                        "{\"a\":\"b\x01\"}",
                                        "{\"a\":\"\xc3\xa4\"}",
                                        R"({"a":"b\"})",
                                        R"({"a\"":"b"})"}) {
        CAPTURE(text);
        const auto found = taken(text, {"a"});
        CHECK_FALSE(found.secret.is_set());
        CHECK(found.left == text);
    }
}
