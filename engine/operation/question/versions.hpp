// What a path was in each backup.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/question/listed_file.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

/// A stretch of sets that hold one and the same version of a path, or that do not hold it any more.
struct PathVersion {
    naming::SetId first;             ///< the first of them
    naming::SetId last;              ///< the last of them
    std::optional<ListedFile> file;  ///< nothing: it was gone
};

struct VersionsOutcome {
    std::uint64_t versions = 0;  ///< that are no deletion
    /// Sets of which nothing is known because their signatures are missing.
    std::uint64_t unknown_sets = 0;
};

/// Calls `take` for each version of `path`, oldest first, over all chains, until it returns false.
/// Before its first version a path is not "gone"; a full set that stores a file once more begins no
/// new version.
/// The archive need not be locked. Throws: Error; not_found when no backup ever held the path.
VersionsOutcome versions_of(Archive& archive, const std::string& path, Monitor& monitor,
                            std::stop_token stop,
                            const std::function<bool(const PathVersion&)>& take);

}  // namespace duplid::operation
