// Which chains go when old backups are removed, and why the others stay. Names decide, nothing
// else: no file is opened and no catalog asked.
//
// The rules of the reference: archive-format.md 11.5 to 11.7. What differs, on purpose: the last
// good chain stays unless it is included by name, and sets dated in the future stop everything.
#pragma once

#include "engine/chain/collection.hpp"
#include "engine/chain/keep_policy.hpp"
#include "engine/naming/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace duplid::chain {

/// Chains that ended before a time.
struct OlderThan {
    std::int64_t time = 0;
};
/// Chains that ended before the `count`-th newest full; none when there are fewer fulls.
struct AllButNFull {
    std::uint32_t count = 1;
};
/// The increments of those chains.
struct IncrementsOfAllButNFull {
    std::uint32_t count = 1;
};

/// A KeepPolicy picks sets; chains that hold none of them go.
using RemovalRule = std::variant<OlderThan, AllButNFull, IncrementsOfAllButNFull, KeepPolicy>;

/// Clocks of the machines that share a target may differ by this much.
inline constexpr std::int64_t future_slack_seconds = 300;

struct RemovalRequest {
    RemovalRule rule{};
    std::int64_t now = 0;
    /// The newest chain, and the newest whole one, may go too.
    bool include_last_chain = false;
    /// Go on although sets are dated in the future. Their chains stay, and the rules are applied
    /// as if these were not there.
    bool allow_future = false;
    LocalOffset offset = naming::local_offset_minutes;
};

enum class Fate { stays, goes, loses_increments };

/// A rule that keeps a chain, and on how many of its sets' account.
struct KeepReason {
    KeepRule rule = KeepRule::newer;
    std::size_t sets = 0;     ///< of a policy's rules: how many of the chain's sets it picks
    std::int64_t newest = 0;  ///< the time of the newest of them

    [[nodiscard]] bool operator==(const KeepReason&) const = default;
};

struct ChainVerdict {
    Fate fate = Fate::stays;
    std::vector<KeepReason> reasons{};  ///< empty unless it stays
    /// It would go if there were another full backup after it, so that nothing continued it.
    bool goes_after_full = false;
    /// The rule is for this chain, whether or not something else keeps it.
    bool old = false;
};

struct Judgement {
    /// What ended before this is old; not set for policies, and when there are too few fulls.
    std::optional<std::int64_t> bound{};
    bool increments_only = false;
    std::vector<ChainVerdict> chains{};  ///< in the order of Collection::chains
};

/// Whether every set has its volumes from the first to the last one there is, without a gap.
[[nodiscard]] bool is_whole(const Chain& chain) noexcept;

/// Throws: Error invalid when a set is dated in the future, naming it, unless allowed.
[[nodiscard]] Judgement judge(const Collection& collection, const RemovalRequest& request);

}  // namespace duplid::chain
