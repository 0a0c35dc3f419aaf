#include "engine/rdiff/delta_proof.hpp"

#include "engine/rdiff/block_sums.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace duplid::rdiff {

namespace {

/// Blocks are looked at together in at most this much memory, unless one is longer.
constexpr std::size_t group_bytes_max = std::size_t{256} << 10U;

std::size_t group_bytes(std::size_t block_bytes) noexcept
{
    return block_bytes * std::clamp<std::size_t>(group_bytes_max / block_bytes, 1, blocks_at_once);
}

}  // namespace

DeltaProof::DeltaProof(io::ByteView signature, Ask ask, Take take)
    : head_{head_of(signature)}, sums_{signature.subspan(signature_head_bytes)},
      ask_{std::move(ask)}, take_{std::move(take)}, parser_{*this}, group_bytes_{group_bytes(
                                                                        head_.block_bytes)}
{
}

void DeltaProof::write(io::ByteView delta)
{
    parser_.write(delta);
}

void DeltaProof::finish()
{
    parser_.finish();
}

void DeltaProof::literal(io::ByteView bytes)
{
    take_(bytes);
    content_bytes_ += bytes.size();
}

void DeltaProof::copy(std::uint64_t offset, std::uint64_t bytes)
{
    const auto fail = [&](const char* why) {
        throw Error{
            Error::Kind::corrupt,
            fmt::format("what a delta copies from {} on cannot be proved: {}", offset, why)};
    };
    if (!head_.is_usual() || offset % head_.block_bytes != 0) {
        fail("the signature has no sums of it");
    }
    if (!buffer_) {
        buffer_ = std::make_unique_for_overwrite<std::byte[]>(group_bytes_);
    }
    while (bytes > 0) {
        const io::ByteSpan piece{
            buffer_.get(), static_cast<std::size_t>(std::min<std::uint64_t>(bytes, group_bytes_))};
        if (!ask_(content_bytes_, piece)) {
            fail("the file is shorter now");
        }
        if (!are_blocks(piece, offset / head_.block_bytes)) {
            fail("the file has other bytes now");
        }
        take_(piece);
        content_bytes_ += piece.size();
        offset += piece.size();
        bytes -= piece.size();
    }
}

/// Only the last block of all may be short, and then its sums are those of so many bytes.
bool DeltaProof::are_blocks(io::ByteView bytes, std::uint64_t first) const
{
    static const auto sum = kernels().front().sum;
    const auto count = (bytes.size() + head_.block_bytes - 1) / head_.block_bytes;
    const auto known = sums_.size() / sum_bytes;
    if (first > known || count > known - first) {
        return false;
    }
    std::array<std::byte, blocks_at_once * sum_bytes> sums;
    sum(bytes.data(), bytes.size(), head_.block_bytes, sums.data());
    return std::ranges::equal(
        io::ByteView{sums}.first(count * sum_bytes),
        sums_.subspan(static_cast<std::size_t>(first) * sum_bytes, count * sum_bytes));
}

}  // namespace duplid::rdiff
