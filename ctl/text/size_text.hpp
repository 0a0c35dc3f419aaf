// Amounts in words, as duplicity's statistics have them, and as people type them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::ctl {

/// "264 bytes", "1 byte", "1.43 MB": units of 1024 and three significant digits.
/// Edges (10.00 KB, 1024 KB) are those of 0.8.22: command-line.md 5.1.
[[nodiscard]] std::string size_in_words(std::uint64_t bytes);

/// "1 hour 2 minutes 3.50 seconds": parts that are zero are left out (command-line.md 5.1).
[[nodiscard]] std::string elapsed_in_words(double seconds);

/// "500000", "100M", "2G": a whole number of bytes, or of units of 1024 and its powers (K, M, G, T
/// in either case). Nothing for any other text, and beyond 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

}  // namespace duplid::ctl
