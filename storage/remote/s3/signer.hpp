// Signature version 4 of Amazon's services, over requests whose parts are canonical already.
//
// Format facts: "Authenticating Requests (AWS Signature Version 4)" of the S3 API reference, whose
// examples the unit test repeats. Why not libcurl's own signer: backends.md 4.1 (it puts
// x-amz-server-side-encryption-aws-kms-key-id before x-amz-server-side-encryption, and a wrong
// clock cannot be cured).
#pragma once

#include "storage/io/secret.hpp"
#include "storage/remote/http/client.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::s3 {

struct Credentials {
    std::string key_id;
    io::Secret secret;
    io::Secret token{};  ///< of a session; mostly not set
    std::optional<std::chrono::sys_seconds> expires{};
};

/// What a signature is good for, besides its day.
struct Scope {
    std::string_view region;
    std::string_view service = "s3";
};

/// Names and values, not encoded, in any order.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// `a=1&b=`: sorted by encoded name, every value encoded, and a '=' behind each name. The bytes
/// that are signed must be those of the URL.
[[nodiscard]] std::string canonical_query(const Parameters& parameters);

struct ToSign {
    std::string_view method;
    std::string_view path;   ///< as in the URL, from its first '/'
    std::string_view query;  ///< canonical_query()
    /// All that are signed, `host` among them: lower case names, each once, values without blanks
    /// around them. Any order.
    std::span<const http::Header> headers;
    std::string_view payload_hash;  ///< the value of x-amz-content-sha256
};

/// The time as the header x-amz-date and the signature have it: 20130524T000000Z.
[[nodiscard]] std::string timestamp(std::chrono::sys_seconds time);

/// The value of the header Authorization. Throws: Error internal.
[[nodiscard]] std::string authorization(const ToSign& request, const Credentials& credentials,
                                        const Scope& scope, std::chrono::sys_seconds time);

}  // namespace duplid::s3
