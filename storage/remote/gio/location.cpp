#include "storage/remote/gio/location.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/http/percent.hpp"
#include "storage/remote/url.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::gio {

namespace {

constexpr std::string_view prefix = "gio+";

/// What RFC 3986 lets stand in user names, and in hosts and paths, beside letters and digits.
constexpr std::string_view user_characters = "%!$&'()*+,;=";
constexpr std::string_view place_characters = "%!$&'()*+,;=:@/[]";

[[noreturn]] void refuse(std::string_view url, std::string_view why)
{
    const auto shown = remote::redacted(url);
    throw Error{Error::Kind::invalid, fmt::format("target URL {}: {}", shown, why), shown}
        .with_detail("bad_url");
}

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

bool is_scheme(std::string_view text)
{
    return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") ==
               std::string_view::npos;
}

/// Takes "user:password@" off `authority`; the user, as it was written, is what remains to be seen.
std::string_view take_user(std::string_view& authority, Location& location)
{
    const auto at = authority.rfind('@');
    if (at == std::string_view::npos) {
        return {};
    }
    const auto information = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const auto colon = std::min(information.find(':'), information.size());
    const auto user = information.substr(0, colon);
    if (!user.empty()) {
        location.user = http::percent_decoded(user);
    }
    // An empty password is none.
    if (colon + 1 < information.size()) {
        auto password = http::percent_decoded(information.substr(colon + 1));
        location.password = io::Secret{password};
        io::wipe(password.data(), password.size());
    }
    return user;
}

/// Of "host:port". What stands there and is no number may be half a password.
bool has_odd_port(std::string_view host)
{
    const auto colon = host.starts_with('[') ? host.find(':', std::min(host.find(']'), host.size()))
                                             : host.find(':');
    return colon != std::string_view::npos &&
           host.find_first_not_of("0123456789", colon + 1) != std::string_view::npos;
}

}  // namespace

std::string Location::file(std::string_view name) const
{
    return uri + "/" + http::percent_encoded(name);
}

std::optional<std::string> parent_of(const std::string& uri)
{
    const auto authority = uri.find("://") + 3;
    const auto slash = uri.rfind('/');
    return slash < authority ? std::nullopt : std::optional{uri.substr(0, slash)};
}

Location locate(std::string_view url)
{
    const auto colon = std::min(url.find(':'), url.size());
    auto scheme = lower(url.substr(0, colon));
    while (scheme.starts_with(prefix)) {
        scheme.erase(0, prefix.size());
    }
    auto rest = url.substr(colon);
    if (!is_scheme(scheme) || !rest.starts_with("://")) {
        refuse(url, "\"gio+\" stands before a whole URL, as in gio+sftp://host/dir");
    }
    rest.remove_prefix(3);
    Location location;
    if (const auto end = rest.find_first_of("?#"); end != std::string_view::npos) {
        location.has_query = rest[end] == '?';
        rest = rest.substr(0, end);
    }
    auto authority = rest.substr(0, rest.find('/'));
    auto path = rest.substr(authority.size());
    const auto user = take_user(authority, location);
    if (has_odd_port(authority)) {
        refuse(url, "the port is no number from 0 to 65535");
    }
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    location.uri =
        fmt::format("{}://{}{}{}{}", scheme, http::percent_encoded(user, user_characters),
                    user.empty() ? "" : "@", http::percent_encoded(authority, place_characters),
                    http::percent_encoded(path, place_characters));
    // gvfs, "GVfsBackendGoogle" and "GVfsBackendOnedrive": a file's name is an id of the service.
    location.names_are_titles = scheme == "google-drive" || scheme == "onedrive";
    return location;
}

}  // namespace duplid::gio
