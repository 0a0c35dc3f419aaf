#include "engine/codec/packet_body.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <array>

namespace duplid::codec {

namespace {

[[noreturn]] void fail_cut_short()
{
    throw Error{Error::Kind::corrupt, "an OpenPGP packet ends too early"};
}

unsigned take_number(io::Source& source)
{
    return std::to_integer<unsigned>(take_byte(source));
}

std::uint64_t take_big_endian(io::Source& source, unsigned bytes)
{
    std::uint64_t number = 0;
    for (; bytes > 0; --bytes) {
        number = number << 8 | take_number(source);
    }
    return number;
}

}  // namespace

std::byte take_byte(io::Source& source)
{
    std::array<std::byte, 1> byte{};
    if (source.read(byte) == 0) {
        fail_cut_short();
    }
    return byte[0];
}

std::unique_ptr<PacketBody> PacketBody::open(io::Source& packets)
{
    std::array<std::byte, 1> first{};
    if (packets.read(first) == 0) {
        return nullptr;
    }
    const auto head = std::to_integer<unsigned>(first[0]);
    if ((head & 0x80) == 0) {
        throw Error{Error::Kind::corrupt, "no OpenPGP packet begins where one should"};
    }
    std::unique_ptr<PacketBody> body{new PacketBody{packets}};
    if ((head & 0x40) != 0) {
        body->tag_ = head & 0x3F;
        body->read_new_length();
    } else {
        body->tag_ = head >> 2 & 0x0F;
        body->read_old_length(head & 0x03);
    }
    return body;
}

// RFC 4880 section 4.2.1.
void PacketBody::read_old_length(unsigned type)
{
    if (type == 3) {
        indeterminate_ = true;
    } else {
        left_ = take_big_endian(packets_, 1U << type);
    }
}

// RFC 4880 section 4.2.2.
void PacketBody::read_new_length()
{
    const auto first = take_number(packets_);
    more_parts_ = false;
    if (first < 192) {
        left_ = first;
    } else if (first < 224) {
        left_ = ((first - 192) << 8) + take_number(packets_) + 192;
    } else if (first < 255) {
        left_ = std::uint64_t{1} << (first & 0x1F);
        more_parts_ = true;
    } else {
        left_ = take_big_endian(packets_, 4);
    }
}

std::size_t PacketBody::read(io::ByteSpan into)
{
    if (indeterminate_) {
        return packets_.read(into);
    }
    while (left_ == 0) {
        if (!more_parts_) {
            return 0;
        }
        read_new_length();
    }
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left_, into.size()));
    const auto got = packets_.read(into.first(want));
    if (got == 0) {
        fail_cut_short();
    }
    left_ -= got;
    return got;
}

}  // namespace duplid::codec
