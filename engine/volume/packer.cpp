#include "engine/volume/packer.hpp"

#include "storage/io/digest.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace duplid::volume {

Packer::Packer(std::size_t chunk_bytes, ChunkStore& store, Emit emit)
    : chunk_bytes_{chunk_bytes}, store_{store}, emit_{std::move(emit)}
{
}

void Packer::give_out()
{
    chunk_->mark = mark_ ? mark_(chunk_->last) : std::string{};
    emit_(std::exchange(chunk_, nullptr));
}

io::ByteSpan Packer::room(std::size_t bytes)
{
    if (chunk_ && chunk_->bytes > 0 && chunk_->bytes + bytes > chunk_bytes_) {
        give_out();
    }
    if (!chunk_) {
        chunk_ = store_.take();
    }
    // The whole chunk is made at once: growing bit by bit would copy and clear again and again.
    const auto wanted = std::max(chunk_->bytes + bytes, chunk_bytes_);
    if (chunk_->buffer.size() < wanted) {
        chunk_->buffer.resize(wanted);
    }
    return io::ByteSpan{chunk_->buffer}.subspan(chunk_->bytes, bytes);
}

void Packer::take_up(std::size_t bytes, const std::string& key, std::optional<std::uint64_t> block)
{
    if (chunk_->bytes == 0) {
        chunk_->first.key = key;
        chunk_->first.block = block;
    }
    chunk_->last.key = key;
    chunk_->last.block = block;
    chunk_->bytes += bytes;
}

void Packer::add(MemberKind kind, const std::string& key, tar::Header& header)
{
    header.size = 0;
    put_member_name(Container::difftar, kind, key, header.type, header.name);
    const auto bytes = tar::encoded_bytes(header);
    tar::write_header(header, room(bytes));
    take_up(bytes, key, std::nullopt);
}

/// `last` is null for a block that another one follows.
void Packer::add_block(MemberKind kind, const std::string& key, tar::Header& header,
                       std::optional<std::uint64_t> block, const LastRecord* last,
                       io::ByteView data)
{
    header.size = data.size();
    if (last != nullptr && !last->keyword.empty()) {
        header.extra.push_back({last->keyword, last->value()});
    }
    if (block) {
        put_block_name(kind, key, *block, header.name);
    } else {
        put_member_name(Container::difftar, kind, key, header.type, header.name);
    }
    const auto head = tar::encoded_bytes(header);
    const auto padding = tar::padding_of(data.size());
    const auto bytes = head + data.size() + padding;
    const auto out = room(bytes);
    tar::write_header(header, out);
    std::copy(data.begin(), data.end(), out.begin() + static_cast<std::ptrdiff_t>(head));
    std::fill_n(out.end() - static_cast<std::ptrdiff_t>(padding), padding, std::byte{0});
    take_up(bytes, key, last != nullptr ? std::nullopt : block);
    data_bytes_ += data.size();
    header.extra.clear();
}

std::uint64_t Packer::add_file(const std::string& key, tar::Header& header, const Read& read,
                               const std::function<void(io::ByteView)>& look,
                               const LastRecord& last, std::uint64_t blocks_before)
{
    const auto expected = header.size;
    std::uint64_t stored = blocks_before * block_bytes;
    if (blocks_before > 0) {
        header.extra.clear();  // it went with the first block
    }
    for (std::uint64_t number = blocks_before + 1;; ++number) {
        const auto want =
            static_cast<std::size_t>(std::min<std::uint64_t>(expected - stored, block_bytes));
        const bool split = number > 1 || want == block_bytes;
        const bool ends = want < block_bytes;
        header.size = want;
        if (ends && !last.keyword.empty()) {
            header.extra.push_back({last.keyword, std::string(last.value_bytes, '0')});
        }
        if (split) {
            put_block_name(MemberKind::snapshot, key, number, header.name);
        } else {
            put_member_name(Container::difftar, MemberKind::snapshot, key, header.type,
                            header.name);
        }
        auto head = tar::encoded_bytes(header);
        // Read before the header is written: the file may have become shorter since its stat.
        const auto out = room(head + want + tar::padding_of(want));
        std::size_t got = 0;
        while (got < want) {
            const auto more = read(out.subspan(head + got, want - got));
            if (more == 0) {
                break;
            }
            got += more;
        }
        const auto data = out.subspan(head, got);
        look(data);
        header.size = got;
        const bool is_last = got < block_bytes;
        stored += got;
        if (is_last && !ends) {
            // It shrank: this block is the last one and needs its record; and an entry is split
            // only if its first block is full.
            const io::Bytes kept(data.begin(), data.end());
            add_block(MemberKind::snapshot, key, header,
                      number == 1 ? std::nullopt : std::optional{number}, &last, kept);
            return stored;
        }
        if (is_last && !last.keyword.empty()) {
            header.extra.back().value = last.value();
        }
        if (got != want) {
            head = tar::encoded_bytes(header);  // same length: the name is, and sizes are octal
        }
        tar::write_header(header, out);
        const auto padding = tar::padding_of(got);
        std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(head + got), padding, std::byte{0});
        take_up(head + got + padding, key,
                split && !is_last ? std::optional{number} : std::nullopt);
        data_bytes_ += got;
        header.extra.clear();
        if (is_last) {
            return stored;
        }
    }
}

void Packer::flush()
{
    if (chunk_ && chunk_->bytes > 0) {
        give_out();
    } else if (chunk_) {
        store_.give_back(std::exchange(chunk_, nullptr));
    }
}

std::string chain_blocks(const std::string& before, io::ByteView block)
{
    io::Digest digest{io::Digest::Algorithm::sha1};
    digest.add(io::view_of(before));
    digest.add(block);
    return digest.hex();
}

DiffEntry::DiffEntry(Packer& packer, std::string key, tar::Header& header, LastRecord last,
                     BlocksBefore before)
    : packer_{packer}, key_{std::move(key)}, header_{header}, last_{std::move(last)},
      before_{std::move(before)}
{
}

void DiffEntry::take_block()
{
    ++blocks_;
    if (blocks_ > before_.count) {
        packer_.add_block(MemberKind::diff, key_, header_, blocks_, nullptr, block_);
    } else {
        header_.extra.clear();  // it went with the first block
    }
    // Only now: packing a block may give out a chunk that ends before it.
    digest_ = chain_blocks(digest_, block_);
    if (blocks_ == before_.count && digest_ != before_.digest) {
        before_.refuse();
    }
    block_.clear();
}

void DiffEntry::write(io::ByteView bytes)
{
    while (!bytes.empty()) {
        const auto part = std::min(bytes.size(), block_bytes - block_.size());
        io::append(block_, bytes.first(part));
        bytes = bytes.subspan(part);
        if (block_.size() == block_bytes) {
            take_block();
        }
    }
}

void DiffEntry::finish()
{
    if (blocks_ < before_.count) {
        before_.refuse();
    }
    const auto number = blocks_ == 0 ? std::nullopt : std::optional{blocks_ + 1};
    packer_.add_block(MemberKind::diff, key_, header_, number, &last_, block_);
}

}  // namespace duplid::volume
