#include "engine/codec/packet.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/inflate.hpp"
#include "engine/codec/packet_body.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <string>
#include <utility>

namespace duplid::codec {

namespace {

constexpr unsigned partial_exponent_max = 30;
constexpr std::byte literal_packet_head{0xCB};  // new format, tag 11
// Binary, a name of no bytes, a date of zero (RFC 4880 section 5.9).
constexpr std::array<std::byte, 6> literal_header{std::byte{'b'}, std::byte{0}, std::byte{0},
                                                  std::byte{0},   std::byte{0}, std::byte{0}};

// RFC 4880 section 9.3.
constexpr unsigned algorithm_none = 0;
constexpr unsigned algorithm_zip = 1;
constexpr unsigned algorithm_zlib = 2;

Error damaged(const char* how)
{
    return Error{Error::Kind::corrupt, std::string{"the OpenPGP message is damaged: "} + how};
}

bool is_at_end(io::Source& source)
{
    std::array<std::byte, 1> byte{};
    return source.read(byte) == 0;
}

// The inflated content of a compressed packet, which ends where the packet does. With ZLIB, two
// bytes precede the deflate stream and a check sum follows it (RFC 1950 section 2.2).
class InflatedBody final : public io::Source {
public:
    InflatedBody(io::Source& body, unsigned algorithm, Engine engine)
        : has_checksum_{algorithm == algorithm_zlib}, inflated_{body, engine}
    {
        if (has_checksum_) {
            const auto method = std::to_integer<unsigned>(take_byte(body));
            const auto flags = std::to_integer<unsigned>(take_byte(body));
            const bool has_dictionary = (flags & 0x20) != 0;
            if ((method & 0x0F) != 8 || (method << 8 | flags) % 31 != 0 || has_dictionary) {
                throw damaged("not a zlib stream");
            }
        }
    }

    std::size_t read(io::ByteSpan into) override
    {
        if (ended_) {
            return 0;
        }
        const auto got = inflated_.read(into);
        if (got == 0) {
            ended_ = true;
            check_end();
        } else if (has_checksum_) {
            checksum_ = adler32_of(into.first(got), checksum_);
        }
        return got;
    }

private:
    void check_end()
    {
        if (has_checksum_) {
            std::array<std::byte, 4> stored{};
            if (inflated_.read_behind(stored) != stored.size()) {
                throw damaged("a zlib stream ends too early");
            }
            std::uint32_t expected = 0;
            for (const auto byte : stored) {
                expected = expected << 8 | std::to_integer<std::uint32_t>(byte);
            }
            if (expected != checksum_) {
                throw damaged("the check sum of a zlib stream differs");
            }
        }
        std::array<std::byte, 1> byte{};
        if (inflated_.read_behind(byte) != 0) {
            throw damaged("something follows the compressed data");
        }
    }

    bool has_checksum_;
    InflateSource inflated_;
    std::uint32_t checksum_ = adler32_of({});
    bool ended_ = false;
};

}  // namespace

std::span<const io::ByteView> LiteralFramer::frame(io::ByteView chunk, bool first)
{
    assert(!chunk.empty() && (!first || chunk.size() >= first_chunk_bytes_min));
    const auto header_bytes = first ? literal_header.size() : 0;
    auto left = header_bytes + chunk.size();

    // Reserved in full, because the pieces point into it.
    lengths_.clear();
    lengths_.reserve(1 + partial_exponent_max + 1 + (left >> partial_exponent_max) + header_bytes);
    pieces_.clear();
    if (first) {
        lengths_.push_back(literal_packet_head);
    }

    // Largest powers of two first: it makes the fewest parts, and the first of the packet is then
    // as long as it has to be.
    bool header_is_due = first;
    std::size_t own_begin = 0;
    while (left > 0) {
        const auto exponent =
            std::min(static_cast<unsigned>(std::bit_width(left)) - 1, partial_exponent_max);
        auto part = std::size_t{1} << exponent;
        left -= part;
        lengths_.push_back(static_cast<std::byte>(0xE0 + exponent));
        if (std::exchange(header_is_due, false)) {
            lengths_.insert(lengths_.end(), literal_header.begin(), literal_header.end());
            part -= header_bytes;
        }
        pieces_.push_back(io::ByteView{lengths_}.subspan(own_begin));
        own_begin = lengths_.size();
        pieces_.push_back(chunk.first(part));
        chunk = chunk.subspan(part);
    }
    return pieces_;
}

io::Bytes signed_packet_end(io::ByteView signature, Engine engine)
{
    constexpr std::array literal_end{std::byte{0}};
    DeflatedChunk deflated;
    ChunkDeflater{engine}.deflate(std::array{io::ByteView{literal_end}, signature}, Level::fast,
                                  deflated);
    io::append(deflated.bytes, stream_end);
    return std::move(deflated.bytes);
}

io::Bytes packets_of(io::ByteView content, Level level, SignaturePackets packets, Engine engine)
{
    const auto body_bytes = literal_header.size() + content.size();
    if (body_bytes > 0xFFFFFFFF) {
        throw Error{Error::Kind::invalid, "too large for one OpenPGP packet"};
    }
    io::Bytes head{literal_packet_head, std::byte{0xFF}};
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        head.push_back(static_cast<std::byte>(body_bytes >> shift & 0xFF));
    }
    io::append(head, literal_header);

    DeflatedChunk deflated;
    ChunkDeflater{engine}.deflate(
        std::array{packets.one_pass, io::ByteView{head}, content, packets.signature}, level,
        deflated);

    io::Bytes stream;
    stream.reserve(compressed_packet_head.size() + deflated.bytes.size() + stream_end.size());
    io::append(stream, compressed_packet_head);
    io::append(stream, deflated.bytes);
    io::append(stream, stream_end);
    return stream;
}

PacketSource::PacketSource(io::Source& packets) : packets_{packets} {}
PacketSource::~PacketSource() = default;

std::unique_ptr<PacketSource> PacketSource::open(io::Source& packets, Engine engine)
{
    std::unique_ptr<PacketSource> source{new PacketSource{packets}};
    source->literal_ = PacketBody::open(packets);
    if (!source->literal_) {
        throw damaged("it is empty");
    }
    if (source->literal_->tag() == packet_tag_compressed) {
        source->compressed_ = std::move(source->literal_);
        if (!source->open_compressed(engine)) {
            return nullptr;
        }
    }
    return source->open_literal() ? std::move(source) : nullptr;
}

bool PacketSource::open_compressed(Engine engine)
{
    io::Source* content = compressed_.get();
    switch (const auto algorithm = std::to_integer<unsigned>(take_byte(*compressed_)); algorithm) {
    case algorithm_none:
        break;
    case algorithm_zip:
    case algorithm_zlib:
        inflated_ = std::make_unique<InflatedBody>(*compressed_, algorithm, engine);
        content = inflated_.get();
        break;
    default:
        return false;
    }
    literal_ = PacketBody::open(*content);
    if (!literal_) {
        throw damaged("a compressed packet is empty");
    }
    return true;
}

bool PacketSource::open_literal()
{
    if (literal_->tag() != packet_tag_literal) {
        return false;
    }
    // In text mode the reader is to convert the line ends; gpg knows how.
    if (take_byte(*literal_) != std::byte{'b'}) {
        return false;
    }
    const auto name_bytes = std::to_integer<unsigned>(take_byte(*literal_));
    constexpr unsigned date_bytes = 4;
    for (unsigned i = 0; i < name_bytes + date_bytes; ++i) {
        (void)take_byte(*literal_);
    }
    return true;
}

// The content is whole only if everything around it ends with it.
void PacketSource::finish()
{
    if ((inflated_ && !is_at_end(*inflated_)) || (compressed_ && !is_at_end(*compressed_)) ||
        !is_at_end(packets_)) {
        throw damaged("something follows the content");
    }
}

std::size_t PacketSource::read(io::ByteSpan into)
{
    if (ended_) {
        return 0;
    }
    const auto got = literal_->read(into);
    if (got == 0) {
        ended_ = true;
        finish();
    }
    return got;
}

}  // namespace duplid::codec
