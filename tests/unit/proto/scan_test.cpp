#include "proto/error.hpp"
#include "proto/protocol.hpp"
#include "proto/scan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace duplid;

namespace {

struct Scanned {
    std::string line;
    std::vector<std::string> secrets;
};

Scanned scan(const std::string& text)
{
    proto::WipedBuffer line{text.begin(), text.end()};
    const auto secrets = proto::take_secrets(line);
    Scanned scanned{std::string{proto::text_of(line)}, {}};
    for (const auto& secret : secrets) {
        scanned.secrets.emplace_back(secret.reveal());
    }
    return scanned;
}

}  // namespace

TEST_CASE("secrets are taken out of a line, which stays the JSON it was otherwise")
{
    struct Row {
        std::string line;
        std::string left;
        std::vector<std::string> secrets;
    };
    for (const auto& row : {
             Row{R"({"a":1})", R"({"a":1})", {}},
             Row{R"({"passphrase":"pw"})", R"({"passphrase":0})", {"pw"}},
             Row{R"({"passphrase":""})", R"({"passphrase":0})", {""}},
             Row{R"({ "passphrase" : "p w" , "x":[1]})",
                 R"({ "passphrase" : 0 , "x":[1]})",
                 {"p w"}},
             Row{R"({"passphrase":"a","sign_passphrase":"b","t":"c"})",
                 R"({"passphrase":0,"sign_passphrase":1,"t":"c"})",
                 {"a", "b"}},
             Row{R"({"x":{"passphrase_b64":"cHc="}})", R"({"x":{"passphrase_b64":0}})", {"cHc="}},
             // A value of that text is not a member of that name.
             Row{R"({"kind":"passphrase","value":"x"})",
                 R"({"kind":"passphrase","value":"x"})",
                 {}},
             Row{R"({"s":"\"passphrase\":\"no\""})", R"({"s":"\"passphrase\":\"no\""})", {}},
             Row{R"({"passphrase":"\u00e4\"\\\/\n\ud83d\ude00"})",
                 R"({"passphrase":0})",
                 {"\xC3\xA4\"\\/\n\xF0\x9F\x98\x80"}},
         }) {
        CAPTURE(row.line);
        const auto scanned = scan(row.line);
        CHECK(scanned.line == row.left);
        CHECK(scanned.secrets == row.secrets);
    }
}

TEST_CASE("a line that is too deep, or whose secrets are no strings, is refused")
{
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK_NOTHROW(scan(nested(proto::depth_max)));
    CHECK_NOTHROW(scan("\"" + nested(1000) + "\""));
    for (const auto& line :
         {nested(proto::depth_max + 1), std::string(1 << 20, '['),
          std::string{R"({"passphrase":0})"}, std::string{R"({"passphrase":null})"},
          std::string{R"({"passphrase":)"}, std::string{R"({"passphrase":"x)"},
          std::string{R"({"passphrase":"\)"}, std::string{R"({"passphrase":"\u12"})"},
          std::string{R"({"passphrase":"\ud800"})"}, std::string{R"({"passphrase":"\udc00"})"},
          std::string{R"({"passphrase":"\ud800\u0041"})"}, std::string{R"({"passphrase":"\x"})"},
          std::string{"{\"passphrase\":\"a\nb\"}"}}) {
        CAPTURE(line.substr(0, 60));
        CHECK_THROWS_AS(scan(line), proto::ProtocolError);
    }
}

TEST_CASE("no more secrets are taken than there is room for their placeholders")
{
    std::string line;
    for (int i = 0; i < 200; ++i) {
        line += R"("passphrase":"",)";
    }
    CHECK_THROWS_AS(scan(line), proto::ProtocolError);
}

TEST_CASE(
    "a line with more secrets than any request has is refused, since each gets a page of its own")
{
    const auto with = [](int count) {
        std::string line{"{"};
        for (int i = 0; i < count; ++i) {
            line += R"("passphrase":"x",)";
        }
        return line + R"("a":1})";
    };
    CHECK(scan(with(100)).secrets.size() == 100);
    CHECK_THROWS_AS(scan(with(101)), proto::ProtocolError);
}

TEST_CASE("copies of a secret are one buffer, which knows nothing of the line it came in")
{
    proto::WipedBuffer line{'{', '"', 'p', 'a', 's', 's', 'p', 'h', 'r', 'a',
                            's', 'e', '"', ':', '"', 'x', 'y', '"', '}'};
    auto secrets = proto::take_secrets(line);
    REQUIRE(secrets.size() == 1);
    const auto copy = secrets.front();
    secrets.clear();
    CHECK(copy.reveal() == "xy");
    CHECK(copy.reveal().data() == copy.buffer().get());
    CHECK(copy.buffer().get()[2] == '\0');
    CHECK(copy.buffer().use_count() == 1);
    CHECK(proto::text_of(line).find("xy") == std::string_view::npos);
}
