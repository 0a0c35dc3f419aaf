#include "engine/volume/chunk_source.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/inflate.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace duplid::volume {

namespace {

/// duplid's own chunks have at most a MiB and one entry; an index that claims more is not ours.
constexpr std::uint64_t chunk_bytes_max = std::uint64_t{64} << 20U;

[[noreturn]] void refuse(const ChunkedVolume& volume, std::size_t index, const std::string& why)
{
    throw Error{Error::Kind::corrupt, fmt::format("{}: piece {} {}", volume.name, index, why),
                volume.name,
                "the volume is damaged; what other volumes hold can still be restored"};
}

}  // namespace

io::Bytes read_chunk(const ChunkedVolume& volume, std::size_t index, std::uint64_t stored_offset)
{
    const auto& place = volume.chunks.at(index);
    if (place.stored_bytes > chunk_bytes_max || place.raw_bytes > chunk_bytes_max) {
        refuse(volume, index, "is larger than any can be");
    }
    auto stored = volume.read_range(stored_offset, static_cast<std::size_t>(place.stored_bytes));
    if (stored.size() != place.stored_bytes) {
        refuse(volume, index, "lies beyond the end of the volume");
    }
    io::Bytes raw;
    if (volume.deflated) {
        try {
            raw = codec::inflate_chunk(stored, static_cast<std::size_t>(place.raw_bytes));
        } catch (const Error& error) {
            refuse(volume, index, error.what());
        }
    } else {
        raw = std::move(stored);
    }
    if (raw.size() != place.raw_bytes || codec::crc32_of(raw) != place.raw_crc32) {
        refuse(volume, index, "is not what was written");
    }
    return raw;
}

ChunkSource::ChunkSource(ChunkedVolume volume, std::string_view key) : volume_{std::move(volume)}
{
    auto offset = volume_.first_offset;
    for (const auto& chunk : volume_.chunks) {
        offsets_.push_back(offset);
        offset += chunk.stored_bytes;
    }
    // The last chunk whose first key is before `key`: later ones may begin in the middle of it.
    std::size_t begin = 0;
    std::size_t end = volume_.chunks.size();
    while (end - begin > 1) {
        const auto middle = begin + (end - begin) / 2;
        if (first_key_of(middle) < key) {
            begin = middle;
        } else {
            end = middle;
        }
    }
    next_ = begin;
}

io::Bytes ChunkSource::load(std::size_t index)
{
    stored_bytes_read_ += volume_.chunks[index].stored_bytes;
    return read_chunk(volume_, index, offsets_[index]);
}

std::string ChunkSource::first_key_of(std::size_t index)
{
    const auto raw = load(index);
    io::ViewSource source{raw};
    tar::Reader reader{source};
    tar::Header header;
    if (!reader.next(header)) {
        refuse(volume_, index, "holds no entry");
    }
    return member_of(header).key;
}

std::size_t ChunkSource::read(io::ByteSpan into)
{
    while (left_.empty()) {
        if (next_ == volume_.chunks.size()) {
            return 0;
        }
        content_ = load(next_++);
        left_ = content_;
    }
    const auto bytes = std::min(into.size(), left_.size());
    std::copy_n(left_.begin(), bytes, into.begin());
    left_ = left_.subspan(bytes);
    return bytes;
}

}  // namespace duplid::volume
