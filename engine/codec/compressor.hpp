// What each compression library does for this folder. Used inside of it only.
#pragma once

#include "engine/codec/deflate.hpp"
#include "storage/io/bytes.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace duplid::codec {

/// Deflates one chunk at a time. One thread at a time.
class Compressor {
public:
    Compressor() = default;
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
    virtual ~Compressor() = default;

    /// Replaces `out` by the raw deflate of `raw`, which is not empty, begun with a fresh state and
    /// sync-flushed at its end. Throws: Error internal.
    virtual void deflate(io::ByteView raw, Level level, io::Bytes& out) = 0;
};

/// Inflates one raw stream after the other. One thread at a time.
class Decompressor {
public:
    struct Step {
        std::size_t consumed = 0;  ///< bytes of the input that were taken
        std::size_t produced = 0;  ///< bytes of the output that were filled
        bool ended = false;        ///< the stream's last block is done
        /// With `ended`: so many of the bytes taken last belong to what follows the stream. They
        /// may have been taken by earlier steps; never more than `over_bytes_max`.
        std::size_t over = 0;
    };
    static constexpr std::size_t over_bytes_max = 8;

    Decompressor() = default;
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;
    virtual ~Decompressor() = default;

    /// Goes on with the stream until the input is used up, the output is full, or the stream ends.
    /// An empty input is allowed: there may be output left from earlier.
    /// Throws: Error corrupt when the bytes are not a deflate stream.
    virtual Step step(io::ByteView input, io::ByteSpan output) = 0;

    /// Forgets everything; the next step begins a new stream.
    virtual void restart() = 0;
};

[[nodiscard]] std::unique_ptr<Compressor> zlib_compressor();
[[nodiscard]] std::unique_ptr<Decompressor> zlib_decompressor();
[[nodiscard]] std::uint32_t zlib_crc32(io::ByteView bytes, std::uint32_t before) noexcept;
[[nodiscard]] std::uint32_t zlib_adler32(io::ByteView bytes, std::uint32_t before) noexcept;

// isal.cpp in builds with ISA-L; in others isal_absent.cpp, where the first says false and the
// rest must not be called.
[[nodiscard]] bool isal_is_built_in() noexcept;
[[nodiscard]] std::unique_ptr<Compressor> isal_compressor();
[[nodiscard]] std::unique_ptr<Decompressor> isal_decompressor();
[[nodiscard]] std::uint32_t isal_crc32(io::ByteView bytes, std::uint32_t before) noexcept;

/// Throws: Error invalid when this build lacks `engine`.
[[nodiscard]] std::unique_ptr<Compressor> make_compressor(Engine engine);
[[nodiscard]] std::unique_ptr<Decompressor> make_decompressor(Engine engine);

}  // namespace duplid::codec
