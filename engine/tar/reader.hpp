// Reads a tar stream entry by entry.
//
// Accepts what archive-format.md 4.1 asks of a reader: ustar (with prefix field), pax `x` and `g`
// headers, GNU long names and base-256 numbers, and tars older than all of these.
#pragma once

#include "engine/tar/header.hpp"
#include "storage/io/block_source.hpp"
#include "storage/io/source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace duplid::tar {

/// The most bytes of pax headers one entry may have (extended attributes live there).
inline constexpr std::size_t pax_bytes_max = std::size_t{1} << 20U;
/// The longest name, link target or owner name accepted. Linux ends paths at 4096.
inline constexpr std::size_t name_bytes_max = std::size_t{64} << 10U;

/// Reads from the front of a Source to the first all-zero block or to the end of the data,
/// whichever comes first (archive-format.md 4.5: what follows a zero block may be garbage).
///
/// The input is hostile: whatever it holds, the outcome is entries or an Error, with bounded
/// memory. Reads 128 KiB (or a block) at a time, so small entries cost no call of the Source each;
/// the Source is therefore left somewhere behind the current entry. One thread at a time.
///
/// Every Error thrown here is `corrupt` and names the offset in the stream where the entry
/// starts; what the Source throws passes through. After an exception only destruction is left.
class Reader {
public:
    /// `source` must outlive this object.
    explicit Reader(io::Source& source) : source_{source} {}
    /// As above, and copies nothing of its blocks but headers that two of them share.
    explicit Reader(io::BlockSource& source) : source_{source}, blocks_{&source} {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Goes to the next entry, over what is unread of the current one, and fills `header`
    /// (whose memory is reused). False at the end, and from then on; the caller may then drain
    /// the source, which lets a codec below check what it has to check at its own end.
    ///
    /// `header.extra` receives the pax records that no field of Header holds, as they come, so a
    /// later one of a repeated keyword counts; `mtime` is there too when it has a fraction, its
    /// seconds in the field being rounded down. Records of `g` headers are defaults for all
    /// entries behind them, unknown ones are ignored (archive-format.md 4.1).
    /// Only regular files have data: a size that another type states is ignored and given as 0.
    [[nodiscard]] bool next(Header& header);

    /// Data of the current entry: fills at most `into.size()` bytes and returns how many, 0 at
    /// the end of the entry (`into` must not be empty).
    std::size_t read(io::ByteSpan into);

    /// The next bytes of the current entry's data, at most `bytes_max`, which is not 0; none at the
    /// end of the entry. They are not copied: valid until the next call of anything here.
    [[nodiscard]] io::ByteView some(std::size_t bytes_max);

    /// Leaves the rest of the current entry's data unread. next() does so by itself.
    void skip();

    /// Data bytes of the current entry that were neither read nor skipped.
    [[nodiscard]] std::uint64_t bytes_left() const noexcept { return data_left_; }

    /// Where the current entry starts in the stream, its pax or GNU headers included.
    [[nodiscard]] std::uint64_t header_offset() const noexcept { return header_offset_; }
    /// Where the current entry's data starts in the stream.
    [[nodiscard]] std::uint64_t data_offset() const noexcept { return data_offset_; }

private:
    /// What headers in front of an entry's own say about it.
    struct Extensions {
        std::string name;  ///< GNU `L`
        std::string link;  ///< GNU `K`
        std::string pax;   ///< the records of its `x` headers
        bool any = false;
    };

    [[noreturn]] void fail(const std::string& what) const;

    bool fill();
    void take(std::size_t bytes) noexcept;
    [[nodiscard]] const std::byte* block_at_front();
    void discard(std::uint64_t bytes);
    /// The data of an extension header, which the stream is at, and its padding.
    [[nodiscard]] std::string take_extension_data(std::uint64_t bytes, std::size_t bytes_max,
                                                  const char* what);
    /// Takes the header at the front if it is one that describes others.
    bool take_extension(const std::byte* block);
    void keep_global(std::string_view records);

    void read_own_header(const std::byte* block, Header& header) const;
    /// `exact_mtime` becomes a part of `records` when the time there has a fraction.
    void apply_pax(std::string_view records, Header& header, std::string_view& exact_mtime) const;

    io::Source& source_;
    io::BlockSource* blocks_ = nullptr;  ///< `source_`, if it has blocks
    std::unique_ptr<std::byte[]> buffer_;
    io::ByteView unread_;       ///< a part of buffer_ or of a block
    std::uint64_t offset_ = 0;  ///< in the stream, of what is unread
    std::uint64_t header_offset_ = 0;
    std::uint64_t data_offset_ = 0;
    std::uint64_t data_left_ = 0;
    std::size_t padding_left_ = 0;
    bool at_end_ = false;
    Extensions extensions_;
    std::string global_pax_;  ///< records of `g` headers whose keywords are known
};

}  // namespace duplid::tar
