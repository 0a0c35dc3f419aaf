#include "storage/remote/webdav/place.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/http/percent.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace duplid::webdav {

namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

std::vector<std::string> segments_of(std::string_view path, bool is_encoded)
{
    std::vector<std::string> segments;
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        if (end > 0) {
            const auto segment = path.substr(0, end);
            segments.push_back(is_encoded ? http::percent_decoded(segment) : std::string{segment});
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return segments;
}

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::uint16_t default_port(bool is_tls)
{
    return is_tls ? https_port : http_port;
}

/// "host", "host:port", "[address]:port", with or without a user; nothing for anything else.
bool parse_authority(std::string_view text, Place& place)
{
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        text.remove_prefix(at + 1);
    }
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) {
            return false;
        }
        place.host = lower(text.substr(1, end - 1));
        port = text.substr(end + 1);
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        place.host = lower(text.substr(0, colon));
        port = text.substr(colon);
    }
    if (port.empty()) {
        place.port = default_port(place.is_tls);
        return !place.host.empty();
    }
    const auto* const end = port.data() + port.size();
    const auto result = std::from_chars(port.data() + 1, end, place.port);
    return port.front() == ':' && result.ec == std::errc{} && result.ptr == end;
}

std::optional<Place> parse_location(const Place& from, std::string_view text)
{
    Place place = from;
    text = text.substr(0, text.find('#'));
    if (text.empty()) {
        return std::nullopt;
    }
    if (text.starts_with("http://") || text.starts_with("https://")) {
        place.is_tls = text[4] == 's';
        text.remove_prefix(text.find("://") + 3);
        const auto slash = std::min(text.find('/'), text.size());
        if (!parse_authority(text.substr(0, slash), place)) {
            return std::nullopt;
        }
        text.remove_prefix(slash);
    }
    if ((!text.empty() && text.front() != '/') || text.starts_with("//") ||
        text.find('?') != std::string_view::npos) {
        return std::nullopt;
    }
    place.segments = segments_of(text, true);
    return place;
}

}  // namespace

std::string Place::origin() const
{
    const auto shown = host.find(':') == std::string::npos ? host : '[' + host + ']';
    const auto* const scheme = is_tls ? "https" : "http";
    return port == default_port(is_tls) ? fmt::format("{}://{}", scheme, shown)
                                        : fmt::format("{}://{}:{}", scheme, shown, port);
}

std::string Place::path(std::size_t levels) const
{
    std::string text{"/"};
    for (std::size_t at = 0; at < levels; ++at) {
        text += http::percent_encoded(segments[at]);
        text += '/';
    }
    return text;
}

std::string Place::path_of(std::string_view name) const
{
    return path(segments.size()) + http::percent_encoded(name);
}

std::string Place::url_of(std::string_view name) const
{
    return origin() + path_of(name);
}

std::string Place::url_of_level(std::size_t levels) const
{
    return origin() + path(levels);
}

std::string Place::plain_path() const
{
    std::string text;
    for (const auto& segment : segments) {
        text += '/';
        text += segment;
    }
    return text;
}

Place place_of(const remote::Url& url)
{
    Place place;
    place.is_tls = url.scheme.ends_with('s');
    place.host = url.host.value_or("");
    place.port = url.port.value_or(default_port(place.is_tls));
    place.segments = segments_of(url.path, false);
    return place;
}

Place moved(const Place& place, std::string_view name, std::string_view location)
{
    auto to = parse_location(place, location);
    const auto is_safe = [&](const Place& other) {
        const bool is_same = other.is_tls == place.is_tls && other.port == place.port;
        return other.host == place.host && (is_same || (other.is_tls && !place.is_tls));
    };
    const bool has_name =
        !to || name.empty() || (!to->segments.empty() && to->segments.back() == name);
    if (!to || !is_safe(*to) || !has_name) {
        throw Error{Error::Kind::invalid,
                    fmt::format("{} redirects to {}, which is not followed", place.url(), location),
                    place.url(), "if that is the right place, give its URL"};
    }
    if (!name.empty()) {
        to->segments.pop_back();
    }
    return *std::move(to);
}

}  // namespace duplid::webdav
