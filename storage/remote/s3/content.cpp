#include "storage/remote/s3/content.hpp"

#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace duplid::s3 {

namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
constexpr std::size_t md5_digits = 32;

std::string bytes_of_hex(std::string_view hex)
{
    std::string bytes;
    for (std::size_t at = 0; at + 2 <= hex.size(); at += 2) {
        unsigned value = 0;
        std::from_chars(hex.data() + at, hex.data() + at + 2, value, 16);
        bytes += static_cast<char>(value);
    }
    return bytes;
}

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

std::string base64_of_hex(std::string_view hex)
{
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto bytes = bytes_of_hex(hex);
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto have = std::min<std::size_t>(3, bytes.size() - at);
        unsigned group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8U | (i < have ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= have ? letters[group >> (18U - 6U * i) & 63U] : '=';
        }
    }
    return text;
}

std::string composite_tag(std::span<const std::string> md5_hexes)
{
    std::string bytes;
    for (const auto& hex : md5_hexes) {
        bytes += bytes_of_hex(hex);
    }
    return fmt::format("{}-{}", io::digest_hex(io::Digest::Algorithm::md5, io::view_of(bytes)),
                       md5_hexes.size());
}

std::string tag_of(const http::Answer& answer)
{
    auto tag = answer.header("etag");
    if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') {
        tag = tag.substr(1, tag.size() - 2);
    }
    return std::string{tag};
}

TagVerdict judge_tag(const http::Answer& answer, std::string_view expected, bool is_amazon)
{
    const auto encryption = answer.header("x-amz-server-side-encryption");
    const bool is_plain = encryption.empty() || (encryption == "AES256" && is_amazon);
    const bool has_own_key =
        !answer.header("x-amz-server-side-encryption-customer-algorithm").empty();
    const auto tag = tag_of(answer);
    const bool composite = expected.find('-') != std::string_view::npos;
    if (!is_plain || has_own_key || !is_digest(tag, composite)) {
        return TagVerdict::silent;
    }
    return tag == expected ? TagVerdict::same : TagVerdict::differs;
}

}  // namespace duplid::s3
