// Joins sealed chunks, in order, into volumes, and alone decides where a volume ends.
#pragma once

#include "engine/volume/chunk.hpp"
#include "engine/volume/stored_file.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace duplid::volume {

/// A volume whose last chunk is in; gpg may still be writing.
struct JoinedVolume {
    std::uint32_t number = 0;
    Position first;  ///< of its first entry; the root when it holds none
    Position last;
    std::string mark;                        ///< of its last chunk; empty when it holds none
    bool is_last = false;                    ///< of its set
    std::unique_ptr<StoredFileWriter> file;  ///< closed, not finished
};

/// How many gpg processes to have ready: for the volume that is opened next, the sigtar, the
/// manifest. So none is started in vain, and nobody waits for one.
inline constexpr unsigned early_starts = 3;

struct JoinerOptions {
    Wrapper wrapper;
    std::uint64_t volume_bytes_max = 0;
    /// Volumes the set has already.
    std::uint32_t volumes_before = 0;
    /// Makes the spool that volume `number` is built in, and says what the volume is called.
    std::function<io::TempFile(std::uint32_t number)> make_spool;
    std::function<std::string(std::uint32_t number)> name_of;
    /// Takes each volume as it is closed, in order. May block.
    std::function<void(JoinedVolume)> take;
};

/// A chunk that would make a volume pass its limit opens the next one. Borders depend on nothing
/// but the chunks: not on timing, threads or what gpg makes of them. A single chunk that is larger
/// than a volume (only when the limit is below 1 MiB) makes a volume of its own.
/// One thread at a time.
class Joiner {
public:
    Joiner(JoinerOptions options, ChunkStore& store);

    void add(std::unique_ptr<Chunk> chunk);

    /// Whether a volume ends before `chunk`, the one that would be added next; also when none is
    /// open.
    [[nodiscard]] bool is_border_before(const Chunk& chunk) const noexcept;
    /// Closes the volume that is open, if there is one, though the set is not complete: it goes on
    /// in another run. Called last, in place of finish().
    void leave_off();

    /// Closes the last volume. A set has at least one, even without an entry.
    void finish();

private:
    void open_volume();
    void close_volume(bool is_last);

    JoinerOptions options_;
    ChunkStore& store_;
    std::uint64_t room_max_;
    std::uint32_t number_ = 0;
    std::unique_ptr<StoredFileWriter> file_;
    std::uint64_t bytes_ = 0;
    Position first_;
    Position last_;
    std::string mark_;
};

}  // namespace duplid::volume
