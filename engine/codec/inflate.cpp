#include "engine/codec/inflate.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/deflate.hpp"
#include "engine/codec/inflate_stream.hpp"
#include "storage/io/error.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace duplid::codec {

namespace {

// RFC 1952 section 2.3.1.
constexpr std::byte magic_first{0x1F};
constexpr std::byte magic_second{0x8B};
constexpr std::byte method_deflate{8};
constexpr unsigned flag_header_crc = 0x02;
constexpr unsigned flag_extra = 0x04;
constexpr unsigned flag_name = 0x08;
constexpr unsigned flag_comment = 0x10;
constexpr unsigned flags_reserved = 0xE0;

// No deflate stream grows more than this: 258 bytes for two bits.
constexpr std::size_t deflate_ratio_max = 1032;

Error damaged(const std::string& how)
{
    return Error{Error::Kind::corrupt, "the gzip data is damaged: " + how};
}

std::uint32_t little_endian(io::ByteView bytes) noexcept
{
    std::uint32_t number = 0;
    for (auto i = bytes.size(); i > 0; --i) {
        number = number << 8 | std::to_integer<std::uint32_t>(bytes[i - 1]);
    }
    return number;
}

// Reads a member's header, the CRC that the header may have of itself included.
class HeaderReader {
public:
    explicit HeaderReader(InflateStream& stream) : stream_{stream} {}

    template <std::size_t count>
    std::array<std::byte, count> take()
    {
        std::array<std::byte, count> bytes{};
        if (stream_.take(bytes) != count) {
            throw damaged("it ends inside a header");
        }
        crc32_ = crc32_of(bytes, crc32_);
        return bytes;
    }

    void skip(std::uint32_t bytes)
    {
        for (; bytes > 0; --bytes) {
            take<1>();
        }
    }

    void skip_text()
    {
        while (take<1>()[0] != std::byte{0}) {
        }
    }

    /// `first` was read already.
    void read(std::byte first)
    {
        const std::array head{first};
        crc32_ = crc32_of(head);
        const auto rest = take<9>();  // magic, method, flags, mtime (4), extra flags, system
        if (first != magic_first || rest[0] != magic_second) {
            throw damaged("no member begins where one should");
        }
        const auto flags = std::to_integer<unsigned>(rest[2]);
        if (rest[1] != method_deflate || (flags & flags_reserved) != 0) {
            throw damaged("a header asks for what gzip does not have");
        }
        if ((flags & flag_extra) != 0) {
            skip(little_endian(take<2>()));
        }
        if ((flags & flag_name) != 0) {
            skip_text();
        }
        if ((flags & flag_comment) != 0) {
            skip_text();
        }
        if ((flags & flag_header_crc) != 0) {
            const auto expected = crc32_ & 0xFFFF;
            if (little_endian(take<2>()) != expected) {
                throw damaged("the check sum of a header differs");
            }
        }
    }

private:
    InflateStream& stream_;
    std::uint32_t crc32_ = 0;
};

}  // namespace

GunzipSource::GunzipSource(io::Source& compressed, Engine engine)
    : stream_{std::make_unique<InflateStream>(compressed, engine)}
{
}

GunzipSource::~GunzipSource() = default;

bool GunzipSource::open_member()
{
    std::array<std::byte, 1> first{};
    do {
        if (stream_->take(first) == 0) {
            if (where_ == Where::before_first_member) {
                throw damaged("it is empty");
            }
            return false;
        }
    } while (where_ == Where::between_members && first[0] == std::byte{0});  // padding
    HeaderReader{*stream_}.read(first[0]);
    stream_->restart();
    crc32_ = 0;
    member_bytes_ = 0;
    return true;
}

void GunzipSource::close_member()
{
    std::array<std::byte, 8> trailer{};
    if (stream_->take(trailer) != trailer.size()) {
        throw damaged("it ends too early");
    }
    const io::ByteView numbers{trailer};
    if (little_endian(numbers.first(4)) != crc32_) {
        throw damaged("the check sum differs");
    }
    if (little_endian(numbers.last(4)) != (member_bytes_ & 0xFFFFFFFF)) {
        throw damaged("the length differs");
    }
}

std::size_t GunzipSource::read(io::ByteSpan into)
{
    while (where_ != Where::at_end) {
        if (where_ != Where::in_member) {
            where_ = open_member() ? Where::in_member : Where::at_end;
            continue;
        }
        const auto got = stream_->inflate(into);
        if (got > 0) {
            crc32_ = crc32_of(into.first(got), crc32_);
            member_bytes_ += got;
            return got;
        }
        close_member();
        where_ = Where::between_members;
    }
    return 0;
}

InflateSource::InflateSource(io::Source& compressed, Engine engine)
    : stream_{std::make_unique<InflateStream>(compressed, engine)}
{
}

InflateSource::~InflateSource() = default;

std::size_t InflateSource::read(io::ByteSpan into)
{
    return stream_->inflate(into);
}

std::uint64_t InflateSource::consumed_bytes() const noexcept
{
    return stream_->consumed_bytes();
}

std::size_t InflateSource::read_behind(io::ByteSpan into)
{
    return stream_->take(into);
}

io::Bytes inflate_chunk(io::ByteView stored, std::size_t raw_bytes, Engine engine)
{
    if (raw_bytes / deflate_ratio_max > stored.size()) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("a chunk of {} bytes cannot hold {}", stored.size(), raw_bytes)};
    }
    const auto decompressor = make_decompressor(engine);
    io::Bytes raw(raw_bytes);
    std::array<std::byte, 1> beyond{};
    std::size_t done = 0;
    bool ended = false;
    bool closed = false;
    while (!ended) {
        // Once all has come, room for one byte more shows whether there is more.
        const auto room = done < raw_bytes ? io::ByteSpan{raw}.subspan(done) : io::ByteSpan{beyond};
        const auto step = decompressor->step(stored, room);
        if (done == raw_bytes && step.produced > 0) {
            throw Error{Error::Kind::corrupt,
                        fmt::format("a chunk holds more than its {} bytes", raw_bytes)};
        }
        done += step.produced;
        stored = stored.subspan(step.consumed);
        ended = step.ended;
        if (ended && (step.over > 0 || !stored.empty())) {
            throw Error{Error::Kind::corrupt, "something follows the end of a chunk"};
        }
        if (!ended && step.produced == 0 && step.consumed == 0) {
            // A chunk from the middle of a stream is whole if the stream can be closed behind it.
            if (std::exchange(closed, true)) {
                break;
            }
            stored = stream_end;
        }
    }
    if (!ended || done != raw_bytes) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("a chunk holds {} of its {} bytes", done, raw_bytes)};
    }
    return raw;
}

}  // namespace duplid::codec
