// Base64 and UTF-8, as far as the wire needs them.
#pragma once

#include "proto/secret_text.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace duplid::proto {

[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// `bytes` with each byte that is not part of a well-formed character replaced by U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

/// RFC 4648, with padding.
[[nodiscard]] std::string base64(std::string_view bytes);
/// Nothing when `text` is not exactly that.
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);
/// The same for secrets: nothing is copied into memory that is not wiped.
[[nodiscard]] std::optional<WipedBuffer> base64_decoded_secret(std::string_view text);

}  // namespace duplid::proto
