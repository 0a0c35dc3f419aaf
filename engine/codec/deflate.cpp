#include "engine/codec/deflate.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/compressor.hpp"

#include <algorithm>

namespace duplid::codec {

ChunkDeflater::ChunkDeflater(Engine engine) : engine_{engine}, quick_{make_compressor(engine)} {}

ChunkDeflater::ChunkDeflater(ChunkDeflater&&) noexcept = default;
ChunkDeflater& ChunkDeflater::operator=(ChunkDeflater&&) noexcept = default;
ChunkDeflater::~ChunkDeflater() = default;

Compressor& ChunkDeflater::compressor_for(Level level)
{
    // zlib 6 makes smaller output than any level of ISA-L (performance.md 1).
    if (level != Level::max || engine_ == Engine::zlib) {
        return *quick_;
    }
    if (!best_) {
        best_ = make_compressor(Engine::zlib);
    }
    return *best_;
}

void ChunkDeflater::deflate(std::span<const io::ByteView> pieces, Level level, DeflatedChunk& out)
{
    out.raw_bytes = 0;
    out.crc32 = 0;
    for (const auto& piece : pieces) {
        out.raw_bytes += piece.size();
        out.crc32 = crc32_of(piece, out.crc32);
    }

    if (out.raw_bytes == 0) {
        out.bytes.clear();
        return;
    }
    compressor_for(level).deflate(joined(pieces), level, out.bytes);
}

// Given in pieces, either library ends blocks, or forgets matches, elsewhere.
io::ByteView ChunkDeflater::joined(std::span<const io::ByteView> pieces)
{
    if (pieces.size() == 1) {
        return pieces.front();
    }
    joined_.clear();
    for (const auto& piece : pieces) {
        io::append(joined_, piece);
    }
    return joined_;
}

}  // namespace duplid::codec
