#include "storage/remote/unserved.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace duplid::remote {

namespace {

/// `closed`: "on DATE", or nothing where the day is not known for sure.
struct Closed {
    std::string_view scheme;
    std::string_view name;
    std::string_view closed;
    std::string_view alternatives;
};

// Sorted by scheme.
constexpr std::array closed_services{
    Closed{"acd+acdcli", "Amazon Drive", "on 2023-12-31", "boto3+s3://, rclone://"},
    Closed{"ad", "Amazon Drive", "on 2023-12-31", "boto3+s3://, rclone://"},
    Closed{"cf+hubic", "hubiC (OVH)", "", "swift:// with OVH Object Storage, boto3+s3://"},
    Closed{"gdata+gdocs", "the Google Documents List API (gdata)", "on 2015-04-20",
           "rclone:// with a remote of the type \"drive\" for Google Drive"},
    Closed{"slate", "Slate (slate.host)", "",
           "boto3+s3://, rclone://; files there were public in IPFS, and any gateway gives those "
           "whose "
           "content ids are known"},
};

struct NotServed {
    std::string_view scheme;
    std::string_view name;
    std::string_view instead;
};

constexpr std::string_view mounted =
    "rclone:// if a remote of rclone's reaches it, or file:// where it is mounted";
constexpr std::string_view drive = "rclone://REMOTE:DIR with a remote of rclone's type \"drive\"";
constexpr std::string_view mega = "rclone://REMOTE:DIR with a remote of rclone's type \"mega\"";

// Sorted by scheme.
constexpr std::array not_served{
    NotServed{"b2", "Backblaze B2",
              "rclone://REMOTE:DIR with a remote of rclone's type \"b2\", or boto3+s3:// with the "
              "bucket's S3 endpoint"},
    NotServed{"box", "Box", "rclone://REMOTE:DIR with a remote of rclone's type \"box\""},
    NotServed{"dpbx", "Dropbox", "rclone://REMOTE:DIR with a remote of rclone's type \"dropbox\""},
    NotServed{"gdocs", "Google Drive", drive},
    NotServed{"gdrive", "Google Drive", drive},
    NotServed{"hsi", "HPSS", mounted},
    NotServed{"idrived", "iDrive", "rclone:// or boto3+s3:// with iDrive e2, which speaks S3"},
    NotServed{"jottacloud", "Jottacloud",
              "rclone://REMOTE:DIR with a remote of rclone's type \"jottacloud\""},
    NotServed{"mega", "Mega", mega},
    NotServed{"megav2", "Mega", mega},
    NotServed{"megav3", "Mega", mega},
    NotServed{"mf", "MediaFire", mounted},
    NotServed{"onedrive", "Microsoft OneDrive",
              "rclone://REMOTE:DIR with a remote of rclone's type \"onedrive\""},
    NotServed{"pydrive", "Google Drive", drive},
    NotServed{"pydrive+gdocs", "Google Drive", drive},
    NotServed{"sx", "SX (Skylable)", mounted},
    NotServed{"tahoe", "Tahoe-LAFS",
              "sftp:// to the node's own SFTP service, or rclone:// with a remote that uses it"},
};

template <typename Table>
const auto* find(const Table& table, std::string_view scheme)
{
    const auto* const found =
        std::ranges::find_if(table, [&](const auto& entry) { return entry.scheme == scheme; });
    return found == table.end() ? nullptr : found;
}

}  // namespace

std::optional<Error> refusal_of(std::string_view scheme, const std::string& object)
{
    if (const auto* const service = find(closed_services, scheme)) {
        const auto end = service->closed.empty() ? std::string{"has closed"}
                                                 : fmt::format("closed {}", service->closed);
        return Error{Error::Kind::invalid,
                     fmt::format("{} {}; its servers no longer answer, so {}:// cannot be used. "
                                 "Existing copies of these backups can be read from a local folder "
                                 "with file://DIR. Alternatives: {}",
                                 service->name, end, scheme, service->alternatives),
                     object};
    }
    if (const auto* const service = find(not_served, scheme)) {
        return Error{
            Error::Kind::invalid,
            fmt::format("duplid does not reach {} by itself, so {}:// cannot be used; use {}",
                        service->name, scheme, service->instead),
            object};
    }
    return std::nullopt;
}

}  // namespace duplid::remote
