// What the parts of a repair share.
#pragma once

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/repair/finding.hpp"
#include "engine/operation/repair/repair.hpp"

#include <functional>
#include <stop_token>

namespace duplid::operation {

/// The referents outlive the repair.
struct RepairContext {
    Archive& archive;
    const RepairRequest& request;
    Monitor& monitor;
    std::stop_token stop;
    std::function<void(Finding)> report;
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

/// The cache's manifests and signatures are compared with the target's, and fetched again where
/// they are something else; the catalog is begun anew where it is of another chain.
void repair_cache(RepairContext& context, const Listing& listing);

}  // namespace duplid::operation
