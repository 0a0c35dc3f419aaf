// What happens to a line before the JSON library sees it.
//
// The library copies each string several times into memory it does not wipe, and it builds whatever
// it is sent. So one pass over the raw line measures the depth, and takes out the values of secret
// members, leaving a placeholder (the secret's index as text) that Reader turns back.
#pragma once

#include "proto/secret_text.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace duplid::proto {

/// Names whose string values are secrets, wherever in a request they stand.
[[nodiscard]] std::span<const std::string_view> secret_names() noexcept;

/// Checks the depth of `line` and replaces the secrets in it, whose bytes are wiped.
/// Does not otherwise check that it is JSON.
/// Throws: ProtocolError parse_error when it is too deep or a secret is not a well-formed string.
[[nodiscard]] std::vector<SecretText> take_secrets(WipedBuffer& line);

}  // namespace duplid::proto
