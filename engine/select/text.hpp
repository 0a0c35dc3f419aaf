// Paths and patterns as sequences of characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace duplid::select {

struct Character {
    char32_t value;
    std::size_t bytes;  ///< how many of the text it took, at least 1
};

/// The character at `at`, which must be inside `text`. A byte that is not part of valid UTF-8 is
/// a character of its own, 0xDC00 + byte, as Python reads file names; no text holds these
/// otherwise, since encoded surrogates are not valid UTF-8.
[[nodiscard]] Character character_at(std::string_view text, std::size_t at) noexcept;

/// Whether character_at() made this up for a stray byte.
[[nodiscard]] bool is_stray_byte(char32_t character) noexcept;

[[nodiscard]] std::u32string decode(std::string_view text);

/// Appends UTF-8. `character` must be a Unicode scalar value.
void append_utf8(std::string& to, char32_t character);

/// One character to one character; independent of the process's locale.
[[nodiscard]] char32_t lower_case(char32_t character) noexcept;

/// `text` without white space at its ends, white space being what Python's str.strip() removes.
[[nodiscard]] std::string_view stripped(std::string_view text) noexcept;

}  // namespace duplid::select
