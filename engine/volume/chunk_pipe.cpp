#include "engine/volume/chunk_pipe.hpp"

#include <utility>

namespace duplid::volume {

bool ChunkPipe::push(std::unique_ptr<Chunk> lent)
{
    return put({std::move(lent), true});
}

bool ChunkPipe::push_own(std::unique_ptr<Chunk> chunk)
{
    return put({std::move(chunk), false});
}

bool ChunkPipe::put(Item item)
{
    {
        const std::lock_guard lock{mutex_};
        if (!abandoned_) {
            items_.push_back(std::move(item));
            changed_.notify_all();
            return true;
        }
    }
    give_back(std::move(item));
    return false;
}

void ChunkPipe::close()
{
    const std::lock_guard lock{mutex_};
    closed_ = true;
    changed_.notify_all();
}

void ChunkPipe::fail(std::exception_ptr why)
{
    const std::lock_guard lock{mutex_};
    failure_ = std::move(why);
    changed_.notify_all();
}

void ChunkPipe::abandon()
{
    std::deque<Item> left;
    {
        const std::lock_guard lock{mutex_};
        abandoned_ = true;
        left.swap(items_);
    }
    for (auto& item : left) {
        give_back(std::move(item));
    }
    give_back(std::exchange(current_, {}));
}

void ChunkPipe::give_back(Item item)
{
    if (item.lent && item.chunk) {
        store_.give_back(std::move(item.chunk));
    }
}

const Chunk* ChunkPipe::next()
{
    give_back(std::exchange(current_, {}));
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return failure_ || closed_ || !items_.empty(); });
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    if (items_.empty()) {
        return nullptr;
    }
    current_ = std::move(items_.front());
    items_.pop_front();
    return current_.chunk.get();
}

}  // namespace duplid::volume
