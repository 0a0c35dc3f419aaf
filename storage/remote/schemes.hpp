// What duplicity knows of schemes, whether or not this build can open them.
#pragma once

#include <string_view>

namespace duplid::remote {

/// Whether duplicity 0.8.22, or one of our aliases (backends.md 2), has this scheme. Upper case is
/// taken too; a prefix "par2+" or "gio+" makes any scheme known.
[[nodiscard]] bool is_known_scheme(std::string_view scheme) noexcept;

/// Whether URLs of this scheme, in lower case, name a host (command-line.md 8.2).
[[nodiscard]] bool has_network_location(std::string_view scheme) noexcept;

/// A word for the protocol behind a scheme: schemes that differ only in the program duplicity
/// would use, or in how the same files on the same host are reached, share it.
[[nodiscard]] std::string_view protocol_of(std::string_view scheme) noexcept;

}  // namespace duplid::remote
