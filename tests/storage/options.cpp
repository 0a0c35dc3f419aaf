#include "tests/storage/options.hpp"

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace duplid::storage_tests {

namespace {

using Json = nlohmann::json;

template <typename Value>
std::function<void(const Json&)> into(Value& value)
{
    return [&value](const Json& json) { value = json.get<Value>(); };
}

// Given in MiB.
std::function<void(const Json&)> into_mebibytes(std::uint64_t& bytes)
{
    return [&bytes](const Json& json) { bytes = json.get<std::uint64_t>() << 20U; };
}

std::function<void(const Json&)> into_seconds(std::chrono::seconds& seconds)
{
    return [&seconds](const Json& json) { seconds = std::chrono::seconds{json.get<unsigned>()}; };
}

std::function<void(const Json&)> into_opposite(bool& value)
{
    return [&value](const Json& json) { value = !json.get<bool>(); };
}

std::function<void(const Json&)> into_class(remote::S3Options& options,
                                            remote::S3StorageClass storage_class)
{
    return [&options, storage_class](const Json& json) {
        if (json.get<bool>()) {
            options.storage_class = storage_class;
        }
    };
}

}  // namespace

remote::RemoteOptions options_from(const std::string& options, const std::string& variables)
{
    using remote::S3StorageClass;
    remote::RemoteOptions result;
    auto& [ca_file, ca_directory, verify] = result.tls;
    auto& s3 = result.s3;
    const std::map<std::string, std::function<void(const Json&)>> members{
        {"timeout", into_seconds(result.timeout)},
        {"gio", into(result.gio)},
        {"ssl_cacert_file", into(ca_file)},
        {"ssl_cacert_path", into(ca_directory)},
        {"ssl_no_check_certificate", into_opposite(verify)},
        {"ssh_options", into(result.ssh.options)},
        {"ssh_askpass", into(result.ssh.askpass)},
        {"scp_command", into(result.ssh.scp_command)},
        {"sftp_command", into(result.ssh.sftp_command)},
        {"use_scp", into(result.ssh.use_scp)},
        {"ftp_regular", into_opposite(result.ftp.passive)},
        {"rsync_options", into(result.rsync.options)},
        {"imap_mailbox", into(result.imap.mailbox)},
        {"imap_full_address", into(result.imap.full_address)},
        {"webdav_headers", into(result.webdav.headers)},
        {"s3_region_name", into(s3.region)},
        {"s3_endpoint_url", into(s3.endpoint)},
        {"s3_unencrypted_connection", into(s3.unencrypted_connection)},
        {"s3_use_new_style", into(s3.new_style)},
        {"s3_european_buckets", into(s3.european_buckets)},
        {"s3_use_rrs", into_class(s3, S3StorageClass::reduced_redundancy)},
        {"s3_use_ia", into_class(s3, S3StorageClass::infrequent)},
        {"s3_use_onezone_ia", into_class(s3, S3StorageClass::one_zone_infrequent)},
        {"s3_use_glacier", into_class(s3, S3StorageClass::glacier)},
        {"s3_use_glacier_ir", into_class(s3, S3StorageClass::glacier_instant)},
        {"s3_use_deep_archive", into_class(s3, S3StorageClass::deep_archive)},
        {"s3_use_server_side_encryption", into(s3.server_side_encryption)},
        {"s3_use_server_side_kms_encryption", into(s3.server_side_kms_encryption)},
        {"s3_kms_key_id", into(s3.kms_key_id)},
        {"s3_kms_grant", into(s3.kms_grant)},
        {"s3_multipart_chunk_size", into_mebibytes(s3.chunk_bytes)},
        {"s3_multipart_max_procs", into(s3.part_connections)},
        {"s3_multipart_max_timeout", into_seconds(s3.part_timeout)},
        {"azure_blob_tier", into(result.azure.blob_tier)},
        {"azure_max_single_put_size", into(result.azure.single_put_bytes)},
        {"azure_max_block_size", into(result.azure.block_bytes)},
        {"azure_max_connections", into(result.azure.connections)},
        {"swift_storage_policy", into(result.swift.storage_policy)},
        {"mp_segment_size", into_mebibytes(result.swift.segment_bytes)},
        {"par2_redundancy", into(result.par2.redundancy_percent)},
        {"par2_volumes", into(result.par2.volumes)},
        {"par2_options", into(result.par2.options)},
    };
    const auto options_object = Json::parse(options);
    for (const auto& [name, value] : options_object.items()) {
        const auto member = members.find(name);
        if (member == members.end()) {
            throw std::runtime_error{"no such option of a target: " + name};
        }
        member->second(value);
    }
    const auto variables_object = Json::parse(variables);
    for (const auto& [name, value] : variables_object.items()) {
        result.variables.set(name, value.get<std::string>());
    }
    return result;
}

}  // namespace duplid::storage_tests
