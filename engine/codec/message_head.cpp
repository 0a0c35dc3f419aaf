#include "engine/codec/message_head.hpp"

#include "engine/codec/packet_body.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace duplid::codec {

namespace {

// RFC 4880 sections 4.3, 5.2.1, 5.2.3.1. Subpacket 33 is GnuPG's, and RFC 9580's since.
constexpr unsigned tag_public_key_session = 1;
constexpr unsigned tag_signature = 2;
constexpr unsigned tag_symmetric_session = 3;
constexpr unsigned subpacket_issuer = 16;
constexpr unsigned subpacket_issuer_fingerprint = 33;
constexpr std::byte version_3{3};
constexpr std::byte version_4{4};
constexpr std::byte class_binary{0};
constexpr std::size_t key_id_bytes = 8;

/// More than anybody has; a hostile file ends here.
constexpr std::size_t session_packets_max = 1000;
constexpr std::size_t packet_bytes_max = std::size_t{64} << 10U;

std::string hex_of(io::ByteView bytes)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const auto byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte) >> 4U];
        text += digits[std::to_integer<unsigned>(byte) & 0x0FU];
    }
    return text;
}

/// Takes `bytes` from the front of `left`; fewer when it ends.
io::ByteView take(io::ByteView& left, std::size_t bytes)
{
    const auto front = left.first(std::min(bytes, left.size()));
    left = left.subspan(front.size());
    return front;
}

std::size_t take_number(io::ByteView& left, std::size_t bytes)
{
    std::size_t number = 0;
    for (const auto byte : take(left, bytes)) {
        number = number << 8U | std::to_integer<std::size_t>(byte);
    }
    return number;
}

/// The key id that an area of subpackets names; empty for none.
io::ByteView issuer_in(io::ByteView area)
{
    while (!area.empty()) {
        // RFC 4880 5.2.3.1: lengths as in new packet heads, without partial ones.
        auto bytes = take_number(area, 1);
        if (bytes == 255) {
            bytes = take_number(area, 4);
        } else if (bytes >= 192) {
            bytes = ((bytes - 192) << 8U) + take_number(area, 1) + 192;
        }
        auto content = take(area, bytes);
        const auto type = take_number(content, 1) & 0x7FU;
        const bool names_key = type == subpacket_issuer || type == subpacket_issuer_fingerprint;
        if (names_key && content.size() >= key_id_bytes) {
            return content.last(key_id_bytes);
        }
    }
    return {};
}

}  // namespace

std::size_t MessageRecipients::hidden() const noexcept
{
    return static_cast<std::size_t>(std::count(keys.begin(), keys.end(), hidden_key_id));
}

std::optional<MessageRecipients> recipients_of(io::Source& message)
{
    MessageRecipients recipients;
    try {
        for (std::size_t i = 0; i < session_packets_max; ++i) {
            const auto packet = PacketBody::open(message);
            if (!packet) {
                return std::nullopt;
            }
            if (packet->tag() != tag_public_key_session && packet->tag() != tag_symmetric_session) {
                return recipients;
            }
            const auto body = io::read_all(*packet, packet_bytes_max);
            if (packet->tag() == tag_symmetric_session) {
                recipients.has_passphrase = true;
            } else if (body.size() > key_id_bytes && body[0] == version_3) {
                recipients.keys.push_back(hex_of(io::ByteView{body}.subspan(1, key_id_bytes)));
            } else {
                return std::nullopt;
            }
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt && error.kind() != Error::Kind::invalid) {
            throw;
        }
    }
    return std::nullopt;
}

std::optional<io::Bytes> one_pass_for(io::ByteView signature)
{
    io::ViewSource source{signature};
    io::Bytes body;
    try {
        const auto packet = PacketBody::open(source);
        if (!packet || packet->tag() != tag_signature) {
            return std::nullopt;
        }
        body = io::read_all(*packet, packet_bytes_max);
        std::array<std::byte, 1> more{};
        if (source.read(more) != 0) {
            return std::nullopt;
        }
    } catch (const Error&) {
        return std::nullopt;
    }
    io::ByteView left{body};
    const auto head = take(left, 4);  // version, class, public-key algorithm, hash algorithm
    if (head.size() < 4 || head[0] != version_4 || head[1] != class_binary) {
        return std::nullopt;
    }
    const auto hashed = take(left, take_number(left, 2));
    const auto unhashed = take(left, take_number(left, 2));
    auto issuer = issuer_in(hashed);
    if (issuer.empty()) {
        issuer = issuer_in(unhashed);
    }
    if (issuer.empty()) {
        return std::nullopt;
    }
    // New format, tag 4, 13 bytes; version 3, class, hash, key algorithm, key id, "no other
    // one-pass signature lies inside this one" (RFC 4880 section 5.4).
    io::Bytes packet{std::byte{0xC4}, std::byte{13}, version_3, class_binary, head[3], head[2]};
    io::append(packet, issuer);
    packet.push_back(std::byte{1});
    return packet;
}

}  // namespace duplid::codec
