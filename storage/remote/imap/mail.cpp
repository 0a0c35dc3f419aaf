#include "storage/remote/imap/mail.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/error.hpp"
#include "storage/io/sink.hpp"
#include "storage/remote/imap/encoding.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace duplid::imap {

namespace {

/// Of one encoded word: 75 characters with its frame (RFC 2047, 2).
constexpr std::size_t word_bytes = 42;
constexpr std::string_view word_begin = "=?utf-8?b?";
constexpr std::string_view word_end = "?=";
constexpr std::string_view blanks = " \t\r\n";

bool is_plain(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }) &&
           text.find("=?") == std::string_view::npos && !text.starts_with(' ') &&
           !text.ends_with(' ');
}

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// The "q" encoding: '_' is a blank, =XX a byte.
std::string decode_q(std::string_view text)
{
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_escape = text[at] == '=' && at + 2 < text.size() &&
                               hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0;
        if (is_escape) {
            decoded += static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
            at += 2;
        } else {
            decoded += text[at] == '_' ? ' ' : text[at];
        }
    }
    return decoded;
}

// Nothing when it is no Base64: the word then stays as it is.
std::optional<std::string> decode_b(std::string_view text)
{
    try {
        io::MemorySink sink;
        Base64Decoder decoder{sink, {}};
        decoder.write(io::view_of(text));
        decoder.finish();
        return std::string{io::text_of(sink.view())};
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// "=?charset?b?text?=" at the beginning of `text`: what it means and how long it is.
struct Word {
    std::string meaning;
    std::size_t characters;
};

std::optional<Word> parse_word(std::string_view text)
{
    if (!text.starts_with("=?")) {
        return std::nullopt;
    }
    const auto charset_end = text.find('?', 2);
    if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() ||
        text[charset_end + 2] != '?') {
        return std::nullopt;
    }
    const auto begin = charset_end + 3;
    const auto end = text.find(word_end, begin);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto content = text.substr(begin, end - begin);
    std::optional<std::string> meaning;
    if (const char way = static_cast<char>(text[charset_end + 1] | 0x20); way == 'b') {
        meaning = decode_b(content);
    } else if (way == 'q') {
        meaning = decode_q(content);
    }
    return meaning ? std::optional{Word{*std::move(meaning), end + word_end.size()}} : std::nullopt;
}

}  // namespace

Envelope envelope_for(std::string_view prefix, std::string_view name, std::uint64_t bytes)
{
    // Base64 has no '-', so no content can hold it.
    constexpr std::string_view boundary = "===-duplid-===";
    return {fmt::format("Content-Type: multipart/mixed; boundary=\"{}\"\r\n"
                        "MIME-Version: 1.0\r\n"
                        "From: {}\r\n"
                        "Subject: {}\r\n"
                        "X-Duplid-Bytes: {}\r\n"
                        "\r\n"
                        "--{}\r\n"
                        "Content-Type: application/binary\r\n"
                        "MIME-Version: 1.0\r\n"
                        "Content-Transfer-Encoding: base64\r\n"
                        "\r\n",
                        boundary, encode_header(prefix), encode_header(name), bytes, boundary),
            fmt::format("\r\n--{}--\r\n", boundary)};
}

std::string encode_header(std::string_view text)
{
    if (is_plain(text)) {
        return std::string{text};
    }
    std::string encoded;
    while (!text.empty()) {
        const auto piece = text.substr(0, word_bytes);
        // A line each; the break between two words means nothing.
        encoded += encoded.empty() ? "" : "\r\n ";
        encoded += word_begin;
        encoded += io::base64(io::view_of(piece));
        encoded += word_end;
        text.remove_prefix(piece.size());
    }
    return encoded;
}

std::string decode_header(std::string_view text)
{
    std::string decoded;
    bool follows_word = false;
    std::string between;
    for (std::size_t at = 0; at < text.size();) {
        if (auto word = parse_word(text.substr(at))) {
            // Blanks between two words are no part of the text (RFC 2047, 6.2).
            decoded += follows_word && trimmed(between).empty() ? "" : between;
            decoded += word->meaning;
            between.clear();
            follows_word = true;
            at += word->characters;
            continue;
        }
        const char c = text[at++];
        if (c != '\r' && c != '\n') {
            between += c;
        }
        if (blanks.find(c) == std::string_view::npos) {
            decoded += between;
            between.clear();
            follows_word = false;
        }
    }
    return decoded + between;
}

Heading parse_heading(std::string_view lines)
{
    Heading heading;
    while (!lines.empty()) {
        // Up to a line break that no blank follows.
        auto end = lines.find('\n');
        while (end != std::string_view::npos && end + 1 < lines.size() &&
               (lines[end + 1] == ' ' || lines[end + 1] == '\t')) {
            end = lines.find('\n', end + 1);
        }
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            continue;
        }
        const auto name = lower(line.substr(0, colon));
        const auto value = trimmed(line.substr(colon + 1));
        if (name == "from") {
            heading.prefix = decode_header(value);
        } else if (name == "subject") {
            heading.name = decode_header(value);
        } else if (name == "x-duplid-bytes") {
            std::uint64_t bytes = 0;
            const auto* const last = value.data() + value.size();
            const auto result = std::from_chars(value.data(), last, bytes);
            if (!value.empty() && result.ec == std::errc{} && result.ptr == last) {
                heading.bytes = bytes;
            }
        }
    }
    return heading;
}

}  // namespace duplid::imap
