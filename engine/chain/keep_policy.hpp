// Which moments a retention policy keeps: the last n, one an hour for n hours, one a day ...
//
// The rules are those of restic's `forget` (0.16 and newer), so that nobody has to learn others;
// tests put the same times and policies to restic itself.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace duplid::chain {

/// Why a chain is kept. The first seven are the rules of a policy.
enum class KeepRule {
    last,
    hourly,
    daily,
    weekly,
    monthly,
    yearly,
    within,
    newer,            ///< ends at or after the time before which chains go
    no_increments,    ///< only increments go, and it has none
    newest_chain,     ///< the next increment continues it
    last_good_chain,  ///< the newest one of which no volume is missing
    future,           ///< dated later than now, which nothing can be concluded from
};

struct KeepPolicy {
    std::uint32_t last = 0;
    std::uint32_t hourly = 0;
    std::uint32_t daily = 0;
    std::uint32_t weekly = 0;  ///< weeks begin on Monday (ISO 8601)
    std::uint32_t monthly = 0;
    std::uint32_t yearly = 0;
    /// All that are less than this older than the newest one.
    std::optional<std::int64_t> within_seconds{};

    /// Without any rule a policy would keep nothing, which nobody can mean.
    [[nodiscard]] bool has_rules() const noexcept;
};

/// How far local time is ahead of UTC at a time: days and weeks are those of the local calendar.
using LocalOffset = std::function<int(std::int64_t)>;

/// For each of `times` (newest first) the rules that keep it; none: it is not kept.
///
/// Each counting rule goes from the newest time to the oldest and keeps the newest one of each
/// hour, day ... until it has kept its number; if it runs out of times first, it keeps the oldest
/// too, so that the history is as long as it can be.
[[nodiscard]] std::vector<std::vector<KeepRule>>
kept_by(const KeepPolicy& policy, std::span<const std::int64_t> times, const LocalOffset& offset);

}  // namespace duplid::chain
