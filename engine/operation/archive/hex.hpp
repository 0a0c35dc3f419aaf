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

/// The value of a lower-case hex digit; 16 of anything else.
[[nodiscard]] constexpr unsigned value_of_hex_digit(char digit) noexcept
{
    if (digit >= '0' && digit <= '9') {
        return static_cast<unsigned>(digit - '0');
    }
    return digit >= 'a' && digit <= 'f' ? static_cast<unsigned>(digit - 'a') + 10U : 16U;
}

/// Empty when `hex` is anything but lower-case digits, two a byte.
[[nodiscard]] inline std::string bytes_of_hex(std::string_view hex)
{
    if (hex.size() % 2 != 0) {
        return {};
    }
    std::string bytes(hex.size() / 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = value_of_hex_digit(hex[2 * i]);
        const auto low = value_of_hex_digit(hex[2 * i + 1]);
        if (high > 15 || low > 15) {
            return {};
        }
        bytes[i] = static_cast<char>(high * 16 + low);
    }
    return bytes;
}

}  // namespace duplid::operation
