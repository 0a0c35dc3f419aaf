// Names from disks and archives made fit for messages.
#pragma once

#include <string>
#include <string_view>

namespace duplid::io {

/// `bytes` as they are where they are printable UTF-8; control characters (C1 too), backslashes and
/// bytes that are no UTF-8 become \xNN. For messages only: the result is not meant to be read back.
[[nodiscard]] std::string printable(std::string_view bytes);

/// Whether `bytes` are well-formed UTF-8 (no surrogates, nothing over-long, at most U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

}  // namespace duplid::io
