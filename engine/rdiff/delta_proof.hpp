// What a delta makes, without the file that it was made against: only that file's signature is
// left.
//
// Literals are in the delta; what it copies is not, but some file may have these bytes still: the
// one that the delta was made of, as a rule. Its word is not taken for it. A copied block counts
// when it has both sums that the signature has of it, and these are what made the writer of the
// delta leave the block out. So the content that comes of it is as surely what a restore makes as
// the delta itself was right; nothing is asked of the rest of the file, nor of its time.
//
// Format facts: archive-format.md 5.2 and 6. Deltas by librsync, and ours, copy whole blocks and
// at most the last, short one as their end; the signature tells nothing of any other part.
#pragma once

#include "engine/rdiff/delta_parser.hpp"
#include "engine/rdiff/signature_head.hpp"
#include "storage/io/sink.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace duplid::rdiff {

/// A delta is written to it; the content comes out as far as it is proved. Memory: a few blocks.
/// One thread.
class DeltaProof final : public io::Sink, private DeltaListener {
public:
    /// Fills all of `into` with what a file has from `offset` of the new content on; false when it
    /// has not so many bytes.
    using Ask = std::function<bool(std::uint64_t offset, io::ByteSpan into)>;
    using Take = std::function<void(io::ByteView content)>;

    /// `signature`, of the old content, must outlive this object and stay as it is. Of another kind
    /// than duplicity's no copy is proved. Throws: Error corrupt when it is no signature.
    DeltaProof(io::ByteView signature, Ask ask, Take take);

    /// Throws: Error corrupt when a copy cannot be proved, or this is no delta; what `ask` and
    /// `take` throw. What came out before is right all the same.
    void write(io::ByteView delta) override;
    /// Throws: Error corrupt when the delta was cut short.
    void finish() override;

private:
    void literal(io::ByteView bytes) override;
    void copy(std::uint64_t offset, std::uint64_t bytes) override;
    [[nodiscard]] bool are_blocks(io::ByteView bytes, std::uint64_t first) const;

    SignatureHead head_;
    io::ByteView sums_;
    Ask ask_;
    Take take_;
    DeltaParser parser_;
    std::size_t group_bytes_;              ///< whole blocks that are looked at together
    std::unique_ptr<std::byte[]> buffer_;  ///< of so many bytes; made for the first copy
    std::uint64_t content_bytes_ = 0;
};

}  // namespace duplid::rdiff
