#include "proto/backend_params.hpp"

namespace duplid::proto {

namespace {

constexpr std::uint64_t timeout_max = 86'400;
constexpr std::uint64_t mebibytes_max = 5 * 1024;  // of a part: services take five GiB at most
constexpr std::uint64_t s3_part_mebibytes_min = 5;
constexpr std::uint64_t azure_block_bytes_max = std::uint64_t{4000} << 20U;
constexpr std::uint64_t connections_max = 64;
constexpr std::uint64_t redundancy_percent_max = 100;
constexpr std::uint64_t recovery_files_max = 31;  // of par2

}  // namespace

void VariableParams::describe(Fields& fields)
{
    fields.member({"name", "name of the variable", true}, name);
    fields.member({"variable_value", "its value"}, value);
}

void BackendParams::describe_variables(Fields& fields)
{
    fields.member({.name = "variables",
                   .about = "environment variables that the target reads: credentials, proxies",
                   .max = variables_max},
                  variables);
}

void BackendParams::describe_options(Fields& fields)
{
    fields.member({.name = "timeout",
                   .about = "for how long nothing may move before a transfer is cut, seconds",
                   .min = 1,
                   .max = timeout_max},
                  timeout);
    fields.member({"gio", "reach the target through GIO, as if gio+ stood before the URL"}, gio);
    fields.member({"limit_up", "bytes a second to the target; 0: no limit"}, limit_up);
    fields.member({"limit_down", "bytes a second from the target; 0: no limit"}, limit_down);
    fields.path({"ssl_cacert_file", "certificates of authorities that are trusted, absolute"},
                ssl_cacert_file);
    fields.path({"ssl_cacert_path", "directory of such certificates, absolute"}, ssl_cacert_path);
    fields.member({"ssl_no_check_certificate", "believe any certificate"},
                  ssl_no_check_certificate);
    describe_files_and_shells(fields);
    describe_s3(fields);
    describe_object_stores(fields);
}

void BackendParams::describe_files_and_shells(Fields& fields)
{
    fields.path({"ssh_options", "options for the ssh program, in words"}, ssh_options);
    fields.member({"ssh_askpass", "log in with the password in FTP_PASSWORD"}, ssh_askpass);
    fields.path({"scp_command", "program in place of scp"}, scp_command);
    fields.path({"sftp_command", "program in place of sftp"}, sftp_command);
    fields.member({"use_scp", "treat sftp targets as scp targets"}, use_scp);
    fields.member({"ftp_regular", "data connections of FTP are made by the server"}, ftp_regular);
    fields.path({"rsync_options", "options for the rsync program, in words"}, rsync_options);
    fields.path({"imap_mailbox", "folder of the mailbox"}, imap_mailbox);
    fields.member({"imap_full_address", "log in as user@host"}, imap_full_address);
    fields.member({"webdav_headers", "name and value of further headers, parted by commas"},
                  webdav_headers);
    fields.member({.name = "par2_redundancy",
                   .about = "of recovery files, per cent",
                   .min = 1,
                   .max = redundancy_percent_max},
                  par2_redundancy);
    fields.member({.name = "par2_volumes",
                   .about = "recovery files for each file",
                   .min = 1,
                   .max = recovery_files_max},
                  par2_volumes);
    fields.path({"par2_options", "options for the par2 program, in words"}, par2_options);
}

void BackendParams::describe_s3(Fields& fields)
{
    fields.member({"s3_region_name", "region that requests are signed for"}, s3_region_name);
    fields.member({"s3_endpoint_url", "URL of the service; default: Amazon's"}, s3_endpoint_url);
    fields.member({"s3_unencrypted_connection", "without TLS"}, s3_unencrypted_connection);
    fields.member({"s3_use_new_style", "the bucket is part of the host's name"}, s3_use_new_style);
    fields.member({"s3_european_buckets", "make new buckets in Europe; needs s3_use_new_style"},
                  s3_european_buckets);
    fields.member({"s3_use_rrs", "storage class REDUCED_REDUNDANCY"}, s3_use_rrs);
    fields.member({"s3_use_ia", "storage class STANDARD_IA"}, s3_use_ia);
    fields.member({"s3_use_onezone_ia", "storage class ONEZONE_IA"}, s3_use_onezone_ia);
    fields.member({"s3_use_glacier", "storage class GLACIER for all but manifests"},
                  s3_use_glacier);
    fields.member({"s3_use_glacier_ir", "storage class GLACIER_IR for all but manifests"},
                  s3_use_glacier_ir);
    fields.member({"s3_use_deep_archive", "storage class DEEP_ARCHIVE for all but manifests"},
                  s3_use_deep_archive);
    fields.member({"s3_use_server_side_encryption", "the service encrypts with its own key"},
                  s3_use_server_side_encryption);
    fields.member(
        {"s3_use_server_side_kms_encryption", "the service encrypts with the key s3_kms_key_id"},
        s3_use_server_side_kms_encryption);
    fields.member({"s3_kms_key_id", "key of the service's key management"}, s3_kms_key_id);
    fields.member({"s3_kms_grant", "who is granted full control of new objects"}, s3_kms_grant);
    fields.member({.name = "s3_multipart_chunk_size",
                   .about = "size of the parts in which large files are sent, MiB",
                   .min = s3_part_mebibytes_min,
                   .max = mebibytes_max},
                  s3_multipart_chunk_size);
    fields.member({.name = "s3_multipart_max_procs",
                   .about = "parts of one file that are sent at a time",
                   .min = 1,
                   .max = connections_max},
                  s3_multipart_max_procs);
    fields.member({.name = "s3_multipart_max_timeout",
                   .about = "how long sending one part may take, seconds; 0: no limit",
                   .max = timeout_max},
                  s3_multipart_max_timeout);
}

void BackendParams::describe_object_stores(Fields& fields)
{
    fields.member({"azure_blob_tier", "Hot, Cool, Cold or Archive; default: the account's"},
                  azure_blob_tier);
    fields.member({.name = "azure_max_single_put_size",
                   .about = "files up to this size are sent in one request, bytes",
                   .min = 1,
                   .max = azure_block_bytes_max},
                  azure_max_single_put_size);
    fields.member({.name = "azure_max_block_size",
                   .about = "size of the blocks in which larger files are sent, bytes",
                   .min = 1,
                   .max = azure_block_bytes_max},
                  azure_max_block_size);
    fields.member({.name = "azure_max_connections",
                   .about = "blocks of one file that are sent at a time",
                   .min = 1,
                   .max = connections_max},
                  azure_max_connections);
    fields.member({"swift_storage_policy", "of a container that is made"}, swift_storage_policy);
    fields.member({.name = "mp_segment_size",
                   .about = "larger files are stored in segments of this size, MiB; 0: five GiB",
                   .max = mebibytes_max},
                  mp_segment_size);
}

}  // namespace duplid::proto
