// Makes the tar stream of a set out of entries, in chunks of whole entries.
//
// Format facts: archive-format.md 4.3 (data in blocks of 65536 bytes; an entry whose first block
// is full is split, and ends with an empty block when its length is a multiple), 4.6, 4.7.
#pragma once

#include "engine/tar/header.hpp"
#include "engine/volume/chunk.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/sink.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace duplid::volume {

/// The data of an entry is read in pieces of exactly this many bytes.
inline constexpr std::size_t block_bytes = 65536;

/// A record of an entry's last block whose value is known only when all of the data were read. Its
/// length has to be known before: it decides where the data begin. Without a keyword: none.
struct LastRecord {
    std::string keyword{};
    std::size_t value_bytes = 0;
    /// Called once, when everything was shown to `look` or written.
    std::function<std::string()> value{};
};

class Packer {
public:
    /// Fills at most the given span with the file's next bytes; 0 means its end.
    using Read = std::function<std::size_t(io::ByteSpan)>;
    using Emit = std::function<void(std::unique_ptr<Chunk>)>;
    /// The mark of a chunk that ends at `last`. Asked in the thread that packs, before the chunk is
    /// given out; nothing behind `last` has been packed then.
    using Mark = std::function<std::string(const Position& last)>;

    /// `chunk_bytes`: a chunk is given to `emit` before it would grow beyond this, unless it is a
    /// single entry. `store` must outlive this object.
    Packer(std::size_t chunk_bytes, ChunkStore& store, Emit emit);

    /// Without it chunks have no marks.
    void mark_with(Mark mark) { mark_ = std::move(mark); }

    /// An entry without data: `deleted`, or the snapshot of anything but a regular file with
    /// content. `header` brings everything but the name, which is set here.
    void add(MemberKind kind, const std::string& key, tar::Header& header);

    /// The snapshot of a regular file of `header.size` bytes by its stat. At most that many are
    /// read, straight into the chunk; fewer if `read` ends sooner. Each piece is shown to `look`.
    /// Returns the bytes stored. `header` brings everything but name and size; its `extra` goes
    /// with the first block only, so that a large attribute is not repeated every 64 KiB.
    ///
    /// `blocks_before`: so many blocks of the file are in the set already, and `read` goes on
    /// behind them; they count as stored.
    std::uint64_t add_file(const std::string& key, tar::Header& header, const Read& read,
                           const std::function<void(io::ByteView)>& look,
                           const LastRecord& last = {}, std::uint64_t blocks_before = 0);

    /// Gives out the last, unfinished chunk if there is one.
    void flush();

    /// Bytes of entry data so far, without headers (duplicity's RawDeltaSize).
    [[nodiscard]] std::uint64_t data_bytes() const noexcept { return data_bytes_; }

private:
    friend class DiffEntry;

    void give_out();
    /// Room for `bytes` more in the current chunk, in a fresh one if they would not fit.
    io::ByteSpan room(std::size_t bytes);
    void take_up(std::size_t bytes, const std::string& key, std::optional<std::uint64_t> block);
    void add_block(MemberKind kind, const std::string& key, tar::Header& header,
                   std::optional<std::uint64_t> block, const LastRecord* last, io::ByteView data);

    std::size_t chunk_bytes_;
    ChunkStore& store_;
    Emit emit_;
    Mark mark_;
    std::unique_ptr<Chunk> chunk_;
    std::uint64_t data_bytes_ = 0;
};

/// The name of some blocks of an entry and the one behind them: a chain of SHA-1, hex. The name of
/// no blocks is empty.
[[nodiscard]] std::string chain_blocks(const std::string& before, io::ByteView block);

/// What is in a set already of an entry that is made a second time.
struct BlocksBefore {
    std::uint64_t count = 0;
    std::string digest;  ///< chain_blocks() of these
    /// Called when the entry does not begin with these blocks; throws. Nothing was packed then.
    std::function<void()> refuse;
};

/// An entry of a length that shows only at its end: a delta. Written to as a Sink; finish() ends
/// the entry. Nothing else may be packed in between.
class DiffEntry final : public io::Sink {
public:
    /// `packer` and `header` must outlive this object. `header` as for Packer::add_file(). The
    /// blocks of `before` have to come again, but are not packed.
    DiffEntry(Packer& packer, std::string key, tar::Header& header, LastRecord last = {},
              BlocksBefore before = {});
    void write(io::ByteView bytes) override;
    void finish() override;

    /// chain_blocks() of all that are complete.
    [[nodiscard]] const std::string& digest() const noexcept { return digest_; }

private:
    void take_block();

    Packer& packer_;
    std::string key_;
    tar::Header& header_;
    LastRecord last_;
    BlocksBefore before_;
    io::Bytes block_;
    std::uint64_t blocks_ = 0;
    std::string digest_;
};

}  // namespace duplid::volume
