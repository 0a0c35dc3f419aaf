#include "storage/io/error.hpp"
#include "storage/remote/webdav/header_list.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using webdav::parse_headers;

namespace {

std::string shown(const char* text)
{
    std::string lines;
    for (const auto& header : parse_headers(text)) {
        lines += header.name + "=" + header.value + ";";
    }
    return lines;
}

}  // namespace

TEST_CASE("headers are pairs of words, quoted as in CSV, or whole lines")
{
    struct Row {
        const char* text;
        const char* expected;
    };
    // The first two are the examples of duplicity 1.0's manual page.
    for (const auto& row : {
             Row{"Cookie,name=value", "Cookie=name=value;"},
             Row{"\"Cookie\",\"name=value\",\"Authorization\",\"xxx\"",
                 "Cookie=name=value;Authorization=xxx;"},
             Row{"", ""},
             Row{"X-A,\"1, 2 and \"\"3\"\"\"", "X-A=1, 2 and \"3\";"},
             Row{"X-A: 1,X-B , 2", "X-A=1;X-B=2;"},
             Row{"X-Empty,,X-B,2", "X-Empty=;X-B=2;"},
             Row{"X-A:", "X-A=;"},
         }) {
        CAPTURE(row.text);
        CHECK(shown(row.text) == row.expected);
    }
}

TEST_CASE("what is no header is refused without being shown")
{
    for (const auto* const text : {"secret", "a,b,secret", ",secret", "se cret,x", "a,\"secret",
                                   "a,sec\rret", "a,b\nEvil: secret", ": secret"}) {
        CAPTURE(text);
        try {
            (void)parse_headers(text);
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
            CHECK(std::string{error.what()}.find("secret") == std::string::npos);
            CHECK(error.hint().find("secret") == std::string::npos);
        }
    }
}
