// Base64 as RFC 4648 section 4 has it: padded, without line breaks. Whoever needs lines, as mails
// do, cuts them himself.
#pragma once

#include "storage/io/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace duplid::io {

[[nodiscard]] std::string base64(ByteView bytes);

/// Nothing unless `text` is what base64() makes of some bytes: strict on length, alphabet,
/// padding and unused bits.
[[nodiscard]] std::optional<Bytes> unbase64(std::string_view text);

/// The bytes that a digest's digits stand for: an even number of valid ones.
[[nodiscard]] Bytes bytes_of_hex(std::string_view hex);
/// base64() of them.
[[nodiscard]] std::string base64_of_hex(std::string_view hex);

}  // namespace duplid::io
