#include "engine/rdiff/delta_scanner.hpp"

#include <algorithm>
#include <bit>
#include <optional>

namespace duplid::rdiff {

namespace {

/// Blocks are summed in groups of at most this many bytes, unless one is longer.
constexpr std::size_t group_bytes_max = std::size_t{1} << 20U;
/// Input is taken in pieces of this size.
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
/// Added to each byte by the rolling sum (archive-format.md 5.2).
constexpr std::uint32_t byte_offset = 31;

/// Windows whose sums are looked at together; a bit for each.
constexpr std::size_t batch_windows = 64;

/// A window whose rolling sum is a block's must be digested to know, and somebody may have filled
/// a file with windows that are not: then every byte would cost a block. So each byte that is
/// passed allows for the digesting of so many in vain, and without credit a window is passed by.
/// By chance it happens once in 2^32 windows for each block; at 1 TB of blocks that is 250 bytes
/// digested a byte, so there, and only there, some matches are found a block later.
constexpr std::int64_t credit_per_byte = 8;
constexpr std::int64_t credit_max = std::int64_t{64} << 20U;

std::size_t group_bytes(std::size_t block_bytes) noexcept
{
    return block_bytes * std::clamp<std::size_t>(group_bytes_max / block_bytes, 1, blocks_at_once);
}

void sum(const std::byte* data, std::size_t bytes, std::size_t block_bytes, std::byte* out) noexcept
{
    static const auto best = kernels().front().sum;
    best(data, bytes, block_bytes, out);
}

}  // namespace

DeltaScanner::DeltaScanner(const BlockIndex& index, std::size_t block_bytes, io::Sink& out)
    : index_{index}, block_bytes_{block_bytes},
      group_bytes_{group_bytes(block_bytes)}, writer_{out}, credit_{credit_max}
{
}

void DeltaScanner::write(io::ByteView bytes)
{
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), piece_bytes));
        make_room();
        io::append(buffer_, piece);
        scan(false);
        bytes = bytes.subspan(piece.size());
    }
}

void DeltaScanner::finish()
{
    scan(true);
    emit_literal();
    writer_.finish();
}

void DeltaScanner::make_room()
{
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(literal_));
    at_ -= literal_;
    literal_ = 0;
}

void DeltaScanner::scan(bool at_end)
{
    while (mode_ == Mode::aligned ? take_aligned(at_end) : roll(at_end)) {
    }
}

// Both of these return whether to go on, in whatever mode it is by then; false: more input first.

bool DeltaScanner::take_aligned(bool at_end)
{
    const auto bytes = std::min(ahead(), group_bytes_);
    if (bytes == 0 || (bytes < group_bytes_ && !at_end)) {
        return false;
    }
    std::array<std::byte, blocks_at_once * sum_bytes> sums;
    sum(buffer_.data() + at_, bytes, block_bytes_, sums.data());
    for (std::size_t done = 0, block = 0; done < bytes; done += block_bytes_, ++block) {
        const auto* const of_block = sums.data() + block * sum_bytes;
        const auto length = std::min(block_bytes_, bytes - done);
        auto number = std::optional{expected_};
        if (!index_.is(expected_, of_block)) {
            number = index_.find(of_block);
        }
        // Only the last block may be a short one.
        if (!number || (length < block_bytes_ && *number + 1 != index_.count())) {
            const auto weak = weak_of(of_block);
            first_ = weak & 0xffffU;
            second_ = weak >> 16U;
            mode_ = Mode::rolling;
            return true;
        }
        take_copy(*number, length);
    }
    return true;
}

bool DeltaScanner::roll(bool at_end)
{
    // The window that begins at at_ has been looked up.
    while (ahead() > block_bytes_) {
        // Never beyond one literal's length, so that it can be cut there.
        if (roll_batch(std::min(
                {ahead() - block_bytes_, literal_ + literal_bytes_max - at_, batch_windows}))) {
            return true;
        }
    }
    if (at_end) {
        roll_out();
    }
    return false;
}

// Moves on by `count` windows. Their sums first, and only then the filter: it may be too large for
// the near caches, and without a branch between them its words are fetched side by side.
bool DeltaScanner::roll_batch(std::size_t count)
{
    const auto filter = index_.filter();
    const auto block_bytes = block_bytes_;
    const auto* const from = buffer_.data() + at_;
    auto first = first_;
    auto second = second_;
    std::array<std::uint32_t, batch_windows> weaks;
    for (std::size_t i = 0; i < count; ++i) {
        const auto gone = std::to_integer<std::uint32_t>(from[i]);
        first += std::to_integer<std::uint32_t>(from[i + block_bytes]) - gone;
        second += first - static_cast<std::uint32_t>(block_bytes) * (gone + byte_offset);
        weaks[i] = weak_from(first, second);
    }
    first_ = first;
    second_ = second;
    std::uint64_t candidates = 0;
    for (std::size_t i = 0; i < count; ++i) {
        candidates |= std::uint64_t{filter.may_hold(weaks[i])} << i;
    }
    const auto begin = at_;
    credit_ = std::min(credit_ + static_cast<std::int64_t>(count) * credit_per_byte, credit_max);
    for (; candidates != 0; candidates &= candidates - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(candidates));
        at_ = begin + i + 1;
        if (index_.holds_weak(weaks[i]) && try_window(block_bytes)) {
            return true;
        }
    }
    at_ = begin + count;
    cut_literal();
    return false;
}

// Behind the last whole window: what is left becomes shorter by a byte at its front, until it is
// the old file's last, short block, or nothing.
void DeltaScanner::roll_out()
{
    while (ahead() > 0) {
        const auto gone = std::to_integer<std::uint32_t>(buffer_[at_]) + byte_offset;
        first_ -= gone;
        second_ -= static_cast<std::uint32_t>(ahead()) * gone;
        ++at_;
        credit_ += credit_per_byte;
        cut_literal();
        if (ahead() > 0 && index_.filter().may_hold(weak()) && index_.holds_weak(weak()) &&
            try_window(ahead())) {
            return;
        }
    }
}

bool DeltaScanner::try_window(std::size_t bytes)
{
    if (credit_ < static_cast<std::int64_t>(bytes)) {
        return false;
    }
    std::array<std::byte, sum_bytes> sums;
    sum(buffer_.data() + at_, bytes, bytes, sums.data());
    const auto number = index_.find(sums.data());
    if (!number || (bytes < block_bytes_ && *number + 1 != index_.count())) {
        credit_ -= static_cast<std::int64_t>(bytes);
        return false;
    }
    take_copy(*number, bytes);
    mode_ = Mode::aligned;
    return true;
}

void DeltaScanner::take_copy(std::uint64_t number, std::size_t bytes)
{
    emit_literal();
    writer_.copy(number * block_bytes_, bytes);
    at_ += bytes;
    literal_ = at_;
    expected_ = number + 1;
}

void DeltaScanner::emit_literal()
{
    writer_.literal(io::ByteView{buffer_}.subspan(literal_, at_ - literal_));
    literal_ = at_;
}

void DeltaScanner::cut_literal()
{
    if (at_ - literal_ == literal_bytes_max) {
        emit_literal();
    }
}

}  // namespace duplid::rdiff
