#include "ctl/show/style.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::show {

namespace {

/// Numbers of ECMA-48's "select graphic rendition". The eight basic colours follow the user's own
/// palette, dark or light.
std::string_view rendition(Paint paint) noexcept
{
    switch (paint) {
    case Paint::plain:
        break;
    case Paint::strong:
        return "1";
    case Paint::faint:
        return "2";
    case Paint::good:
        return "32";
    case Paint::busy:
        return "36";
    case Paint::warning:
        return "33";
    case Paint::bad:
        return "1;31";
    }
    return "";
}

/// Whether a byte begins a code point of UTF-8, and does not go on with one.
bool begins(char c) noexcept
{
    constexpr unsigned continuation_bits = 0xc0;
    constexpr unsigned continuation = 0x80;
    return (static_cast<unsigned char>(c) & continuation_bits) != continuation;
}

}  // namespace

std::string Style::paint(Paint paint, std::string_view text) const
{
    const auto numbers = rendition(paint);
    if (!color || numbers.empty() || text.empty()) {
        return std::string{text};
    }
    return fmt::format("\x1b[{}m{}\x1b[0m", numbers, text);
}

std::string Style::mark(Paint paint) const
{
    std::string_view sign = utf8 ? "\u25cf" : "*";
    if (paint == Paint::bad) {
        sign = utf8 ? "\u00d7" : "x";
    } else if (paint == Paint::warning && !color) {
        sign = "!";
    } else if (paint == Paint::faint) {
        sign = utf8 ? "\u25cb" : "-";
    }
    return this->paint(paint, sign);
}

std::string_view Style::arrow() const noexcept
{
    return utf8 ? "\u2192" : "->";
}

std::size_t columns_of(std::string_view text) noexcept
{
    return static_cast<std::size_t>(std::ranges::count_if(text, begins));
}

std::string cut(std::string_view text, std::size_t columns, const Style& style)
{
    if (columns_of(text) <= columns || columns == 0) {
        return columns == 0 ? std::string{} : std::string{text};
    }
    std::size_t bytes = 0;
    for (std::size_t left = columns; bytes < text.size(); ++bytes) {
        if (begins(text[bytes]) && left-- == 1) {
            break;
        }
    }
    return std::string{text.substr(0, bytes)} + (style.utf8 ? "\u2026" : "~");
}

}  // namespace duplid::show
