// Makes a volume again in another wrapping: the same entries in the same order, so that the range
// in its record stays what it was.
#pragma once

#include "engine/tar/reader.hpp"
#include "engine/volume/chunk.hpp"
#include "storage/io/source.hpp"

#include <cstddef>

namespace duplid::operation {

/// Cuts the tar stream of a volume into chunks of whole entries. Headers are written anew, as
/// duplicity 0.8.22 writes them, whatever tar format (archive-format.md 4.1) they were in.
///
/// An entry larger than a chunk, which neither program writes but every reader takes
/// (archive-format.md 4.3), goes on into chunks that begin without a header: memory stays bounded,
/// and such a volume cannot be read chunk by chunk.
class EntryChunks {
public:
    /// `tar` outlives this object.
    EntryChunks(io::Source& tar, std::size_t chunk_bytes) : reader_{tar}, chunk_bytes_{chunk_bytes}
    {
    }

    /// The next bytes into `chunk`; false when all entries were given out. Throws: Error corrupt.
    bool fill(volume::Chunk& chunk);

    /// Whether every chunk so far began with a header.
    [[nodiscard]] bool has_whole_entries() const noexcept { return has_whole_entries_; }

private:
    [[nodiscard]] bool next_entry();
    void take_data(volume::Chunk& chunk);

    tar::Reader reader_;
    std::size_t chunk_bytes_;
    tar::Header header_;
    bool has_entry_ = false;   ///< `header_` was read and is not in a chunk yet
    std::uint64_t left_ = 0;   ///< of the current entry's data
    std::size_t padding_ = 0;  ///< behind it
    bool has_whole_entries_ = true;
};

}  // namespace duplid::operation
