// Where a WebDAV target is: its server, and the path of its collection there.
#pragma once

#include "storage/remote/url.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::webdav {

/// A collection on a server. Paths are absolute on the server, slashes folded (backends.md 3.5).
struct Place {
    bool is_tls = false;
    std::string host;  ///< lower case; an IPv6 address without brackets
    std::uint16_t port = 0;
    std::vector<std::string> segments;  ///< decoded

    friend bool operator==(const Place&, const Place&) = default;

    /// Of the collection, or of a file in it. Encoded, as it is sent.
    [[nodiscard]] std::string url() const { return origin() + path(segments.size()); }
    [[nodiscard]] std::string url_of(std::string_view name) const;
    /// Of the collection that the first `levels` segments name.
    [[nodiscard]] std::string url_of_level(std::size_t levels) const;
    /// The path alone, encoded: what RFC 4918 (8.3) lets stand in a Destination, too.
    [[nodiscard]] std::string path_of(std::string_view name) const;
    /// Decoded, without a slash at its end.
    [[nodiscard]] std::string plain_path() const;

private:
    [[nodiscard]] std::string origin() const;
    [[nodiscard]] std::string path(std::size_t levels) const;
};

/// The schemes with an s at their end mean TLS: webdavs, https, lftp+webdavs, lftp+https.
[[nodiscard]] Place place_of(const remote::Url& url);

/// Where the collection is, when a request for `name` in it (empty: for itself) was answered by a
/// redirect to `location`. Only the same server is followed, or the same host from http to https:
/// another one would be given the password. Throws: Error invalid, naming where it led.
[[nodiscard]] Place moved(const Place& place, std::string_view name, std::string_view location);

}  // namespace duplid::webdav
