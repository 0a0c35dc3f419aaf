// Goal: target options of a command line become the members of a request, and what the environment
// holds for a target goes with it. Method: members written by hand from proto/backend_params.hpp.
#include "ctl/requests/target_request.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/secrets/secrets.hpp"
#include "ctl/secrets/target_password.hpp"
#include "ctl/words/target_option_table.hpp"
#include "proto/envelope.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace duplid;
using proto::Json;

namespace {

const ctl::Surroundings here{.working_directory = "/home/ada", .now = 1700000000};

Json check_json(std::vector<std::string> options)
{
    options.insert(options.begin(), {"check", "boto3+s3://b"});
    const auto line = std::get<ctl::CommandLine>(ctl::parse_command_line(options));
    return proto::write_message(ctl::check_params(line, here));
}

int status_of(const std::vector<std::string>& options)
{
    try {
        static_cast<void>(check_json(options));
    } catch (const ctl::Failure& failure) {
        return static_cast<int>(failure.error().exit_code());
    }
    return 0;
}

/// One member of a request with these options.
Json member(const std::vector<std::string>& options, const char* name)
{
    return check_json(options).at(name);
}

std::map<std::string, std::string> sent(const ctl::Secrets& secrets, std::string_view url)
{
    std::map<std::string, std::string> found;
    for (const auto& one : ctl::variables_for(secrets, proto::kinds_of(url, false))) {
        CHECK(one.name == "variables");
        found[one.variable] = one.value.reveal();
    }
    return found;
}

}  // namespace

TEST_CASE("each target option changes what is asked for")
{
    const auto plain = check_json({});
    for (const auto& option : ctl::target_option_table) {
        const std::string name{ctl::main_name(option)};
        CAPTURE(name);
        const std::string value = option.choices.empty() ? "17" : "Cool";
        const auto json = option.value.empty() ? check_json({name}) : check_json({name, value});
        // What FTP does anyway.
        CHECK((json == plain) == (name == "--ftp-passive"));
    }
}

TEST_CASE("values are sent in duplicity's units, sizes as bytes, places as absolute paths")
{
    CHECK(member({"--timeout", "5"}, "timeout") == 5);
    CHECK(member({"--s3-multipart-chunk-size", "30"}, "s3_multipart_chunk_size") == 30);
    CHECK(member({"--mp-segment-size", "3"}, "mp_segment_size") == 3);
    CHECK(member({"--limit-up", "500K"}, "limit_up") == 512'000);
    CHECK(member({"--limit-down", "2M"}, "limit_down") == 2'097'152);
    CHECK(member({"--azure-max-block-size", "8M"}, "azure_max_block_size") == 8'388'608);
    CHECK(member({"--azure-max-block-size", "1000"}, "azure_max_block_size") == 1000);
    CHECK(member({"--ssl-cacert-file", "ca.pem"}, "ssl_cacert_file") == "/home/ada/ca.pem");
    CHECK(member({"--sftp-command", "bin/sftp"}, "sftp_command") == "/home/ada/bin/sftp");
    CHECK(member({"--sftp-command", "sftp"}, "sftp_command") == "sftp");
}

TEST_CASE("words for other programs are joined when they are given again")
{
    CHECK(member({"--ssh-options", "-i key", "--ssh-options=-oPort=7"}, "ssh_options") ==
          "-i key -oPort=7");
    CHECK(member({"--rsync-options=-z", "--rsync-options", "--partial"}, "rsync_options") ==
          "-z --partial");
}

TEST_CASE("contradicting and impossible values of target options are mistakes in the command line")
{
    CHECK(status_of({"--s3-use-ia"}) == 0);
    CHECK(status_of({"--s3-use-ia", "--s3-use-glacier"}) == 2);
    CHECK(status_of({"--ftp-passive", "--ftp-regular"}) == 2);
    CHECK(status_of({"--azure-blob-tier", "cool"}) == 2);
    CHECK(status_of({"--s3-multipart-chunk-size", "4"}) == 2);
    CHECK(status_of({"--timeout", "0"}) == 2);
    CHECK(status_of({"--limit-up", "0"}) == 2);
    CHECK(status_of({"--limit-up", "fast"}) == 2);
    CHECK(status_of({"--par2-volumes", "32"}) == 2);
    CHECK(status_of({"--s3-region-name", ""}) == 2);
}

TEST_CASE("bounds are the daemon's: what is accepted here is accepted there")
{
    struct Row {
        std::string name;
        std::string value;
    };
    for (const auto& row :
         {Row{"--timeout", "86400"}, Row{"--s3-multipart-chunk-size", "5120"},
          Row{"--s3-multipart-max-procs", "64"}, Row{"--s3-multipart-max-timeout", "86400"},
          Row{"--azure-max-connections", "64"}, Row{"--azure-max-block-size", "4000M"},
          Row{"--azure-max-single-put-size", "4000M"}, Row{"--mp-segment-size", "5120"},
          Row{"--par2-redundancy", "100"}, Row{"--par2-volumes", "31"},
          Row{"--backend-retry-delay", "86400"}, Row{"--limit-up", "8388607T"}}) {
        CAPTURE(row.name);
        const auto json = check_json({row.name, row.value});
        CHECK_NOTHROW(static_cast<void>(
            proto::read_message<proto::CheckParams>(json, proto::Strictness::request)));
    }
}

TEST_CASE("secrets are taken out of the environment, and a target is sent what it may read")
{
    ::setenv("FTP_PASSWORD", "geheim", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "s3cret", 1);
    ::setenv("AWS_ACCESS_KEY_ID", "id", 1);
    ::setenv("SWIFT_PASSWORD", "", 1);
    ::setenv("LOGNAME", "ada", 1);
    const auto secrets = ctl::take_environment_secrets();
    for (const char* const name : {"FTP_PASSWORD", "AWS_SECRET_ACCESS_KEY", "SWIFT_PASSWORD"}) {
        CHECK(std::getenv(name) == nullptr);
    }
    CHECK(std::string{std::getenv("AWS_ACCESS_KEY_ID")} == "id");

    const auto s3 = sent(secrets, "boto3+s3://b");
    CHECK(s3.at("AWS_SECRET_ACCESS_KEY") == "s3cret");
    CHECK(s3.at("AWS_ACCESS_KEY_ID") == "id");
    CHECK(s3.at("LOGNAME") == "ada");
    CHECK_FALSE(s3.contains("FTP_PASSWORD"));
    CHECK(sent(secrets, "ftp://me@host/x").at("FTP_PASSWORD") == "geheim");
    // Set, though empty.
    CHECK(sent(secrets, "swift://c").at("SWIFT_PASSWORD").empty());
    CHECK(sent(secrets, "file:///x").empty());
    ::unsetenv("AWS_ACCESS_KEY_ID");
}

TEST_CASE("variables arrive at the daemon's parser byte for byte, beside passphrases and members")
{
    for (const std::string value : {"plain", "", "q\"b\\s", "latin\xe9", "}]}\n"}) {
        CAPTURE(value);
        for (const Json& params : {Json{{"target", "file:///t"}}, Json::object()}) {
            const auto line =
                ctl::request_text(7, "check", params,
                                  {{"variables", proto::SecretText{value}, "FTP_PASSWORD"},
                                   {"passphrase", proto::SecretText{std::string_view{"pp"}}},
                                   {"variables", proto::SecretText{std::string_view{"/h"}}, "HOME"},
                                   {"variables", {}, "UNSET"}});
            const auto request = proto::parse_request(line);
            auto json = request.params;
            json["target"] = "file:///t";
            const auto got = proto::read_message<proto::CheckParams>(
                json, proto::Strictness::request, request.secrets);
            CHECK(got.archive.passphrase.reveal() == "pp");
            const auto& variables = got.archive.backend.variables;
            REQUIRE(variables.size() == 2);
            CHECK(variables[0].name == "FTP_PASSWORD");
            CHECK(variables[0].value.reveal() == value);
            CHECK(variables[1].name == "HOME");
            CHECK(variables[1].value.reveal() == "/h");
        }
    }
}

TEST_CASE("a password is asked for where duplicity asks, in its words")
{
    struct Row {
        std::string_view url;
        std::string_view prompt;  ///< empty: nothing is asked
    };
    const proto::BackendParams plain;
    for (const auto& row : {
             Row{"webdav://me@host:81/x", "Password for 'me@host': "},
             Row{"https://me@[::1]:81/x", "Password for 'me@[::1]': "},
             Row{"ftp://me@host/x", "Password for 'me@host': "},
             Row{"ncftp+ftp://me@host", "Password for 'me@host': "},
             Row{"par2+ftps://me@host/x", "Password for 'me@host': "},
             Row{"imap://me@host/x", "Enter account password: "},
             Row{"ftp://me:pw@host/x", ""},
             Row{"ftp://me:@host/x", ""},
             Row{"ftp://host/x@y", ""},
             Row{"sftp://me@host/x", ""},
             Row{"file:///me@host", ""},
             Row{"boto3+s3://me@host", ""},
             Row{"multi:///ftp://me@host", ""},
         }) {
        CAPTURE(row.url);
        const auto question = ctl::password_question(row.url, plain);
        CHECK((question ? question->prompt : "") == row.prompt);
        CHECK((!question || question->variable ==
                                (row.url.starts_with("imap") ? "IMAP_PASSWORD" : "FTP_PASSWORD")));
    }
    proto::BackendParams with_askpass;
    with_askpass.ssh_askpass = true;
    CHECK(ctl::password_question("pexpect+sftp://me@host/x", with_askpass)->prompt ==
          "Password for 'me@host': ");
}
