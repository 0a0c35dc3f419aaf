// Chunks on their way from the thread that joins them to the thread that waits for gpg.
#pragma once

#include "engine/volume/chunk.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>

namespace duplid::volume {

/// What it holds is bounded by the ChunkStore that the chunks come from. One thread puts in,
/// another takes out.
class ChunkPipe {
public:
    /// `store`, which outlives this object, gets back the chunks that it has lent.
    explicit ChunkPipe(ChunkStore& store) : store_{store} {}

    /// False when the reader has ended before its time.
    bool push(std::unique_ptr<Chunk> lent);
    /// The same for a chunk that is not the store's.
    bool push_own(std::unique_ptr<Chunk> chunk);
    /// No more chunks follow.
    void close();
    /// The reader gets `why` instead of more chunks.
    void fail(std::exception_ptr why);

    /// The next chunk, valid until the next call; null at the end. Waits. Throws: what fail() was
    /// given.
    [[nodiscard]] const Chunk* next();
    /// The reader has ended: nothing pushed from now on is kept.
    void abandon();

private:
    struct Item {
        std::unique_ptr<Chunk> chunk;
        bool lent = false;
    };

    bool put(Item item);
    void give_back(Item item);

    ChunkStore& store_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> items_;
    bool closed_ = false;
    bool abandoned_ = false;
    std::exception_ptr failure_;
    Item current_;  // of the reading thread alone
};

}  // namespace duplid::volume
