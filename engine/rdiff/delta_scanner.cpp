#include "engine/rdiff/delta_scanner.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <utility>

namespace duplid::rdiff {

namespace {

/// Blocks are summed in groups of at most this many bytes, unless one is longer.
constexpr std::size_t group_bytes_max = std::size_t{1} << 20U;
/// Input is taken in pieces of this size.
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
/// Added to each byte by the rolling sum (archive-format.md 5.2).
constexpr std::uint32_t byte_offset = 31;

/// The first windows that are looked at together where no block was found.
constexpr std::size_t stretch_windows_min = 64;
/// What a stretch is of the windows that were passed before it. Where a block is found in a
/// stretch, the rest of it was looked at in vain: a quarter at most.
constexpr std::uint64_t stretch_share = 4;

/// A window whose rolling sum is a block's must be digested to know, and somebody may have filled
/// a file with windows that are not: then every byte would cost a block. So each byte that is
/// passed allows for the digesting of so many in vain, and without credit a window is passed by.
/// By chance it happens once in 2^32 windows for each block; at 1 TB of blocks that is 250 bytes
/// digested a byte, so there, and only there, some matches are found a block later.
/// Eight windows are digested in the time of one, and count as one.
constexpr std::int64_t credit_per_byte = 8;
constexpr std::int64_t credit_max = std::int64_t{64} << 20U;

std::size_t group_bytes(std::size_t block_bytes) noexcept
{
    return block_bytes * std::clamp<std::size_t>(group_bytes_max / block_bytes, 1, blocks_at_once);
}

const Kernel& best_kernel() noexcept
{
    static const Kernel best = kernels().front();
    return best;
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
    best_kernel().sum(buffer_.data() + at_, bytes, block_bytes_, sums.data());
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
            rolled_ = 0;
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
        if (roll_stretch(next_stretch())) {
            return true;
        }
    }
    if (at_end) {
        roll_out();
    }
    return false;
}

// Never beyond one literal's length, so that it can be cut there.
std::size_t DeltaScanner::next_stretch() const noexcept
{
    const auto share = static_cast<std::size_t>(
        std::min<std::uint64_t>(rolled_ / stretch_share, literal_bytes_max));
    return std::min({ahead() - block_bytes_, literal_ + literal_bytes_max - at_,
                     std::max(share, stretch_windows_min)});
}

// Moves on by `count` windows, or to the first of them that is a block.
bool DeltaScanner::roll_stretch(std::size_t count)
{
    const auto end = at_ + count;
    for (auto begin = at_; begin < end; begin += batch_windows) {
        roll_batch(begin, std::min(batch_windows, end - begin));
        if (candidate_count_ + batch_windows > candidates_max && look_up_candidates()) {
            return true;
        }
    }
    if (look_up_candidates()) {
        return true;
    }
    rolled_ += count;
    at_ = end;
    cut_literal();
    return false;
}

// Sums the windows behind `begin` and notes those that the filters let pass. Step by step for all
// of them, and without a branch between them, so that what the filters' memory is slow to give
// comes side by side.
void DeltaScanner::roll_batch(std::size_t begin, std::size_t count)
{
    const auto filter = index_.filter();
    const auto block_bytes = block_bytes_;
    const auto* const from = buffer_.data() + begin;
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
    credit_ = std::min(credit_ + static_cast<std::int64_t>(count) * credit_per_byte, credit_max);
    std::array<std::uint16_t, batch_windows> passed;
    std::size_t coarse_count = 0;
    for (std::size_t i = 0; i < count; ++i) {
        passed[coarse_count] = static_cast<std::uint16_t>(i);
        coarse_count += filter.coarse_may_hold(weaks[i]) ? 1 : 0;
    }
    std::size_t fine_count = 0;
    for (std::size_t i = 0; i < coarse_count; ++i) {
        const auto window = passed[i];
        passed[fine_count] = window;
        fine_count += filter.fine_may_hold(weaks[window]) ? 1 : 0;
    }
    for (std::size_t i = 0; i < fine_count; ++i) {
        candidates_[candidate_count_++] = {begin + passed[i] + 1U, weaks[passed[i]]};
    }
}

// Whether one of them is a block; the scan then goes on behind the first.
bool DeltaScanner::look_up_candidates()
{
    const auto candidates = std::span{candidates_}.first(std::exchange(candidate_count_, 0));
    for (const auto& candidate : candidates) {
        index_.fetch_slot(candidate.weak);
    }
    for (const auto& candidate : candidates) {
        index_.fetch_sums(candidate.weak);
    }
    std::array<std::size_t, blocks_at_once> windows{};
    std::size_t count = 0;
    for (const auto& candidate : candidates) {
        if (!index_.holds_weak(candidate.weak)) {
            continue;
        }
        windows[count++] = candidate.at;
        if (count == windows.size() && digest(windows.data(), std::exchange(count, 0))) {
            return true;
        }
    }
    return count > 0 && digest(windows.data(), count);
}

// As above, for windows that have a block's rolling sum.
bool DeltaScanner::digest(const std::size_t* windows, std::size_t count)
{
    if (credit_ < static_cast<std::int64_t>(block_bytes_)) {
        return false;
    }
    std::array<const std::byte*, blocks_at_once> data{};
    std::transform(windows, windows + count, data.begin(),
                   [this](std::size_t at) { return buffer_.data() + at; });
    std::array<std::byte, blocks_at_once * sum_bytes> sums;
    best_kernel().sum_scattered(data.data(), count, block_bytes_, sums.data());
    for (std::size_t i = 0; i < count; ++i) {
        const auto number = index_.find(sums.data() + i * sum_bytes);
        // The last block may be a short one, which no whole window is.
        if (number) {
            at_ = windows[i];
            take_copy(*number, block_bytes_);
            mode_ = Mode::aligned;
            return true;
        }
    }
    credit_ -= static_cast<std::int64_t>(block_bytes_);
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
            try_rest()) {
            return;
        }
    }
}

// Whether all that is left is the old file's last, short block.
bool DeltaScanner::try_rest()
{
    const auto bytes = ahead();
    if (credit_ < static_cast<std::int64_t>(bytes)) {
        return false;
    }
    std::array<std::byte, sum_bytes> sums;
    best_kernel().sum(buffer_.data() + at_, bytes, bytes, sums.data());
    const auto number = index_.find(sums.data());
    if (!number || *number + 1 != index_.count()) {
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
