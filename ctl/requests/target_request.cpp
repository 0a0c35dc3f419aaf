#include "ctl/requests/target_request.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/words/option_values.hpp"
#include "proto/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <string>

namespace duplid::ctl {

namespace {

using proto::BackendParams;

struct Flag {
    OptionId id;
    bool BackendParams::*member;
};
struct Text {
    OptionId id;
    std::string BackendParams::*member;
};
struct Number {
    OptionId id;
    std::uint32_t BackendParams::*member;
    std::uint32_t min;
    std::uint32_t max;
};

// Options that set one member and do nothing else. Bounds are those of proto/backend_params.cpp.
constexpr std::array flags{
    Flag{OptionId::gio, &BackendParams::gio},
    Flag{OptionId::ssl_no_check_certificate, &BackendParams::ssl_no_check_certificate},
    Flag{OptionId::ssh_askpass, &BackendParams::ssh_askpass},
    Flag{OptionId::use_scp, &BackendParams::use_scp},
    Flag{OptionId::ftp_regular, &BackendParams::ftp_regular},
    Flag{OptionId::imap_full_address, &BackendParams::imap_full_address},
    Flag{OptionId::s3_unencrypted_connection, &BackendParams::s3_unencrypted_connection},
    Flag{OptionId::s3_use_new_style, &BackendParams::s3_use_new_style},
    Flag{OptionId::s3_european_buckets, &BackendParams::s3_european_buckets},
    Flag{OptionId::s3_use_rrs, &BackendParams::s3_use_rrs},
    Flag{OptionId::s3_use_ia, &BackendParams::s3_use_ia},
    Flag{OptionId::s3_use_onezone_ia, &BackendParams::s3_use_onezone_ia},
    Flag{OptionId::s3_use_glacier, &BackendParams::s3_use_glacier},
    Flag{OptionId::s3_use_glacier_ir, &BackendParams::s3_use_glacier_ir},
    Flag{OptionId::s3_use_deep_archive, &BackendParams::s3_use_deep_archive},
    Flag{OptionId::s3_use_server_side_encryption, &BackendParams::s3_use_server_side_encryption},
    Flag{OptionId::s3_use_server_side_kms_encryption,
         &BackendParams::s3_use_server_side_kms_encryption},
};
// Given again, they are joined by a blank, as duplicity joins them.
constexpr std::array words{
    Text{OptionId::ssh_options, &BackendParams::ssh_options},
    Text{OptionId::rsync_options, &BackendParams::rsync_options},
    Text{OptionId::par2_options, &BackendParams::par2_options},
};
constexpr std::array texts{
    Text{OptionId::webdav_headers, &BackendParams::webdav_headers},
    Text{OptionId::imap_mailbox, &BackendParams::imap_mailbox},
    Text{OptionId::s3_region_name, &BackendParams::s3_region_name},
    Text{OptionId::s3_endpoint_url, &BackendParams::s3_endpoint_url},
    Text{OptionId::s3_kms_key_id, &BackendParams::s3_kms_key_id},
    Text{OptionId::s3_kms_grant, &BackendParams::s3_kms_grant},
    Text{OptionId::azure_blob_tier, &BackendParams::azure_blob_tier},
    Text{OptionId::swift_storage_policy, &BackendParams::swift_storage_policy},
};
constexpr std::uint32_t day_seconds = 86'400;
constexpr std::uint32_t connections_max = 64;
constexpr std::uint32_t part_mebibytes_max = 5 * 1024;
constexpr std::array numbers{
    Number{OptionId::timeout, &BackendParams::timeout, 1, day_seconds},
    Number{OptionId::s3_multipart_chunk_size, &BackendParams::s3_multipart_chunk_size, 5,
           part_mebibytes_max},
    Number{OptionId::s3_multipart_max_procs, &BackendParams::s3_multipart_max_procs, 1,
           connections_max},
    Number{OptionId::s3_multipart_max_timeout, &BackendParams::s3_multipart_max_timeout, 0,
           day_seconds},
    Number{OptionId::azure_max_connections, &BackendParams::azure_max_connections, 1,
           connections_max},
    Number{OptionId::mp_segment_size, &BackendParams::mp_segment_size, 1, part_mebibytes_max},
    Number{OptionId::par2_redundancy, &BackendParams::par2_redundancy, 1, 100},
    Number{OptionId::par2_volumes, &BackendParams::par2_volumes, 1, 31},
};

void check_storage_classes(const CommandLine& line)
{
    constexpr std::array classes{OptionId::s3_use_rrs,        OptionId::s3_use_ia,
                                 OptionId::s3_use_onezone_ia, OptionId::s3_use_glacier,
                                 OptionId::s3_use_glacier_ir, OptionId::s3_use_deep_archive};
    std::string_view first;
    for (const auto id : classes) {
        if (!line.has(id)) {
            continue;
        }
        if (!first.empty()) {
            throw usage_failure(fmt::format("{} and {} exclude each other", first, name_of(id)));
        }
        first = name_of(id);
    }
}

void set_size(std::uint64_t& to, const CommandLine& line, OptionId id, std::uint64_t min,
              std::uint64_t max)
{
    if (const auto text = line.value(id)) {
        to = size_from(*text, id);
        if (to < min || to > max) {
            throw usage_failure(
                fmt::format("{} wants a size from {} to {} bytes", name_of(id), min, max), *text);
        }
    }
}

void set_sizes(BackendParams& backend, const CommandLine& line)
{
    constexpr auto rate_max = std::numeric_limits<std::int64_t>::max();
    constexpr std::uint64_t azure_block_max = std::uint64_t{4000} << 20U;
    set_size(backend.limit_up, line, OptionId::limit_up, 1, rate_max);
    set_size(backend.limit_down, line, OptionId::limit_down, 1, rate_max);
    set_size(backend.azure_max_single_put_size, line, OptionId::azure_max_single_put_size, 1,
             azure_block_max);
    set_size(backend.azure_max_block_size, line, OptionId::azure_max_block_size, 1,
             azure_block_max);
}

}  // namespace

void fill_target(proto::ArchiveParams& archive, const CommandLine& line, const Surroundings& here)
{
    auto& backend = archive.backend;
    for (const auto& flag : flags) {
        backend.*(flag.member) = line.has(flag.id);
    }
    for (const auto& row : words) {
        backend.*(row.member) = fmt::format("{}", fmt::join(line.values(row.id), " "));
    }
    for (const auto& row : texts) {
        if (const auto text = line.value(row.id)) {
            if (text->empty() || !proto::is_utf8(*text)) {
                throw usage_failure(fmt::format("{} wants UTF-8 text", name_of(row.id)), *text);
            }
            backend.*(row.member) = *text;
        }
    }
    for (const auto& row : numbers) {
        if (const auto number = number_of(line, row.id, row.min, row.max)) {
            backend.*(row.member) = static_cast<std::uint32_t>(*number);
        }
    }
    if (const auto seconds = number_of(line, OptionId::backend_retry_delay, 0, day_seconds)) {
        archive.backend_retry_delay = static_cast<std::uint32_t>(*seconds);
    }
    set_sizes(backend, line);
    backend.ssl_cacert_file = path_of(line, OptionId::ssl_cacert_file, here);
    backend.ssl_cacert_path = path_of(line, OptionId::ssl_cacert_path, here);
    backend.scp_command = program_of(line, OptionId::scp_command, here);
    backend.sftp_command = program_of(line, OptionId::sftp_command, here);
    if (line.has(OptionId::ftp_passive) && backend.ftp_regular) {
        throw usage_failure("--ftp-passive and --ftp-regular exclude each other");
    }
    constexpr std::array<std::string_view, 4> tiers{"Hot", "Cool", "Cold", "Archive"};
    if (!backend.azure_blob_tier.empty() &&
        std::ranges::find(tiers, backend.azure_blob_tier) == tiers.end()) {
        throw usage_failure("--azure-blob-tier wants Hot, Cool, Cold or Archive",
                            backend.azure_blob_tier);
    }
    check_storage_classes(line);
}

std::optional<std::string> local_target(const std::string& url)
{
    constexpr std::string_view scheme = "file:";
    std::string_view rest{url};
    for (const std::string_view prefix : {"par2+", "gio+"}) {
        rest.remove_prefix(rest.starts_with(prefix) ? prefix.size() : 0);
    }
    if (!rest.starts_with(scheme)) {
        return std::nullopt;
    }
    std::string path{rest.substr(scheme.size())};
    if (path.starts_with("//")) {
        path.erase(0, 2);
    }
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return path.starts_with('/') ? std::optional{std::move(path)} : std::nullopt;
}

}  // namespace duplid::ctl
