// The chunk index of a volume: where each separately inflatable piece begins, so that one small
// file costs a ranged read of about a MiB and not the whole volume (architecture.md 4.4).
//
// duplid's own; it travels as the value of the manifest line `    Duplid-Chunks <value>`, which
// duplicity ignores (archive-format.md 13). Everything in it is a hint about a file whose hash is
// in the same record: whoever uses it checks lengths and CRC of what it inflates.
//
// Value: base64 (RFC 4648, padded) of
//     varint first_offset
//     per chunk: varint stored_bytes, varint raw_bytes, 4 bytes CRC-32 of the raw bytes
// with varints in base 128, low bits first, and the CRC little-endian. There is no count: the
// chunks end where the bytes do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::manifest {

struct Chunk {
    std::uint64_t stored_bytes = 0;  ///< deflated length in the volume
    std::uint64_t raw_bytes = 0;     ///< length in the tar stream
    std::uint32_t raw_crc32 = 0;     ///< CRC-32 (as gzip's) of those raw bytes

    [[nodiscard]] bool operator==(const Chunk&) const = default;
};

struct ChunkIndex {
    /// Bytes of the volume file before the first chunk, e.g. the 10 of a gzip header.
    std::uint64_t first_offset = 0;
    std::vector<Chunk> chunks{};

    [[nodiscard]] bool operator==(const ChunkIndex&) const = default;
};

/// One word without blanks, ready for Volume::chunks.
[[nodiscard]] std::string print(const ChunkIndex& index);

/// Throws: Error corrupt on anything that print() cannot have written, among it sums of lengths
/// that do not fit 63 bits. Takes memory in proportion to `value`.
[[nodiscard]] ChunkIndex parse_chunk_index(std::string_view value);

}  // namespace duplid::manifest
