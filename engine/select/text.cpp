#include "engine/select/text.hpp"

#include <algorithm>
#include <array>
#include <clocale>
#include <cwctype>

namespace duplid::select {

namespace {

constexpr char32_t stray_base = 0xDC00;
constexpr char32_t character_max = 0x10FFFF;

unsigned byte_at(std::string_view text, std::size_t at) noexcept
{
    return static_cast<unsigned char>(text[at]);
}

bool is_continuation(unsigned byte) noexcept
{
    return (byte & 0xC0U) == 0x80U;
}

// The locale for case mapping: glibc has C.UTF-8 since 2.35, musl knows no other. Never freed, as
// it serves until the process ends.
locale_t case_locale() noexcept
{
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return locale;
}

// What str.strip() of Python 3 removes.
bool is_space(char32_t c) noexcept
{
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

// Where the character that ends before `end` begins.
std::size_t start_of_last(std::string_view text, std::size_t end) noexcept
{
    constexpr std::size_t utf8_bytes_max = 4;
    for (std::size_t bytes = 2; bytes <= std::min(utf8_bytes_max, end); ++bytes) {
        if (character_at(text.substr(0, end), end - bytes).bytes == bytes) {
            return end - bytes;
        }
    }
    return end - 1;
}

}  // namespace

Character character_at(std::string_view text, std::size_t at) noexcept
{
    const auto first = byte_at(text, at);
    if (first < 0x80) {
        return {first, 1};
    }
    const Character stray{stray_base + first, 1};
    const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() - at < bytes) {
        return stray;
    }
    constexpr std::array<unsigned, 5> payload{0, 0, 0x1F, 0x0F, 0x07};
    char32_t value = first & payload[bytes];
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto next = byte_at(text, at + i);
        if (!is_continuation(next)) {
            return stray;
        }
        value = (value << 6U) | (next & 0x3FU);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (value < smallest[bytes] || value > character_max || (value >= 0xD800 && value <= 0xDFFF)) {
        return stray;
    }
    return {value, bytes};
}

bool is_stray_byte(char32_t character) noexcept
{
    return character >= stray_base + 0x80 && character <= stray_base + 0xFF;
}

std::u32string decode(std::string_view text)
{
    std::u32string characters;
    characters.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto [value, bytes] = character_at(text, at);
        characters += value;
        at += bytes;
    }
    return characters;
}

void append_utf8(std::string& to, char32_t character)
{
    const auto put = [&to](char32_t byte) { to += static_cast<char>(byte); };
    if (character < 0x80) {
        put(character);
    } else if (character < 0x800) {
        put(0xC0 | (character >> 6U));
        put(0x80 | (character & 0x3FU));
    } else if (character < 0x10000) {
        put(0xE0 | (character >> 12U));
        put(0x80 | ((character >> 6U) & 0x3FU));
        put(0x80 | (character & 0x3FU));
    } else {
        put(0xF0 | (character >> 18U));
        put(0x80 | ((character >> 12U) & 0x3FU));
        put(0x80 | ((character >> 6U) & 0x3FU));
        put(0x80 | (character & 0x3FU));
    }
}

char32_t lower_case(char32_t character) noexcept
{
    if (character < 0x80) {
        return character >= U'A' && character <= U'Z' ? character + (U'a' - U'A') : character;
    }
    if (is_stray_byte(character)) {
        return character;
    }
    const auto locale = case_locale();
    if (locale == locale_t{}) {
        return character;
    }
    return static_cast<char32_t>(towlower_l(static_cast<wint_t>(character), locale));
}

std::string_view stripped(std::string_view text) noexcept
{
    while (!text.empty()) {
        const auto [value, bytes] = character_at(text, 0);
        if (!is_space(value)) {
            break;
        }
        text.remove_prefix(bytes);
    }
    while (!text.empty()) {
        const auto start = start_of_last(text, text.size());
        if (!is_space(character_at(text, start).value)) {
            break;
        }
        text.remove_suffix(text.size() - start);
    }
    return text;
}

}  // namespace duplid::select
