// What Azure's blob service answers, taken apart. Input is hostile until parsed.
//
// Format facts: backends.md 4.3; "List Blobs" and "Status and error codes" of Azure's
// documentation.
#pragma once

#include "storage/io/error.hpp"
#include "storage/remote/http/client.hpp"
#include "storage/remote/remote.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::azure {

/// One page of a list of blobs.
struct Page {
    std::vector<remote::Listed> blobs;  ///< with their whole names
    std::string next;                   ///< the marker of the next page; empty: this was the last
};

/// Throws: Error unreachable, naming `object`, for what is no such list.
[[nodiscard]] Page parse_page(std::string_view text, const std::string& object);

/// The names, decoded, of the blocks that uploads have left which were never finished. Throws: as
/// parse_page().
[[nodiscard]] std::vector<std::string> parse_unused_blocks(std::string_view text,
                                                           const std::string& object);

/// The service's own word for what is wrong: "BlobNotFound". Empty when it said none.
[[nodiscard]] std::string code_of(const http::Answer& answer);

/// What an answer outside 2xx means (backends.md 4.3, last points).
[[nodiscard]] Error error_from(const http::Request& request, const http::Answer& answer);

}  // namespace duplid::azure
