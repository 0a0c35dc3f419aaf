// Bytes from one thread to another.
#pragma once

#include "engine/operation/archive/bounded_queue.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <exception>

namespace duplid::operation {

/// One thread writes and finishes, another reads from source(); a few blocks are on the way at
/// most. Either side says by fail() that it will not go on, which the other side then meets.
class BytePipe final : public io::Sink {
public:
    BytePipe() : blocks_{blocks_max}, source_{blocks_} { block_.reserve(block_bytes); }

    void write(io::ByteView bytes) override;
    void finish() override;

    /// Any thread.
    void fail(std::exception_ptr why) { blocks_.fail(std::move(why)); }

    [[nodiscard]] io::Source& source() noexcept { return source_; }

private:
    static constexpr std::size_t block_bytes = std::size_t{256} << 10U;
    static constexpr std::size_t blocks_max = 8;

    class Out final : public io::Source {
    public:
        explicit Out(BoundedQueue<io::Bytes>& blocks) noexcept : blocks_{blocks} {}
        std::size_t read(io::ByteSpan into) override;

    private:
        BoundedQueue<io::Bytes>& blocks_;
        io::Bytes block_;
        io::ByteView left_;
    };

    BoundedQueue<io::Bytes> blocks_;
    Out source_;
    io::Bytes block_;  ///< being filled
};

}  // namespace duplid::operation
