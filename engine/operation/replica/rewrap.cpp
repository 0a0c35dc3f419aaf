#include "engine/operation/replica/rewrap.hpp"

#include "engine/volume/member.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <utility>

namespace duplid::operation {

namespace {

void make_room(volume::Chunk& chunk, std::size_t bytes)
{
    if (chunk.buffer.size() < chunk.bytes + bytes) {
        chunk.buffer.resize(chunk.bytes + bytes);
    }
}

}  // namespace

bool EntryChunks::next_entry()
{
    if (!has_entry_) {
        has_entry_ = reader_.next(header_);
        if (has_entry_) {
            // An entry that no reader would take must not get a second life.
            static_cast<void>(volume::member_of(header_));
        }
    }
    return has_entry_;
}

void EntryChunks::take_data(volume::Chunk& chunk)
{
    while (left_ > 0 && chunk.bytes < chunk_bytes_) {
        const auto want =
            static_cast<std::size_t>(std::min<std::uint64_t>(left_, chunk_bytes_ - chunk.bytes));
        make_room(chunk, want);
        const auto got = reader_.read(io::ByteSpan{chunk.buffer}.subspan(chunk.bytes, want));
        if (got == 0) {
            throw Error{Error::Kind::corrupt, "an entry is shorter than its header says"};
        }
        chunk.bytes += got;
        left_ -= got;
    }
    if (left_ == 0 && padding_ > 0) {
        make_room(chunk, padding_);
        std::fill_n(chunk.buffer.begin() + static_cast<std::ptrdiff_t>(chunk.bytes), padding_,
                    std::byte{0});
        chunk.bytes += std::exchange(padding_, 0);
    }
}

bool EntryChunks::fill(volume::Chunk& chunk)
{
    chunk.bytes = 0;
    if (left_ > 0) {
        has_whole_entries_ = false;
        take_data(chunk);
    }
    while (left_ == 0 && next_entry()) {
        const auto head = tar::encoded_bytes(header_);
        const auto whole = head + header_.size + tar::padding_of(header_.size);
        if (chunk.bytes > 0 && chunk.bytes + whole > chunk_bytes_) {
            break;
        }
        make_room(chunk, head);
        chunk.bytes += tar::write_header(header_, io::ByteSpan{chunk.buffer}.subspan(chunk.bytes));
        left_ = header_.size;
        padding_ = tar::padding_of(header_.size);
        has_entry_ = false;
        take_data(chunk);
    }
    return chunk.bytes > 0;
}

}  // namespace duplid::operation
