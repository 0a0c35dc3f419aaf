// What WebDAV servers answer to PROPFIND (RFC 4918, 14.16), and what they say when they refuse.
#pragma once

#include "storage/remote/http/client.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::webdav {

/// One thing on the server, as far as it told.
struct Resource {
    std::string path;  ///< absolute, decoded, slashes folded, none at the end; "" for the root
    bool is_collection = false;
    std::optional<std::uint64_t> bytes;
    std::optional<std::time_t> modified;
    std::optional<std::uint64_t> free_bytes;  ///< DAV:quota-available-bytes (RFC 4331)
};

/// Everything in a multistatus that has a path; properties count only with status 200. Namespaces
/// are looked at, not prefixes: Apache uses two for "DAV:" (seen). The host in a href is not:
/// behind a proxy it may be a name that only the server knows. Throws: Error unreachable for what
/// is no such answer.
[[nodiscard]] std::vector<Resource> parse_multistatus(std::string_view text,
                                                      const std::string& object);

/// The server's own words in an answer that refuses: the message of a DAV:error (SabreDAV's), the
/// title of a page, or a short text; printable, at most 200 bytes. Empty when there are none.
[[nodiscard]] std::string reason_of(const http::Answer& answer);

}  // namespace duplid::webdav
