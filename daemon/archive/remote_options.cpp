#include "daemon/archive/remote_options.hpp"

#include "daemon/archive/secret.hpp"
#include "proto/target_variables.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <utility>

namespace duplid::daemon {

namespace {

using proto::TargetKind;

constexpr unsigned bits_of_a_mebibyte = 20;

[[noreturn]] void refuse(const std::string& text, std::string_view option,
                         const std::string& hint = {})
{
    throw Error{Error::Kind::invalid, text, std::string{option}, hint};
}

std::string absolute(const std::string& path, std::string_view option)
{
    if (!path.empty() && !path.starts_with('/')) {
        refuse("must be an absolute path", option);
    }
    return path;
}

remote::Variables variables_from(const proto::BackendParams& params)
{
    remote::Variables variables;
    for (const auto& variable : params.variables) {
        if (proto::target_variable(variable.name) == nullptr) {
            refuse(fmt::format("no target reads the variable {}", variable.name), "variables");
        }
        // What is in an environment ends at its first NUL.
        if (variable.value.reveal().find('\0') != std::string_view::npos) {
            refuse(fmt::format("the variable {} holds a NUL byte", variable.name), "variables");
        }
        variables.set(variable.name, variable.value.is_set() ? secret_from(variable.value)
                                                             : io::Secret{std::string_view{}});
    }
    return variables;
}

/// The first that is given, in the order in which the reference looks (backends.md 4.1).
remote::S3StorageClass storage_class_from(const proto::BackendParams& params) noexcept
{
    using enum remote::S3StorageClass;
    const std::array given{std::pair{params.s3_use_rrs, reduced_redundancy},
                           std::pair{params.s3_use_ia, infrequent},
                           std::pair{params.s3_use_onezone_ia, one_zone_infrequent},
                           std::pair{params.s3_use_glacier, glacier},
                           std::pair{params.s3_use_glacier_ir, glacier_instant},
                           std::pair{params.s3_use_deep_archive, deep_archive}};
    const auto* const first =
        std::find_if(given.begin(), given.end(), [](const auto& one) { return one.first; });
    return first == given.end() ? standard : first->second;
}

remote::S3Options s3_from(const proto::BackendParams& params)
{
    if (params.s3_use_server_side_kms_encryption && params.s3_kms_key_id.empty()) {
        refuse("the service has to know with which key it encrypts",
               "s3_use_server_side_kms_encryption", "name one with --s3-kms-key-id");
    }
    if (params.s3_european_buckets && !params.s3_use_new_style) {
        refuse("European buckets need names of the new style", "s3_european_buckets",
               "add --s3-use-new-style");
    }
    remote::S3Options s3;
    s3.region = params.s3_region_name;
    s3.endpoint = params.s3_endpoint_url;
    s3.unencrypted_connection = params.s3_unencrypted_connection;
    s3.new_style = params.s3_use_new_style;
    s3.european_buckets = params.s3_european_buckets;
    s3.storage_class = storage_class_from(params);
    s3.server_side_encryption = params.s3_use_server_side_encryption;
    s3.server_side_kms_encryption = params.s3_use_server_side_kms_encryption;
    s3.kms_key_id = params.s3_kms_key_id;
    s3.kms_grant = params.s3_kms_grant;
    s3.chunk_bytes = std::uint64_t{params.s3_multipart_chunk_size} << bits_of_a_mebibyte;
    s3.part_connections = params.s3_multipart_max_procs;
    s3.part_timeout = std::chrono::seconds{params.s3_multipart_max_timeout};
    return s3;
}

remote::AzureOptions azure_from(const proto::BackendParams& params)
{
    constexpr std::array<std::string_view, 5> tiers{"", "Hot", "Cool", "Cold", "Archive"};
    if (std::find(tiers.begin(), tiers.end(), params.azure_blob_tier) == tiers.end()) {
        refuse(fmt::format("there is no tier {}", params.azure_blob_tier), "azure_blob_tier",
               "the tiers are Hot, Cool, Cold and Archive");
    }
    return {.blob_tier = params.azure_blob_tier,
            .single_put_bytes = params.azure_max_single_put_size,
            .block_bytes = params.azure_max_block_size,
            .connections = params.azure_max_connections};
}

}  // namespace

remote::RemoteOptions remote_options(const proto::ArchiveParams& params,
                                     RemoteSurroundings surroundings)
{
    const auto& backend = params.backend;
    const auto kinds = proto::kinds_of(params.target, backend.gio);
    remote::RemoteOptions options;
    options.working_directory = params.working_directory;
    options.temp_directory = params.tempdir;
    options.variables = variables_from(backend);
    options.timeout = std::chrono::seconds{backend.timeout};
    options.gio = backend.gio;
    options.concurrency = surroundings.concurrency;

    options.tls = {.ca_file = absolute(backend.ssl_cacert_file, "ssl_cacert_file"),
                   .ca_directory = absolute(backend.ssl_cacert_path, "ssl_cacert_path"),
                   .verify = !backend.ssl_no_check_certificate};
    options.ssh = {.options = backend.ssh_options,
                   .askpass = backend.ssh_askpass,
                   .scp_command = backend.scp_command,
                   .sftp_command = backend.sftp_command,
                   .use_scp = backend.use_scp};
    options.ftp = {.passive = !backend.ftp_regular};
    options.rsync = {.options = backend.rsync_options};
    options.imap = {.mailbox = backend.imap_mailbox, .full_address = backend.imap_full_address};
    options.webdav = {.headers = backend.webdav_headers};
    if (contains(kinds, TargetKind::s3) || contains(kinds, TargetKind::google_storage)) {
        options.s3 = s3_from(backend);
    }
    if (contains(kinds, TargetKind::azure)) {
        options.azure = azure_from(backend);
    }
    options.swift = {.storage_policy = backend.swift_storage_policy,
                     .segment_bytes = std::uint64_t{backend.mp_segment_size} << bits_of_a_mebibyte};
    options.par2 = {.redundancy_percent = backend.par2_redundancy,
                    .volumes = backend.par2_volumes,
                    .options = backend.par2_options};

    options.limits = surroundings.limits ? std::move(surroundings.limits)
                                         : std::make_shared<remote::RateLimits>();
    options.limits->up.propose(backend.limit_up);
    options.limits->down.propose(backend.limit_down);
    options.stop = std::move(surroundings.stop);
    options.on_notice = std::move(surroundings.on_notice);
    options.on_warning = std::move(surroundings.on_warning);
    return options;
}

}  // namespace duplid::daemon
