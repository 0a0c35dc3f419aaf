// Brings a tree, or a part of it, back as it was at some time.
#pragma once

#include "engine/naming/name.hpp"
#include "engine/operation/archive.hpp"
#include "engine/operation/monitor.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

struct RestoreRequest {
    /// Where to. Made (with its parents) if missing; for a single file, the file itself.
    std::string destination;
    /// Path inside the archive, relative to its root; empty: everything.
    std::string path;
    /// State as of this time in epoch seconds; not set: the newest.
    std::optional<std::int64_t> time;
    /// Write into a destination that exists and is not an empty directory.
    bool force = false;
    bool restore_ownership = true;
};

struct RestoreReport {
    /// The set whose state was restored.
    naming::SetId set;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    /// Objects that could not be brought back whole because of damage in the archive.
    std::uint64_t damaged = 0;
    std::uint64_t warnings = 0;
    std::uint64_t fetched_bytes = 0;
};

/// Never writes outside `destination`, whatever the archive or the destination holds.
/// Throws: Error; not_found when `path` (or any backup at all) is not in the archive, invalid when
/// the destination is not empty and `force` is not set.
[[nodiscard]] RestoreReport restore(Archive& archive, const RestoreRequest& request,
                                    Monitor& monitor, std::stop_token stop);

}  // namespace duplid::operation
