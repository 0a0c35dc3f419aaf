#include "engine/operation/archive/byte_pipe.hpp"

#include <algorithm>
#include <utility>

namespace duplid::operation {

void BytePipe::write(io::ByteView bytes)
{
    while (!bytes.empty()) {
        const auto taken = std::min(bytes.size(), block_bytes - block_.size());
        io::append(block_, bytes.first(taken));
        bytes = bytes.subspan(taken);
        if (block_.size() == block_bytes) {
            blocks_.push(std::exchange(block_, {}));
            block_.reserve(block_bytes);
        }
    }
}

void BytePipe::finish()
{
    if (!block_.empty()) {
        blocks_.push(std::exchange(block_, {}));
    }
    blocks_.close();
}

std::size_t BytePipe::Out::read(io::ByteSpan into)
{
    if (left_.empty()) {
        auto block = blocks_.pop();
        if (!block) {
            return 0;
        }
        block_ = std::move(*block);
        left_ = block_;
    }
    const auto bytes = std::min(into.size(), left_.size());
    std::copy_n(left_.begin(), bytes, into.begin());
    left_ = left_.subspan(bytes);
    return bytes;
}

}  // namespace duplid::operation
