#include "ctl/duplicity/machine_log.hpp"

#include "proto/text.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fmt/format.h>
#include <iterator>
#include <unistd.h>

namespace duplid::duplicity {

namespace {

/// A character of UTF-8, or one byte that belongs to none.
struct Character {
    char32_t code = 0;
    std::size_t length = 1;
    bool valid = false;
};

/// The first of `text`, which is not empty. Overlong forms and surrogates are not UTF-8.
Character first_of(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) {
        return {lead, 1, true};
    }
    struct Form {
        unsigned char mask, bits;
        std::size_t length;
        char32_t least;
    };
    constexpr std::array forms{Form{0xe0, 0xc0, 2, 0x80}, Form{0xf0, 0xe0, 3, 0x800},
                               Form{0xf8, 0xf0, 4, 0x10000}};
    for (const auto& form : forms) {
        if ((lead & form.mask) != form.bits || text.size() < form.length) {
            continue;
        }
        auto code = static_cast<char32_t>(lead & static_cast<unsigned char>(~form.mask));
        for (const char c : text.substr(1, form.length - 1)) {
            const auto byte = static_cast<unsigned char>(c);
            if ((byte & 0xc0) != 0x80) {
                return {lead, 1, false};
            }
            code = (code << 6) | (byte & 0x3fU);
        }
        const bool surrogate = code >= 0xd800 && code <= 0xdfff;
        if (code >= form.least && code <= 0x10ffff && !surrogate) {
            return {code, form.length, true};
        }
    }
    return {lead, 1, false};
}

void append_escaped(std::string& to, const Character& character)
{
    constexpr char32_t surrogate_escape = 0xdc00;
    const auto code = static_cast<std::uint32_t>(
        character.valid ? character.code : character.code + surrogate_escape);
    const auto out = std::back_inserter(to);
    if (code == '\\') {
        to += "\\\\";
    } else if (code == '\n') {
        to += "\\n";
    } else if (code == '\r') {
        to += "\\r";
    } else if (code == '\t') {
        to += "\\t";
    } else if (code >= ' ' && code < 0x7f && code != '\'') {
        to += static_cast<char>(code);
    } else if (code <= 0xff) {
        fmt::format_to(out, "\\x{:02x}", code);
    } else if (code <= 0xffff) {
        fmt::format_to(out, "\\u{:04x}", code);
    } else {
        fmt::format_to(out, "\\U{:08x}", code);
    }
}

}  // namespace

std::string_view keyword(int level) noexcept
{
    constexpr std::array<std::string_view, 10> keywords{
        "ERROR", "WARNING", "WARNING", "NOTICE", "NOTICE", "INFO", "INFO", "INFO", "INFO", "DEBUG"};
    return keywords.at(static_cast<std::size_t>(level));
}

std::string quoted(std::string_view name)
{
    std::string word = "'";
    while (!name.empty()) {
        const auto character = first_of(name);
        append_escaped(word, character);
        name.remove_prefix(character.length);
    }
    return word + "'";
}

std::string record(const Message& message)
{
    auto text = fmt::format("{} {}", keyword(message.level), message.code);
    for (const auto& word : message.words) {
        text += " " + word;
    }
    // The reference leaves a blank where words would be when there is a payload.
    text += message.payload.empty() ? "\n" : " \n";
    for (const auto& line : message.payload) {
        text += line + "\n";
    }
    std::string_view rest = message.text;
    // A message that ends in a newline has an empty last line, which is written like the others.
    for (bool more = !rest.empty(); more;) {
        const auto end = rest.find('\n');
        more = end != std::string_view::npos;
        text += fmt::format(". {}\n", rest.substr(0, end));
        rest.remove_prefix(more ? end + 1 : rest.size());
    }
    return proto::to_utf8(text + "\n");
}

void MachineLog::write(std::string_view record) noexcept
{
    while (!record.empty()) {
        const auto count = ::write(file_.get(), record.data(), record.size());
        if (count < 0 && errno != EINTR) {
            return;
        }
        record.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

}  // namespace duplid::duplicity
