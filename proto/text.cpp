#include "proto/text.hpp"

#include <array>
#include <cstdint>

namespace duplid::proto {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

unsigned byte_at(std::string_view bytes, std::size_t at) noexcept
{
    return static_cast<unsigned char>(bytes[at]);
}

/// Length of the well-formed character at the front of `bytes`, 0 if there is none
/// (RFC 3629: no surrogates, nothing overlong, nothing past U+10FFFF).
std::size_t character_bytes(std::string_view bytes) noexcept
{
    const unsigned first = byte_at(bytes, 0);
    if (first < 0x80) {
        return 1;
    }
    std::size_t length = 0;
    unsigned second_min = 0x80;
    unsigned second_max = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        second_min = first == 0xE0 ? 0xA0 : 0x80;
        second_max = first == 0xED ? 0x9F : 0xBF;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        second_min = first == 0xF0 ? 0x90 : 0x80;
        second_max = first == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (bytes.size() < length || byte_at(bytes, 1) < second_min || byte_at(bytes, 1) > second_max) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte_at(bytes, i) & 0xC0U) != 0x80) {
            return 0;
        }
    }
    return length;
}

template <class Buffer>
std::optional<Buffer> decoded(std::string_view text)
{
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    Buffer bytes;
    bytes.reserve(text.size() / 4 * 3);
    for (std::size_t at = 0; at < text.size(); at += 4) {
        auto group = text.substr(at, 4);
        if (at + 4 == text.size()) {
            // Padding can only end the last group, and leaves at least two digits.
            for (int i = 0; i < 2 && group.back() == '='; ++i) {
                group.remove_suffix(1);
            }
        }
        std::uint32_t bits = 0;
        for (const char digit : group) {
            const auto value = alphabet.find(digit);
            if (value == std::string_view::npos) {
                return std::nullopt;
            }
            bits = bits << 6U | static_cast<std::uint32_t>(value);
        }
        bits <<= 6 * (4 - group.size());
        const auto count = group.size() - 1;
        for (std::size_t i = 0; i < 3; ++i) {
            const auto byte = static_cast<unsigned char>(bits >> (16 - 8 * i));
            if (i < count) {
                bytes.push_back(static_cast<char>(byte));
            } else if (byte != 0) {
                return std::nullopt;  // leftover bits must be zero: one spelling for each value
            }
        }
    }
    return bytes;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept
{
    while (!bytes.empty()) {
        const auto length = character_bytes(bytes);
        if (length == 0) {
            return false;
        }
        bytes.remove_prefix(length);
    }
    return true;
}

std::string to_utf8(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = character_bytes(bytes);
        if (length == 0) {
            text += replacement;
            bytes.remove_prefix(1);
        } else {
            text += bytes.substr(0, length);
            bytes.remove_prefix(length);
        }
    }
    return text;
}

std::string base64(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8U | (i < group.size() ? byte_at(group, i) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= group.size() ? alphabet[bits >> (18 - 6 * i) & 63U] : '=';
        }
    }
    return text;
}

std::optional<std::string> base64_decoded(std::string_view text)
{
    return decoded<std::string>(text);
}

std::optional<WipedBuffer> base64_decoded_secret(std::string_view text)
{
    return decoded<WipedBuffer>(text);
}

}  // namespace duplid::proto
