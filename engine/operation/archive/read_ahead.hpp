// Runs a source ahead of its reader, on a thread of its own.
#pragma once

#include "engine/operation/archive/bounded_queue.hpp"
#include "storage/io/block_source.hpp"

#include <memory>
#include <thread>

namespace duplid::operation {

/// Inflating, hashing and decrypting of the next bytes go on while the last ones are written.
class ReadAhead final : public io::BlockSource {
public:
    explicit ReadAhead(std::unique_ptr<io::Source> source);
    ~ReadAhead() override;

    std::size_t read(io::ByteSpan into) override;
    [[nodiscard]] io::ByteView next_block() override;

private:
    void run() noexcept;
    [[nodiscard]] bool take_block();

    std::unique_ptr<io::Source> source_;
    BoundedQueue<io::Bytes> full_;
    BoundedQueue<io::Bytes> empty_;
    io::Bytes current_;
    io::ByteView left_;
    bool at_end_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace duplid::operation
