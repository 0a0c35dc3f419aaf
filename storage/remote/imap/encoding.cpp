#include "storage/remote/imap/encoding.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace duplid::imap {

namespace {

constexpr std::size_t group_characters = 4;

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
        to += io::base64(line);
        to += "\r\n";
        bytes = bytes.subspan(line.size());
    }
}

void Base64Decoder::write(io::ByteView characters)
{
    std::ranges::copy_if(io::text_of(characters), std::back_inserter(waiting_),
                         [](char c) { return c != '\r' && c != '\n' && c != ' ' && c != '\t'; });
    const auto whole = waiting_.size() / group_characters * group_characters;
    if (whole == 0) {
        return;
    }
    const auto groups = std::string_view{waiting_}.substr(0, whole);
    const auto bytes = has_ended_ ? std::nullopt : io::unbase64(groups);
    if (!bytes) {
        throw Error{Error::Kind::corrupt, "the mail holds what is no Base64: " + name_, name_};
    }
    has_ended_ = groups.ends_with('=');
    waiting_.erase(0, whole);
    bytes_ += bytes->size();
    next_.write(*bytes);
}

void Base64Decoder::finish()
{
    if (!waiting_.empty()) {
        throw Error{Error::Kind::corrupt, "the mail ends in the middle: " + name_, name_};
    }
}

}  // namespace duplid::imap
