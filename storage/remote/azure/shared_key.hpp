// How a request to Azure's blob service proves that its sender has the account's key.
//
// Format facts: "Authorize with Shared Key" of Azure's documentation (the form since version
// 2015-02-21), whose examples are this part's unit tests; backends.md 4.3.
#pragma once

#include "storage/io/secret.hpp"
#include "storage/remote/http/client.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::azure {

/// What of a request is signed.
struct Call {
    std::string method = "GET";
    /// Of the URL, encoded as it is sent: the endpoint's own path, then "/container/name".
    std::string path{};
    /// Names in lower case, values not encoded.
    std::vector<std::pair<std::string, std::string>> query{};
    /// Names in lower case.
    std::vector<http::Header> headers{};
    std::uint64_t body_bytes = 0;
};

[[nodiscard]] std::string string_to_sign(const std::string& account, const Call& call);

/// HMAC-SHA256 in base64.
[[nodiscard]] std::string signature(const io::Secret& key, std::string_view text);

}  // namespace duplid::azure
