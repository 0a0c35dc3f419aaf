// Finds the blocks of an old file in a new one.
//
// librsync's matcher tries each position with a hash table that does not fit any cache: 14 to 20 ns
// a byte where nothing matches. This one tests a bit first, and where blocks do match it sums eight
// of them at once. What passes the bits is gathered: its slots are fetched from memory side by
// side, and what is left by then is digested eight windows at a time (performance.md 3, "Delta";
// README.md has the measurements).
#pragma once

#include "engine/rdiff/block_index.hpp"
#include "engine/rdiff/delta_writer.hpp"
#include "storage/io/sink.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace duplid::rdiff {

/// Memory: a literal, eight blocks and one piece of input. One thread at a time.
class DeltaScanner {
public:
    /// Both must outlive this object. `out` is not finished by it.
    DeltaScanner(const BlockIndex& index, std::size_t block_bytes, io::Sink& out);

    void write(io::ByteView bytes);
    void finish();

private:
    /// Where the scan is going on.
    enum class Mode {
        aligned,  ///< at a block's end: whole blocks ahead are looked up as they lie
        rolling,  ///< a window is moved on byte by byte; `first_`, `second_` are its sums
    };

    void scan(bool at_end);
    [[nodiscard]] bool take_aligned(bool at_end);
    [[nodiscard]] bool roll(bool at_end);
    [[nodiscard]] std::size_t next_stretch() const noexcept;
    [[nodiscard]] bool roll_stretch(std::size_t count);
    void roll_batch(std::size_t begin, std::size_t count);
    [[nodiscard]] bool look_up_candidates();
    [[nodiscard]] bool digest(const std::size_t* windows, std::size_t count);
    void roll_out();
    [[nodiscard]] bool try_rest();
    void take_copy(std::uint64_t number, std::size_t bytes);
    void emit_literal();
    void cut_literal();
    void make_room();

    [[nodiscard]] static std::uint32_t weak_from(std::uint32_t first, std::uint32_t second) noexcept
    {
        return second << 16U | (first & 0xffffU);
    }
    [[nodiscard]] std::uint32_t weak() const noexcept { return weak_from(first_, second_); }
    [[nodiscard]] std::size_t ahead() const noexcept { return buffer_.size() - at_; }

    /// A window whose rolling sum may be a block's.
    struct Candidate {
        std::size_t at = 0;  ///< in buffer_
        std::uint32_t weak = 0;
    };
    /// Windows whose sums are looked at together.
    static constexpr std::size_t batch_windows = 1024;
    static constexpr std::size_t candidates_max = batch_windows + 64;

    const BlockIndex& index_;
    std::size_t block_bytes_;
    std::size_t group_bytes_;
    DeltaWriter writer_;
    io::Bytes buffer_;
    std::size_t literal_ = 0;  ///< in buffer_: what is from here to at_ matches nothing
    std::size_t at_ = 0;
    Mode mode_ = Mode::aligned;
    std::uint64_t expected_ = 0;  ///< the block after the last that matched
    // Only their lower halves mean anything: the sums count modulo 2^16.
    std::uint32_t first_ = 0;
    std::uint32_t second_ = 0;
    std::uint64_t rolled_ = 0;  ///< windows since a block was found
    std::array<Candidate, candidates_max> candidates_{};
    std::size_t candidate_count_ = 0;
    /// Bytes that may be digested in vain; see delta_scanner.cpp.
    std::int64_t credit_;
};

}  // namespace duplid::rdiff
