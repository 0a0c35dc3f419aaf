#include "storage/remote/schemes.hpp"

#include <algorithm>
#include <array>

namespace duplid::remote {

namespace {

struct Scheme {
    std::string_view name;
    bool has_host;
    std::string_view protocol;
};

// command-line.md 8.2 says which have a network location, 8.3 and backends.md 2 which exist.
// Sorted by name.
constexpr std::array schemes{
    // Older than the reference, which knows it no more; it is told apart from a mistyped one.
    Scheme{"acd+acdcli", false, "ad"},
    Scheme{"ad", false, "ad"},
    Scheme{"azure", false, "azure"},
    Scheme{"b2", false, "b2"},
    Scheme{"boto+s3", true, "s3"},
    Scheme{"boto3+gs", false, "gs"},
    Scheme{"boto3+s3", false, "s3-bucket"},
    Scheme{"box", false, "box"},
    Scheme{"cf+http", false, "cf"},
    Scheme{"cf+hubic", false, "hubic"},
    Scheme{"dpbx", false, "dpbx"},
    Scheme{"file", false, "file"},
    Scheme{"fish", true, "ssh"},
    Scheme{"ftp", true, "ftp"},
    Scheme{"ftpes", true, "ftp"},
    Scheme{"ftps", true, "ftp"},
    Scheme{"gcs", false, "gs"},
    Scheme{"gdata+gdocs", true, "gdrive"},
    Scheme{"gdocs", true, "gdrive"},
    Scheme{"gdrive", true, "gdrive"},
    Scheme{"gio+file", false, "file"},
    Scheme{"gs", false, "gs"},
    Scheme{"hsi", true, "hsi"},
    Scheme{"http", true, "webdav"},
    Scheme{"https", true, "webdav"},
    Scheme{"idrived", false, "idrived"},
    Scheme{"imap", true, "imap"},
    Scheme{"imaps", true, "imap"},
    Scheme{"jottacloud", false, "jottacloud"},
    Scheme{"lftp+fish", true, "ssh"},
    Scheme{"lftp+ftp", true, "ftp"},
    Scheme{"lftp+ftpes", true, "ftp"},
    Scheme{"lftp+ftps", true, "ftp"},
    Scheme{"lftp+http", true, "webdav"},
    Scheme{"lftp+https", true, "webdav"},
    Scheme{"lftp+sftp", true, "ssh"},
    Scheme{"lftp+webdav", true, "webdav"},
    Scheme{"lftp+webdavs", true, "webdav"},
    Scheme{"mega", true, "mega"},
    Scheme{"megav2", true, "mega"},
    Scheme{"megav3", true, "mega"},
    // Has a user and a host, which the reference leaves in the path.
    Scheme{"mf", false, "mf"},
    Scheme{"multi", false, "multi"},
    Scheme{"ncftp+ftp", true, "ftp"},
    Scheme{"onedrive", false, "onedrive"},
    Scheme{"paramiko+scp", true, "ssh"},
    Scheme{"paramiko+sftp", true, "ssh"},
    Scheme{"pca", false, "pca"},
    Scheme{"pexpect+scp", true, "ssh"},
    Scheme{"pexpect+sftp", true, "ssh"},
    Scheme{"pydrive", true, "gdrive"},
    Scheme{"pydrive+gdocs", true, "gdrive"},
    Scheme{"rclone", false, "rclone"},
    Scheme{"rsync", true, "rsync"},
    Scheme{"s3", true, "s3"},
    Scheme{"s3+http", false, "s3-bucket"},
    Scheme{"scp", true, "ssh"},
    Scheme{"sftp", true, "ssh"},
    Scheme{"slate", false, "slate"},
    // Not the reference's: an alias of sftp (command-line.md 8.2).
    Scheme{"ssh", true, "ssh"},
    Scheme{"swift", false, "swift"},
    Scheme{"sx", false, "sx"},
    Scheme{"tahoe", false, "tahoe"},
    Scheme{"webdav", true, "webdav"},
    Scheme{"webdavs", true, "webdav"},
};

static_assert(std::is_sorted(schemes.begin(), schemes.end(),
                             [](const Scheme& a, const Scheme& b) { return a.name < b.name; }));

constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals(std::string_view name, std::string_view scheme) noexcept
{
    return std::equal(name.begin(), name.end(), scheme.begin(), scheme.end(),
                      [](char a, char b) { return a == lower(b); });
}

const Scheme* find(std::string_view scheme) noexcept
{
    const auto* found = std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& candidate) {
        return equals(candidate.name, scheme);
    });
    return found == schemes.end() ? nullptr : found;
}

// Prefixes that stand before a complete URL of another scheme.
bool has_wrapper(std::string_view scheme) noexcept
{
    return (scheme.size() > 5 && equals("par2+", scheme.substr(0, 5))) ||
           (scheme.size() > 4 && equals("gio+", scheme.substr(0, 4)));
}

}  // namespace

bool is_known_scheme(std::string_view scheme) noexcept
{
    return has_wrapper(scheme) || find(scheme) != nullptr;
}

bool has_network_location(std::string_view scheme) noexcept
{
    const auto* found = find(scheme);
    return found != nullptr && found->has_host;
}

std::string_view protocol_of(std::string_view scheme) noexcept
{
    const auto* found = find(scheme);
    return found == nullptr ? scheme : found->protocol;
}

}  // namespace duplid::remote
