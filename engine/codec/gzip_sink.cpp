#include "engine/codec/gzip_sink.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/gzip.hpp"

#include <algorithm>
#include <array>

namespace duplid::codec {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20U;

}  // namespace

GzipSink::GzipSink(io::Sink& out, Level level, std::uint32_t mtime) : out_{out}, level_{level}
{
    raw_.reserve(chunk_bytes);
    out_.write(gzip_header(mtime));
}

void GzipSink::write(io::ByteView bytes)
{
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), chunk_bytes - raw_.size()));
        io::append(raw_, piece);
        bytes = bytes.subspan(piece.size());
        if (raw_.size() == chunk_bytes) {
            deflate();
        }
    }
}

void GzipSink::deflate()
{
    const std::array pieces{io::ByteView{raw_}};
    deflater_.deflate(pieces, level_, deflated_);
    out_.write(deflated_.bytes);
    crc32_ = crc32_joined(crc32_, deflated_.crc32, raw_.size());
    raw_bytes_ += raw_.size();
    raw_.clear();
}

void GzipSink::finish()
{
    if (!raw_.empty()) {
        deflate();
    }
    out_.write(stream_end);
    out_.write(gzip_trailer(crc32_, raw_bytes_));
}

}  // namespace duplid::codec
