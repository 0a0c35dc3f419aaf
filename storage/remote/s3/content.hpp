// Digests of what is sent, in the forms that S3 wants, and what the ETag of an answer says of it.
#pragma once

#include "storage/remote/curl/transfer.hpp"
#include "storage/remote/http/client.hpp"

#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace duplid::s3 {

struct ContentDigest {
    std::string md5;     ///< hex
    std::string sha256;  ///< hex; empty when it was not asked for
};

/// Reads the part once. Throws: Error, cancelled on a stop.
[[nodiscard]] ContentDigest digest_of(const curl::FilePart& part, bool with_sha256,
                                      const std::stop_token& stop);

/// The ETag of an object made of parts with these MD5 sums: the MD5 of their bytes, "-", the number
/// of parts.
[[nodiscard]] std::string composite_tag(std::span<const std::string> md5_hexes);

enum class TagVerdict {
    same,
    differs,
    silent,  ///< the ETag is no digest of the content: nothing is known
};

/// Compares the ETag of `answer` with an MD5 sum or a composite_tag(). It is a digest only where
/// the object is not encrypted by the server: with AES256 keys of Amazon's own it still is one
/// there (and elsewhere perhaps not), with all other ways it is not.
[[nodiscard]] TagVerdict judge_tag(const http::Answer& answer, std::string_view expected,
                                   bool is_amazon);

/// Whether the ETag of an answer is the MD5 sum of the whole content. It is not for what was sent
/// in parts, nor where judge_tag() has other reasons to be silent.
[[nodiscard]] bool is_tag_of_whole(const http::Answer& answer, bool is_amazon);

/// The ETag of an answer without its quotes.
[[nodiscard]] std::string tag_of(const http::Answer& answer);

}  // namespace duplid::s3
