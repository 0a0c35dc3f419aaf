#include "storage/remote/http/percent.hpp"

#include <charconv>

namespace duplid::http {

namespace {

bool is_unreserved(char c) noexcept
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string percent_encoded(std::string_view text, std::string_view keep)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c) || keep.find(c) != std::string_view::npos) {
            encoded.push_back(c);
        } else {
            const auto value = static_cast<unsigned char>(c);
            encoded.push_back('%');
            encoded.push_back(digits[value >> 4U]);
            encoded.push_back(digits[value & 15U]);
        }
    }
    return encoded;
}

std::string percent_decoded(std::string_view text)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned value = 0;
        const auto digits = text.substr(at + 1, 2);
        if (text[at] == '%' && digits.size() == 2) {
            const auto [end, problem] =
                std::from_chars(digits.data(), digits.data() + 2, value, 16);
            if (problem == std::errc{} && end == digits.data() + 2) {
                decoded.push_back(static_cast<char>(value));
                at += 2;
                continue;
            }
        }
        decoded.push_back(text[at]);
    }
    return decoded;
}

}  // namespace duplid::http
