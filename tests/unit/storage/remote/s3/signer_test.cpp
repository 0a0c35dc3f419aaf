// The examples that Amazon publishes for its signature, version 4: four of "Signature Calculations
// for the Authorization Header: Transferring Payload in a Single Chunk" (S3 API reference), and
// get-vanilla of the test suite that is published for all services.
#include "storage/remote/s3/signer.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view empty_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::chrono::sys_seconds moment(std::chrono::year_month_day day, std::chrono::seconds time)
{
    return std::chrono::sys_days{day} + time;
}

std::string signature_of(const std::string& authorization)
{
    return authorization.substr(authorization.rfind('=') + 1);
}

s3::Credentials example()
{
    return {"AKIAIOSFODNN7EXAMPLE", io::Secret{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}};
}

std::string sign_for_bucket(std::string_view method, std::string_view path,
                            const s3::Parameters& parameters, std::vector<http::Header> headers,
                            std::string_view hash)
{
    headers.push_back({"host", "examplebucket.s3.amazonaws.com"});
    headers.push_back({"x-amz-content-sha256", std::string{hash}});
    headers.push_back({"x-amz-date", "20130524T000000Z"});
    using namespace std::chrono;
    return s3::authorization({method, path, s3::canonical_query(parameters), headers, hash},
                             example(), {"us-east-1"}, moment(2013y / May / 24, 0s));
}

}  // namespace

TEST_CASE("a read of a part of an object is signed as Amazon's example is")
{
    CHECK(sign_for_bucket("GET", "/test.txt", {}, {{"range", "bytes=0-9"}}, empty_hash) ==
          "AWS4-HMAC-SHA256 "
          "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
          "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
          "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("an upload with a storage class is signed as Amazon's example is")
{
    CHECK(signature_of(sign_for_bucket(
              "PUT", "/test%24file.text", {},
              {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
               {"date", "Fri, 24 May 2013 00:00:00 GMT"}},
              "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")) ==
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("a parameter without value is signed as Amazon's example is")
{
    CHECK(signature_of(sign_for_bucket("GET", "/", {{"lifecycle", ""}}, {}, empty_hash)) ==
          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_CASE("a listing is signed as Amazon's example is")
{
    CHECK(signature_of(
              sign_for_bucket("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, empty_hash)) ==
          "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("other services and days are signed as get-vanilla of Amazon's suite is")
{
    const std::vector<http::Header> headers{{"x-amz-date", "20150830T123600Z"},
                                            {"host", "example.amazonaws.com"}};
    using namespace std::chrono;
    const auto signed_text =
        s3::authorization({"GET", "/", "", headers, empty_hash},
                          {"AKIDEXAMPLE", io::Secret{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}},
                          {"us-east-1", "service"}, moment(2015y / August / 30, 12h + 36min));
    CHECK(signature_of(signed_text) ==
          "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST_CASE("queries are sorted, every value is encoded, and names keep their equals sign")
{
    CHECK(s3::canonical_query({}).empty());
    CHECK(s3::canonical_query({{"uploads", ""}}) == "uploads=");
    CHECK(s3::canonical_query({{"prefix", "a/b c+~"}, {"list-type", "2"}, {"delimiter", "/"}}) ==
          "delimiter=%2F&list-type=2&prefix=a%2Fb%20c%2B~");
    // By name before value: "a" stands before "a-b", although '-' is smaller than '='.
    CHECK(s3::canonical_query({{"a-b", "1"}, {"a", "2"}}) == "a=2&a-b=1");
    CHECK(s3::canonical_query({{"k", "\xc3\xa9\n"}}) == "k=%C3%A9%0A");
}

TEST_CASE("times are written in UTC without punctuation")
{
    using namespace std::chrono;
    CHECK(s3::timestamp(moment(2024y / February / 29, 23h + 59min + 5s)) == "20240229T235905Z");
}
