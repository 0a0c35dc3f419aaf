// Removes old chains, or the increments of old chains: remove-older-than, remove-all-but-n-full,
// remove-all-inc-of-but-n-full and prune.
#pragma once

#include "engine/chain/removal.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/removal/deletion.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace duplid::operation {

struct RemoveRequest {
    chain::RemovalRequest what;
    /// Not set: only look.
    bool force = false;
};

/// A chain, and what becomes of it.
struct JudgedChain {
    naming::SetId first;
    naming::SetId last;
    std::uint64_t sets = 0;
    chain::ChainVerdict verdict{};
    /// What goes of it, and with it.
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

struct RemoveReport {
    std::optional<std::int64_t> bound;  ///< what ended before this is old
    std::vector<JudgedChain> chains;    ///< by end time
    /// Sets that are old, and stay because newer ones of their chain need them.
    std::vector<naming::SetId> needed;
    DeletionReport deletion;
};

/// Lists the target and goes by what it holds now; no secret is needed, and neither catalog nor
/// cache is asked. Throws: Error; invalid when a set is dated in the future (see chain::judge).
[[nodiscard]] RemoveReport remove(Archive& archive, const RemoveRequest& request, Monitor& monitor,
                                  const std::stop_token& stop);

}  // namespace duplid::operation
