// Golden replies are those of real servers: lighttpd's and Apache's multistatus, an S3 listing.
#include "storage/remote/http/xml.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <string>

using namespace duplid;

namespace {

std::string repeated(std::string_view text, std::size_t times)
{
    std::string result;
    for (std::size_t time = 0; time < times; ++time) {
        result += text;
    }
    return result;
}

// What the refusal of `text` says; empty when it is taken.
std::string refusal_of(std::string_view text, std::size_t nodes_max = 1000)
{
    try {
        (void)http::parse_xml(text, "the object", nodes_max);
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::unreachable);
        CHECK(error.object() == "the object");
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("names are known by their namespace, whatever prefix a server gives it")
{
    for (const std::string text :
         {R"(<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:"><D:response>
             <D:href>/a%20b</D:href></D:response></D:multistatus>)",
          R"(<multistatus xmlns="DAV:"><response><href>/a%20b</href></response></multistatus>)",
          R"(<ns0:multistatus xmlns:ns0="DAV:" xmlns:ns1="urn:x"><lp1:response xmlns:lp1="DAV:">
             <lp1:href>/a%20b</lp1:href><ns1:href>other</ns1:href></lp1:response></ns0:multistatus>)"}) {
        CAPTURE(text);
        const auto root = http::parse_xml(text, "");
        CHECK(root.is("DAV:", "multistatus"));
        CHECK_FALSE(root.is("", "multistatus"));
        const auto* const response = root.child("response");
        REQUIRE(response != nullptr);
        CHECK(response->space == "DAV:");
        CHECK(response->text_of("href") == "/a%20b");
    }
}

TEST_CASE("a listing comes with entities, character references and CDATA decoded, blanks kept")
{
    const auto root = http::parse_xml(
        R"(<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>
<Contents><Key>a &amp; b &lt;&#x20ac;&gt;</Key><Size>5</Size></Contents><Contents><Key> <![CDATA[<x>&amp;]]> </Key></Contents>
</ListBucketResult>)",
        "");
    REQUIRE(root.children.size() == 3);
    CHECK(root.text_of("IsTruncated") == "true");
    CHECK(root.children[1].text_of("Key") == "a & b <\xe2\x82\xac>");
    CHECK(root.children[2].text_of("Key") == " <x>&amp; ");
    CHECK(root.children[2].text_of("Size").empty());
    CHECK(root.children[2].child("Size") == nullptr);
}

TEST_CASE("what is no well-formed XML may be better next time")
{
    for (const std::string_view text :
         {std::string_view{}, std::string_view{"not XML"}, std::string_view{"<a>"},
          std::string_view{"<a></b>"}, std::string_view{"<a/><b/>"}, std::string_view{"<a x=1/>"},
          std::string_view{"<a>\xff</a>"}, std::string_view{"<a>\0</a>", 8},
          std::string_view{"<p:a/>"}, std::string_view{"<a>&other;</a>"},
          std::string_view{"<!DOCTYPE html><html><p>Bad Gateway<br></html>"}}) {
        CAPTURE(text);
        CHECK_FALSE(refusal_of(text).empty());
    }
}

TEST_CASE("answers that would fill the memory are refused")
{
    CHECK(refusal_of(R"(<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>)")
              .find("entities") != std::string::npos);
    CHECK(refusal_of(R"(<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>)")
              .find("entities") != std::string::npos);
    CHECK(refusal_of(R"(<!DOCTYPE x [<!ENTITY % p "<!ENTITY a 'b'>"> %p;]><x>&a;</x>)")
              .find("entities") != std::string::npos);
    CHECK(refusal_of(repeated("<a>", 64) + repeated("</a>", 64)).empty());
    CHECK(refusal_of(repeated("<a>", 65) + repeated("</a>", 65)).find("deeply") !=
          std::string::npos);
    CHECK(refusal_of(repeated("<a>", 64) + "<a/>" + repeated("</a>", 64)).find("deeply") !=
          std::string::npos);
    CHECK(refusal_of("<a>" + repeated("<b/>", 999) + "</a>").empty());
    CHECK(refusal_of("<a>" + repeated("<b/>", 1000) + "</a>").find("large") != std::string::npos);
    CHECK(refusal_of("<a/>", 0).find("large") != std::string::npos);
}

TEST_CASE("what is escaped comes back")
{
    constexpr std::string_view text = R"(a & b < c > "d" 'e' &amp; ]]>)";
    CHECK(http::xml_escaped("<&>\"'") == "&lt;&amp;&gt;&quot;&apos;");
    CHECK(http::parse_xml(fmt::format("<x>{}</x>", http::xml_escaped(text)), "").text == text);
}
