// What a backup is going to do: full or increment, onto which chain, at which time; and all the
// reasons not to begin.
#pragma once

#include "engine/chain/choice.hpp"
#include "engine/operation/archive_files.hpp"
#include "engine/operation/backup.hpp"
#include "storage/cache/catalog.hpp"

#include <optional>
#include <stop_token>

namespace duplid::operation {

struct BackupPlan {
    Listing listing;
    /// Set: an increment on this; points into `listing`. Not set: a full.
    std::optional<chain::ActiveSignatures> base;
    naming::SetId set;
    /// Newest set of the target when the plan was made, if any.
    std::optional<naming::SetId> newest;
};

/// Decides, checks host, source and passphrase against the chain to be continued, and brings the
/// catalog up to that chain. Nothing on the target is touched. The result is on the heap because
/// it points into itself. Throws: Error.
[[nodiscard]] std::unique_ptr<BackupPlan> plan_backup(Archive& archive,
                                                      const BackupRequest& request,
                                                      cache::Catalog& catalog, Monitor& monitor,
                                                      const std::stop_token& stop);

/// Removes from the cache what runs that were killed left there, so that neither program takes it
/// for something to go on with. Their volumes stay on the target as an incomplete set.
void set_aside_leftovers(Archive& archive, const chain::Collection& collection, Monitor& monitor);

}  // namespace duplid::operation
