// Deltas: how a file's new content is made from its previous one, given only the signature of the
// latter (archive-format.md 6).
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/spill_buffer.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace duplid::rdiff {

/// The longest block a signature may have to be usable here: making a delta holds a few blocks in
/// memory. duplicity's rule (archive-format.md 5.3) reaches it at files of 33 TB, and only if
/// --max-blocksize was raised to this.
inline constexpr std::uint32_t table_block_bytes_max = std::uint32_t{16} << 20U;

class BlockIndex;
class DeltaScanner;
class LibrsyncDelta;
class LibrsyncTable;

/// A signature made ready to look blocks up in: for duplicity's own kind 8 to 16 bytes for each
/// different block, in a file when they are many (BlockIndex); for others librsync's table.
///
/// Used by one thread at a time.
class SignatureTable {
public:
    /// Takes any of the four kinds (archive-format.md 5.4) with sums of any length up to the
    /// whole hash. `signature` must outlive this object and stay as it is.
    /// Throws: Error corrupt when it is no whole signature; what making a file throws.
    SignatureTable(io::SpillBuffer& signature, const std::string& temp_directory);
    SignatureTable(const SignatureTable&) = delete;
    SignatureTable& operator=(const SignatureTable&) = delete;
    ~SignatureTable();

private:
    friend class DeltaMaker;
    io::SpillBuffer& signature_;
    std::size_t block_bytes_ = 0;
    // One of the two.
    std::unique_ptr<const BlockIndex> index_;
    std::unique_ptr<const LibrsyncTable> librsync_;
};

/// Turns the new content of one file, as it passes, into the delta against the old one.
/// Memory does not grow with the file. One thread at a time.
class DeltaMaker {
public:
    /// Both must outlive this object. `out` is not finished by it.
    DeltaMaker(const SignatureTable& table, io::Sink& out);
    DeltaMaker(const DeltaMaker&) = delete;
    DeltaMaker& operator=(const DeltaMaker&) = delete;
    ~DeltaMaker();

    /// Throws: Error internal if librsync fails; whatever `out` throws.
    void write(io::ByteView bytes);

    /// Emits the rest of the delta and its end. Called once, last.
    void finish();

private:
    const SignatureTable& table_;
    // One of the two.
    std::unique_ptr<DeltaScanner> scanner_;
    std::unique_ptr<LibrsyncDelta> librsync_;
    std::uint64_t since_rest_ = 0;
};

/// Whether two signatures say that the contents they were made of are equal. False means that
/// they differ or that these signatures cannot tell (other block length, other kind).
///
/// As sure as a delta is, which trusts the same sums block by block.
[[nodiscard]] bool same_content(io::ByteView old_signature, io::ByteView new_signature) noexcept;

}  // namespace duplid::rdiff
