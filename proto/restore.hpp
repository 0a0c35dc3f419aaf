// restore: brings a tree, or a part of it, back.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

/// What to do with objects of the destination that stand in the way.
enum class Overwrite { always, changed, newer, never };
[[nodiscard]] std::span<const Choice> choices_of(Overwrite) noexcept;

/// Paths relative to what is restored.
struct RenameParams {
    std::string from;
    std::string to;

    void describe(Fields& fields);
};

struct RestoreParams {
    ArchiveParams archive;
    std::string destination;             ///< absolute
    std::string path;                    ///< inside the archive; empty: everything
    std::optional<std::int64_t> time;    ///< epoch seconds; not set: the newest
    bool force = false;                  ///< the same as Overwrite::always
    std::optional<Overwrite> overwrite;  ///< not set: the destination must be empty
    std::vector<RenameParams> renames;
    bool dry_run = false;
    bool ignore_errors = false;  ///< go on past whatever can be gone past
    bool only_volumes = false;   ///< only tell, as `volume` events, what would be read
    bool tell_objects = false;   ///< each one before it is written, as `object` events
    bool tell_failed = false;    ///< those that could not be written, or are below one of these
    bool tell_volumes = false;   ///< those that were read, as `volume` events
    bool restore_ownership = true;
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
