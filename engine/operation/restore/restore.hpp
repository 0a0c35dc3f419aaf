// Brings a tree, or a part of it, back as it was at some time.
#pragma once

#include "engine/naming/name.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/restore/overwrite.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace duplid::operation {

struct RestoreRequest {
    /// Where to. Made (with its parents) if missing; for a single file, the file itself.
    std::string destination;
    /// Path inside the archive, relative to its root; empty: everything.
    std::string path;
    /// State as of this time in epoch seconds; not set: the newest.
    std::optional<std::int64_t> time;
    /// What to do in a destination that exists and is not an empty directory; not set: refuse.
    std::optional<Overwrite> overwrite{};
    bool restore_ownership = true;
    /// Old and new paths, relative to what is restored (rename_map.hpp).
    std::vector<std::pair<std::string, std::string>> renames{};
    /// Only tell what would be done.
    bool dry_run = false;
    /// Go on where a restore otherwise ends: past what the destination does not take, and past a
    /// full set whose manifest is damaged. Each is a warning.
    bool ignore_errors = false;
    /// Only tell_volume() of what would be read.
    bool only_volumes = false;
    /// Told of each object, with its path below the destination; without a dry run only of those
    /// that could not be written. May wait.
    std::function<void(const std::string& path, Effect effect)> tell{};
    /// Told of each object before it is written. May wait.
    std::function<void(const std::string& path, tar::Type type)> tell_begun{};
    /// Told of volumes that were read, or with `only_volumes` are needed. May wait.
    std::function<void(const VolumeStep&)> tell_volume{};
};

struct RestoreReport {
    /// The set whose state was restored.
    naming::SetId set;
    std::uint64_t files = 0;
    /// Bytes of file data that were written.
    std::uint64_t bytes = 0;
    /// Objects that could not be brought back whole because of damage in the archive.
    std::uint64_t damaged = 0;
    /// More may be missing, because a volume is lost of which nobody can tell what it held.
    bool has_unknown_losses = false;
    std::uint64_t warnings = 0;
    std::uint64_t fetched_bytes = 0;
    /// What became of the `files`, by Effect.
    std::uint64_t made = 0;
    std::uint64_t replaced = 0;
    std::uint64_t unchanged = 0;
    std::uint64_t left = 0;
};

/// Never writes outside `destination`, whatever the archive or the destination holds. What is
/// damaged in the archive costs only the objects that need it: each is a warning, and nothing is
/// put in its place.
/// Throws: Error; not_found when `path` (or any backup at all) is not in the archive, invalid when
/// the destination is not empty and `overwrite` is not set, no_space before anything is written
/// when it is sure that the room will not do.
[[nodiscard]] RestoreReport restore(Archive& archive, const RestoreRequest& request,
                                    Monitor& monitor, std::stop_token stop);

}  // namespace duplid::operation
