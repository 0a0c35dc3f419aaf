// Finds out whether an archive holds what it should: its structure always, its data as far as
// asked.
#pragma once

#include "engine/naming/name.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/check/check_sample.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// Data count as read back lately when that was in so many days.
inline constexpr std::int64_t recent_days = 60;

struct CheckRequest {
    Sample sample;
    /// The moment of the check, epoch seconds: what is remembered of files read back.
    std::int64_t time = 0;
};

/// States that cannot be restored whole; times of sets.
struct SpoiledStates {
    std::int64_t from = 0;
    std::int64_t until = 0;              ///< the last of them
    std::optional<std::int64_t> next{};  ///< the first one after these that is whole
};

struct CheckReport {
    std::uint64_t chains = 0;
    std::uint64_t sets = 0;
    std::uint64_t files = 0;  ///< volumes and signatures
    std::uint64_t total_bytes = 0;
    std::uint64_t read_files = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t recent_bytes = 0;  ///< read back without fault in the last recent_days
    std::uint64_t damaged = 0;       ///< faults, each told by Monitor::warn()
    std::vector<SpoiledStates> spoiled;
};

/// Structure: every manifest is fetched from the target and read, every volume it lists is there
/// and has a size that can be, chunk indexes fit their volumes, signatures are there, chains have
/// no gaps. Data of a file: fetched, its hash compared, decrypted, inflated, all of its tar read,
/// its chunks' check sums compared. What was read back without fault is remembered in the archive
/// directory. Changes nothing on the target.
/// Throws: Error; not_found when the target holds no backup at all, wrong_secret.
[[nodiscard]] CheckReport check(Archive& archive, const CheckRequest& request, Monitor& monitor,
                                std::stop_token stop);

}  // namespace duplid::operation
