// Raw deflate (RFC 1951) in chunks that know nothing of each other.
//
// A backup's tar stream is cut into chunks, which are deflated on any thread in any order. Each is
// begun with a fresh state and ended by a sync flush, hence at a byte border, so that
//   - the outputs, put one after the other and closed by `stream_end`, are one valid deflate
//     stream: one gzip member, or the content of one OpenPGP compressed packet;
//   - each output can be inflated by itself (inflate_chunk), which makes a volume seekable.
// It costs under 0.1 % of size at 1 MiB a chunk (performance.md 3, "Compression").
#pragma once

#include "engine/codec/engine.hpp"
#include "storage/io/bytes.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace duplid::codec {

class Compressor;

/// How much time to spend: fast is ISA-L 2 (zlib 1), better is ISA-L 3 (zlib 3), max is zlib 6.
enum class Level { fast, better, max };

/// One chunk, deflated.
struct DeflatedChunk {
    io::Bytes bytes;
    std::uint64_t raw_bytes = 0;
    /// Of the bytes that were deflated: of tar bytes when these were given alone, as for gzip; of
    /// tar bytes and packet lengths together when framed for OpenPGP (LiteralFramer).
    std::uint32_t crc32 = 0;
};

/// Closes a stream of chunks: a final, empty block with fixed codes.
inline constexpr std::array<std::byte, 2> stream_end{std::byte{0x03}, std::byte{0x00}};

/// Deflates chunks one after the other, keeping its memory (some MB) between them. One
/// thread at a time; each worker has its own.
class ChunkDeflater {
public:
    /// Throws: Error invalid when this build lacks `engine`.
    explicit ChunkDeflater(Engine engine = fastest_engine());
    ChunkDeflater(ChunkDeflater&&) noexcept;
    ChunkDeflater& operator=(ChunkDeflater&&) noexcept;
    ~ChunkDeflater();

    /// Deflates the concatenation of `pieces` into `out`, whose memory is used again. No bytes at
    /// all give no bytes. The same bytes and level give the same output with one library version
    /// on one kind of processor, and wherever the borders of the pieces are.
    /// Throws: Error internal if the library fails.
    void deflate(std::span<const io::ByteView> pieces, Level level, DeflatedChunk& out);

private:
    [[nodiscard]] Compressor& compressor_for(Level level);
    /// The pieces one after the other; copied only if they are several.
    [[nodiscard]] io::ByteView joined(std::span<const io::ByteView> pieces);

    Engine engine_;
    std::unique_ptr<Compressor> quick_;  // of `engine_`
    std::unique_ptr<Compressor> best_;   // zlib, made when Level::max is first asked for
    io::Bytes joined_;
};

}  // namespace duplid::codec
