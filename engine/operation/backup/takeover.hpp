// Makes of a set that duplicity began and left something that resume.hpp can go on with.
//
// duplicity's partial signatures are no witness. When it goes on with a set it cuts `.sigtar.part`
// off at once and makes it anew of the source as it then is, while what it wrote before stays in
// the volumes; `.manifest.part` tells of that only once another volume is finished
// (archive-format.md 11.3). Killed before, it leaves signatures of bytes that are stored nowhere,
// and nothing in either file shows it. Whoever trusted them would never store these changes.
//
// So the volumes themselves are asked, from the first one on: each has to have the hash that
// `.manifest.part` says, and the signature that this run asks for if it asks for one, and is read;
// the signatures are made of what it holds, and of what its deltas prove to make
// (volume_survey.hpp). That costs reading them once. Of a set that duplicity had gone on with
// itself only what its first run stored is kept: where the second one began, a file may be a
// mixture of what the source was then and before. The first volume that cannot be used, or has a
// delta that cannot be proved, ends what is kept. The journal is then written as if this program
// had put them, and everything else is as after a run of its own. Taken over as well is what
// duplicity does not store: nothing; its entries bring into the catalog what those of its complete
// sets bring.
#pragma once

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/backup/volume_survey.hpp"
#include "storage/cache/journal.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

struct Takeover {
    /// The journal names the set's volumes now: find_interrupted() finds it.
    bool done = false;
    /// Of a set that was looked at and is not taken over.
    std::string why_not;
};

/// The newest set, if another program began it here and left it unfinished; null otherwise. Points
/// into `listing`. `newest` is the newest complete set on the target.
[[nodiscard]] const chain::BackupSet* left_by_another(const Listing& listing,
                                                      cache::Journal& journal,
                                                      const std::optional<naming::SetId>& newest);

/// Takes over `set`, which left_by_another() found. `before` is what an increment was made on, null
/// for a full set. Changes nothing on the target; in the cache it replaces the partial signatures,
/// withdraws the partial manifest, and begins a run in the journal, in an order that leaves a sound
/// state at each moment.
///
/// Throws: Error; what only says that a volume cannot be used ends the search for more of them.
[[nodiscard]] Takeover take_over(Archive& archive, cache::Journal& journal,
                                 const chain::BackupSet& set, const OldState* before,
                                 const BackupRequest& request, Monitor& monitor,
                                 const std::stop_token& stop);

}  // namespace duplid::operation
