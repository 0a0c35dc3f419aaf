// Base64 as RFC 4648 section 4 has it: padded, without line breaks.
#pragma once

#include "storage/io/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace duplid::manifest {

[[nodiscard]] std::string base64(io::ByteView bytes);

/// Nothing unless `text` is what base64() makes of some bytes: strict on length, alphabet,
/// padding and unused bits.
[[nodiscard]] std::optional<io::Bytes> unbase64(std::string_view text);

}  // namespace duplid::manifest
