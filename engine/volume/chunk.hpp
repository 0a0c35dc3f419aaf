// A piece of a set's tar stream on its way from the source to a volume.
//
// A chunk holds whole tar entries, so that each begins with a header: volumes are cut between
// chunks, and a chunk of a volume can be read without those before it (architecture.md 4.3).
#pragma once

#include "engine/codec/deflate.hpp"
#include "storage/io/bytes.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace duplid::volume {

/// Where an entry stands in the set's order: what a manifest's StartingPath and EndingPath say.
struct Position {
    std::string key;
    /// Only for a block that is not its file's last one (archive-format.md 3.4).
    std::optional<std::uint64_t> block;
};

struct Chunk {
    /// Tar bytes; a multiple of 512. The buffer is larger than what is in use.
    io::Bytes buffer;
    std::size_t bytes = 0;
    Position first;
    Position last;
    /// What whoever packs wants to find again if the set is gone on with behind this chunk.
    std::string mark;
    /// The same bytes deflated, once sealed (seal.hpp); empty in forms that do not deflate.
    codec::DeflatedChunk deflated;

    [[nodiscard]] io::ByteView raw() const noexcept { return io::ByteView{buffer}.first(bytes); }
};

/// Owns a bounded number of chunks and lends them out: this bound is what keeps a pipeline's
/// memory flat. Any thread.
class ChunkStore {
public:
    explicit ChunkStore(std::size_t chunks_max) : left_{chunks_max} {}

    /// An empty chunk; waits until one is free. Throws: what fail() was given.
    [[nodiscard]] std::unique_ptr<Chunk> take();
    void give_back(std::unique_ptr<Chunk> chunk);

    /// Every take() from now on throws `why`: the consumer has failed.
    void fail(std::exception_ptr why);

private:
    std::mutex mutex_;
    std::condition_variable free_;
    std::vector<std::unique_ptr<Chunk>> idle_;
    std::size_t left_;
    std::exception_ptr failure_;
};

}  // namespace duplid::volume
