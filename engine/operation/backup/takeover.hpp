// Makes of a full set that duplicity began and left something that resume.hpp can go on with.
//
// duplicity's partial signatures are no witness. When it goes on with a set it cuts `.sigtar.part`
// off at once and makes it anew of the source as it then is, while what it wrote before stays in
// the volumes; `.manifest.part` tells of that only once another volume is finished
// (archive-format.md 11.3). Killed before, it leaves signatures of bytes that are stored nowhere,
// and nothing in either file shows it. Whoever trusted them would never store these changes.
//
// So the volumes themselves are asked, from the first one on: each has to have the hash that
// `.manifest.part` says, and is read; the signatures are made of what it holds. That costs reading
// them once. The journal is then written as if this program had put them, and everything else is
// as after a run of its own. Taken over as well is what duplicity does not store: nothing; its
// entries bring into the catalog what those of its complete sets bring.
#pragma once

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/backup/backup.hpp"
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

/// Takes over the newest set, if it is a full one that another program left unfinished here.
/// `newest` is the newest complete set on the target. Changes nothing on the target; in the cache
/// it replaces the partial signatures, withdraws the partial manifest, and begins a run in the
/// journal, in an order that leaves a sound state at each moment.
///
/// An increment is not taken over: its volumes hold deltas, whose results only a restore of the
/// whole chain would tell. Nor is a set with a sign key: volumes may carry another signature.
/// Throws: Error; what only says that a volume cannot be used ends the search for more of them.
[[nodiscard]] Takeover take_over(Archive& archive, cache::Journal& journal, const Listing& listing,
                                 const BackupRequest& request,
                                 const std::optional<naming::SetId>& newest, Monitor& monitor,
                                 const std::stop_token& stop);

}  // namespace duplid::operation
