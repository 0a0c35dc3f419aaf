// Goal: each word of a request about its target arrives at the backend, and what makes no sense is
// refused before anything is opened, but only where the target would read it.
#include "daemon/archive/remote_options.hpp"

#include "proto/reader.hpp"
#include "proto/target_variables.hpp"
#include "storage/remote/registry.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace duplid;
using proto::Json;

namespace {

proto::ArchiveParams params_from(const std::string& target, const std::string& members,
                                 const std::vector<proto::SecretText>& secrets = {})
{
    auto json = Json::parse(members);
    json["target"] = target;
    return proto::read_message<proto::ArchiveParams>(json, proto::Strictness::request, secrets);
}

remote::RemoteOptions options_from(const std::string& target, const std::string& members)
{
    return daemon::remote_options(params_from(target, members));
}

/// The object of the refusal; empty when there is none.
std::string refused(const std::string& target, const std::string& members)
{
    try {
        static_cast<void>(options_from(target, members));
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::invalid);
        return error.object();
    }
    return {};
}

}  // namespace

TEST_CASE("what is said of files, shells and mail arrives at the backend")
{
    const auto options = options_from("sftp://me@host/x", R"({
        "working_directory":"/home/me", "tempdir":"/big", "timeout":7, "gio":true,
        "ssl_cacert_file":"/ca/file", "ssl_cacert_path":"/ca", "ssl_no_check_certificate":true,
        "ssh_options":"-i /k -oPort=22", "ssh_askpass":true, "scp_command":"/bin/scp",
        "sftp_command":"/bin/sftp", "use_scp":true, "ftp_regular":true, "rsync_options":"-z",
        "imap_mailbox":"Backup", "imap_full_address":true, "webdav_headers":"a,b",
        "par2_redundancy":20, "par2_volumes":3, "par2_options":"-t1"})");
    CHECK(options.working_directory == "/home/me");
    CHECK(options.temp_directory == "/big");
    CHECK(options.timeout.count() == 7);
    CHECK(options.gio);
    CHECK(options.tls.ca_file == "/ca/file");
    CHECK(options.tls.ca_directory == "/ca");
    CHECK_FALSE(options.tls.verify);
    CHECK(options.ssh.options == "-i /k -oPort=22");
    CHECK(options.ssh.askpass);
    CHECK(options.ssh.scp_command == "/bin/scp");
    CHECK(options.ssh.sftp_command == "/bin/sftp");
    CHECK(options.ssh.use_scp);
    CHECK_FALSE(options.ftp.passive);
    CHECK(options.rsync.options == "-z");
    CHECK(options.imap.mailbox == "Backup");
    CHECK(options.imap.full_address);
    CHECK(options.webdav.headers == "a,b");
    CHECK(options.par2.redundancy_percent == 20);
    CHECK(options.par2.volumes == 3);
    CHECK(options.par2.options == "-t1");
}

TEST_CASE("what is said of object stores arrives at the backend, sizes as bytes")
{
    const auto options = options_from("multi:///config.json", R"({
        "s3_region_name":"eu-west-3", "s3_endpoint_url":"http://h:1", "s3_use_new_style":true,
        "s3_unencrypted_connection":true, "s3_european_buckets":true,
        "s3_use_server_side_encryption":true, "s3_use_server_side_kms_encryption":true,
        "s3_kms_key_id":"k", "s3_kms_grant":"g", "s3_multipart_chunk_size":6,
        "s3_multipart_max_procs":9, "s3_multipart_max_timeout":11,
        "azure_blob_tier":"Cool", "azure_max_single_put_size":12, "azure_max_block_size":13,
        "azure_max_connections":14, "swift_storage_policy":"gold", "mp_segment_size":2})");
    CHECK(options.s3.region == "eu-west-3");
    CHECK(options.s3.endpoint == "http://h:1");
    CHECK(options.s3.new_style);
    CHECK(options.s3.unencrypted_connection);
    CHECK(options.s3.european_buckets);
    CHECK(options.s3.server_side_encryption);
    CHECK(options.s3.server_side_kms_encryption);
    CHECK(options.s3.kms_key_id == "k");
    CHECK(options.s3.kms_grant == "g");
    CHECK(options.s3.chunk_bytes == 6'291'456);
    CHECK(options.s3.part_connections == 9);
    CHECK(options.s3.part_timeout.count() == 11);
    CHECK(options.azure.blob_tier == "Cool");
    CHECK(options.azure.single_put_bytes == 12);
    CHECK(options.azure.block_bytes == 13);
    CHECK(options.azure.connections == 14);
    CHECK(options.swift.storage_policy == "gold");
    CHECK(options.swift.segment_bytes == 2'097'152);
}

TEST_CASE("without a word each option is the reference's default")
{
    const auto said = options_from("multi:///config.json", "{}");
    const remote::RemoteOptions defaults;
    CHECK(said.timeout == defaults.timeout);
    CHECK(said.tls.verify);
    CHECK(said.ftp.passive);
    CHECK(said.imap.mailbox == "INBOX");
    CHECK(said.s3.storage_class == remote::S3StorageClass::standard);
    CHECK(said.s3.chunk_bytes == defaults.s3.chunk_bytes);
    CHECK(said.s3.part_connections == defaults.s3.part_connections);
    CHECK(said.azure.single_put_bytes == defaults.azure.single_put_bytes);
    CHECK(said.azure.block_bytes == defaults.azure.block_bytes);
    CHECK(said.azure.connections == defaults.azure.connections);
    CHECK(said.swift.segment_bytes == defaults.swift.segment_bytes);
    CHECK(said.par2.redundancy_percent == defaults.par2.redundancy_percent);
    CHECK(said.par2.volumes == defaults.par2.volumes);
    REQUIRE(said.limits);
    CHECK(said.limits->up.get() == 0);
    CHECK(said.limits->down.get() == 0);
}

TEST_CASE("of several storage classes the first in the reference's order counts")
{
    struct Row {
        std::string members;
        remote::S3StorageClass expected;
    };
    using enum remote::S3StorageClass;
    for (const auto& row :
         {Row{R"({"s3_use_deep_archive":true})", deep_archive},
          Row{R"({"s3_use_deep_archive":true,"s3_use_glacier_ir":true})", glacier_instant},
          Row{R"({"s3_use_glacier_ir":true,"s3_use_glacier":true})", glacier},
          Row{R"({"s3_use_glacier":true,"s3_use_onezone_ia":true})", one_zone_infrequent},
          Row{R"({"s3_use_glacier":true,"s3_use_ia":true})", infrequent},
          Row{R"({"s3_use_ia":true,"s3_use_rrs":true})", reduced_redundancy}}) {
        CAPTURE(row.members);
        CHECK(options_from("boto3+s3://bucket", row.members).s3.storage_class == row.expected);
    }
}

TEST_CASE("what makes no sense is refused by the option's name, but only for targets that read it")
{
    struct Row {
        std::string members;
        std::string target;
        std::string object;
    };
    for (const auto& row : {
             Row{R"({"s3_use_server_side_kms_encryption":true})", "boto3+s3://b",
                 "s3_use_server_side_kms_encryption"},
             Row{R"({"s3_european_buckets":true})", "s3://host/b", "s3_european_buckets"},
             Row{R"({"azure_blob_tier":"cool"})", "azure://c", "azure_blob_tier"},
         }) {
        CAPTURE(row.members);
        CHECK(refused(row.target, row.members) == row.object);
        CHECK(refused("par2+" + row.target, row.members) == row.object);
        CHECK(refused("multi:///config.json", row.members) == row.object);
        CHECK(refused("file:///x", row.members) == "");
    }
    CHECK(refused("https://host/x", R"({"ssl_cacert_file":"ca.pem"})") == "ssl_cacert_file");
    CHECK(refused("https://host/x", R"({"ssl_cacert_path":"ca"})") == "ssl_cacert_path");
}

TEST_CASE("variables arrive as secrets, empty and non-UTF-8 ones too")
{
    // As scan.cpp leaves them: numbers in place of the values.
    const std::vector<proto::SecretText> secrets{proto::SecretText{std::string_view{"pw"}},
                                                 proto::SecretText{std::string_view{""}},
                                                 proto::SecretText{std::string_view{"/8Q="}}};
    const auto options = daemon::remote_options(params_from("ftp://me@host/x", R"({"variables":[
        {"name":"FTP_PASSWORD","variable_value":0}, {"name":"HOME","variable_value":1},
        {"name":"LANG","variable_value_b64":2}]})",
                                                            secrets));
    CHECK(options.variables.secret("FTP_PASSWORD").reveal() == "pw");
    CHECK(options.variables.has("HOME"));
    CHECK(options.variables.text("HOME").empty());
    CHECK(options.variables.text("LANG") == "\xff\xc4");
    CHECK_FALSE(options.variables.has("PATH"));
}

TEST_CASE("a variable that no target reads, or that no environment can hold, is refused")
{
    for (const char* const name : {"FTP_PASWORD", "LD_PRELOAD", ""}) {
        CAPTURE(name);
        auto params = params_from("ftp://me@host/x", "{}");
        params.backend.variables.push_back({name, proto::SecretText{std::string_view{"x"}}});
        CHECK_THROWS_AS(static_cast<void>(daemon::remote_options(params)), Error);
    }
    auto params = params_from("ftp://me@host/x", "{}");
    params.backend.variables.push_back(
        {"FTP_PASSWORD", proto::SecretText{std::string_view{"a\0b", 3}}});
    CHECK_THROWS_AS(static_cast<void>(daemon::remote_options(params)), Error);
}

TEST_CASE("limits of rate are those of the run, so that they can be changed while it goes on")
{
    const auto limits = std::make_shared<remote::RateLimits>();
    const auto params = params_from("file:///x", R"({"limit_up":1000,"limit_down":2000})");
    const auto options = daemon::remote_options(params, {.limits = limits, .concurrency = 3});
    CHECK(options.limits == limits);
    CHECK(limits->up.get() == 1000);
    CHECK(limits->down.get() == 2000);
    CHECK(options.concurrency == 3);
}

TEST_CASE("a limit of rate that somebody has set meanwhile counts more than what the request says")
{
    const auto limits = std::make_shared<remote::RateLimits>();
    limits->up.set(0);
    const auto params = params_from("file:///x", R"({"limit_up":1000,"limit_down":2000})");
    static_cast<void>(daemon::remote_options(params, {.limits = limits}));
    CHECK(limits->up.get() == 0);
    CHECK(limits->down.get() == 2000);
}

TEST_CASE("what a backend says reaches who asked, as a notice or as a warning")
{
    std::vector<std::string> heard;
    const auto options = daemon::remote_options(
        params_from("file:///x", "{}"),
        {.on_notice = [&](const std::string& text) { heard.push_back("notice " + text); },
         .on_warning =
             [&](const Error& error) { heard.push_back(std::string{"warning "} + error.what()); }});
    options.notice("certificates are not checked");
    options.warn({Error::Kind::unreachable, "a member does not answer"});
    CHECK(heard == std::vector<std::string>{"notice certificates are not checked",
                                            "warning a member does not answer"});
    // Nobody listens to questions about names.
    daemon::remote_options(params_from("file:///x", "{}")).notice("unheard");
}

TEST_CASE("every scheme that this build can open is of a kind whose variables clients send")
{
    for (const auto scheme : remote::supported_schemes()) {
        CAPTURE(scheme);
        CHECK(proto::kinds_of(std::string{scheme} + "://x", false) != 0);
    }
}
