#include "engine/manifest/chunk_index.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/error.hpp"

#include <cstddef>
#include <limits>

namespace duplid::manifest {

namespace {

/// The longest a volume can be: offsets in files are signed.
constexpr std::uint64_t bytes_max =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Error damaged(const char* why)
{
    return Error{Error::Kind::corrupt, std::string{"chunk index of a volume: "} + why};
}

void put_varint(io::Bytes& to, std::uint64_t value)
{
    for (; value >= 0x80U; value >>= 7U) {
        to.push_back(static_cast<std::byte>((value & 0x7fU) | 0x80U));
    }
    to.push_back(static_cast<std::byte>(value));
}

std::byte take_byte(io::ByteView& rest)
{
    if (rest.empty()) {
        throw damaged("cut short");
    }
    const std::byte byte = rest.front();
    rest = rest.subspan(1);
    return byte;
}

/// At most `bytes_max`, which nine groups of seven bits hold exactly.
std::uint64_t take_varint(io::ByteView& rest)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        const auto byte = std::to_integer<std::uint64_t>(take_byte(rest));
        value |= (byte & 0x7fU) << shift;
        if (byte < 0x80U) {
            if (byte == 0 && shift > 0) {
                throw damaged("length with needless digits");
            }
            return value;
        }
    }
    throw damaged("length out of range");
}

std::uint32_t take_crc(io::ByteView& rest)
{
    std::uint32_t crc = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        crc |= std::to_integer<std::uint32_t>(take_byte(rest)) << shift;
    }
    return crc;
}

/// Adds to a sum that began within bounds and stays there.
void add_within(std::uint64_t& sum, std::uint64_t bytes)
{
    if (bytes > bytes_max - sum) {
        throw damaged("lengths add up to more than a file can hold");
    }
    sum += bytes;
}

}  // namespace

std::string print(const ChunkIndex& index)
{
    io::Bytes bytes;
    put_varint(bytes, index.first_offset);
    for (const Chunk& chunk : index.chunks) {
        put_varint(bytes, chunk.stored_bytes);
        put_varint(bytes, chunk.raw_bytes);
        for (unsigned shift = 0; shift < 32; shift += 8) {
            bytes.push_back(static_cast<std::byte>(chunk.raw_crc32 >> shift & 0xffU));
        }
    }
    return io::base64(bytes);
}

ChunkIndex parse_chunk_index(std::string_view value)
{
    const auto bytes = io::unbase64(value);
    if (!bytes) {
        throw damaged("not base64");
    }
    io::ByteView rest{*bytes};
    ChunkIndex index{.first_offset = take_varint(rest)};
    std::uint64_t stored = index.first_offset;
    std::uint64_t raw = 0;
    while (!rest.empty()) {
        Chunk chunk;
        chunk.stored_bytes = take_varint(rest);
        chunk.raw_bytes = take_varint(rest);
        chunk.raw_crc32 = take_crc(rest);
        add_within(stored, chunk.stored_bytes);
        add_within(raw, chunk.raw_bytes);
        index.chunks.push_back(chunk);
    }
    return index;
}

}  // namespace duplid::manifest
