// The part of the table of options that says how a target is reached. Names are duplicity's
// (command-line.md 2.5); what targets read which: backends.md 3 to 6.
#pragma once

#include "ctl/words/option_table.hpp"

#include <array>

namespace duplid::ctl {

inline constexpr std::array target_option_table{
    Option{OptionId::timeout, OptionSet::target, "--timeout", "SECONDS", Complete::nothing, "",
           "How long nothing may move before a transfer is cut, and tried again. Default: 30"},
    Option{OptionId::backend_retry_delay, OptionSet::target, "--backend-retry-delay", "SECONDS",
           Complete::nothing, "", "The longest pause between two attempts. Default: 30"},
    Option{OptionId::limit_up, OptionSet::target, "--limit-up", "SIZE", Complete::nothing, "",
           "Send at most so much a second, for example 500K or 2M"},
    Option{OptionId::limit_down, OptionSet::target, "--limit-down", "SIZE", Complete::nothing, "",
           "Fetch at most so much a second"},
    Option{OptionId::gio, OptionSet::target, "--gio", "", Complete::nothing, "",
           "Reach the target through GIO, as \"gio+\" before the URL does"},
    Option{OptionId::ssl_cacert_file, OptionSet::target, "--ssl-cacert-file", "FILE",
           Complete::file, "",
           "Trust the certificate authorities in this file. Default: the first of "
           "~/.duplicity/cacert.pem, ~/duplicity_cacert.pem and /etc/duplicity/cacert.pem, else "
           "those of the system"},
    Option{OptionId::ssl_cacert_path, OptionSet::target, "--ssl-cacert-path", "DIR",
           Complete::directory, "", "Trust the certificate authorities in this directory"},
    Option{OptionId::ssl_no_check_certificate, OptionSet::target, "--ssl-no-check-certificate", "",
           Complete::nothing, "",
           "Believe any certificate: whoever is in between can read and change what is sent"},

    Option{OptionId::ssh_options, OptionSet::target, "--ssh-options", "OPTIONS", Complete::nothing,
           "",
           "Options for ssh, such as \"-i FILE\" or \"-oUserKnownHostsFile=FILE\". May be given "
           "again"},
    Option{OptionId::ssh_askpass, OptionSet::target, "--ssh-askpass", "", Complete::nothing, "",
           "Log in to an ssh server with a password: that in the URL or FTP_PASSWORD, else it is "
           "asked for"},
    Option{OptionId::scp_command, OptionSet::target, "--scp-command", "COMMAND", Complete::nothing,
           "", "Use this program in place of scp"},
    Option{OptionId::sftp_command, OptionSet::target, "--sftp-command", "COMMAND",
           Complete::nothing, "", "Use this program in place of sftp"},
    Option{OptionId::use_scp, OptionSet::target, "--use-scp", "", Complete::nothing, "",
           "Treat sftp: URLs as scp: URLs"},
    Option{OptionId::ftp_passive, OptionSet::target, "--ftp-passive", "", Complete::nothing, "",
           "FTP: make data connections from here. This is the default"},
    Option{OptionId::ftp_regular, OptionSet::target, "--ftp-regular", "", Complete::nothing, "",
           "FTP: let the server make data connections"},
    Option{OptionId::rsync_options, OptionSet::target, "--rsync-options", "OPTIONS",
           Complete::nothing, "", "Options for rsync. May be given again"},
    Option{OptionId::webdav_headers, OptionSet::target, "--webdav-headers", "HEADERS",
           Complete::nothing, "",
           "WebDAV: further headers of requests, as \"name,value\" with commas between all of "
           "them"},
    Option{OptionId::imap_mailbox, OptionSet::target, "--imap-mailbox", "NAME", Complete::nothing,
           "", "IMAP: the mailbox to use. Default: INBOX"},
    Option{OptionId::imap_full_address, OptionSet::target, "--imap-full-address", "",
           Complete::nothing, "", "IMAP: log in as user@host"},

    Option{OptionId::s3_region_name, OptionSet::target, "--s3-region-name", "NAME",
           Complete::nothing, "", "S3: the region of the bucket"},
    Option{OptionId::s3_endpoint_url, OptionSet::target, "--s3-endpoint-url", "URL",
           Complete::nothing, "", "S3: the service to use in place of Amazon's"},
    Option{OptionId::s3_unencrypted_connection, OptionSet::target, "--s3-unencrypted-connection",
           "", Complete::nothing, "", "S3: do not use TLS"},
    Option{OptionId::s3_use_new_style, OptionSet::target, "--s3-use-new-style", "",
           Complete::nothing, "", "S3: make the bucket a part of the host's name"},
    Option{OptionId::s3_european_buckets, OptionSet::target, "--s3-european-buckets", "",
           Complete::nothing, "",
           "S3: make a bucket that is missing in Europe; with --s3-use-new-style"},
    Option{OptionId::s3_use_rrs, OptionSet::target, "--s3-use-rrs", "", Complete::nothing, "",
           "S3: storage class REDUCED_REDUNDANCY"},
    Option{OptionId::s3_use_ia, OptionSet::target, "--s3-use-ia", "", Complete::nothing, "",
           "S3: storage class STANDARD_IA"},
    Option{OptionId::s3_use_onezone_ia, OptionSet::target, "--s3-use-onezone-ia", "",
           Complete::nothing, "", "S3: storage class ONEZONE_IA"},
    Option{OptionId::s3_use_glacier, OptionSet::target, "--s3-use-glacier", "", Complete::nothing,
           "", "S3: storage class GLACIER for all but manifests"},
    Option{OptionId::s3_use_glacier_ir, OptionSet::target, "--s3-use-glacier-ir", "",
           Complete::nothing, "", "S3: storage class GLACIER_IR for all but manifests"},
    Option{OptionId::s3_use_deep_archive, OptionSet::target, "--s3-use-deep-archive", "",
           Complete::nothing, "", "S3: storage class DEEP_ARCHIVE for all but manifests"},
    Option{OptionId::s3_use_server_side_encryption, OptionSet::target,
           "--s3-use-server-side-encryption", "", Complete::nothing, "",
           "S3: let the service encrypt with a key of its own"},
    Option{OptionId::s3_use_server_side_kms_encryption, OptionSet::target,
           "--s3-use-server-side-kms-encryption", "", Complete::nothing, "",
           "S3: let the service encrypt with the key of --s3-kms-key-id"},
    Option{OptionId::s3_kms_key_id, OptionSet::target, "--s3-kms-key-id", "KEY-ID",
           Complete::nothing, "", "S3: a key of the service's key management"},
    Option{OptionId::s3_kms_grant, OptionSet::target, "--s3-kms-grant", "GRANT", Complete::nothing,
           "", "S3: who gets full control of what is stored"},
    Option{OptionId::s3_multipart_chunk_size, OptionSet::target, "--s3-multipart-chunk-size", "MB",
           Complete::nothing, "",
           "S3: send larger files in parts of so many units of 1048576 bytes, at least 5. "
           "Default: 25"},
    Option{OptionId::s3_multipart_max_procs, OptionSet::target, "--s3-multipart-max-procs", "N",
           Complete::nothing, "", "S3: how many parts of a file are sent at a time. Default: 4"},
    Option{OptionId::s3_multipart_max_timeout, OptionSet::target, "--s3-multipart-max-timeout",
           "SECONDS", Complete::nothing, "", "S3: how long sending a part may take at most"},

    Option{OptionId::azure_blob_tier, OptionSet::target, "--azure-blob-tier", "TIER",
           Complete::choice, "Hot|Cool|Cold|Archive",
           "Azure: the access tier of what is stored; manifests and signatures stay out of "
           "Archive"},
    Option{OptionId::azure_max_single_put_size, OptionSet::target, "--azure-max-single-put-size",
           "SIZE", Complete::nothing, "",
           "Azure: send files up to this size in one request. Default: 64M"},
    Option{OptionId::azure_max_block_size, OptionSet::target, "--azure-max-block-size", "SIZE",
           Complete::nothing, "", "Azure: send larger files in blocks of this size. Default: 4M"},
    Option{OptionId::azure_max_connections, OptionSet::target, "--azure-max-connections", "N",
           Complete::nothing, "",
           "Azure: how many blocks of a file are sent at a time. Default: 2"},
    Option{OptionId::swift_storage_policy, OptionSet::target, "--swift-storage-policy", "NAME",
           Complete::nothing, "", "Swift: the storage policy of a container that is missing"},
    Option{OptionId::mp_segment_size, OptionSet::target, "--mp-segment-size", "MB",
           Complete::nothing, "",
           "Swift: store larger files in segments of so many units of 1048576 bytes. Default: "
           "5120, the most that is possible"},

    Option{OptionId::par2_redundancy, OptionSet::target, "--par2-redundancy", "PERCENT",
           Complete::nothing, "", "par2+: how much of a file can be repaired. Default: 10"},
    Option{OptionId::par2_volumes, OptionSet::target, "--par2-volumes", "N", Complete::nothing, "",
           "par2+: how many recovery files are made for a file. Default: 1"},
    Option{OptionId::par2_options, OptionSet::target, "--par2-options", "OPTIONS",
           Complete::nothing, "", "par2+: options for par2. May be given again"},
};

}  // namespace duplid::ctl
