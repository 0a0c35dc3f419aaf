// Deltas: how a file's new content is made from its previous one, given only the signature of the
// latter (archive-format.md 6).
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/sink.hpp"

#include <cstdint>
#include <memory>

struct rs_signature;
struct rs_job;

namespace duplid::rdiff {

/// The longest block a signature may have to be usable here: making a delta holds a few blocks in
/// memory. duplicity's rule (archive-format.md 5.3) reaches it at files of 33 TB, and only if
/// --max-blocksize was raised to this.
inline constexpr std::uint32_t table_block_bytes_max = std::uint32_t{16} << 20U;

/// A signature made ready to look blocks up in: 40 to 50 bytes of memory for each block, so 25 MB
/// for each GB of a large file.
///
/// Used by one thread at a time: librsync counts look-ups in it.
class SignatureTable {
public:
    /// Takes any of the four kinds (archive-format.md 5.4) with sums of any length up to the
    /// whole hash. `signature` is not needed afterwards.
    /// Throws: Error corrupt when it is no whole signature.
    explicit SignatureTable(io::ByteView signature);

private:
    friend class DeltaMaker;
    struct Free {
        void operator()(rs_signature* signature) const noexcept;
    };
    std::unique_ptr<rs_signature, Free> signature_;
};

/// Turns the new content of one file, as it passes, into the delta against the old one.
/// Memory does not grow with the file. One thread at a time.
class DeltaMaker {
public:
    /// Both must outlive this object. `out` is not finished by it.
    DeltaMaker(const SignatureTable& table, io::Sink& out);
    DeltaMaker(const DeltaMaker&) = delete;
    DeltaMaker& operator=(const DeltaMaker&) = delete;

    /// Throws: Error internal if librsync fails; whatever `out` throws.
    void write(io::ByteView bytes);

    /// Emits the rest of the delta and its end. Called once, last.
    void finish();

private:
    struct Free {
        void operator()(rs_job* job) const noexcept;
    };

    void drive(io::ByteView input, bool at_end);

    std::unique_ptr<rs_job, Free> job_;
    io::Sink& out_;
    std::unique_ptr<std::byte[]> output_;
};

/// Whether two signatures say that the contents they were made of are equal. False means that
/// they differ or that these signatures cannot tell (other block length, other kind).
///
/// As sure as a delta is, which trusts the same sums block by block.
[[nodiscard]] bool same_content(io::ByteView old_signature, io::ByteView new_signature) noexcept;

}  // namespace duplid::rdiff
