// A gzip file as it is written, whose length nobody knows beforehand.
#pragma once

#include "engine/codec/deflate.hpp"
#include "storage/io/sink.hpp"

#include <cstdint>

namespace duplid::codec {

/// One gzip member (gzip.hpp), deflated in chunks of a MiB as volumes are. One thread at a time.
class GzipSink final : public io::Sink {
public:
    /// `out` must outlive this object and is not finished by it. `mtime` is in epoch seconds, 0
    /// for none.
    GzipSink(io::Sink& out, Level level, std::uint32_t mtime);

    void write(io::ByteView bytes) override;
    void finish() override;

private:
    void deflate();

    io::Sink& out_;
    Level level_;
    ChunkDeflater deflater_;
    io::Bytes raw_;
    DeflatedChunk deflated_;
    std::uint32_t crc32_ = 0;
    std::uint64_t raw_bytes_ = 0;
};

}  // namespace duplid::codec
