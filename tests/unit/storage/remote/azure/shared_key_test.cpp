#include "storage/remote/azure/shared_key.hpp"

#include "storage/io/base64.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

// The two examples of "Authorize with Shared Key" in Azure's documentation, section "Shared Key
// format for 2009-09-19 and later", in the form that they have since 2015-02-21.
TEST_CASE("what is signed is what Azure's documentation shows: metadata of a container")
{
    const azure::Call call{
        .method = "GET",
        .path = "/mycontainer",
        .query = {{"restype", "container"}, {"comp", "metadata"}, {"timeout", "20"}},
        .headers = {{"x-ms-version", "2015-02-21"},
                    {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}}};
    CHECK(azure::string_to_sign("myaccount", call) ==
          "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
          "x-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\nrestype:container\n"
          "timeout:20");
}

TEST_CASE("what is signed is what Azure's documentation shows: a new container")
{
    const azure::Call call{
        .method = "PUT",
        .path = "/mycontainer",
        .query = {{"restype", "container"}, {"timeout", "30"}},
        .headers = {{"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}, {"x-ms-version", "2015-02-21"}},
        .body_bytes = 0};
    CHECK(azure::string_to_sign("myaccount", call) ==
          "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
          "x-ms-version:2015-02-21\n/myaccount/mycontainer\nrestype:container\ntimeout:30");
}

TEST_CASE("a body's length and digest are signed, and other headers are not")
{
    const azure::Call call{.method = "PUT",
                           .path = "/account/container/a%20b",
                           .headers = {{"x-ms-date", "D"},
                                       {"content-md5", "M"},
                                       {"expect", "100-continue"},
                                       {"x-ms-blob-type", "BlockBlob"}},
                           .body_bytes = 11};
    CHECK(azure::string_to_sign("account", call) ==
          "PUT\n\n\n11\nM\n\n\n\n\n\n\n\nx-ms-blob-type:BlockBlob\nx-ms-date:D\n"
          "/account/account/container/a%20b");
}

TEST_CASE("a signature is the HMAC-SHA256 of RFC 4231, in base64")
{
    // Cases 1 and 2 of section 4 there.
    const io::Secret twenty{std::string(20, '\x0b')};
    CHECK(azure::signature(twenty, "Hi There") == "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=");
    CHECK(azure::signature(io::Secret{"Jefe"}, "what do ya want for nothing?") ==
          "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    CHECK(azure::signature(twenty, "Hi There") ==
          io::base64_of_hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
}
