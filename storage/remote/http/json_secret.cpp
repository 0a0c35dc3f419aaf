#include "storage/remote/http/json_secret.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace duplid::http {

namespace {

constexpr std::size_t unicode_digits = 4;
constexpr std::uint32_t printable_first = 0x20;
constexpr std::uint32_t printable_last = 0x7e;

/// Position of the quote that ends the string whose opening quote stands at `open`, or npos.
std::size_t closing_quote(std::string_view text, std::size_t open) noexcept
{
    for (auto at = open + 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at;
        }
    }
    return std::string_view::npos;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) noexcept
{
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

/// What the escape means whose backslash stands at `at`, which moves to its last character.
std::optional<char> escaped(std::string_view raw, std::size_t& at) noexcept
{
    ++at;  // never past the end: closing_quote() counts escapes in pairs
    constexpr std::string_view as_they_are = "\"\\/";
    if (as_they_are.find(raw[at]) != std::string_view::npos) {
        return raw[at];
    }
    const auto digits = raw.substr(at + 1, unicode_digits);
    std::uint32_t point = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), point, 16);
    if (raw[at] != 'u' || digits.size() != unicode_digits || end != digits.data() + digits.size() ||
        problem != std::errc{}) {
        return std::nullopt;
    }
    at += unicode_digits;
    return point <= printable_last ? std::optional{static_cast<char>(point)} : std::nullopt;
}

/// What a string `raw`, without its quotes, means.
io::Secret unescaped(std::string_view raw)
{
    io::WipedText text;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        const auto meant = raw[at] == '\\' ? escaped(raw, at) : std::optional{raw[at]};
        const auto byte = static_cast<unsigned char>(meant.value_or('\0'));
        if (byte < printable_first || byte > printable_last) {
            return {};
        }
        text.push_back(*meant);
    }
    return io::Secret{io::text_of(text)};
}

}  // namespace

io::Secret take_json_text(io::WipedText& text, std::initializer_list<std::string_view> path)
{
    const auto in = io::text_of(text);
    // Of objects and lists that are open, and how many names of the path the outermost of them are
    // the values of: all of them but the root, where the path may go on.
    std::size_t depth = 0;
    std::size_t matched = 0;
    for (std::size_t at = 0; at < in.size(); ++at) {
        if (in[at] == '{' || in[at] == '[') {
            ++depth;
        } else if ((in[at] == '}' || in[at] == ']') && depth > 0) {
            --depth;
            matched = std::min(matched, depth > 0 ? depth - 1 : 0);
        }
        if (in[at] != '"') {
            continue;
        }
        const auto open = at;
        at = closing_quote(in, open);
        if (at == std::string_view::npos) {
            return {};
        }
        const auto colon = skip_blanks(in, at + 1);
        const bool is_next = depth == matched + 1 && colon < in.size() && in[colon] == ':' &&
                             in.substr(open + 1, at - open - 1) == path.begin()[matched];
        const auto value = is_next ? skip_blanks(in, colon + 1) : in.size();
        if (value >= in.size()) {
            continue;
        }
        if (matched + 1 < path.size()) {
            matched += in[value] == '{' ? 1U : 0U;
            continue;
        }
        const auto end = in[value] == '"' ? closing_quote(in, value) : std::string_view::npos;
        if (end == std::string_view::npos) {
            return {};
        }
        auto taken = unescaped(in.substr(value + 1, end - value - 1));
        if (taken.is_set()) {
            std::fill(text.begin() + static_cast<std::ptrdiff_t>(value) + 1,
                      text.begin() + static_cast<std::ptrdiff_t>(end), 'x');
        }
        return taken;
    }
    return {};
}

}  // namespace duplid::http
