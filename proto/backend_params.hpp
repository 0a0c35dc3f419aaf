// What a caller may say of how a target is reached: duplicity's options for its backends
// (command-line.md 2.5), under the same names and in the same units, and the variables of the
// caller's environment.
//
// A target reads what concerns it; the rest has no effect on it, as on duplicity's command line.
#pragma once

#include "proto/field.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace duplid::proto {

/// As many as fit into one line with the passphrases (scan.cpp: two digits count secrets).
inline constexpr std::uint64_t variables_max = 90;

/// One variable of the caller's environment. target_variables.hpp lists which there are.
struct VariableParams {
    std::string name;
    SecretText value;  ///< always treated as a secret

    void describe(Fields& fields);
};

struct BackendParams {
    std::vector<VariableParams> variables;
    std::uint32_t timeout = 30;  ///< seconds
    bool gio = false;
    std::uint64_t limit_up = 0;    ///< bytes a second; 0: none
    std::uint64_t limit_down = 0;  ///< bytes a second; 0: none

    std::string ssl_cacert_file;
    std::string ssl_cacert_path;
    bool ssl_no_check_certificate = false;

    std::string ssh_options;
    bool ssh_askpass = false;
    std::string scp_command;
    std::string sftp_command;
    bool use_scp = false;

    bool ftp_regular = false;
    std::string rsync_options;
    std::string imap_mailbox = "INBOX";
    bool imap_full_address = false;
    std::string webdav_headers;

    std::string s3_region_name;
    std::string s3_endpoint_url;
    bool s3_unencrypted_connection = false;
    bool s3_use_new_style = false;
    bool s3_european_buckets = false;
    bool s3_use_rrs = false;
    bool s3_use_ia = false;
    bool s3_use_onezone_ia = false;
    bool s3_use_glacier = false;
    bool s3_use_glacier_ir = false;
    bool s3_use_deep_archive = false;
    bool s3_use_server_side_encryption = false;
    bool s3_use_server_side_kms_encryption = false;
    std::string s3_kms_key_id;
    std::string s3_kms_grant;
    std::uint32_t s3_multipart_chunk_size = 25;  ///< MiB
    std::uint32_t s3_multipart_max_procs = 4;
    std::uint32_t s3_multipart_max_timeout = 0;  ///< seconds; 0: none

    std::string azure_blob_tier;                                         ///< empty: the account's
    std::uint64_t azure_max_single_put_size = std::uint64_t{64} << 20U;  ///< bytes
    std::uint64_t azure_max_block_size = std::uint64_t{4} << 20U;        ///< bytes
    std::uint32_t azure_max_connections = 2;

    std::string swift_storage_policy;
    std::uint32_t mp_segment_size = 0;  ///< MiB; 0: five GiB

    std::uint32_t par2_redundancy = 10;  ///< per cent
    std::uint32_t par2_volumes = 1;
    std::string par2_options;

    /// Members of the object they appear in: there is no level of their own.
    void describe_variables(Fields& fields);
    /// All others.
    void describe_options(Fields& fields);

private:
    void describe_files_and_shells(Fields& fields);
    void describe_s3(Fields& fields);
    void describe_object_stores(Fields& fields);
};

}  // namespace duplid::proto
