#include "storage/remote/s3/credentials.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <filesystem>

using namespace duplid;

namespace {

s3::Credentials credentials(const remote::Variables& variables, const std::string& url,
                            bool is_google = false)
{
    remote::RemoteOptions options;
    options.variables = variables;
    options.variables.set("AWS_EC2_METADATA_DISABLED", "true");
    s3::CredentialSource source{remote::parse_url(url), options, is_google};
    return source.get();
}

}  // namespace

TEST_CASE("replies of Amazon's metadata services are understood, with either name of the token")
{
    // As the EC2 user guide prints it.
    const auto found = s3::credentials_from_json(R"({"Code" : "Success",
"LastUpdated" : "2012-04-26T16:39:16Z", "Type" : "AWS-HMAC", "AccessKeyId" : "ASIAIOSFODNN7EXAMPLE",
"SecretAccessKey" : "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "Token" : "token",
"Expiration" : "2017-05-17T15:09:54Z"})",
                                                 "test");
    CHECK(found.key_id == "ASIAIOSFODNN7EXAMPLE");
    CHECK(found.secret.reveal() == "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    CHECK(found.token.reveal() == "token");
    // date -u -d 2017-05-17T15:09:54Z +%s
    REQUIRE(found.expires);
    CHECK(found.expires->time_since_epoch().count() == 1495033794);
    const auto of_process = s3::credentials_from_json(
        R"({"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T"})",
        "test");
    CHECK(of_process.token.reveal() == "T");
    CHECK_FALSE(of_process.expires);
    for (const std::string_view text :
         {"", "[]", "{}", "{\"AccessKeyId\":1}", "{\"AccessKeyId\":\"A\"}", "<html>"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(static_cast<void>(s3::credentials_from_json(text, "test")), Error);
    }
}

TEST_CASE("times are read with and without fractions, and nothing else is")
{
    REQUIRE(s3::parse_time("2010-11-10T20:48:33.000Z"));
    // date -u -d 2010-11-10T20:48:33Z +%s
    CHECK(s3::parse_time("2010-11-10T20:48:33.000Z")->time_since_epoch().count() == 1289422113);
    CHECK(s3::parse_time("2010-11-10T20:48:33Z") == s3::parse_time("2010-11-10T20:48:33.000Z"));
    CHECK_FALSE(s3::parse_time("yesterday"));
    CHECK_FALSE(s3::parse_time(""));
}

TEST_CASE("the URL's credentials stand before the variables', those before the files'")
{
    const io::TempDirectory home;
    remote::Variables variables;
    variables.set("HOME", home.path());
    io::replace_file(home.path() + "/.boto",
                     io::view_of("[Credentials]\naws_access_key_id=B\naws_secret_access_key=b\n"
                                 "gs_access_key_id=G\ngs_secret_access_key=g\n"));
    CHECK(credentials(variables, "boto3+s3://x").key_id == "B");
    CHECK(credentials(variables, "gs://x", true).key_id == "G");
    std::filesystem::create_directory(home.path() + "/.aws");
    io::replace_file(home.path() + "/.aws/credentials",
                     io::view_of("[default]\naws_access_key_id=P\naws_secret_access_key=p\n"
                                 "aws_session_token=t\n"));
    CHECK(credentials(variables, "boto3+s3://x").key_id == "P");
    CHECK(credentials(variables, "boto3+s3://x").token.reveal() == "t");
    variables.set("AWS_ACCESS_KEY_ID", "V");
    variables.set("AWS_SECRET_ACCESS_KEY", "v");
    CHECK(credentials(variables, "boto3+s3://x").key_id == "V");
    CHECK_FALSE(credentials(variables, "boto3+s3://x").token.is_set());
    CHECK(credentials(variables, "s3://U:u@host/x").key_id == "U");
    CHECK(credentials(variables, "s3://U:u@host/x").secret.reveal() == "u");
    // Google's have variables of their own.
    CHECK(credentials(variables, "gs://x", true).key_id == "G");
    variables.set("GS_ACCESS_KEY_ID", "GV");
    variables.set("GS_SECRET_ACCESS_KEY", "gv");
    CHECK(credentials(variables, "gs://x", true).key_id == "GV");
}

TEST_CASE("a profile's program is asked, and its failure told in its words")
{
    const io::TempDirectory home;
    remote::Variables variables;
    variables.set("HOME", home.path());
    std::filesystem::create_directory(home.path() + "/.aws");
    const auto configure = [&](const std::string& program) {
        io::replace_file(home.path() + "/.aws/config",
                         io::view_of("[default]\ncredential_process = " + program + "\n"));
    };
    configure(R"(/bin/echo '{"Version": 1, "AccessKeyId": "of program", "SecretAccessKey": "S"}')");
    CHECK(credentials(variables, "boto3+s3://x").key_id == "of program");
    configure("/bin/sh -c 'echo the vault is locked >&2; exit 3'");
    try {
        static_cast<void>(credentials(variables, "boto3+s3://x"));
        FAIL("not refused");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::denied);
        CHECK(std::string{error.what()}.find("the vault is locked") != std::string::npos);
    }
}

TEST_CASE("where nobody gives credentials, the places for them are told")
{
    remote::Variables variables;
    variables.set("HOME", "/nonexistent");
    try {
        static_cast<void>(credentials(variables, "boto3+s3://x"));
        FAIL("not refused");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::denied);
        CHECK(error.hint().find("AWS_ACCESS_KEY_ID") != std::string::npos);
    }
    CHECK_THROWS_AS(static_cast<void>(credentials(variables, "gs://x", true)), Error);
}

TEST_CASE("a container's address on another host without TLS gets no token")
{
    remote::Variables variables;
    variables.set("HOME", "/nonexistent");
    variables.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.2.example.org/x");
    try {
        static_cast<void>(credentials(variables, "boto3+s3://x"));
        FAIL("not refused");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::invalid);
    }
}
