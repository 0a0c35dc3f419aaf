// What real servers answer to PROPFIND, cut to what matters, and what no server should.
#include "storage/io/error.hpp"
#include "storage/remote/webdav/multistatus.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using webdav::parse_multistatus;
using webdav::reason_of;

TEST_CASE("Apache's two prefixes for one namespace are read as one")
{
    // Apache 2.4.62, mod_dav.
    const auto resources = parse_multistatus(R"(<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
<D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/">
<D:href>/basic/backup/</D:href>
<D:propstat><D:prop><lp1:resourcetype><D:collection/></lp1:resourcetype>
<lp1:getlastmodified>Sun, 22 Nov 2026 09:00:00 GMT</lp1:getlastmodified></D:prop>
<D:status>HTTP/1.1 200 OK</D:status></D:propstat>
<D:propstat><D:prop><D:getcontentlength/></D:prop>
<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
</D:response>
<D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/">
<D:href>/basic/backup/a%20b%25</D:href>
<D:propstat><D:prop><lp1:resourcetype/><lp1:getcontentlength>12</lp1:getcontentlength></D:prop>
<D:status>HTTP/1.1 200 OK</D:status></D:propstat>
</D:response>
</D:multistatus>)",
                                             "x");
    REQUIRE(resources.size() == 2);
    CHECK(resources[0].path == "/basic/backup");
    CHECK(resources[0].is_collection);
    CHECK(!resources[0].bytes.has_value());
    CHECK(resources[0].modified == 1795338000);  // date -u -d '2026-11-22 09:00' +%s
    CHECK(resources[1].path == "/basic/backup/a b%");
    CHECK(!resources[1].is_collection);
    CHECK(resources[1].bytes == 12U);
}

TEST_CASE("absolute hrefs, other prefixes and quotas are understood")
{
    const auto resources = parse_multistatus(
        R"(<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><d:response>
<d:href> http://inside:8080//dav//x/ </d:href><d:propstat><d:prop>
<d:quota-available-bytes>1234567890123</d:quota-available-bytes></d:prop>
<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>)",
        "x");
    REQUIRE(resources.size() == 1);
    CHECK(resources[0].path == "/dav/x");
    CHECK(resources[0].free_bytes == 1'234'567'890'123U);
}

TEST_CASE("nonsense in a property is as if it were not there")
{
    const auto resources = parse_multistatus(
        R"(<d:multistatus xmlns:d="DAV:"><d:response><d:href>/x</d:href><d:propstat><d:prop>
<d:getcontentlength>-5</d:getcontentlength><d:getlastmodified>soon</d:getlastmodified>
<d:quota-available-bytes>99999999999999999999999</d:quota-available-bytes></d:prop></d:propstat>
</d:response><d:response/></d:multistatus>)",
        "x");
    REQUIRE(resources.size() == 1);
    CHECK(!resources[0].bytes.has_value());
    CHECK(!resources[0].modified.has_value());
    CHECK(!resources[0].free_bytes.has_value());
}

TEST_CASE("what is no multistatus may pass by itself: a proxy's page")
{
    for (const auto* const text :
         {"", "<html><body>sign in</body></html>", "<multistatus/>",
          "<d:multistatus xmlns:d=\"DAV:\">", "\xff\xfe",
          "<!DOCTYPE x [<!ENTITY a \"b\">]><d:multistatus xmlns:d=\"DAV:\">&a;</d:multistatus>"}) {
        CAPTURE(text);
        try {
            (void)parse_multistatus(text, "x");
            FAIL("it was taken for one");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::unreachable);
        }
    }
}

TEST_CASE("the server's own words are found, and are fit to be shown")
{
    const auto reason = [](const char* text) {
        http::Answer answer;
        answer.text = text;
        return reason_of(answer);
    };
    CHECK(reason("<html><head><title>507 Insufficient Storage</title></head></html>") ==
          "507 Insufficient Storage");
    CHECK(reason("<d:error xmlns:d=\"DAV:\"><s:message>File is locked</s:message></d:error>") ==
          "File is locked");
    CHECK(reason(" quota\nexceeded\x1b[31m ") == "quota exceeded [31m");
    CHECK(reason("<p>nothing of use</p>").empty());
    CHECK(reason("").empty());
    CHECK(reason(std::string(1000, 'x').c_str()).size() == 200);
}
