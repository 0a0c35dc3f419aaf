#include "ctl/duplicity/backend_effects.hpp"

#include "ctl/duplicity/expansion.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace duplid::duplicity {

namespace {

using proto::BackendParams;
using proto::TargetKinds;
using enum proto::TargetKind;

struct Flag {
    std::string_view name;
    bool BackendParams::*member;
    bool value = true;
};
struct Text {
    std::string_view name;
    std::string BackendParams::*member;
    bool joined = false;  ///< given again, it is added behind a blank
};
/// With the bounds of proto/backend_params.cpp.
struct Number {
    std::string_view name;
    std::uint32_t BackendParams::*member;
    std::int64_t min;
    std::int64_t max;
};
struct Size {
    std::string_view name;
    std::uint64_t BackendParams::*member;
};

constexpr std::array flags{
    Flag{"--ftp-passive", &BackendParams::ftp_regular, false},
    Flag{"--ftp-regular", &BackendParams::ftp_regular},
    Flag{"--imap-full-address", &BackendParams::imap_full_address},
    Flag{"--s3-european-buckets", &BackendParams::s3_european_buckets},
    Flag{"--s3-unencrypted-connection", &BackendParams::s3_unencrypted_connection},
    Flag{"--s3-use-deep-archive", &BackendParams::s3_use_deep_archive},
    Flag{"--s3-use-glacier", &BackendParams::s3_use_glacier},
    Flag{"--s3-use-glacier-ir", &BackendParams::s3_use_glacier_ir},
    Flag{"--s3-use-ia", &BackendParams::s3_use_ia},
    Flag{"--s3-use-new-style", &BackendParams::s3_use_new_style},
    Flag{"--s3-use-onezone-ia", &BackendParams::s3_use_onezone_ia},
    Flag{"--s3-use-rrs", &BackendParams::s3_use_rrs},
    Flag{"--s3-use-server-side-encryption", &BackendParams::s3_use_server_side_encryption},
    Flag{"--s3-use-server-side-kms-encryption", &BackendParams::s3_use_server_side_kms_encryption},
    Flag{"--ssh-askpass", &BackendParams::ssh_askpass},
    Flag{"--ssl-no-check-certificate", &BackendParams::ssl_no_check_certificate},
};
constexpr std::array texts{
    Text{"--azure-blob-tier", &BackendParams::azure_blob_tier},
    Text{"--imap-mailbox", &BackendParams::imap_mailbox},
    Text{"--par2-options", &BackendParams::par2_options, true},
    Text{"--rsync-options", &BackendParams::rsync_options, true},
    Text{"--s3-endpoint-url", &BackendParams::s3_endpoint_url},
    Text{"--s3-kms-grant", &BackendParams::s3_kms_grant},
    Text{"--s3-kms-key-id", &BackendParams::s3_kms_key_id},
    Text{"--s3-region-name", &BackendParams::s3_region_name},
    Text{"--scp-command", &BackendParams::scp_command},
    Text{"--sftp-command", &BackendParams::sftp_command},
    Text{"--ssh-options", &BackendParams::ssh_options, true},
    Text{"--ssl-cacert-file", &BackendParams::ssl_cacert_file},
    Text{"--ssl-cacert-path", &BackendParams::ssl_cacert_path},
    Text{"--swift-storage-policy", &BackendParams::swift_storage_policy},
    Text{"--webdav-headers", &BackendParams::webdav_headers},
};
constexpr std::int64_t day_seconds = 86'400;
constexpr std::int64_t connections_max = 64;
constexpr std::int64_t part_mebibytes_max = 5 * 1024;
constexpr std::array numbers{
    Number{"--azure-max-connections", &BackendParams::azure_max_connections, 1, connections_max},
    Number{"--mp-segment-size", &BackendParams::mp_segment_size, 0, part_mebibytes_max},
    Number{"--par2-redundancy", &BackendParams::par2_redundancy, 1, 100},
    Number{"--par2-volumes", &BackendParams::par2_volumes, 1, 31},
    Number{"--s3-multipart-chunk-size", &BackendParams::s3_multipart_chunk_size, 5,
           part_mebibytes_max},
    Number{"--s3-multipart-max-procs", &BackendParams::s3_multipart_max_procs, 1, connections_max},
    Number{"--s3-multipart-max-timeout", &BackendParams::s3_multipart_max_timeout, 0, day_seconds},
    Number{"--timeout", &BackendParams::timeout, 1, day_seconds},
};
constexpr std::int64_t azure_block_max = std::int64_t{4000} << 20U;
constexpr std::array sizes{
    Size{"--azure-max-block-size", &BackendParams::azure_max_block_size},
    Size{"--azure-max-single-put-size", &BackendParams::azure_max_single_put_size},
};

constexpr TargetKinds only(proto::TargetKind kind) noexcept
{
    return TargetKinds{} | kind;
}

/// Which targets read the options whose names begin so (backends.md 3 to 6).
struct Readers {
    std::string_view begin;
    TargetKinds kinds;
};
constexpr TargetKinds without_tls = ssh | rsync | gio | rclone | program;
constexpr std::array readers{
    Readers{"--azure-", only(azure)},
    Readers{"--ftp-", only(ftp)},
    Readers{"--imap-", only(imap)},
    Readers{"--mp-", swift | ovh_archive | cloud_files},
    Readers{"--par2-", only(program)},
    Readers{"--rsync-", only(rsync)},
    Readers{"--s3-", s3 | google_storage},
    Readers{"--scp-", only(ssh)},
    Readers{"--sftp-", only(ssh)},
    Readers{"--ssh-", ssh | rsync},
    Readers{"--ssl-", proto::remote_kinds & ~without_tls},
    Readers{"--swift-", swift | ovh_archive | cloud_files},
    Readers{"--webdav-", only(webdav)},
};

template <class Table>
const auto* find(const Table& table, std::string_view name) noexcept
{
    const auto found =
        std::ranges::find_if(table, [name](const auto& row) { return row.name == name; });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace

void apply_backend(const GivenOption& given, BackendParams& params)
{
    const std::string_view name = given.option.names;
    if (const auto* flag = find(flags, name)) {
        params.*(flag->member) = flag->value;
    } else if (const auto* text = find(texts, name)) {
        const auto& value = given.values.back();
        auto& to = params.*(text->member);
        const bool adds = text->joined && !to.empty();
        to = (adds ? to + " " : std::string{}) +
             (given.option.value == ValueKind::path ? expanded(value) : value);
    } else if (const auto* number = find(numbers, name)) {
        params.*(number->member) =
            static_cast<std::uint32_t>(std::clamp(number_from(given), number->min, number->max));
    } else if (const auto* size = find(sizes, name)) {
        params.*(size->member) = static_cast<std::uint64_t>(
            std::clamp(number_from(given), std::int64_t{1}, azure_block_max));
    }
}

TargetKinds readers_of(const Option& option) noexcept
{
    const auto found = std::ranges::find_if(
        readers, [&](const Readers& row) { return option.names.starts_with(row.begin); });
    return found == readers.end() ? proto::remote_kinds | local : found->kinds;
}

bool has_several_storage_classes(const BackendParams& params) noexcept
{
    return int{params.s3_use_rrs} + int{params.s3_use_ia} + int{params.s3_use_onezone_ia} > 1;
}

}  // namespace duplid::duplicity
