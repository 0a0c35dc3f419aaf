// Where a URL leads: paths of `file` URLs, and the canonical form for locks.
#include "storage/io/error.hpp"
#include "storage/remote/schemes.hpp"
#include "storage/remote/url.hpp"

#include <filesystem>
#include <fmt/format.h>

namespace duplid::remote {

namespace {

// Slashes, dots and double dots resolved as text. A leading slash stays, a trailing one goes.
std::string tidy(std::string_view path)
{
    auto tidied = std::filesystem::path{path}.lexically_normal().string();
    // lexically_normal() keeps two leading slashes apart from one, as POSIX allows.
    while (tidied.size() > 1 && tidied.starts_with("//")) {
        tidied.erase(0, 1);
    }
    if (tidied.size() > 1 && tidied.ends_with('/')) {
        tidied.pop_back();
    }
    return tidied;
}

}  // namespace

std::string local_path(const Url& url, const std::string& working_directory)
{
    if (url.path.empty()) {
        throw Error{
            Error::Kind::invalid, "the path of a file target is missing", {}, "write file:///path"};
    }
    if (url.path.find('\0') != std::string::npos) {
        throw Error{Error::Kind::invalid, "a path cannot hold a NUL byte"};
    }
    if (url.path.starts_with('/')) {
        return url.path;
    }
    if (working_directory.empty()) {
        throw Error{
            Error::Kind::invalid,
            fmt::format("file target {} is relative, and it is not known to what", url.path),
            url.path, "write it with three slashes: file:///path"};
    }
    return fmt::format("{}/{}", working_directory, url.path);
}

std::string canonical(const Url& url, const std::string& working_directory)
{
    if (protocol_of(url.scheme) == "file") {
        const auto path = local_path(url, working_directory);
        std::error_code error;
        auto resolved = std::filesystem::weakly_canonical(path, error);
        return "file://" + tidy(error ? path : resolved.string());
    }
    if (!url.host) {
        auto path = std::string_view{url.path};
        // What stands before an '@' of the first component is user information (b2, par2+sftp).
        const auto component = path.substr(0, path.find('/'));
        if (const auto at = component.rfind('@'); at != std::string_view::npos) {
            path.remove_prefix(at + 1);
        }
        return fmt::format("{}://{}", protocol_of(url.scheme), tidy(path));
    }
    // A path that is relative to the login directory means another place for each user.
    const bool is_absolute = url.path.starts_with("//");
    const auto user = url.user && !is_absolute ? *url.user + '@' : std::string{};
    const auto port = url.port ? fmt::format(":{}", *url.port) : std::string{};
    const auto module = url.rsync_module ? fmt::format("::{}", *url.rsync_module) : std::string{};
    return fmt::format("{}://{}{}{}{}{}{}", protocol_of(url.scheme), user, *url.host, port, module,
                       is_absolute ? "/" : "", tidy(url.path.empty() ? "/" : url.path));
}

}  // namespace duplid::remote
