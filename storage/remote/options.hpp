// What a caller may say of how a target is reached: duplicity's options for its backends
// (command-line.md 2, backends.md 3 to 6), in plain values. Which of them a target reads is said in
// the folder of its backend; the others have no effect on it.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/secret.hpp"
#include "storage/remote/rate_limit.hpp"
#include "storage/remote/variables.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::remote {

struct TlsOptions {
    std::string ca_file;       ///< --ssl-cacert-file; empty: see curl/transfer.hpp
    std::string ca_directory;  ///< --ssl-cacert-path
    bool verify = true;        ///< false: --ssl-no-check-certificate
};

struct SshOptions {
    /// --ssh-options, all of them joined by blanks: words for the ssh program, quotes allowed.
    std::string options;
    bool askpass = false;      ///< --ssh-askpass: FTP_PASSWORD is to be used, never asked for here
    std::string scp_command;   ///< --scp-command; empty: ours
    std::string sftp_command;  ///< --sftp-command; empty: ours
    bool use_scp = false;      ///< --use-scp: sftp: URLs are treated as scp:
};

struct FtpOptions {
    bool passive = true;  ///< false: --ftp-regular
};

struct RsyncOptions {
    std::string options;  ///< --rsync-options, joined by blanks
};

struct ImapOptions {
    std::string mailbox = "INBOX";  ///< --imap-mailbox
    bool full_address = false;      ///< --imap-full-address: log in as user@host
};

struct WebdavOptions {
    std::string headers;  ///< --webdav-headers: "name,value", several such pairs parted by commas
};

enum class S3StorageClass {
    standard,
    reduced_redundancy,
    infrequent,
    one_zone_infrequent,
    glacier,
    glacier_instant,
    deep_archive,
};

struct S3Options {
    std::string region;                   ///< --s3-region-name
    std::string endpoint;                 ///< --s3-endpoint-url
    bool unencrypted_connection = false;  ///< --s3-unencrypted-connection
    bool new_style = false;               ///< --s3-use-new-style
    bool european_buckets = false;        ///< --s3-european-buckets
    S3StorageClass storage_class = S3StorageClass::standard;
    bool server_side_encryption = false;                   ///< --s3-use-server-side-encryption
    bool server_side_kms_encryption = false;               ///< --s3-use-server-side-kms-encryption
    std::string kms_key_id;                                ///< --s3-kms-key-id
    std::string kms_grant;                                 ///< --s3-kms-grant
    std::uint64_t chunk_bytes = std::uint64_t{25} << 20U;  ///< --s3-multipart-chunk-size
    std::uint32_t part_connections = 4;                    ///< --s3-multipart-max-procs
    std::chrono::seconds part_timeout{0};                  ///< --s3-multipart-max-timeout; 0: none
};

struct AzureOptions {
    std::string blob_tier;  ///< --azure-blob-tier: Hot, Cool, Cold or Archive; empty: the account's
    std::uint64_t single_put_bytes = std::uint64_t{64} << 20U;  ///< --azure-max-single-put-size
    std::uint64_t block_bytes = std::uint64_t{4} << 20U;        ///< --azure-max-block-size
    std::uint32_t connections = 2;                              ///< --azure-max-connections
};

struct SwiftOptions {
    std::string storage_policy;  ///< --swift-storage-policy
    /// --mp-segment-size: objects of at least this size go up in segments; 0: five GiB.
    std::uint64_t segment_bytes = 0;
};

struct Par2Options {
    std::uint32_t redundancy_percent = 10;  ///< --par2-redundancy
    std::uint32_t volumes = 1;              ///< --par2-volumes
    std::string options;                    ///< --par2-options, verbatim words
};

class Remote;

struct RemoteOptions {
    /// What `file://relative/path` is relative to: the working directory of whoever gave the URL.
    /// Empty when unknown; such a URL is then refused.
    std::string working_directory{};
    /// For temporary files of backends that need them; empty: io::default_temp_directory().
    std::string temp_directory{};
    /// Credentials, HOME, proxies, agents: everything that a backend takes from an environment.
    Variables variables{};
    /// --timeout: for how long nothing may move before a transfer is cut and may be tried again.
    std::chrono::seconds timeout{30};
    /// --gio: every URL is treated as if "gio+" stood before it.
    bool gio = false;
    /// Transfers that a backend may start by itself beside those it is asked for are counted in
    /// its own options; this is how many operations the caller will have under way at once.
    std::uint32_t concurrency = 1;

    /// How a target that is made of others has each of them asked again when it does not answer:
    /// what the caller will put around the whole. May be empty.
    std::function<std::unique_ptr<Remote>(std::unique_ptr<Remote>)> asked_again{};
    /// How many such targets stand around this one.
    std::uint32_t depth = 0;

    TlsOptions tls{};
    SshOptions ssh{};
    FtpOptions ftp{};
    RsyncOptions rsync{};
    ImapOptions imap{};
    WebdavOptions webdav{};
    S3Options s3{};
    AzureOptions azure{};
    SwiftOptions swift{};
    Par2Options par2{};

    /// Shared with whoever changes the limits while transfers go on; null: no limits.
    std::shared_ptr<RateLimits> limits{};
    /// Ends transfers and waits at once; the operation throws Error cancelled.
    std::stop_token stop{};
    /// Told what the run's log should say of this target once, without making it less of a
    /// success: certificates are not verified, as was asked for. Any thread. May be empty.
    std::function<void(const std::string& text)> on_notice{};
    /// Told of trouble that was got around, and that a person has to hear of: a member of a mirror
    /// does not answer, a file was repaired. The run ends with warnings. Any thread. May be empty.
    std::function<void(const Error&)> on_warning{};

    void notice(const std::string& text) const
    {
        if (on_notice) {
            on_notice(text);
        }
    }
    void warn(const Error& trouble) const
    {
        if (on_warning) {
            on_warning(trouble);
        }
    }
};

}  // namespace duplid::remote
