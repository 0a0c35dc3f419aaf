#include "storage/remote/registry.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/azure/azure_remote.hpp"
#include "storage/remote/file/file_remote.hpp"
#include "storage/remote/ftp/ftp_remote.hpp"
#include "storage/remote/gio/gio_remote.hpp"
#include "storage/remote/imap/imap_remote.hpp"
#include "storage/remote/multi/multi_remote.hpp"
#include "storage/remote/par2/par2_remote.hpp"
#include "storage/remote/rclone/rclone_remote.hpp"
#include "storage/remote/rsync/rsync_remote.hpp"
#include "storage/remote/s3/s3_remote.hpp"
#include "storage/remote/schemes.hpp"
#include "storage/remote/ssh/ssh_remote.hpp"
#include "storage/remote/swift/swift_remote.hpp"
#include "storage/remote/unserved.hpp"
#include "storage/remote/url.hpp"
#include "storage/remote/webdav/webdav_remote.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace duplid::remote {

namespace {

struct Entry {
    std::string_view scheme;
    std::unique_ptr<Remote> (*open)(const Url& url, const RemoteOptions& options);
};

std::unique_ptr<Remote> open_file(const Url& url, const RemoteOptions& options)
{
    return std::make_unique<file::FileRemote>(local_path(url, options.working_directory),
                                              options.limits, options.stop);
}

// Whose members are opened by this table again.
std::unique_ptr<Remote> open_multi(const Url& url, const RemoteOptions& options)
{
    return multi::open_multi(url, options, open);
}

template <typename Backend>
std::unique_ptr<Remote> open_as(const Url& url, const RemoteOptions& options)
{
    return std::make_unique<Backend>(url, options);
}

// Sorted by scheme.
constexpr std::array entries{
    Entry{"azure", open_as<azure::AzureRemote>},
    Entry{"boto+s3", s3::open},
    Entry{"boto3+gs", s3::open},
    Entry{"boto3+s3", s3::open},
    Entry{"cf+http", open_as<swift::SwiftRemote>},
    Entry{"file", open_file},
    Entry{"fish", ssh::open},
    Entry{"ftp", ftp::open},
    Entry{"ftpes", ftp::open},
    Entry{"ftps", ftp::open},
    Entry{"gcs", s3::open},
    // Front ends write it for local folders, too (front-ends.md 2.1).
    Entry{"gio+file", open_file},
    Entry{"gs", s3::open},
    Entry{"http", webdav::open},
    Entry{"https", webdav::open},
    Entry{"imap", imap::open},
    Entry{"imaps", imap::open},
    Entry{"lftp+fish", ssh::open},
    Entry{"lftp+ftp", ftp::open},
    Entry{"lftp+ftpes", ftp::open},
    Entry{"lftp+ftps", ftp::open},
    Entry{"lftp+http", webdav::open},
    Entry{"lftp+https", webdav::open},
    Entry{"lftp+sftp", ssh::open},
    Entry{"lftp+webdav", webdav::open},
    Entry{"lftp+webdavs", webdav::open},
    Entry{"multi", open_multi},
    Entry{"ncftp+ftp", ftp::open},
    Entry{"paramiko+scp", ssh::open},
    Entry{"paramiko+sftp", ssh::open},
    Entry{"pca", open_as<swift::SwiftRemote>},
    Entry{"pexpect+scp", ssh::open},
    Entry{"pexpect+sftp", ssh::open},
    Entry{"rclone", open_as<rclone::RcloneRemote>},
    Entry{"rsync", open_as<rsync::RsyncRemote>},
    Entry{"s3", s3::open},
    Entry{"s3+http", s3::open},
    Entry{"scp", ssh::open},
    Entry{"sftp", ssh::open},
    Entry{"ssh", ssh::open},
    Entry{"swift", open_as<swift::SwiftRemote>},
    Entry{"webdav", webdav::open},
    Entry{"webdavs", webdav::open},
};

/// What stands before any other URL, and wraps the target that is behind that.
constexpr std::string_view par2_prefix = "par2+";
constexpr std::string_view gio_prefix = "gio+";

/// Whether the gio program is to reach it: not what is a folder anyway, nor a list of other
/// targets, each of which is asked about again.
bool is_for_gio(const Url& url, const RemoteOptions& options)
{
    return protocol_of(url.scheme) != "file" &&
           (url.scheme.starts_with(gio_prefix) || (options.gio && url.scheme != "multi"));
}

}  // namespace

std::unique_ptr<Remote> open(std::string_view text, const RemoteOptions& options)
{
    if (text.starts_with(par2_prefix)) {
        return std::make_unique<par2::Par2Remote>(open(text.substr(par2_prefix.size()), options),
                                                  options);
    }
    const auto url = parse_url(text);
    if (is_for_gio(url, options)) {
        return std::make_unique<gio::GioRemote>(text, options);
    }
    const auto* entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& candidate) {
        return candidate.scheme == url.scheme;
    });
    if (entry != entries.end()) {
        return entry->open(url, options);
    }
    if (const auto refusal = refusal_of(url.scheme, redacted(text))) {
        throw refusal->with_detail("unsupported_scheme");
    }
    throw Error{
        Error::Kind::invalid,
        fmt::format("{} scheme \"{}\" in {}: supported are {}; and any that GVfs knows, behind "
                    "gio+",
                    is_known_scheme(url.scheme) ? "not yet supported" : "unknown", url.scheme,
                    redacted(text), fmt::join(supported_schemes(), ", ")),
        redacted(text)}
        .with_detail("unsupported_scheme");
}

std::vector<std::string_view> supported_schemes()
{
    std::vector<std::string_view> schemes;
    for (const auto& entry : entries) {
        schemes.push_back(entry.scheme);
    }
    return schemes;
}

}  // namespace duplid::remote
