#include "storage/remote/imap/base64.hpp"

#include "storage/io/error.hpp"

#include <algorithm>

namespace duplid::imap {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned no_value = 64;

constexpr std::array<std::uint8_t, 256> make_values()
{
    std::array<std::uint8_t, 256> values{};
    values.fill(no_value);
    for (std::size_t at = 0; at < alphabet.size(); ++at) {
        values[static_cast<unsigned char>(alphabet[at])] = static_cast<std::uint8_t>(at);
    }
    return values;
}

constexpr auto values = make_values();

void encode_group(io::ByteView bytes, std::string& to)
{
    std::uint32_t bits = 0;
    for (std::size_t at = 0; at < 3; ++at) {
        bits = bits << 8U | (at < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at]) : 0U);
    }
    for (std::size_t at = 0; at < 4; ++at) {
        to += at <= bytes.size() ? alphabet[bits >> (18U - 6U * at) & 63U] : '=';
    }
}

void encode(io::ByteView bytes, std::string& to)
{
    while (!bytes.empty()) {
        const auto group = bytes.first(std::min<std::size_t>(3, bytes.size()));
        encode_group(group, to);
        bytes = bytes.subspan(group.size());
    }
}

}  // namespace

std::uint64_t encoded_octets(std::uint64_t bytes) noexcept
{
    const auto rest = bytes % line_bytes;
    return bytes / line_bytes * line_octets + (rest == 0 ? 0 : (rest + 2) / 3 * 4 + 2);
}

void encode_lines(io::ByteView bytes, std::string& to)
{
    while (!bytes.empty()) {
        const auto line = bytes.first(std::min(line_bytes, bytes.size()));
        encode(line, to);
        to += "\r\n";
        bytes = bytes.subspan(line.size());
    }
}

std::string encode_word(std::string_view text)
{
    std::string word;
    encode(io::view_of(text), word);
    return word;
}

void Base64Decoder::take(unsigned value)
{
    bits_ = bits_ << 6U | value;
    if (++count_ < 4) {
        return;
    }
    for (unsigned at = 0; at < 3 - padding_; ++at) {
        ready_.push_back(static_cast<std::byte>(bits_ >> (16U - 8U * at) & 255U));
    }
    has_ended_ = padding_ > 0;
    bits_ = 0;
    count_ = 0;
    padding_ = 0;
}

void Base64Decoder::write(io::ByteView characters)
{
    ready_.clear();
    for (const char c : io::text_of(characters)) {
        const unsigned value = values[static_cast<unsigned char>(c)];
        const bool is_padding = c == '=' && count_ >= 2;
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t') {
            continue;
        }
        if (has_ended_ || (value == no_value && !is_padding) || (padding_ > 0 && !is_padding)) {
            throw Error{Error::Kind::corrupt, "the mail holds what is no Base64: " + name_, name_};
        }
        padding_ += is_padding ? 1 : 0;
        take(is_padding ? 0 : value);
    }
    if (!ready_.empty()) {
        bytes_ += ready_.size();
        next_.write(ready_);
    }
}

void Base64Decoder::finish()
{
    if (count_ != 0) {
        throw Error{Error::Kind::corrupt, "the mail ends in the middle: " + name_, name_};
    }
}

}  // namespace duplid::imap
