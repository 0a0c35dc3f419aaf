#include "storage/remote/azure/account.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <initializer_list>
#include <string>
#include <utility>

using namespace duplid;

namespace {

remote::Variables variables(std::initializer_list<std::pair<const char*, const char*>> values)
{
    remote::Variables result;
    for (const auto& [name, value] : values) {
        result.set(name, std::string_view{value});
    }
    return result;
}

azure::Account connected(const char* text)
{
    return azure::account_from(variables({{"AZURE_CONNECTION_STRING", text}}));
}

Error refused(const remote::Variables& given)
{
    try {
        (void)azure::account_from(given);
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

}  // namespace

TEST_CASE("a connection string of Azure's portal names account, key and endpoint")
{
    const auto account = connected(
        "DefaultEndpointsProtocol=https;AccountName=store1;AccountKey=Zm9vYg==;EndpointSuffix=core."
        "windows.net");
    CHECK(account.name == "store1");
    CHECK(account.endpoint == "https://store1.blob.core.windows.net");
    CHECK(account.key.reveal() == "foob");
    CHECK(!account.token.is_set());
}

TEST_CASE("an endpoint may be given whole, as of an emulator, and other services are passed over")
{
    const auto account = connected(" ;accountname=a;ACCOUNTKEY=Zm8=;QueueEndpoint=http://h:2/a;\n"
                                   "BlobEndpoint=http://127.0.0.1:10000/a/;;");
    CHECK(account.endpoint == "http://127.0.0.1:10000/a");
    CHECK(account.key.reveal() == "fo");
}

TEST_CASE("a shared access signature needs no account's name, and begins with or without a mark")
{
    for (const auto* mark : {"", "?"}) {
        const auto text = std::string{"BlobEndpoint=https://x.blob.core.windows.net;"
                                      "SharedAccessSignature="} +
                          mark + "sv=2021-12-02&sig=a%3D";
        const auto account = connected(text.c_str());
        CHECK(account.token.reveal() == "sv=2021-12-02&sig=a%3D");
        CHECK(!account.key.is_set());
    }
}

TEST_CASE("name, key, token and suffix may each have a variable")
{
    const auto with_key =
        azure::account_from(variables({{"AZURE_ACCOUNT_NAME", "a"},
                                       {"AZURE_ACCOUNT_KEY", "Zm8="},
                                       {"AZURE_SHARED_ACCESS_SIGNATURE", "sig=1"},
                                       {"AZURE_ENDPOINT_SUFFIX", "example.net"}}));
    CHECK(with_key.endpoint == "https://a.blob.example.net");
    CHECK(with_key.key.reveal() == "fo");
    CHECK(!with_key.token.is_set());
    const auto with_token = azure::account_from(
        variables({{"AZURE_ACCOUNT_NAME", "a"}, {"AZURE_SHARED_ACCESS_SIGNATURE", "?sig=1"}}));
    CHECK(with_token.endpoint == "https://a.blob.core.windows.net");
    CHECK(with_token.token.reveal() == "sig=1");
}

TEST_CASE("what is missing or makes no sense is said, without the secret")
{
    struct Row {
        remote::Variables given;
        Error::Kind kind;
        const char* says;
    };
    const auto text = [](const char* value) {
        return variables({{"AZURE_CONNECTION_STRING", value}});
    };
    for (const auto& row : {
             Row{variables({}), Error::Kind::denied, "no credentials"},
             Row{variables({{"AZURE_ACCOUNT_NAME", "a"}}), Error::Kind::denied, "no key"},
             Row{text("AccountName=a"), Error::Kind::denied, "no key"},
             Row{text("AccountKey=c2VjcmV0"), Error::Kind::invalid, "neither AccountName"},
             Row{text("AccountName=a;c2VjcmV0"), Error::Kind::invalid, "Name=Value"},
             Row{text("AccountName=a;AccountKey=c2VjcmV0!"), Error::Kind::invalid, "base64"},
             Row{text("AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint=ftp://x"),
                 Error::Kind::invalid, "BlobEndpoint"},
             Row{text("DefaultEndpointsProtocol=gopher;AccountName=a;AccountKey=c2VjcmV0"),
                 Error::Kind::invalid, "Protocol"},
         }) {
        const auto error = refused(row.given);
        const std::string words = error.what();
        CAPTURE(words);
        CHECK(error.kind() == row.kind);
        CHECK(words.find(row.says) != std::string::npos);
        CHECK((words + error.hint()).find("c2VjcmV0") == std::string::npos);
    }
}
