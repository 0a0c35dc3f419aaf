// What the parts of a repair share.
#pragma once

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/repair/chain_damage.hpp"
#include "engine/operation/repair/finding.hpp"
#include "engine/operation/repair/reading_progress.hpp"
#include "engine/operation/repair/repair.hpp"

#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// The referents outlive the repair.
struct RepairContext {
    Archive& archive;
    const RepairRequest& request;
    Monitor& monitor;
    std::stop_token stop;
    std::function<void(Finding)> report;
    ReadingProgress reading;
    /// The catalog knows places in signatures that are others now.
    bool catalog_is_stale = false;

    /// What becomes of something that this run can mend.
    [[nodiscard]] Finding::State mending() const noexcept
    {
        return request.force ? Finding::State::mended : Finding::State::mendable;
    }
};

/// Files of one volume, manifest or signatures too many, and strays: of equals the one that is
/// whole stays, the others go to quarantine. True when names on the target changed.
[[nodiscard]] bool repair_names(RepairContext& context, const Listing& listing);

/// Manifests that are missing or damaged come from the cache, or are made again from the volumes.
/// True when the target has manifests that it had not.
[[nodiscard]] bool repair_manifests(RepairContext& context, const Listing& listing);

/// The target's file with the signatures of a set, if there is one.
[[nodiscard]] std::optional<std::string> signatures_name(const Listing& listing,
                                                         const naming::SetId& id);

/// Sets whose signatures are not, or (where data is read, which is expected of them then) not
/// whole, on the target.
[[nodiscard]] std::set<naming::SetId>
missing_signatures(RepairContext& context, const Listing& listing, const chain::Chain& chain);

/// Signatures of the sets in `missing` come from the cache, or are made again from the volumes of
/// their chain, of which `sets` tells the state.
void mend_signatures(RepairContext& context, const Listing& listing,
                     const std::vector<SetHealth>& sets, const std::set<naming::SetId>& missing);

/// The cache's manifests and signatures are compared with the target's, and fetched again where
/// they are something else; the catalog is begun anew where it is of another chain.
void repair_cache(RepairContext& context, const Listing& listing);

}  // namespace duplid::operation
