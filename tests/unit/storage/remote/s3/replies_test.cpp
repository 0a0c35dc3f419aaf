// Bodies as Amazon's API reference prints them, and as Ceph's gateway and Swift were seen to write
// them.
#include "storage/remote/s3/replies.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/http/xml.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace duplid;

TEST_CASE("a page of version 2 gives keys, sizes and the way to the next one")
{
    const auto page = s3::parse_page(
        R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix>
<KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><IsTruncated>true</IsTruncated>
<EncodingType>url</EncodingType><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J==</NextContinuationToken>
<Contents><Key>p/a+b%2B%0A</Key><Size>434234</Size><StorageClass>STANDARD</StorageClass></Contents>
<Contents><Key>p/%C3%A9%20</Key><Size>0</Size></Contents>
<CommonPrefixes><Prefix>p/deeper/</Prefix></CommonPrefixes></ListBucketResult>)",
        "test");
    CHECK(page.is_truncated);
    CHECK(page.token == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J==");
    CHECK(page.objects == std::vector<remote::Listed>{{"p/a b+\n", 434234}, {"p/\xc3\xa9 ", 0}});
}

TEST_CASE("a page of version 1 goes on at its marker, or at its last key where none is told")
{
    const auto with =
        s3::parse_page("<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>m"
                       "</NextMarker><Contents><Key>k+1</Key><Size>x</Size></Contents>"
                       "</ListBucketResult>",
                       "test");
    CHECK(with.marker == "m");
    CHECK(with.token.empty());
    CHECK(with.objects == std::vector<remote::Listed>{{"k+1", remote::unknown_bytes}});
    const auto without =
        s3::parse_page("<ListBucketResult><IsTruncated>true</IsTruncated><Contents>"
                       "<Key>k</Key><Size>1</Size></Contents></ListBucketResult>",
                       "test");
    CHECK(without.marker == "k");
}

TEST_CASE("the reason of a refusal is found, and what is none has none")
{
    const auto problem = s3::parse_problem(
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'x' is wrong; "
        "expecting 'us-east-1'</Message><Region>us-east-1</Region></Error>");
    CHECK(problem.code == "AuthorizationHeaderMalformed");
    CHECK(problem.region == "us-east-1");
    CHECK(s3::parse_problem("").code.empty());
    CHECK(s3::parse_problem("<html><Code>x</Code></html>").code.empty());
    CHECK(s3::parse_problem("not xml").code.empty());
}

TEST_CASE("an answer that is not the one that is due is the server's trouble, not an empty target")
{
    for (const std::string text :
         {"", "<html/>", "<Error><Code>x</Code></Error>", "<ListBucketResult>"}) {
        CAPTURE(text);
        try {
            static_cast<void>(s3::parse_page(text, "test"));
            FAIL("not refused");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::unreachable);
        }
    }
    CHECK_THROWS_AS(
        static_cast<void>(s3::parse_upload_id("<InitiateMultipartUploadResult/>", "test")), Error);
}

TEST_CASE("keys that were not deleted are told with their reason")
{
    const auto left = s3::parse_undeleted(
        "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Deleted><Key>a</Key>"
        "</Deleted><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
        "</DeleteResult>",
        "test");
    REQUIRE(left.size() == 1);
    CHECK(left.front().key == "b");
    CHECK(left.front().problem.code == "AccessDenied");
}

TEST_CASE("uploads that were never completed are told with their age")
{
    const auto uploads = s3::parse_uploads(
        "<ListMultipartUploadsResult><EncodingType>url</EncodingType><Upload><Key>p/a%20b</Key>"
        "<UploadId>XMgbGlrZSBlbHZpbmcncyBub3Q</UploadId><Initiated>2010-11-10T20:48:33.000Z"
        "</Initiated></Upload></ListMultipartUploadsResult>",
        "test");
    REQUIRE(uploads.size() == 1);
    CHECK(uploads.front().key == "p/a b");
    CHECK(uploads.front().id == "XMgbGlrZSBlbHZpbmcncyBub3Q");
    CHECK(uploads.front().begun == "2010-11-10T20:48:33.000Z");
}

TEST_CASE("bodies are XML whatever the keys are")
{
    const std::array<std::string, 2> keys{"a<&>\"'", "p/b"};
    const auto deletion = http::parse_xml(s3::deletion_body(keys), "test");
    REQUIRE(deletion.children.size() == 3);
    CHECK(deletion.children[1].text_of("Key") == keys[0]);
    const std::array<std::string, 2> tags{"t1", "t2"};
    const auto completion = http::parse_xml(s3::completion_body(tags), "test");
    REQUIRE(completion.children.size() == 2);
    CHECK(completion.children[1].text_of("PartNumber") == "2");
    CHECK(completion.children[1].text_of("ETag") == "\"t2\"");
    CHECK(s3::creation_body("").empty());
    CHECK(http::parse_xml(s3::creation_body("eu-west-1"), "test").text_of("LocationConstraint") ==
          "eu-west-1");
    CHECK(s3::fits_into_xml("p/\xc3\xa9"));
    CHECK_FALSE(s3::fits_into_xml("a\nb"));
    CHECK_FALSE(s3::fits_into_xml("a\xff"));
}
