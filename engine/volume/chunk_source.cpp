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

/// What is read of a chunk to see with which entry it begins; the raw bytes of its header, with a
/// long name and a few attributes, are no more.
constexpr std::size_t front_bytes = std::size_t{8} << 10U;

[[noreturn]] void refuse(const ChunkedVolume& volume, std::size_t index, const std::string& why)
{
    throw Error{Error::Kind::corrupt, fmt::format("{}: piece {} {}", volume.name, index, why),
                volume.name,
                "the volume is damaged; what other volumes hold can still be restored"};
}

/// What inflates of the front of a chunk, up to so many bytes. It is cut somewhere, and unproven.
io::Bytes inflate_front(io::ByteView stored, std::size_t bytes_max)
{
    io::ViewSource compressed{stored};
    codec::InflateSource source{compressed};
    io::Bytes raw(bytes_max);
    std::size_t filled = 0;
    try {
        while (filled < raw.size()) {
            const auto got = source.read(io::ByteSpan{raw}.subspan(filled));
            if (got == 0) {
                break;
            }
            filled += got;
        }
    } catch (const Error&) {
        // That is the cut. What came before it counts.
    }
    raw.resize(filled);
    return raw;
}

/// The key of the entry that tar bytes begin with. Throws: Error when there is none, or not all of
/// it.
std::string key_at_front(io::ByteView raw, const ChunkedVolume& volume, std::size_t index)
{
    io::ViewSource source{raw};
    tar::Reader reader{source};
    tar::Header header;
    if (!reader.next(header)) {
        refuse(volume, index, "holds no entry");
    }
    return member_of(header).key;
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
    hold(last_before(key, Reading::front));
    // Nothing at `key` lies before a chunk that begins before it; the first one is always right.
    if (next_ > 1 && key_at_front(content_, volume_, next_ - 1) >= key) {
        hold(last_before(key, Reading::whole));
    }
}

std::size_t ChunkSource::last_before(std::string_view key, Reading reading)
{
    // Later ones may begin in the middle of `key`.
    std::size_t begin = 0;
    std::size_t end = volume_.chunks.size();
    while (end - begin > 1) {
        const auto middle = begin + (end - begin) / 2;
        if (first_key_of(middle, reading) < key) {
            begin = middle;
        } else {
            end = middle;
        }
    }
    return begin;
}

void ChunkSource::hold(std::size_t index)
{
    next_ = index;
    left_ = {};
    if (next_ < volume_.chunks.size()) {
        content_ = load(next_++);
        left_ = content_;
    }
}

io::Bytes ChunkSource::load(std::size_t index)
{
    stored_bytes_read_ += volume_.chunks[index].stored_bytes;
    return read_chunk(volume_, index, offsets_[index]);
}

std::string ChunkSource::first_key_of(std::size_t index, Reading reading)
{
    const auto bytes = volume_.chunks[index].stored_bytes;
    if (reading == Reading::front && bytes > front_bytes) {
        const auto stored = volume_.read_range(offsets_[index], front_bytes);
        stored_bytes_read_ += stored.size();
        try {
            return volume_.deflated
                       ? key_at_front(inflate_front(stored, front_bytes), volume_, index)
                       : key_at_front(stored, volume_, index);
        } catch (const Error&) {
            // Its header goes on behind that, or it is damaged: which of the two the whole tells.
        }
    }
    return key_at_front(load(index), volume_, index);
}

std::size_t ChunkSource::read(io::ByteSpan into)
{
    while (left_.empty()) {
        if (next_ == volume_.chunks.size()) {
            return 0;
        }
        hold(next_);
    }
    const auto bytes = std::min(into.size(), left_.size());
    std::copy_n(left_.begin(), bytes, into.begin());
    left_ = left_.subspan(bytes);
    return bytes;
}

}  // namespace duplid::volume
