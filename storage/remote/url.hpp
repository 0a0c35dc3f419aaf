// Target URLs: is it one, what are its parts, and forms of it that may be shown or compared.
//
// Format facts: command-line.md 8 and backends.md 1.2; how duplicity 0.8.22 takes 76 URLs apart
// is recorded in tests/golden/urls.json. The deviations from it are those of command-line.md 8.
#pragma once

#include "storage/io/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::remote {

/// The parts of a URL, decoded. The URL itself is not kept: its exact spelling names the cache
/// (archive-format.md 2) and is in the hands of whoever was given it.
struct Url {
    std::string scheme;  ///< lower case, with its prefixes: "sftp", "boto3+s3", "par2+file"
    std::optional<std::string> user;
    io::Secret password;
    std::optional<std::string> host;  ///< lower case; only for schemes with a network location
    std::optional<std::uint16_t> port;

    /// With a network location: what follows the host, "/x" meaning relative to the login
    /// directory and "//x" absolute. Without one: everything after "scheme://", which for some
    /// schemes (b2, par2+) begins with user information, so never show it; use redacted().
    std::string path;

    /// Not decoded: what it means is the backend's.
    std::optional<std::string> query;

    /// Of an rsync daemon ("host::module/x"): what stands between "::" and the next '/', which
    /// may be nothing ("host::/module/x"). Not set for rsync over ssh and all other schemes.
    std::optional<std::string> rsync_module;
};

/// Whether an argument is a URL and not a local path: an RFC 3986 scheme followed by "://", or a
/// scheme that duplicity knows followed by ":/".
[[nodiscard]] bool looks_like_url(std::string_view text) noexcept;

/// Takes a URL apart. An unknown scheme is no error here.
/// Throws: Error invalid, naming the URL without its password.
[[nodiscard]] Url parse_url(std::string_view text);

/// `text` with the password, if there is one, replaced by "*****". Takes any text, also one that
/// parse_url() refuses.
[[nodiscard]] std::string redacted(std::string_view text);

/// The path a `file` URL means; relative ones are resolved against `working_directory`.
/// Throws: Error invalid when it is relative and `working_directory` is empty, when the path is
/// empty or holds a NUL.
[[nodiscard]] std::string local_path(const Url& url, const std::string& working_directory);

/// One spelling for all the URLs that surely mean the same place, for locks: no password, no
/// query, schemes of one protocol as one, slashes and dots of the path resolved, for `file` also
/// symbolic links. Two URLs of one place may still differ (host aliases): the lock in the
/// archive directory stands beside it.
/// Throws: as local_path().
[[nodiscard]] std::string canonical(const Url& url, const std::string& working_directory);

}  // namespace duplid::remote
