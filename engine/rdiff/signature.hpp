// Signatures of regular files: what a sigtar holds, and what the next delta is made against.
//
// Format facts: archive-format.md 5.2 (MD4 sums cut to 8 bytes, magic 72 73 01 36) and 5.3 (block
// length by file size); the sigtars below tests/golden/duplicity-0.8.22 show them. BLAKE2 and
// RabinKarp signatures are read (delta.hpp), never written: older librsync cannot read them.
#pragma once

#include "storage/io/sink.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace duplid::rdiff {

/// The default of duplicity's --max-blocksize.
inline constexpr std::uint32_t default_block_bytes_max = 2048;

/// Bytes covered by one checksum in the signature of a file of `file_bytes` bytes.
///
/// From 512 upwards in steps of 512 with the size of the file, at most `block_bytes_max`, which
/// counts as it is: not rounded, and below 512 if it says so. Files under 1 024 000 bytes always
/// have 512. Never 0 unless `block_bytes_max` is.
[[nodiscard]] std::uint32_t
block_bytes(std::uint64_t file_bytes,
            std::uint32_t block_bytes_max = default_block_bytes_max) noexcept;

/// Bytes of the signature of a file of `file_bytes` bytes.
[[nodiscard]] std::uint64_t signature_bytes(std::uint64_t file_bytes,
                                            std::uint32_t block_bytes) noexcept;

/// Turns the bytes of one file, as they pass, into its signature.
///
/// A side branch of the backup pipeline: a file is read once, and each piece goes both to the
/// volume and here. Costs least when pieces are multiples of `blocks_at_once * block_bytes`:
/// those are summed where they lie, the rest is copied once. One thread at a time.
class SignatureMaker {
public:
    /// `block_bytes` must not be 0. Writes the signature's head to `out`, which must outlive this
    /// object and is not finished by it.
    SignatureMaker(std::uint32_t block_bytes, io::Sink& out);
    SignatureMaker(const SignatureMaker&) = delete;
    SignatureMaker& operator=(const SignatureMaker&) = delete;

    void write(io::ByteView bytes);

    /// Writes what was held back, the sums of the last blocks. Called once, last.
    void finish();

private:
    void write_sums(io::ByteView blocks);

    io::Sink& out_;
    std::size_t block_bytes_;
    /// Room for one group of blocks, the unfinished one; made when first needed.
    std::unique_ptr<std::byte[]> carry_;
    std::size_t carry_bytes_ = 0;
};

}  // namespace duplid::rdiff
