// Reads a volume from somewhere in its middle, chunk by chunk, without what lies before.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/source.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/volume/stored_file.hpp"

namespace duplid::volume {

/// A volume whose chunks are known.
struct ChunkedVolume {
    std::string name;  ///< for errors
    bool deflated = true;
    std::uint64_t first_offset = 0;
    std::vector<ChunkPlace> chunks;
    /// Bytes `[offset, offset + bytes)` of the stored volume; fewer at its end.
    std::function<io::Bytes(std::uint64_t offset, std::size_t bytes)> read_range;
};

/// The raw tar bytes of one chunk, its length and CRC checked. Throws: Error corrupt.
[[nodiscard]] io::Bytes read_chunk(const ChunkedVolume& volume, std::size_t index,
                                   std::uint64_t stored_offset);

/// The tar stream from the last chunk on that begins before `key`, so that nothing at `key` or
/// below it is missed. That chunk is found by bisection, since each begins with a tar header: of
/// the others only the front is read, which nothing proves. What it led to is proven: a chunk that
/// is whole and does begin before `key`; else whole chunks are asked.
class ChunkSource final : public io::Source {
public:
    /// Throws: Error corrupt when the chunk to begin with does not fit the volume.
    ChunkSource(ChunkedVolume volume, std::string_view key);

    std::size_t read(io::ByteSpan into) override;

    /// Bytes of the volume that were read so far.
    [[nodiscard]] std::uint64_t stored_bytes_read() const noexcept { return stored_bytes_read_; }

private:
    enum class Reading { front, whole };

    [[nodiscard]] io::Bytes load(std::size_t index);
    [[nodiscard]] std::string first_key_of(std::size_t index, Reading reading);
    /// The last chunk whose first key is before `key`, or the first chunk.
    [[nodiscard]] std::size_t last_before(std::string_view key, Reading reading);
    void hold(std::size_t index);

    ChunkedVolume volume_;
    std::vector<std::uint64_t> offsets_;
    std::size_t next_ = 0;
    io::Bytes content_;
    io::ByteView left_;
    std::uint64_t stored_bytes_read_ = 0;
};

}  // namespace duplid::volume
