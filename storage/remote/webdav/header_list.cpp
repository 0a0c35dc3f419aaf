#include "storage/remote/webdav/header_list.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <string>

namespace duplid::webdav {

namespace {

[[noreturn]] void refuse(const char* why)
{
    throw Error{Error::Kind::invalid,
                std::string{"--webdav-headers: "} + why,
                {},
                "it is NAME,VALUE, or several such pairs, words with commas in double quotes"};
}

// RFC 9110, 5.6.2: what a name is made of.
bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
    });
}

// One word, quoted or not, and the comma behind it.
std::string take_word(std::string_view& text)
{
    std::string word;
    bool is_quoted = false;
    std::size_t at = 0;
    for (; at < text.size() && (is_quoted || text[at] != ','); ++at) {
        if (text[at] != '"') {
            word += text[at];
        } else if (is_quoted && text.substr(at + 1).starts_with('"')) {
            word += text[at++];
        } else {
            is_quoted = !is_quoted;
        }
    }
    if (is_quoted) {
        refuse("a double quote is not closed");
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    const auto first = std::min(word.find_first_not_of(' '), word.size());
    return word.substr(first, word.find_last_not_of(' ') + 1 - first);
}

}  // namespace

std::vector<http::Header> parse_headers(std::string_view text)
{
    std::vector<http::Header> headers;
    while (!text.empty()) {
        auto name = take_word(text);
        std::string value;
        if (const auto colon = name.find(':'); colon != std::string::npos) {
            value = name.substr(std::min(name.find_first_not_of(' ', colon + 1), name.size()));
            name.resize(colon);
        } else if (text.empty()) {
            refuse("a name has no value");
        } else {
            value = take_word(text);
        }
        if (!is_token(name)) {
            refuse("a name is empty or holds what no header's name may");
        }
        if (std::ranges::any_of(
                value, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; })) {
            refuse("a value holds a control character");
        }
        headers.push_back({std::move(name), std::move(value)});
    }
    return headers;
}

}  // namespace duplid::webdav
