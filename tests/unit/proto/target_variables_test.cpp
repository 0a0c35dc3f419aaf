#include "proto/target_variables.hpp"

#include "proto/archive_params.hpp"
#include "proto/error.hpp"
#include "proto/reader.hpp"
#include "proto/schema.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <string_view>

using namespace duplid;
using proto::TargetKind;

namespace {

bool reads(std::string_view url, std::string_view name)
{
    const auto* const row = proto::target_variable(name);
    return row != nullptr && (row->readers & proto::kinds_of(url, false)) != 0;
}

}  // namespace

TEST_CASE("a target is given the variables of its own service, and no other's secrets")
{
    struct Row {
        std::string_view url;
        std::string_view name;
        bool expected;
    };
    for (const auto& row : {
             Row{"boto3+s3://bucket/x", "AWS_SECRET_ACCESS_KEY", true},
             Row{"s3://host/bucket", "AWS_PROFILE", true},
             Row{"s3+http://bucket", "BOTO_CONFIG", true},
             Row{"boto3+s3://bucket/x", "SWIFT_PASSWORD", false},
             Row{"boto3+s3://bucket/x", "FTP_PASSWORD", false},
             Row{"gs://bucket", "GS_SECRET_ACCESS_KEY", true},
             Row{"azure://container", "AZURE_CONNECTION_STRING", true},
             Row{"swift://container", "SWIFT_PREAUTHTOKEN", true},
             Row{"swift://container", "PCA_PASSWORD", false},
             Row{"pca://container", "PCA_PASSWORD", true},
             Row{"cf+http://container", "CLOUDFILES_APIKEY", true},
             Row{"ftp://me@host/x", "FTP_PASSWORD", true},
             Row{"ncftp+ftp://me@host/x", "FTP_PASSWORD", true},
             Row{"lftp+webdavs://me@host/x", "FTP_PASSWORD", true},
             Row{"lftp+sftp://me@host/x", "SSH_AUTH_SOCK", true},
             Row{"PEXPECT+SCP://me@host/x", "FTP_PASSWORD", true},
             Row{"rsync://me@host::/module/x", "RSYNC_PASSWORD", true},
             Row{"rsync://me@host::/module/x", "RSYNC_CONNECT_PROG", true},
             Row{"imaps://me@host/x", "IMAP_PASSWORD", true},
             Row{"rclone://remote:/x", "RCLONE_CONFIG_REMOTE_PASS", true},
             Row{"gio+smb://me@host/x", "DBUS_SESSION_BUS_ADDRESS", true},
             Row{"gio+smb://me@host/x", "FTP_PASSWORD", true},
             Row{"gio+smb://me@host/x", "RSYNC_PASSWORD", false},
             Row{"https://host/x", "https_proxy", true},
             Row{"multi:///config.json", "AWS_SECRET_ACCESS_KEY", true},
             Row{"multi:///config.json", "SWIFT_PASSWORD", true},
             Row{"par2+boto3+s3://bucket", "AWS_SECRET_ACCESS_KEY", true},
             Row{"par2+boto3+s3://bucket", "SWIFT_PASSWORD", false},
             Row{"par2+file:///x", "PATH", true},
             Row{"par2+file:///x", "FTP_PASSWORD", false},
             // A folder needs nothing.
             Row{"file:///x", "HOME", false},
             Row{"gio+file:///x", "FTP_PASSWORD", false},
             // Neither does what will be refused.
             Row{"nonsense://x", "HOME", false},
             Row{"no URL", "HOME", false},
         }) {
        CAPTURE(row.url);
        CAPTURE(row.name);
        CHECK(reads(row.url, row.name) == row.expected);
    }
}

TEST_CASE("--gio makes GIO read what it needs, but for folders")
{
    CHECK(contains(proto::kinds_of("sftp://host/x", true), TargetKind::gio));
    CHECK_FALSE(contains(proto::kinds_of("sftp://host/x", false), TargetKind::gio));
    CHECK_FALSE(contains(proto::kinds_of("file:///x", true), TargetKind::gio));
}

TEST_CASE("every password, key and token that command-line.md 8.3 and 9.1 name counts as a secret")
{
    for (const std::string_view name : {"PASSPHRASE",
                                        "SIGN_PASSPHRASE",
                                        "SOURCE_PASSPHRASE",
                                        "FTP_PASSWORD",
                                        "IMAP_PASSWORD",
                                        "RSYNC_PASSWORD",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "GS_SECRET_ACCESS_KEY",
                                        "AZURE_CONNECTION_STRING",
                                        "AZURE_ACCOUNT_KEY",
                                        "AZURE_SHARED_ACCESS_SIGNATURE",
                                        "SWIFT_PASSWORD",
                                        "SWIFT_PREAUTHTOKEN",
                                        "PCA_PASSWORD",
                                        "PCA_PREAUTHTOKEN",
                                        "CLOUDFILES_APIKEY",
                                        "DPBX_ACCESS_TOKEN",
                                        "DPBX_APP_SECRET",
                                        "OAUTH2_REFRESH_TOKEN",
                                        "GOOGLE_DRIVE_ACCOUNT_KEY",
                                        "SLATE_API_KEY",
                                        "RCLONE_CONFIG_PASS"}) {
        CAPTURE(name);
        CHECK(proto::is_secret_variable(name));
    }
    for (const std::string_view name : {"HOME", "PATH", "AWS_ACCESS_KEY_ID", "SWIFT_USERNAME", "TZ",
                                        "SSH_AUTH_SOCK", "http_proxy", "EDITOR", ""}) {
        CAPTURE(name);
        CHECK_FALSE(proto::is_secret_variable(name));
    }
}

TEST_CASE("no row of the table of variables is hidden by one before it")
{
    std::set<std::string_view> seen;
    for (const auto& row : proto::target_variables()) {
        CAPTURE(row.name);
        auto name = std::string{row.name};
        if (name.ends_with('*')) {
            name.back() = 'X';
        }
        CHECK(proto::target_variable(name) == &row);
        CHECK(seen.insert(row.name).second);
    }
}

TEST_CASE("a request's options of a target are bounded, and a slip of the pen is named")
{
    struct Row {
        std::string json;
        std::string object;
    };
    for (const auto& row : {
             Row{R"({"s3_multipart_chunk_size":4})", "s3_multipart_chunk_size"},
             Row{R"({"timeout":0})", "timeout"},
             Row{R"({"par2_redundancy":101})", "par2_redundancy"},
             Row{R"({"ssh_option":"-v"})", "ssh_option"},
             Row{R"({"limit_up":-1})", "limit_up"},
             Row{R"({"variables":[{"variable_value":0}]})", "name"},
         }) {
        CAPTURE(row.json);
        auto json = proto::Json::parse(row.json);
        json["target"] = "file:///x";
        const std::vector<proto::SecretText> secrets{proto::SecretText{std::string_view{"v"}}};
        try {
            static_cast<void>(proto::read_message<proto::ArchiveParams>(
                json, proto::Strictness::request, secrets));
            FAIL("was accepted");
        } catch (const proto::ProtocolError& error) {
            CHECK(error.error().object.find(row.object) != std::string::npos);
        }
    }
}

TEST_CASE("the schema lists the options of targets beside those of the archive")
{
    const auto schema = proto::schema_of<proto::ArchiveParams>();
    const auto& members = schema.at("properties");
    CHECK(members.at("s3_multipart_chunk_size").at("minimum") == 5);
    CHECK(members.at("ssl_no_check_certificate").at("type") == "boolean");
    const auto& variable = members.at("variables").at("items").at("properties");
    CHECK(variable.at("variable_value").at("writeOnly") == true);
    CHECK(variable.contains("variable_value_b64"));
}
