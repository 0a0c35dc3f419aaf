// Bytes as lower-case hex digits, and back.
#pragma once

#include <string>
#include <string_view>

namespace duplid::operation {

[[nodiscard]] inline std::string hex_of(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        hex += digits[value >> 4U];
        hex += digits[value & 15U];
    }
    return hex;
}

/// Empty when `hex` is anything but lower-case digits, two a byte.
[[nodiscard]] inline std::string bytes_of_hex(std::string_view hex)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string bytes;
    if (hex.size() % 2 != 0) {
        return bytes;
    }
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const auto high = digits.find(hex[i]);
        const auto low = digits.find(hex[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return {};
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

}  // namespace duplid::operation
