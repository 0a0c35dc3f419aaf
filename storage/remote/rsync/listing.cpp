#include "storage/remote/rsync/listing.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace duplid::rsync {

namespace {

constexpr std::size_t mode_bytes = 10;
constexpr std::string_view escape_mark = "\\#";
constexpr std::size_t escape_digits = 3;

bool is_octal(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
}

std::string unescaped(std::string_view text)
{
    std::string name;
    for (std::size_t at = 0; at < text.size();) {
        const auto digits =
            text.substr(std::min(at + escape_mark.size(), text.size()), escape_digits);
        if (text.substr(at).starts_with(escape_mark) && digits.size() == escape_digits &&
            is_octal(digits)) {
            name += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 +
                                      (digits[2] - '0'));
            at += escape_mark.size() + escape_digits;
        } else {
            name += text[at++];
        }
    }
    return name;
}

/// The next word, and the rest behind exactly one blank.
std::string_view take_word(std::string_view& line)
{
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

std::optional<std::uint64_t> number_in(std::string_view text)
{
    std::uint64_t number = 0;
    for (const char c : text) {
        if (c == ',' || c == '.') {
            continue;
        }
        if (c < '0' || c > '9' || number > (remote::unknown_bytes - 9) / 10) {
            return std::nullopt;
        }
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return text.empty() ? std::nullopt : std::optional{number};
}

std::optional<remote::Listed> parse_line(std::string_view line)
{
    if (line.size() <= mode_bytes || line.front() != '-') {
        return std::nullopt;
    }
    line.remove_prefix(mode_bytes);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const auto bytes = number_in(take_word(line));
    const auto date = take_word(line);
    const auto time = take_word(line);
    if (!bytes || date.find('/') == std::string_view::npos ||
        time.find(':') == std::string_view::npos || line.empty()) {
        return std::nullopt;
    }
    auto name = unescaped(line);
    // What no directory can hold was made up.
    if (name.find_first_of(std::string_view{"/\0", 2}) != std::string::npos) {
        return std::nullopt;
    }
    return remote::Listed{std::move(name), *bytes};
}

}  // namespace

std::vector<remote::Listed> parse_listing(std::string_view text)
{
    std::vector<remote::Listed> names;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (auto listed = parse_line(line)) {
            names.push_back(std::move(*listed));
        }
    }
    return names;
}

}  // namespace duplid::rsync
