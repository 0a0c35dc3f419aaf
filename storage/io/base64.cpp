#include "storage/io/base64.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace duplid::io {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each byte as a base64 digit, or -1.
constexpr std::array<std::int8_t, 256> values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t digit = 0; digit < alphabet.size(); ++digit) {
        table[static_cast<unsigned char>(alphabet[digit])] = static_cast<std::int8_t>(digit);
    }
    return table;
}();

}  // namespace

std::string base64(ByteView bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(bytes.size() - at, 3);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8U | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= count ? alphabet[group >> (18U - 6U * i) & 63U] : '=';
        }
    }
    return text;
}

std::optional<Bytes> unbase64(std::string_view text)
{
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const int value = values[static_cast<unsigned char>(c)];
        if (value < 0) {
            return std::nullopt;
        }
        group = group << 6U | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::byte>(group >> bits & 0xffU));
            group &= (1U << bits) - 1U;
        }
    }
    // A group cut short leaves unused bits; any other value than 0 there is a second spelling.
    if (group != 0) {
        return std::nullopt;
    }
    return bytes;
}

Bytes bytes_of_hex(std::string_view hex)
{
    Bytes bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t at = 0; at + 2 <= hex.size(); at += 2) {
        unsigned value = 0;
        std::from_chars(hex.data() + at, hex.data() + at + 2, value, 16);
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

std::string base64_of_hex(std::string_view hex)
{
    return base64(bytes_of_hex(hex));
}

}  // namespace duplid::io
