// What a run decides and reaches, for programs that have to know it exactly. People read notes of
// the same (Monitor::note).
#pragma once

#include "engine/naming/name.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace duplid::operation {

/// A volume that is written or read.
struct VolumeStep {
    enum class Step {
        begun,   ///< it goes to the target now
        stored,  ///< it is there
        read,    ///< nothing more is wanted of it
        needed,  ///< a restore would read it
    };

    Step step = Step::begun;
    std::uint32_t number = 0;  ///< in its set; of `read`: how many have been read
    std::uint32_t total = 0;   ///< that the run is going to read; 0: not known
    std::string name{};        ///< of the file on the target
    std::uint64_t bytes = 0;   ///< of the file, as far as known
    /// Of begun and stored: bytes of the source up to the volume's end, counted as
    /// BackupStatistics::source_file_bytes.
    std::uint64_t source_bytes = 0;
};

/// Which set a backup makes, and why that one.
struct SetChosen {
    enum class Why { asked, chain, no_signatures, full_is_due, interrupted };

    naming::SetId set;
    Why why = Why::asked;
    // Of an interrupted one:
    std::uint32_t resumed_at = 0;     ///< the first volume of this run
    std::uint32_t known_volumes = 0;  ///< that the interrupted run had put, or tried to put
    std::string last_path{};          ///< the last object in the volumes that are kept
    std::optional<std::uint64_t> last_block{};  ///< when they end inside it: its blocks in them
};

/// An interrupted set that is not gone on with.
struct SetPutAside {
    naming::SetId set;
    std::uint32_t volumes = 0;  ///< that stay on the target
    std::string why{};
};

/// The cache is brought in line with its target.
struct CacheChange {
    bool fetched = true;  ///< else removed
    std::string name{};   ///< on the target; of what was removed: in the cache
};

/// An object of the source that is left out, and is no fault.
struct Skipped {
    enum class Why { socket, vanished };

    std::string path;
    Why why = Why::socket;
};

/// A step of a volume here is one of a copy; runs that ask for it by themselves are told apart.
using Happening = std::variant<SetChosen, SetPutAside, CacheChange, Skipped, VolumeStep>;

}  // namespace duplid::operation
