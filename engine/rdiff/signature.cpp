#include "engine/rdiff/signature.hpp"

#include "engine/rdiff/block_sums.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace duplid::rdiff {

namespace {

// archive-format.md 5.3.
constexpr std::uint64_t granule_bytes = 512;
constexpr std::uint64_t bytes_per_granule = 1'024'000;

// archive-format.md 5.2: rolling sum and MD4, cut to strong_bytes.
constexpr std::uint32_t magic = 0x72730136U;
constexpr std::size_t head_bytes = 12;

/// Blocks are gathered for the kernel in at most this much memory, unless one is longer.
constexpr std::size_t group_bytes_max = std::size_t{1} << 20U;

std::size_t group_bytes(std::size_t block_bytes) noexcept
{
    return block_bytes * std::clamp<std::size_t>(group_bytes_max / block_bytes, 1, blocks_at_once);
}

void put_big_endian(io::ByteSpan out, std::uint32_t value) noexcept
{
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<std::byte>(value >> 8U * (out.size() - 1 - i) & 0xffU);
    }
}

}  // namespace

std::uint32_t block_bytes(std::uint64_t file_bytes, std::uint32_t block_bytes_max) noexcept
{
    if (file_bytes < bytes_per_granule) {
        return granule_bytes;
    }
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(file_bytes / bytes_per_granule * granule_bytes, block_bytes_max));
}

std::uint64_t signature_bytes(std::uint64_t file_bytes, std::uint32_t block_bytes) noexcept
{
    const auto blocks = file_bytes / block_bytes + (file_bytes % block_bytes != 0 ? 1 : 0);
    return head_bytes + blocks * sum_bytes;
}

SignatureMaker::SignatureMaker(std::uint32_t block_bytes, io::Sink& out)
    : out_{out}, block_bytes_{block_bytes}
{
    assert(block_bytes > 0);
    std::array<std::byte, head_bytes> head;
    put_big_endian(io::ByteSpan{head}.subspan(0, 4), magic);
    put_big_endian(io::ByteSpan{head}.subspan(4, 4), block_bytes);
    put_big_endian(io::ByteSpan{head}.subspan(8, 4), strong_bytes);
    out_.write(head);
}

void SignatureMaker::write_sums(io::ByteView blocks)
{
    static const auto sum = kernels().front().sum;
    std::array<std::byte, blocks_at_once * sum_bytes> sums;
    sum(blocks.data(), blocks.size(), block_bytes_, sums.data());
    const auto count = (blocks.size() + block_bytes_ - 1) / block_bytes_;
    out_.write(io::ByteView{sums}.first(count * sum_bytes));
}

void SignatureMaker::write(io::ByteView bytes)
{
    const auto group = group_bytes(block_bytes_);
    while (!bytes.empty()) {
        if (carry_bytes_ == 0 && bytes.size() >= group) {
            write_sums(bytes.first(group));
            bytes = bytes.subspan(group);
            continue;
        }
        if (!carry_) {
            carry_ = std::make_unique_for_overwrite<std::byte[]>(group);
        }
        const auto taken = std::min(bytes.size(), group - carry_bytes_);
        std::ranges::copy(bytes.first(taken), carry_.get() + carry_bytes_);
        carry_bytes_ += taken;
        bytes = bytes.subspan(taken);
        if (carry_bytes_ == group) {
            write_sums({carry_.get(), group});
            carry_bytes_ = 0;
        }
    }
}

void SignatureMaker::finish()
{
    if (carry_bytes_ > 0) {
        write_sums({carry_.get(), carry_bytes_});
        carry_bytes_ = 0;
    }
}

}  // namespace duplid::rdiff
