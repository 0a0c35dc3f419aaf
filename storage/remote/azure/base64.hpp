// Base64 (RFC 4648, section 4): keys, signatures, digests and block names travel in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace duplid::azure {

[[nodiscard]] std::string base64_encoded(std::string_view bytes);
/// Nothing when it is not base64 with its padding. Blanks and line ends at both ends are passed
/// over.
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);
/// Of the bytes that lower-case hex digits stand for.
[[nodiscard]] std::string base64_of_hex(std::string_view hex);

}  // namespace duplid::azure
