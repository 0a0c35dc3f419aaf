#include "storage/remote/swift/login.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <string>

using namespace duplid;
using nlohmann::json;

namespace {

swift::Account account(unsigned version)
{
    swift::Account result;
    result.family = "SWIFT";
    result.version = version;
    result.auth_url = "https://k/v" + std::to_string(version);
    result.user = "tester";
    result.password = io::Secret{"testing"};
    result.tenant = "test";
    return result;
}

}  // namespace

// The forms are those of the "Identity API" of OpenStack; Rackspace's key is an extension of its
// own.
TEST_CASE("a login of version 2 names user, password and tenant")
{
    auto given = account(2);
    CHECK(json::parse(swift::login_body(given)) == json::parse(R"({"auth": {
        "passwordCredentials": {"username": "tester", "password": "testing"},
        "tenantName": "test"}})"));
    given.tenant_id = "42";
    CHECK(json::parse(swift::login_body(given))["auth"].contains("tenantId"));
    CHECK(!json::parse(swift::login_body(given))["auth"].contains("tenantName"));
    given = account(2);
    given.has_api_key = true;
    given.tenant.clear();
    CHECK(json::parse(swift::login_body(given)) == json::parse(R"({"auth": {
        "RAX-KSKEY:apiKeyCredentials": {"username": "tester", "apiKey": "testing"}}})"));
}

TEST_CASE("any text can be a password, and no user's name looks like the place for it")
{
    for (const unsigned version : {2U, 3U}) {
        auto given = account(version);
        given.user = R"(","password":null,"x":")";
        given.password = io::Secret{"\"\\\n\x01 /\xc3\xa4"};
        const auto auth = json::parse(swift::login_body(given))["auth"];
        const auto& user =
            version == 2 ? auth["passwordCredentials"] : auth["identity"]["password"]["user"];
        CHECK(user["password"] == "\"\\\n\x01 /\xc3\xa4");
        CHECK(user[version == 2 ? "username" : "name"] == given.user);
        given.password = io::Secret{"\xff"};
        CHECK_THROWS_AS(static_cast<void>(swift::login_body(given)), Error);
    }
}

TEST_CASE("a login of version 3 names domains, the default one where none is given")
{
    auto given = account(3);
    CHECK(json::parse(swift::login_body(given)) == json::parse(R"({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": "tester", "domain": {"id": "default"}, "password": "testing"}}},
        "scope": {"project": {"name": "test", "domain": {"id": "default"}}}}})"));
    given.user_domain = "Users";
    given.project_domain_id = "p1";
    CHECK(json::parse(swift::login_body(given)) == json::parse(R"({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": "tester", "domain": {"name": "Users"}, "password": "testing"}}},
        "scope": {"project": {"name": "test", "domain": {"id": "p1"}}}}})"));
    given.user_id = "u1";
    given.tenant_id = "t1";
    CHECK(json::parse(swift::login_body(given)) == json::parse(R"({"auth": {
        "identity": {"methods": ["password"],
                     "password": {"user": {"id": "u1", "password": "testing"}}},
        "scope": {"project": {"id": "t1"}}}})"));
}
