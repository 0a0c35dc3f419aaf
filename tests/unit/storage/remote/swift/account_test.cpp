#include "storage/remote/swift/account.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <initializer_list>
#include <string>
#include <utility>

using namespace duplid;

namespace {

using Values = std::initializer_list<std::pair<const char*, const char*>>;

remote::RemoteOptions options(Values values)
{
    remote::RemoteOptions result;
    for (const auto& [name, value] : values) {
        result.variables.set(name, std::string_view{value});
    }
    return result;
}

Error refused(const char* scheme, Values values)
{
    try {
        (void)swift::account_from(scheme, options(values));
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

}  // namespace

TEST_CASE("three variables are enough for Swift's own login")
{
    const auto account = swift::account_from(
        "swift", options({{"SWIFT_USERNAME", "test:tester"},
                          {"SWIFT_PASSWORD", "testing"},
                          {"SWIFT_AUTHURL", "http://127.0.0.1:8080/auth/v1.0/"}}));
    CHECK(account.version == 1);
    CHECK(account.user == "test:tester");
    CHECK(account.auth_url == "http://127.0.0.1:8080/auth/v1.0");
    CHECK(account.interface == "public");
    CHECK(account.policy.empty());
    CHECK(account.can_log_in());
}

TEST_CASE("a later version's user may bring the tenant, and its address lack the version")
{
    const auto v2 = swift::account_from("swift", options({{"SWIFT_USERNAME", "test:tester"},
                                                          {"SWIFT_PASSWORD", "x"},
                                                          {"SWIFT_AUTHURL", "https://k:5000/"},
                                                          {"SWIFT_AUTHVERSION", "2.0"},
                                                          {"SWIFT_ENDPOINT_TYPE", "internalURL"}}));
    CHECK(v2.version == 2);
    CHECK(v2.tenant == "test");
    CHECK(v2.user == "tester");
    CHECK(v2.auth_url == "https://k:5000/v2.0");
    CHECK(v2.interface == "internal");
    const auto v3 =
        swift::account_from("swift", options({{"SWIFT_USERNAME", "a:b"},
                                              {"SWIFT_PASSWORD", "x"},
                                              {"SWIFT_AUTHURL", "https://k/identity/v3"},
                                              {"SWIFT_AUTHVERSION", "3"},
                                              {"SWIFT_TENANTNAME", "t"}}));
    CHECK(v3.version == 3);
    CHECK(v3.user == "a:b");
    CHECK(v3.tenant == "t");
    CHECK(v3.auth_url == "https://k/identity/v3");
}

TEST_CASE("a token that somebody else got is enough")
{
    const auto account = swift::account_from(
        "swift",
        options({{"SWIFT_PREAUTHURL", "https://s/v1/AUTH_x/"}, {"SWIFT_PREAUTHTOKEN", "tk"}}));
    CHECK(account.storage_url == "https://s/v1/AUTH_x");
    CHECK(account.token.reveal() == "tk");
    CHECK(!account.can_log_in());
}

TEST_CASE("OVH's archive has variables of its own, and one policy")
{
    const auto account =
        swift::account_from("pca", options({{"PCA_USERNAME", "u"},
                                            {"PCA_PASSWORD", "p"},
                                            {"PCA_AUTHURL", "https://auth.cloud.ovh.net/v2.0"},
                                            {"SWIFT_USERNAME", "other"},
                                            {"PCA_TENANTNAME", "t"}}));
    CHECK(account.version == 2);
    CHECK(account.user == "u");
    CHECK(account.policy == "PCA");
}

TEST_CASE("Rackspace's address is known, and the older kind of it is Swift's own login")
{
    const auto account = swift::account_from(
        "cf+http", options({{"CLOUDFILES_USERNAME", "u"}, {"CLOUDFILES_APIKEY", "k"}}));
    CHECK(account.auth_url == "https://identity.api.rackspacecloud.com/v2.0");
    CHECK(account.version == 2);
    CHECK(account.has_api_key);
    const auto old = swift::account_from(
        "cf+http", options({{"CLOUDFILES_USERNAME", "u"},
                            {"CLOUDFILES_APIKEY", "k"},
                            {"CLOUDFILES_AUTHURL", "https://auth.api.rackspacecloud.com/v1.0"}}));
    CHECK(old.version == 1);
    CHECK(!old.has_api_key);
}

TEST_CASE("what is missing is named, what makes no sense is refused, and no password is shown")
{
    const auto missing = refused("swift", {{"SWIFT_USERNAME", "u"}, {"PCA_PASSWORD", "secret"}});
    const std::string words = missing.what();
    CHECK(missing.kind() == Error::Kind::denied);
    CHECK(words.find("SWIFT_PASSWORD, SWIFT_AUTHURL") != std::string::npos);
    CHECK(words.find("SWIFT_USERNAME") == std::string::npos);
    CHECK(refused("cf+http", {}).kind() == Error::Kind::denied);
    for (const auto& variable :
         {std::pair{"SWIFT_AUTHVERSION", "4"}, std::pair{"SWIFT_ENDPOINT_TYPE", "secretURL"},
          std::pair{"SWIFT_AUTHURL", "ftp://secret"},
          std::pair{"SWIFT_AUTHURL", "https://u:secret@h/v1.0"}}) {
        CAPTURE(variable.first);
        const auto error = refused("swift", {{"SWIFT_USERNAME", "u"},
                                             {"SWIFT_PASSWORD", "secret"},
                                             {variable.first, variable.second}});
        CHECK(error.kind() == Error::Kind::invalid);
        CHECK(std::string{error.what()}.find("secret") == std::string::npos);
    }
}
