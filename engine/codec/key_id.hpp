// Names of keys in hex digits (archive-format.md 8.5). Used inside this folder only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace duplid::codec {

/// The digits of a key id or fingerprint (8, 16 or 40 of them) in upper case and without 0x;
/// nothing if it is none.
[[nodiscard]] std::optional<std::string> normal_key_id(std::string_view id);

}  // namespace duplid::codec
