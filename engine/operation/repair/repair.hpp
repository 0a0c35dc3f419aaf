// Finds what is wrong with an archive and mends what can be mended (feature-goals.md T6, T12).
//
// Nothing is ever deleted. Files that are in the way are renamed to names that no reader takes for
// an archive's; files that are gone come back from the cache or are made again from what is left;
// what cannot come back is listed, path by path, and stored whole by the next increment.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/repair/finding.hpp"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace duplid::operation {

struct RepairRequest {
    /// Mend. Otherwise nothing is changed, neither on the target nor in the cache.
    bool force = false;
    /// Read every volume and all signatures. Otherwise a damaged volume is found only where a
    /// repair has to read it.
    bool read_data = false;
};

struct RepairReport {
    /// In the order they were found; at most findings_max are kept.
    std::vector<Finding> findings;
    std::uint64_t findings_count = 0;
    std::uint64_t mended = 0;
    std::uint64_t mendable = 0;
    std::uint64_t lost = 0;
};

/// Beyond this many, findings are only counted (and told to the monitor).
inline constexpr std::size_t findings_max = 1000;

/// Throws: Error, wrong_secret among them: what cannot be opened cannot be examined.
[[nodiscard]] RepairReport repair(Archive& archive, const RepairRequest& request, Monitor& monitor,
                                  std::stop_token stop);

}  // namespace duplid::operation
