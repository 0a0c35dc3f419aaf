// What a backup is going to do: full or increment, onto which chain, at which time; and all the
// reasons not to begin.
#pragma once

#include "engine/chain/choice.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/backup/resume.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

struct BackupPlan {
    Listing listing;
    /// Set: an increment on this; points into `listing`. Not set: a full.
    std::optional<chain::ActiveSignatures> base;
    naming::SetId set;
    /// Why this one.
    SetChosen::Why why = SetChosen::Why::asked;
    /// Newest set of the target when the plan was made, if any.
    std::optional<naming::SetId> newest;
    /// Set: this set was interrupted, and is gone on with.
    std::optional<Resumption> resumption;
    /// What an interrupted run left and nobody can use (Interrupted).
    std::optional<naming::SetId> useless_set;
    std::vector<std::string> useless;

    /// Where to go on; null when the set is made from its beginning.
    [[nodiscard]] const ResumePoint* resume_point() const noexcept
    {
        return resumption && !resumption->points.empty() ? &resumption->points.back() : nullptr;
    }
};

/// Decides, checks host, source and passphrase against the chain to be continued, and brings the
/// catalog up to that chain. Nothing on the target is touched. Without a journal, which a dry run
/// has not, interrupted sets are not looked at. The result is on the heap because
/// it points into itself. Throws: Error.
[[nodiscard]] std::unique_ptr<BackupPlan>
plan_backup(Archive& archive, const BackupRequest& request, cache::Catalog& catalog,
            cache::Journal* journal, Monitor& monitor, const std::stop_token& stop);

/// Removes from the cache what runs that were killed left there, so that neither program takes it
/// for something to go on with. Their volumes stay on the target as an incomplete set. What
/// belongs to `kept`, a set that goes on or that is going to be removed, is left alone. `why`, in
/// words, is told.
void set_aside_leftovers(Archive& archive, const chain::Collection& collection,
                         const std::optional<naming::SetId>& kept, const std::string& why,
                         Monitor& monitor);

}  // namespace duplid::operation
