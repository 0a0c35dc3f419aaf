#include "storage/io/text.hpp"

#include <algorithm>
#include <cstddef>

namespace duplid::io {

namespace {

/// Bytes of the UTF-8 character at the front of `text`; 0 when there is none.
std::size_t character_bytes(std::string_view text) noexcept
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i) { return i < text.size() && (at(i) & 0xC0U) == 0x80U; };
    const unsigned first = at(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return follows(1) ? 2 : 0;
    }
    if ((first & 0xF0U) == 0xE0) {
        if (!follows(1) || !follows(2) || (first == 0xE0 && at(1) < 0xA0) ||
            (first == 0xED && at(1) > 0x9F)) {
            return 0;
        }
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!follows(1) || !follows(2) || !follows(3) || (first == 0xF0 && at(1) < 0x90) ||
            (first == 0xF4 && at(1) > 0x8F)) {
            return 0;
        }
        return 4;
    }
    return 0;
}

/// Whether the character at the front of `text` moves a cursor, or makes a terminal do what the
/// text says: C0, DEL, and C1 (U+0080 to U+009F), whose CSI is ESC [ in one.
bool is_control(std::string_view text, std::size_t length) noexcept
{
    const auto first = static_cast<unsigned char>(text[0]);
    if (length == 1) {
        return first < 0x20 || first == 0x7f;
    }
    return length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
}

/// Whether it is nothing but letters, digits and the like, as nearly all names are.
bool is_plain_ascii(std::string_view bytes) noexcept
{
    return std::all_of(bytes.begin(), bytes.end(),
                       [](char byte) { return byte >= ' ' && byte < '\x7f' && byte != '\\'; });
}

void append_number(std::string& text, char byte)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    text += "\\x";
    text += digits[value >> 4U];
    text += digits[value & 15U];
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

std::string printable(std::string_view bytes)
{
    // A restore asks for each file's name, in case it has to speak of it.
    if (is_plain_ascii(bytes)) {
        return std::string{bytes};
    }
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = character_bytes(bytes);
        const auto character = bytes.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0 || character == "\\" || is_control(character, length)) {
            for (const char byte : character) {
                append_number(text, byte);
            }
        } else {
            text += character;
        }
        bytes.remove_prefix(character.size());
    }
    return text;
}

}  // namespace duplid::io
