#include "engine/codec/compressor.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <isa-l.h>
#include <memory>
#include <vector>

namespace duplid::codec {

namespace {

// ISA-L counts in 32 bits.
constexpr std::size_t step_bytes_max = std::size_t{1} << 30;

/// A deflate block ends, and gets codes of its own, when ISA-L's level buffer is full of tokens
/// (literals and matches, 4 bytes each). Of ISA-L's own sizes, which are 1, 16, 32, 64 and 128 Ki,
/// its default is 64. With fewer the codes fit better: what comes out is smaller and much quicker
/// to inflate, and only deflating takes a little longer (README.md has the figures).
constexpr std::uint32_t block_tokens = 12 * 1024;
constexpr std::uint32_t tokens_in_min = 1024;  // that a buffer of the least size has room for
constexpr std::uint32_t level_2_buffer_bytes =
    ISAL_DEF_LVL2_MIN + ISAL_DEF_LVL2_TOKEN_SIZE * (block_tokens - tokens_in_min);
constexpr std::uint32_t level_3_buffer_bytes =
    ISAL_DEF_LVL3_MIN + ISAL_DEF_LVL3_TOKEN_SIZE * (block_tokens - tokens_in_min);

/// Room in which any chunk ends. A block that would not shrink is stored: 5 bytes more for each
/// 64 KiB and for each block, of which none but the last is shorter than its tokens.
constexpr std::size_t room_for(std::size_t raw_bytes) noexcept
{
    constexpr std::size_t room_bytes_min = std::size_t{64} * 1024;
    return raw_bytes + raw_bytes / 8 + room_bytes_min;
}

std::uint8_t* bytes_of(io::ByteView bytes) noexcept
{
    // ISA-L only reads through next_in; its type merely lacks the const.
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

/// What comes out of a chunk depends on nothing but its bytes and the level: it is one call, with
/// the same memory before it and room for all of it. Called again, with more input or room, ISA-L
/// ends blocks elsewhere and decides otherwise which of them to store, so that the borders of
/// pieces, and how much memory the chunk before had left, would show.
class IsalCompressor final : public Compressor {
public:
    void deflate(io::ByteView raw, Level level, io::Bytes& out) override
    {
        if (raw.size() > step_bytes_max) {
            throw Error{Error::Kind::internal, "a chunk of more than a GiB"};
        }
        begin(level);
        const auto room = room_for(raw.size());
        if (room > room_bytes_) {
            room_ = std::make_unique_for_overwrite<std::byte[]>(room);
            room_bytes_ = room;
        }
        stream_->flush = SYNC_FLUSH;
        stream_->next_in = bytes_of(raw);
        stream_->avail_in = static_cast<std::uint32_t>(raw.size());
        stream_->next_out = reinterpret_cast<std::uint8_t*>(room_.get());
        stream_->avail_out = static_cast<std::uint32_t>(room);
        if (const int code = isal_deflate(stream_.get()); code != COMP_OK) {
            throw Error{Error::Kind::internal, fmt::format("ISA-L deflate: error {}", code)};
        }
        if (stream_->avail_in > 0 || stream_->avail_out == 0) {
            throw Error{Error::Kind::internal, "ISA-L deflate: not all of a chunk was taken"};
        }
        out.assign(room_.get(), room_.get() + (room - stream_->avail_out));
    }

private:
    /// ISA-L sets what it knows that it reads; the rest is a matter of some microseconds.
    void begin(Level level) noexcept
    {
        std::memset(stream_.get(), 0, sizeof *stream_);
        isal_deflate_init(stream_.get());
        stream_->gzip_flag = IGZIP_DEFLATE;
        // Not 1: that saves 0.2 ns a byte, and makes 1.3 % more of it.
        stream_->level = level == Level::fast ? 2 : 3;
        stream_->level_buf = level_buffer_.data();
        stream_->level_buf_size =
            level == Level::fast ? level_2_buffer_bytes : level_3_buffer_bytes;
        std::fill_n(level_buffer_.begin(), stream_->level_buf_size, std::uint8_t{0});
    }

    std::unique_ptr<isal_zstream> stream_ = std::make_unique<isal_zstream>();
    std::vector<std::uint8_t> level_buffer_ =
        std::vector<std::uint8_t>(std::max(level_2_buffer_bytes, level_3_buffer_bytes));
    std::unique_ptr<std::byte[]> room_;
    std::size_t room_bytes_ = 0;
};

class IsalDecompressor final : public Decompressor {
public:
    IsalDecompressor() { restart(); }

    void restart() override { isal_inflate_init(state_.get()); }

    Step step(io::ByteView input, io::ByteSpan output) override
    {
        input = input.first(std::min(input.size(), step_bytes_max));
        output = output.first(std::min(output.size(), step_bytes_max));
        state_->next_in = bytes_of(input);
        state_->avail_in = static_cast<std::uint32_t>(input.size());
        state_->next_out = reinterpret_cast<std::uint8_t*>(output.data());
        state_->avail_out = static_cast<std::uint32_t>(output.size());
        if (const int code = isal_inflate(state_.get()); code < 0) {
            throw Error{Error::Kind::corrupt, "the compressed data is damaged"};
        }
        Step step{.consumed = input.size() - state_->avail_in,
                  .produced = output.size() - state_->avail_out,
                  .ended = state_->block_state == ISAL_BLOCK_FINISH};
        if (step.ended) {
            // Whole bytes it had loaded into its bit buffer beyond the stream's end.
            step.over = static_cast<std::size_t>(std::max(state_->read_in_length, 0)) / 8;
        }
        return step;
    }

private:
    std::unique_ptr<inflate_state> state_ = std::make_unique<inflate_state>();
};

}  // namespace

bool isal_is_built_in() noexcept
{
    return true;
}

std::unique_ptr<Compressor> isal_compressor()
{
    return std::make_unique<IsalCompressor>();
}

std::unique_ptr<Decompressor> isal_decompressor()
{
    return std::make_unique<IsalDecompressor>();
}

std::uint32_t isal_crc32(io::ByteView bytes, std::uint32_t before) noexcept
{
    return crc32_gzip_refl(before, bytes_of(bytes), bytes.size());
}

}  // namespace duplid::codec
