// Finds the block of a signature that has given sums.
//
// Format facts: archive-format.md 5.2 (a block's rolling sum and half of its MD4, big-endian).
#pragma once

#include "engine/rdiff/block_sums.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/mapping.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duplid::rdiff {

/// The sums of a signature's blocks, looked up by value or by number.
///
/// Of equal blocks only the first is looked up, so that a sparse file of any size has a table of a
/// few entries. Work is bounded for every look-up, whatever the sums are: what does not find a
/// place near its own is left out, which makes a delta larger, never wrong.
///
/// Memory: 8 to 16 bytes for each different block in the slots, a file above `memory_bytes_max`,
/// and 2 to 5 in the filter, up to 40 MiB. Reading is for any number of threads.
class BlockIndex {
public:
    static constexpr std::size_t memory_bytes_max = std::size_t{8} << 20U;

    /// Tells most rolling sums that no block has from those that one has. A value: the loop that
    /// asks it for each byte keeps it in registers.
    ///
    /// The coarse one lets pass 1 position in 5 by chance, and is so small that near caches hold
    /// it: 4 bits for a block. What passes is asked of the fine one, three bits in a word for four
    /// blocks, so that 1 position in 400 passes both.
    struct Filter {
        const std::uint8_t* coarse = nullptr;
        unsigned coarse_shift = 0;
        const std::uint64_t* fine = nullptr;
        unsigned fine_shift = 0;

        [[nodiscard]] bool coarse_may_hold(std::uint32_t weak) const noexcept
        {
            const auto bit = hash(weak) >> coarse_shift;
            return (coarse[bit / 8] >> bit % 8 & 1U) != 0;
        }
        [[nodiscard]] bool fine_may_hold(std::uint32_t weak) const noexcept
        {
            const auto mask = mask_of(weak);
            return (fine[hash(weak) >> fine_shift] & mask) == mask;
        }
        [[nodiscard]] bool may_hold(std::uint32_t weak) const noexcept
        {
            return coarse_may_hold(weak) && fine_may_hold(weak);
        }
    };

    /// `sums` are those of all blocks, sum_bytes each, and must outlive this object. They are read
    /// through once, and `rest` is called now and then meanwhile.
    BlockIndex(io::ByteView sums, const std::string& temp_directory,
               const std::function<void()>& rest = {});

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

    [[nodiscard]] Filter filter() const noexcept
    {
        return {coarse_.data(), coarse_shift_, fine_.data(), fine_shift_};
    }
    [[nodiscard]] bool holds_weak(std::uint32_t weak) const noexcept;

    /// To be called for many sums, first the one for all, then the other for all, before
    /// holds_weak(): what that is going to read, which is in no cache, comes side by side then.
    void fetch_slot(std::uint32_t weak) const noexcept
    {
        __builtin_prefetch(&slots_[first_slot(weak)]);
    }
    void fetch_sums(std::uint32_t weak) const noexcept
    {
        if (const auto slot = slots_[first_slot(weak)]; slot != 0) {
            __builtin_prefetch(sums_of(slot - 1));
        }
    }

    /// The first block with these sums, of sum_bytes bytes.
    [[nodiscard]] std::optional<std::uint32_t> find(const std::byte* sums) const noexcept;

    /// Whether block `number`, if there is one, has these sums.
    [[nodiscard]] bool is(std::uint64_t number, const std::byte* sums) const noexcept;

private:
    using Slots = std::span<std::uint32_t>;  // a block's number + 1; 0 is an empty slot

    [[nodiscard]] static std::uint64_t mask_of(std::uint32_t weak) noexcept
    {
        return std::uint64_t{1} << (weak & 63U) | std::uint64_t{1} << (weak >> 16U & 63U) |
               std::uint64_t{1} << (weak >> 22U & 63U);
    }
    [[nodiscard]] static std::uint32_t hash(std::uint32_t weak) noexcept
    {
        return weak * 0x9E3779B1U;  // 2^32 / golden ratio: its upper bits depend on all of `weak`
    }
    [[nodiscard]] const std::byte* sums_of(std::uint64_t number) const noexcept
    {
        return sums_.data() + number * sum_bytes;
    }
    [[nodiscard]] std::size_t first_slot(std::uint32_t weak) const noexcept
    {
        return hash(weak) >> slot_shift_;
    }
    [[nodiscard]] std::size_t next_slot(std::size_t slot) const noexcept
    {
        return (slot + 1) & (slots_.size() - 1);
    }
    void make_room(std::size_t slots);
    [[nodiscard]] bool insert(std::uint32_t number) noexcept;
    void fill_filter();

    io::ByteView sums_;
    std::string temp_directory_;
    std::uint64_t count_;
    io::Mapping memory_;
    Slots slots_;
    unsigned slot_shift_ = 0;
    std::uint64_t used_ = 0;
    std::vector<std::uint8_t> coarse_;
    unsigned coarse_shift_ = 0;
    std::vector<std::uint64_t> fine_;
    unsigned fine_shift_ = 0;
};

/// The rolling sum that `sums` begin with.
[[nodiscard]] inline std::uint32_t weak_of(const std::byte* sums) noexcept
{
    std::uint32_t weak = 0;
    for (std::size_t i = 0; i < weak_bytes; ++i) {
        weak = weak << 8U | std::to_integer<std::uint32_t>(sums[i]);
    }
    return weak;
}

}  // namespace duplid::rdiff
