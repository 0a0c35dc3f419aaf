// Deflate streams inside something else that is read from the same source. Used inside this
// folder only.
#pragma once

#include "engine/codec/compressor.hpp"
#include "storage/io/source.hpp"

#include <cstdint>
#include <memory>

namespace duplid::codec {

/// Reads a source as raw bytes and as deflate streams in turn, exact to the byte at each change.
class InflateStream {
public:
    /// Begins with a deflate stream, unless take() is called first. `source` must outlive this.
    InflateStream(io::Source& source, Engine engine);

    /// Inflates; 0 means that the deflate stream has ended. Throws: Error corrupt.
    [[nodiscard]] std::size_t inflate(io::ByteSpan into);

    /// Reads raw bytes, fewer than asked for only at the source's end. Never inside a stream.
    [[nodiscard]] std::size_t take(io::ByteSpan into);

    /// A deflate stream begins here.
    void restart();

    /// Bytes of the source taken up to here. Within a stream it may be over by a few.
    [[nodiscard]] std::uint64_t consumed_bytes() const noexcept { return consumed_; }

private:
    void fill();

    io::Source& source_;
    std::unique_ptr<Decompressor> decompressor_;
    // Bytes read ahead are [at_, end_). Those before at_ are kept for as far as a decompressor may
    // have to give them back.
    io::Bytes buffer_;
    std::size_t at_ = Decompressor::over_bytes_max;
    std::size_t end_ = Decompressor::over_bytes_max;
    std::uint64_t consumed_ = 0;
    bool source_ended_ = false;
    bool stream_ended_ = false;
};

}  // namespace duplid::codec
