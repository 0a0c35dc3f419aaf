#include "proto/scan.hpp"

#include "proto/error.hpp"
#include "proto/protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace duplid::proto {

namespace {

constexpr std::array<std::string_view, 8> names{
    "passphrase",        "passphrase_b64",        "sign_passphrase", "sign_passphrase_b64",
    "source_passphrase", "source_passphrase_b64", "variable_value",  "variable_value_b64"};

/// More than any request has. Their indexes have two digits, and each of them gets a page that is
/// locked in memory, of which there are not many.
constexpr std::size_t secrets_max = 100;

[[noreturn]] void refuse(const std::string& cause)
{
    throw ProtocolError{{ErrorKind::parse_error, cause, "", ""}};
}

/// Position of the quote that ends the string whose opening quote stands at `open`.
std::size_t closing_quote(std::string_view line, std::size_t open)
{
    for (auto at = open + 1; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '"') {
            return at;
        }
    }
    refuse("a string does not end");
}

std::size_t skip_blanks(std::string_view line, std::size_t at) noexcept
{
    return std::min(line.find_first_not_of(" \t\r\n", at), line.size());
}

std::uint32_t hex4(std::string_view digits)
{
    std::uint32_t value = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 4 || result.ptr != digits.data() + digits.size()) {
        refuse("a secret holds a broken \\u escape");
    }
    return value;
}

void append_utf8(WipedBuffer& to, std::uint32_t point)
{
    const auto add = [&to](std::uint32_t byte) { to.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0 | point >> 6);
        add(0x80 | (point & 63));
    } else if (point < 0x10000) {
        add(0xE0 | point >> 12);
        add(0x80 | (point >> 6 & 63));
        add(0x80 | (point & 63));
    } else {
        add(0xF0 | point >> 18);
        add(0x80 | (point >> 12 & 63));
        add(0x80 | (point >> 6 & 63));
        add(0x80 | (point & 63));
    }
}

/// The code point of the \u escape whose `u` stands at `at`, which moves to the escape's last
/// character; surrogates come in pairs (RFC 8259, section 7).
std::uint32_t escaped_point(std::string_view raw, std::size_t& at)
{
    auto point = hex4(raw.substr(at + 1, 4));
    at += 4;
    if (point >= 0xD800 && point < 0xDC00) {
        if (raw.substr(std::min(at + 1, raw.size()), 2) != "\\u") {
            refuse("a secret holds half a surrogate pair");
        }
        const auto low = hex4(raw.substr(at + 3, 4));
        if (low < 0xDC00 || low > 0xDFFF) {
            refuse("a secret holds half a surrogate pair");
        }
        at += 6;
        point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
    } else if (point >= 0xDC00 && point < 0xE000) {
        refuse("a secret holds half a surrogate pair");
    }
    return point;
}

/// What the JSON string `raw` (without its quotes) means.
SecretText unescaped(std::string_view raw)
{
    // As large as it can get: no growing, no copies.
    WipedBuffer text;
    text.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size(); ++at) {
        if (static_cast<unsigned char>(raw[at]) < 0x20) {
            refuse("a secret holds a raw control character");
        }
        if (raw[at] != '\\') {
            text.push_back(raw[at]);
            continue;
        }
        ++at;  // never past the end: closing_quote() counted escapes in pairs
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (const auto letter = letters.find(raw[at]); letter != std::string_view::npos) {
            text.push_back(meanings[letter]);
        } else if (raw[at] == 'u') {
            append_utf8(text, escaped_point(raw, at));
        } else {
            refuse("a secret holds an unknown escape");
        }
    }
    return SecretText{std::move(text)};
}

/// Where the string value of the member whose name ends before `at` opens; nothing when that was
/// no name, but a value itself.
std::optional<std::size_t> string_value(std::string_view line, std::size_t at)
{
    const auto colon = skip_blanks(line, at);
    if (colon >= line.size() || line[colon] != ':') {
        return std::nullopt;
    }
    const auto value = skip_blanks(line, colon + 1);
    if (value >= line.size() || line[value] != '"') {
        // A number here could pass for one of our placeholders.
        refuse("a secret is not a string");
    }
    return value;
}

}  // namespace

std::span<const std::string_view> secret_names() noexcept
{
    return names;
}

std::vector<SecretText> take_secrets(WipedBuffer& line)
{
    // The text after a secret moves left to close the gap; `out` is how far the new line goes.
    std::vector<SecretText> secrets;
    const auto in = text_of(line);
    std::size_t out = 0;
    std::size_t depth = 0;
    const auto keep = [&](std::size_t from, std::size_t to) {
        if (from == out) {
            out = to;
            return;
        }
        std::copy(line.begin() + static_cast<std::ptrdiff_t>(from),
                  line.begin() + static_cast<std::ptrdiff_t>(to),
                  line.begin() + static_cast<std::ptrdiff_t>(out));
        out += to - from;
    };

    for (std::size_t at = 0; at < in.size(); ++at) {
        const char c = in[at];
        if (c != '"') {
            if (c == '{' || c == '[') {
                if (++depth > depth_max) {
                    refuse("more than " + std::to_string(depth_max) + " levels of nesting");
                }
            } else if ((c == '}' || c == ']') && depth > 0) {
                --depth;
            }
            keep(at, at + 1);
            continue;
        }
        const auto end = closing_quote(in, at) + 1;
        const bool is_secret =
            std::find(names.begin(), names.end(), in.substr(at + 1, end - at - 2)) != names.end();
        keep(at, end);
        at = end - 1;
        const auto value = is_secret ? string_value(in, end) : std::nullopt;
        if (!value) {
            continue;
        }
        if (secrets.size() == secrets_max) {
            refuse("too many secrets in one line");
        }
        const auto value_end = closing_quote(in, *value) + 1;
        secrets.push_back(unescaped(in.substr(*value + 1, value_end - *value - 2)));
        // `"pw"` has become `0`; a number is never longer than the string it stands for, unless
        // that was empty: then quotes make room for two digits.
        const auto index = std::to_string(secrets.size() - 1);
        keep(end, *value);
        std::copy(index.begin(), index.end(), line.begin() + static_cast<std::ptrdiff_t>(out));
        out += index.size();
        at = value_end - 1;
    }
    wipe_memory(line.data() + out, line.size() - out);
    line.resize(out);
    return secrets;
}

}  // namespace duplid::proto
