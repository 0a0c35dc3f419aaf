#include "storage/remote/s3/place.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>

using namespace duplid;

namespace {

s3::Place place(const std::string& url, const remote::RemoteOptions& options = {},
                const s3::Settings& profile = {})
{
    return s3::place_of(remote::parse_url(url), options, profile);
}

remote::RemoteOptions with_endpoint(const std::string& endpoint)
{
    remote::RemoteOptions options;
    options.s3.endpoint = endpoint;
    return options;
}

}  // namespace

TEST_CASE("bucket and prefix are found in every form of URL, however many slashes there are")
{
    for (const std::string url :
         {"s3://s3.example.com/bucket//some/prefix/", "boto+s3://s3.example.com/bucket/some/prefix",
          "s3+http://bucket/some/prefix", "boto3+s3://bucket/some//prefix",
          "gs://bucket/some/prefix", "boto3+gs:///bucket/some/prefix",
          "gcs://bucket/some/prefix/"}) {
        CAPTURE(url);
        CHECK(place(url).bucket == "bucket");
        CHECK(place(url).prefix == "some/prefix/");
    }
    CHECK(place("boto3+s3://bucket").prefix.empty());
    CHECK(place("boto3+s3://bucket/a%20b/").prefix == "a b/");
    CHECK(place("boto3+s3://bucket/x").description == "boto3+s3://bucket/x");
    CHECK(place("s3://host:81/bucket/x").description == "s3://host:81/bucket/x");
}

TEST_CASE("requests go where Amazon and others expect them")
{
    struct Row {
        std::string url;
        std::string region;
        std::string origin;
        std::string path;
    };
    for (const auto& row : {
             Row{"boto3+s3://bucket/x", "eu-west-1", "https://bucket.s3.eu-west-1.amazonaws.com",
                 "/"},
             Row{"boto3+s3://a.bucket/x", "us-east-1", "https://s3.us-east-1.amazonaws.com",
                 "/a.bucket"},
             Row{"boto3+s3://bucket", "cn-north-1", "https://bucket.s3.cn-north-1.amazonaws.com.cn",
                 "/"},
             Row{"s3+http://bucket/x", "us-east-1", "https://s3.us-east-1.amazonaws.com",
                 "/bucket"},
             Row{"s3://s3.amazonaws.com/bucket", "eu-west-3", "https://s3.eu-west-3.amazonaws.com",
                 "/bucket"},
             Row{"s3://s3.example.com:443/bucket", "x", "https://s3.example.com", "/bucket"},
             Row{"s3://[::1]:7480/bucket", "x", "https://[::1]:7480", "/bucket"},
             Row{"gs://bucket/x", "auto", "https://storage.googleapis.com", "/bucket"},
         }) {
        CAPTURE(row.url);
        const auto address = s3::address_of(place(row.url), row.region);
        CHECK(address.origin == row.origin);
        CHECK(address.host == row.origin.substr(8));
        CHECK(address.path == row.path);
    }
}

TEST_CASE("an endpoint that is given is used as it is, with the bucket in the path unless asked")
{
    auto options = with_endpoint("http://localhost:7480/");
    auto address = s3::address_of(place("boto3+s3://bucket/x", options), "r");
    CHECK(address.origin == "http://localhost:7480");
    CHECK(address.path == "/bucket");
    options.s3.new_style = true;
    address = s3::address_of(place("boto3+s3://bucket/x", options), "r");
    CHECK(address.origin == "http://bucket.localhost:7480");
    CHECK(address.path == "/");
    // No name of a host can stand before an address, nor dots before a certificate's star.
    options.s3.endpoint = "http://127.0.0.1:80";
    address = s3::address_of(place("boto3+s3://bucket/x", options), "r");
    CHECK(address.origin == "http://127.0.0.1");
    CHECK(address.path == "/bucket");
    CHECK(place("boto3+s3://b", with_endpoint("https://vpce-1.s3.us-east-1.vpce.amazonaws.com"))
              .endpoint == "https://vpce-1.s3.us-east-1.vpce.amazonaws.com");
}

TEST_CASE("regions come from the option, else from variables, the profile, or the host")
{
    remote::RemoteOptions options;
    s3::Settings profile;
    CHECK(place("boto3+s3://b").region.empty());
    profile.set("region", "of-profile");
    CHECK(place("boto3+s3://b", {}, profile).region == "of-profile");
    options.variables.set("AWS_DEFAULT_REGION", "of-default");
    CHECK(place("boto3+s3://b", options, profile).region == "of-default");
    options.variables.set("AWS_REGION", "of-variable");
    CHECK(place("boto3+s3://b", options, profile).region == "of-variable");
    CHECK(place("s3://s3-eu-west-1.amazonaws.com/b", options).region == "eu-west-1");
    options.s3.region = "of-option";
    CHECK(place("boto3+s3://b", options, profile).region == "of-option");
}

TEST_CASE("hosts of Amazon tell their region, others none")
{
    CHECK(s3::region_of_host("s3.amazonaws.com") == "us-east-1");
    CHECK(s3::region_of_host("bucket.s3.amazonaws.com") == "us-east-1");
    CHECK(s3::region_of_host("s3.eu-central-1.amazonaws.com") == "eu-central-1");
    CHECK(s3::region_of_host("bucket.s3-us-west-2.amazonaws.com") == "us-west-2");
    CHECK(s3::region_of_host("s3.cn-north-1.amazonaws.com.cn") == "cn-north-1");
    CHECK(s3::region_of_host("s3.dualstack.eu-west-1.amazonaws.com").empty());
    CHECK(s3::region_of_host("s3.amazonaws.com.example.org").empty());
    CHECK(s3::region_of_host("example.org").empty());
}

TEST_CASE("only the schemes of boto make buckets")
{
    CHECK(place("s3://h/b").creates_bucket);
    CHECK(place("boto+s3://h/b").creates_bucket);
    CHECK(place("s3+http://b").creates_bucket);
    CHECK(place("gs://b").creates_bucket);
    CHECK_FALSE(place("boto3+s3://b").creates_bucket);
    CHECK_FALSE(place("boto3+gs://b").creates_bucket);
}

TEST_CASE("what cannot be a bucket or an endpoint is refused without showing a password")
{
    for (const std::string url :
         {"boto3+s3://", "s3://host/", "boto3+s3://key:S3cr3t@bucket/x", "boto3+s3://a%20b/x"}) {
        CAPTURE(url);
        try {
            static_cast<void>(place(url));
            FAIL("not refused");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
            CHECK(std::string{error.what()}.find("S3cr3t") == std::string::npos);
        }
    }
    for (const std::string endpoint :
         {"localhost:7480", "ftp://host", "https://", "https://h/path", "https://user@h"}) {
        CAPTURE(endpoint);
        CHECK_THROWS_AS(static_cast<void>(place("boto3+s3://b", with_endpoint(endpoint))), Error);
    }
}
