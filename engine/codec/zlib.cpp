#include "engine/codec/checksum.hpp"
#include "engine/codec/compressor.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <new>
#include <zlib.h>

namespace duplid::codec {

namespace {

// zlib counts in unsigned int.
constexpr std::size_t step_bytes_max = std::size_t{1} << 30;
constexpr std::size_t room_bytes_min = 1024;
constexpr int raw_deflate_window_bits = -15;
constexpr int memory_level = 8;  // zlib's own default

Bytef* bytes_of(io::ByteView bytes) noexcept
{
    // zlib only reads through next_in; its type merely lacks the const.
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
}

int number_of(Level level) noexcept
{
    switch (level) {
    case Level::fast:
        return 1;
    case Level::better:
        return 3;
    case Level::max:
        return 6;
    }
    return Z_DEFAULT_COMPRESSION;
}

// zlib's state points back at the z_stream, which therefore is never moved.
class ZlibCompressor final : public Compressor {
public:
    ZlibCompressor() = default;
    ZlibCompressor(const ZlibCompressor&) = delete;
    ZlibCompressor& operator=(const ZlibCompressor&) = delete;
    ~ZlibCompressor() override { end(); }

    void deflate(io::ByteView raw, Level level, io::Bytes& out) override
    {
        begin(level);
        // Room for all: output that ends exactly where it was to end would be asked for more, and
        // would get a second marker of its flush.
        out.resize(std::max<std::size_t>(out.capacity(),
                                         ::deflateBound(&stream_, static_cast<uLong>(raw.size())) +
                                             room_bytes_min));
        std::size_t done = 0;
        while (!raw.empty()) {
            const auto input = raw.first(std::min(raw.size(), step_bytes_max));
            raw = raw.subspan(input.size());
            drive(input, raw.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH, out, done);
        }
        out.resize(done);
    }

private:
    void begin(Level level)
    {
        if (begun_ && level == level_) {
            deflateReset(&stream_);
            return;
        }
        end();
        if (deflateInit2(&stream_, number_of(level), Z_DEFLATED, raw_deflate_window_bits,
                         memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc{};
        }
        begun_ = true;
        level_ = level;
    }

    void end() noexcept
    {
        if (begun_) {
            deflateEnd(&stream_);
            begun_ = false;
        }
    }

    void drive(io::ByteView input, int flush, io::Bytes& out, std::size_t& done)
    {
        stream_.next_in = bytes_of(input);
        stream_.avail_in = static_cast<uInt>(input.size());
        do {
            if (out.size() - done < room_bytes_min) {
                out.resize(std::max({out.capacity(), done + room_bytes_min, 2 * done}));
            }
            const auto room = std::min(out.size() - done, step_bytes_max);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + done);
            stream_.avail_out = static_cast<uInt>(room);
            // Z_BUF_ERROR only says that the call before had just finished.
            const int code = ::deflate(&stream_, flush);
            if (code != Z_OK && code != Z_BUF_ERROR) {
                throw Error{Error::Kind::internal, fmt::format("zlib deflate: error {}", code)};
            }
            done += room - stream_.avail_out;
        } while (stream_.avail_out == 0);
    }

    z_stream stream_{};
    bool begun_ = false;
    Level level_ = Level::max;
};

class ZlibDecompressor final : public Decompressor {
public:
    ZlibDecompressor()
    {
        if (inflateInit2(&stream_, raw_deflate_window_bits) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    ZlibDecompressor(const ZlibDecompressor&) = delete;
    ZlibDecompressor& operator=(const ZlibDecompressor&) = delete;
    ~ZlibDecompressor() override { inflateEnd(&stream_); }

    void restart() override { inflateReset(&stream_); }

    Step step(io::ByteView input, io::ByteSpan output) override
    {
        input = input.first(std::min(input.size(), step_bytes_max));
        output = output.first(std::min(output.size(), step_bytes_max));
        stream_.next_in = bytes_of(input);
        stream_.avail_in = static_cast<uInt>(input.size());
        stream_.next_out = reinterpret_cast<Bytef*>(output.data());
        stream_.avail_out = static_cast<uInt>(output.size());
        const int code = ::inflate(&stream_, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR) {
            throw std::bad_alloc{};
        }
        // Z_BUF_ERROR: nothing to do with what was given; the caller sees that.
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
            throw Error{Error::Kind::corrupt, "the compressed data is damaged"};
        }
        return {.consumed = input.size() - stream_.avail_in,
                .produced = output.size() - stream_.avail_out,
                .ended = code == Z_STREAM_END};
    }

private:
    z_stream stream_{};
};

}  // namespace

std::unique_ptr<Compressor> zlib_compressor()
{
    return std::make_unique<ZlibCompressor>();
}

std::unique_ptr<Decompressor> zlib_decompressor()
{
    return std::make_unique<ZlibDecompressor>();
}

std::uint32_t zlib_crc32(io::ByteView bytes, std::uint32_t before) noexcept
{
    // Without an address zlib would answer with the first value instead.
    if (bytes.empty()) {
        return before;
    }
    return static_cast<std::uint32_t>(crc32_z(before, bytes_of(bytes), bytes.size()));
}

std::uint32_t zlib_adler32(io::ByteView bytes, std::uint32_t before) noexcept
{
    if (bytes.empty()) {
        return before;
    }
    return static_cast<std::uint32_t>(adler32_z(before, bytes_of(bytes), bytes.size()));
}

std::uint32_t crc32_joined(std::uint32_t first, std::uint32_t second,
                           std::uint64_t second_bytes) noexcept
{
    return static_cast<std::uint32_t>(
        crc32_combine(first, second, static_cast<z_off_t>(second_bytes)));
}

}  // namespace duplid::codec
