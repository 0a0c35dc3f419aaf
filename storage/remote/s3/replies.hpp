// What S3 answers in its bodies, and the bodies it is sent. All input is hostile until parsed.
//
// Format facts: the S3 API reference, operation by operation; backends.md 4.1 for what other
// servers make of it. Seen on Ceph's gateway 16.2 and Swift 2.30.
#pragma once

#include "storage/remote/remote.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::s3 {

/// The `<Error>` of a body; all empty where the body is none.
struct Problem {
    std::string code;
    std::string message;
    std::string region;    ///< the right one, if it is told
    std::string endpoint;  ///< where to go instead, if it is told
};
[[nodiscard]] Problem parse_problem(std::string_view text);

/// One page of a listing, of either version.
struct Page {
    std::vector<remote::Listed> objects;  ///< whole keys, decoded
    bool is_truncated = false;
    std::string token;   ///< for the next page; empty: the server speaks version 1
    std::string marker;  ///< for the next page in version 1
};
/// Throws: Error unreachable for what is no listing.
[[nodiscard]] Page parse_page(std::string_view text, const std::string& object);

/// Throws: Error unreachable for what is no such answer.
[[nodiscard]] std::string parse_upload_id(std::string_view text, const std::string& object);

/// The ETag that the finished object has; empty when it is not told. Throws: Error unreachable for
/// what is no such answer.
[[nodiscard]] std::string parse_completion(std::string_view text, const std::string& object);

/// An upload in parts that has not been completed.
struct OpenUpload {
    std::string key;
    std::string id;
    std::string begun;  ///< as the server writes times
};
[[nodiscard]] std::vector<OpenUpload> parse_uploads(std::string_view text,
                                                    const std::string& object);

/// A key that a multiple delete did not delete.
struct Undeleted {
    std::string key;
    Problem problem;
};
[[nodiscard]] std::vector<Undeleted> parse_undeleted(std::string_view text,
                                                     const std::string& object);

/// The body that makes one object of parts 1, 2 ... with these ETags.
[[nodiscard]] std::string completion_body(std::span<const std::string> tags);
[[nodiscard]] std::string deletion_body(std::span<const std::string> keys);
/// Empty for the default place.
[[nodiscard]] std::string creation_body(std::string_view location);

/// Whether a key survives a body in XML: well-formed UTF-8 without control characters.
[[nodiscard]] bool fits_into_xml(std::string_view key) noexcept;

}  // namespace duplid::s3
