#include "storage/remote/s3/content.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace duplid::s3 {

namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
constexpr std::size_t md5_digits = 32;

bool is_hex(std::string_view text)
{
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Of the form of an MD5 sum, with or without a number of parts.
bool is_digest(std::string_view tag, bool composite)
{
    const auto dash = tag.find('-');
    return tag.substr(0, dash).size() == md5_digits && is_hex(tag.substr(0, dash)) &&
           (dash != std::string_view::npos) == composite;
}

// Whether the ETag says something about the content, or about its parts.
bool is_telling(const http::Answer& answer, bool composite, bool is_amazon)
{
    const auto encryption = answer.header("x-amz-server-side-encryption");
    const bool is_plain = encryption.empty() || (encryption == "AES256" && is_amazon);
    const bool has_own_key =
        !answer.header("x-amz-server-side-encryption-customer-algorithm").empty();
    return is_plain && !has_own_key && is_digest(tag_of(answer), composite);
}

}  // namespace

ContentDigest digest_of(const curl::FilePart& part, bool with_sha256, const std::stop_token& stop)
{
    io::Digest md5{io::Digest::Algorithm::md5};
    std::optional<io::Digest> sha256;
    if (with_sha256) {
        sha256.emplace(io::Digest::Algorithm::sha256);
    }
    io::Bytes buffer(piece_bytes);
    for (std::uint64_t done = 0; done < part.bytes;) {
        if (stop.stop_requested()) {
            throw Error{Error::Kind::cancelled, "stopped on request"};
        }
        const auto piece = io::ByteSpan{buffer}.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), part.bytes - done)));
        if (io::pread_full(part.fd, piece, part.offset + done, "what is to be sent") !=
            piece.size()) {
            throw Error{Error::Kind::internal, "a file became shorter while it was sent"};
        }
        md5.add(piece);
        if (sha256) {
            sha256->add(piece);
        }
        done += piece.size();
    }
    return {md5.hex(), sha256 ? sha256->hex() : std::string{}};
}

std::string composite_tag(std::span<const std::string> md5_hexes)
{
    io::Digest digest{io::Digest::Algorithm::md5};
    for (const auto& hex : md5_hexes) {
        digest.add(io::bytes_of_hex(hex));
    }
    return fmt::format("{}-{}", digest.hex(), md5_hexes.size());
}

std::string tag_of(const http::Answer& answer)
{
    auto tag = answer.header("etag");
    if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') {
        tag = tag.substr(1, tag.size() - 2);
    }
    return std::string{tag};
}

bool is_tag_of_whole(const http::Answer& answer, bool is_amazon)
{
    return is_telling(answer, false, is_amazon);
}

TagVerdict judge_tag(const http::Answer& answer, std::string_view expected, bool is_amazon)
{
    const bool composite = expected.find('-') != std::string_view::npos;
    if (!is_telling(answer, composite, is_amazon)) {
        return TagVerdict::silent;
    }
    return tag_of(answer) == expected ? TagVerdict::same : TagVerdict::differs;
}

}  // namespace duplid::s3
