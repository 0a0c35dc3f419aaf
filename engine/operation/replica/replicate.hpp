// Copies the sets of one archive to another target, in that archive's wrapping.
//
// duplicity's counterpart and what is odd about it: archive-format.md 11.8. What is written here is
// what a backup writes: named, wrapped, ordered and listed the same way.
#pragma once

#include "engine/naming/name.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "storage/io/error.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

struct ReplicateRequest {
    /// Only sets that ended by then, in epoch seconds; not set: all.
    std::optional<std::int64_t> time;
};

/// A set that was not copied although it should have been.
struct RefusedSet {
    naming::SetId set;
    Error::Kind kind = Error::Kind::corrupt;
    std::string why;
};

struct ReplicateReport {
    std::uint32_t copied = 0;
    /// Sets that the destination had already.
    std::uint32_t present = 0;
    std::vector<RefusedSet> refused;
    /// Orphaned, incomplete, interrupted and replaced sets of the source, which nothing is
    /// restored from: never copied.
    std::vector<naming::SetId> passed_over;
    /// Volumes put, without those an interrupted run had put before.
    std::uint32_t volumes = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t warnings = 0;
};

/// Each set appears at the destination with its manifest, its last file, or not at all. Nothing is
/// ever deleted there, and no complete set replaced. A run that broke off is gone on with: volumes
/// that arrived are not made again.
///
/// A set that is damaged, or not the one that the destination has at its time, is refused together
/// with the increments on it; other chains go on. Throws: Error for everything else.
[[nodiscard]] ReplicateReport replicate(Archive& source, Archive& destination,
                                        const ReplicateRequest& request, Monitor& monitor,
                                        std::stop_token stop);

}  // namespace duplid::operation
