#include "engine/rdiff/block_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace duplid::rdiff {

namespace {

constexpr unsigned hash_bits = 32;
constexpr std::size_t slots_min = 1024;
/// At most half full, so that runs of full slots stay short.
constexpr std::uint64_t slots_per_block = 2;
/// How far from its own slot a block may lie.
constexpr std::size_t probes_max = 64;
/// Blocks of one rolling sum and different content. Chance makes no second one; a file that holds
/// many was made to.
constexpr int equal_weak_max = 8;
constexpr std::uint64_t blocks_per_filter_word = 4;
constexpr std::uint64_t coarse_bits_per_block = 4;
constexpr std::uint64_t filter_words_min = 64;
/// 32 MiB, and 8 for the coarse one: enough for 2^24 different blocks, 32 GB of file. Beyond, more
/// positions pass.
constexpr std::uint64_t filter_words_max = std::uint64_t{1} << 22U;
/// 12 MB of sums.
constexpr std::uint64_t blocks_between_rests = std::uint64_t{1} << 20U;

unsigned shift_for(std::uint64_t power_of_two) noexcept
{
    return hash_bits - static_cast<unsigned>(std::countr_zero(power_of_two));
}

}  // namespace

BlockIndex::BlockIndex(io::ByteView sums, const std::string& temp_directory,
                       const std::function<void()>& rest)
    : sums_{sums}, temp_directory_{temp_directory}, count_{sums.size() / sum_bytes}
{
    make_room(slots_min);
    for (std::uint64_t number = 0; number < count_; ++number) {
        if (used_ * slots_per_block >= slots_.size()) {
            make_room(slots_.size() * 2);
        }
        if (insert(static_cast<std::uint32_t>(number))) {
            ++used_;
        }
        if (rest && number % blocks_between_rests == blocks_between_rests - 1) {
            rest();
        }
    }
    fill_filter();
}

void BlockIndex::make_room(std::size_t slots)
{
    auto memory =
        io::Mapping::scratch(slots * sizeof(std::uint32_t), temp_directory_, memory_bytes_max);
    const auto old = std::exchange(
        slots_, Slots{reinterpret_cast<std::uint32_t*>(memory.bytes().data()), slots});
    slot_shift_ = shift_for(slots);
    for (const auto slot : old) {
        if (slot != 0) {
            static_cast<void>(insert(slot - 1));
        }
    }
    memory_ = std::move(memory);
}

bool BlockIndex::insert(std::uint32_t number) noexcept
{
    const auto* const sums = sums_of(number);
    auto at = first_slot(weak_of(sums));
    int equal_weak = 0;
    for (std::size_t probe = 0; probe < probes_max; ++probe) {
        if (slots_[at] == 0) {
            slots_[at] = number + 1;
            return true;
        }
        const auto* const other = sums_of(slots_[at] - 1);
        if (std::memcmp(other, sums, weak_bytes) == 0) {
            if (++equal_weak == equal_weak_max ||
                std::memcmp(other + weak_bytes, sums + weak_bytes, strong_bytes) == 0) {
                return false;
            }
        }
        at = next_slot(at);
    }
    return false;
}

void BlockIndex::fill_filter()
{
    const auto words = std::clamp(std::bit_ceil(used_ / blocks_per_filter_word), filter_words_min,
                                  filter_words_max);
    const auto coarse_bits = words * blocks_per_filter_word * coarse_bits_per_block;
    fine_shift_ = shift_for(words);
    fine_.resize(words);
    coarse_shift_ = shift_for(coarse_bits);
    coarse_.resize(coarse_bits / 8);
    for (const auto slot : slots_) {
        if (slot != 0) {
            const auto weak = weak_of(sums_of(slot - 1));
            fine_[hash(weak) >> fine_shift_] |= mask_of(weak);
            const auto bit = hash(weak) >> coarse_shift_;
            coarse_[bit / 8] |= static_cast<std::uint8_t>(1U << bit % 8);
        }
    }
}

bool BlockIndex::holds_weak(std::uint32_t weak) const noexcept
{
    auto at = first_slot(weak);
    for (std::size_t probe = 0; probe < probes_max && slots_[at] != 0; ++probe) {
        if (weak_of(sums_of(slots_[at] - 1)) == weak) {
            return true;
        }
        at = next_slot(at);
    }
    return false;
}

std::optional<std::uint32_t> BlockIndex::find(const std::byte* sums) const noexcept
{
    auto at = first_slot(weak_of(sums));
    for (std::size_t probe = 0; probe < probes_max && slots_[at] != 0; ++probe) {
        if (std::memcmp(sums_of(slots_[at] - 1), sums, sum_bytes) == 0) {
            return slots_[at] - 1;
        }
        at = next_slot(at);
    }
    return std::nullopt;
}

bool BlockIndex::is(std::uint64_t number, const std::byte* sums) const noexcept
{
    return number < count_ && std::memcmp(sums_of(number), sums, sum_bytes) == 0;
}

}  // namespace duplid::rdiff
