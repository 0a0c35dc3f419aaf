#include "engine/operation/archive/read_ahead.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t block_bytes = std::size_t{512} << 10U;
constexpr std::size_t blocks = 6;

}  // namespace

ReadAhead::ReadAhead(std::unique_ptr<io::Source> source)
    : source_{std::move(source)}, full_{blocks}, empty_{blocks}
{
    for (std::size_t i = 0; i + 2 < blocks; ++i) {
        empty_.push(io::Bytes(block_bytes));
    }
    thread_ = std::thread{[this] { run(); }};
}

ReadAhead::~ReadAhead()
{
    const auto why = std::make_exception_ptr(Error{Error::Kind::cancelled, "no longer read"});
    full_.fail(why);
    empty_.fail(why);
    thread_.join();
}

void ReadAhead::run() noexcept
{
    try {
        while (auto block = empty_.pop()) {
            block->resize(block_bytes);
            const auto got = io::read_full(*source_, *block);
            block->resize(got);
            const bool last = got < block_bytes;
            if (got > 0) {
                full_.push(std::move(*block));
            }
            if (last) {
                break;
            }
        }
        full_.close();
    } catch (...) {
        full_.fail(std::current_exception());
    }
}

/// Gives the present block back and takes the next one. False at the end.
bool ReadAhead::take_block()
{
    if (at_end_) {
        return false;
    }
    if (!current_.empty()) {
        empty_.push(std::exchange(current_, {}));
    }
    auto block = full_.pop();
    if (!block) {
        at_end_ = true;
        return false;
    }
    current_ = std::move(*block);
    left_ = current_;
    return true;
}

io::ByteView ReadAhead::next_block()
{
    if (left_.empty() && !take_block()) {
        return {};
    }
    return std::exchange(left_, {});
}

std::size_t ReadAhead::read(io::ByteSpan into)
{
    if (left_.empty() && !take_block()) {
        return 0;
    }
    const auto bytes = std::min(into.size(), left_.size());
    std::copy_n(left_.begin(), bytes, into.begin());
    left_ = left_.subspan(bytes);
    return bytes;
}

}  // namespace duplid::operation
