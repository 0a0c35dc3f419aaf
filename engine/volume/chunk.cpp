#include "engine/volume/chunk.hpp"

#include <utility>

namespace duplid::volume {

std::unique_ptr<Chunk> ChunkStore::take()
{
    std::unique_lock lock{mutex_};
    free_.wait(lock, [&] { return failure_ || !idle_.empty() || left_ > 0; });
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    if (idle_.empty()) {
        --left_;
        return std::make_unique<Chunk>();
    }
    auto chunk = std::move(idle_.back());
    idle_.pop_back();
    chunk->bytes = 0;
    chunk->deflated.bytes.clear();
    return chunk;
}

void ChunkStore::give_back(std::unique_ptr<Chunk> chunk)
{
    {
        const std::lock_guard lock{mutex_};
        idle_.push_back(std::move(chunk));
    }
    free_.notify_one();
}

void ChunkStore::fail(std::exception_ptr why)
{
    {
        const std::lock_guard lock{mutex_};
        if (!failure_) {
            failure_ = std::move(why);
        }
    }
    free_.notify_all();
}

}  // namespace duplid::volume
