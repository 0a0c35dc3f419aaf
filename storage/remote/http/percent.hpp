// Percent-encoding as HTTP servers and their signatures want it.
#pragma once

#include <string>
#include <string_view>

namespace duplid::http {

/// Every byte but A-Z a-z 0-9 - . _ ~ and those in `keep` as %XX, upper case (RFC 3986).
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view keep = {});
/// %XX decoded; a '%' that two hex digits do not follow stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace duplid::http
