#include "engine/manifest/quoting.hpp"

#include "storage/io/error.hpp"

#include <cstddef>

namespace duplid::manifest {

namespace {

constexpr std::string_view quoted_bytes = " \t\n\r\v\f\\\"'";
constexpr std::string_view hex_digits = "0123456789abcdef";

/// The value of a hex digit in either case, or -1.
int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

Error bad_quoting(std::string_view text)
{
    return Error{Error::Kind::corrupt, "path is badly quoted", std::string{text}};
}

}  // namespace

std::string quote(std::string_view path)
{
    if (path.find_first_of(quoted_bytes) == std::string_view::npos) {
        return std::string{path};
    }
    std::string text{'"'};
    for (const char c : path) {
        if (quoted_bytes.find(c) == std::string_view::npos) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += "\\x";
        text += hex_digits[byte / 16U];
        text += hex_digits[byte % 16U];
    }
    text += '"';
    return text;
}

std::string unquote(std::string_view text)
{
    if (!text.starts_with('"')) {
        return std::string{text};
    }
    if (text.size() < 2 || !text.ends_with('"')) {
        throw bad_quoting(text);
    }
    const std::string_view inside = text.substr(1, text.size() - 2);
    std::string path;
    path.reserve(inside.size());
    for (std::size_t at = 0; at < inside.size(); ++at) {
        if (inside[at] != '\\') {
            path += inside[at];
            continue;
        }
        if (inside.size() - at < 4 || inside[at + 1] != 'x') {
            throw bad_quoting(text);
        }
        const int high = hex_value(inside[at + 2]);
        const int low = hex_value(inside[at + 3]);
        if (high < 0 || low < 0) {
            throw bad_quoting(text);
        }
        path += static_cast<char>(high * 16 + low);
        at += 3;
    }
    return path;
}

}  // namespace duplid::manifest
