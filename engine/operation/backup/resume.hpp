// Whether, and from where on, the set of an interrupted run can be gone on with.
//
// What is kept are whole volumes, from the first one on, together with the signatures of the bytes
// that are in them. Nothing up to their end is looked at again: the set keeps what the first
// attempt stored, the catalog's rows say so, and the next increment finds what has changed since.
// So neither a mixture of two versions nor a signature of bytes that are not stored can come about
// (the reference makes signatures anew, archive-format.md 11.3).
//
// Goes by three witnesses that have to agree: the journal, the target's listing, and the partial
// files in the cache. Of a set that duplicity has worked on since, nothing is kept: its partial
// signatures may be newer than its volumes, and nothing in them tells. takeover.hpp makes journal
// and signatures of a set that it began.
#pragma once

#include "engine/manifest/writer.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/manifest_part.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/backup/resume_mark.hpp"
#include "engine/operation/backup/set_record.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// The head of the manifests of this archive.
[[nodiscard]] manifest::Head manifest_head_of(const Archive& archive, const BackupRequest& request);

/// Everything that has to be equal for a run to be gone on with, as the journal keeps it.
[[nodiscard]] std::string setup_of(const Archive& archive, const BackupRequest& request);

/// The end of a volume behind which a set can be gone on with.
struct ResumePoint {
    KeptVolumes kept;
    manifest::Bound last;  ///< the last entry in them
    ResumeMark mark;

    /// Whether an object is in the kept volumes as far as it ever will be.
    [[nodiscard]] bool covers(std::string_view key) const noexcept
    {
        return key < last.key || (key == last.key && !mark.split);
    }
};

/// An interrupted set of which something can be kept.
struct Resumption {
    naming::SetId set;
    std::size_t known_volumes = 0;              ///< that the journal names
    std::vector<cache::JournalVolume> volumes;  ///< whole and on the target; the first is 1
    std::vector<ResumePoint> points;            ///< ascending, the last is where to go on

    /// The records of the volumes that are kept at the best point.
    [[nodiscard]] std::string records() const;
    /// Drops the points inside the same file as the best one: it is not the file it was.
    void give_up_split_file();
};

/// What the journal's run left.
struct Interrupted {
    std::optional<Resumption> resumption;
    /// Set: this set has no manifest, nothing in it can be gone on with, and nobody else could use
    /// it: none of its volumes was acknowledged, or only the one that was to be its last, behind
    /// which nothing is to be gone on with.
    std::optional<naming::SetId> useless_set;
    /// What the target has of it.
    std::vector<std::string> useless;
    /// Of a set that is not gone on with.
    std::string why_not;
};

/// Whether the interrupted set that the journal knows of can be gone on with here. `newest` is the
/// newest complete set on the target. Changes nothing; notes why a set cannot be used.
/// Throws: Error.
[[nodiscard]] Interrupted find_interrupted(const Archive& archive, cache::Journal& journal,
                                           const Listing& listing, const BackupRequest& request,
                                           const std::optional<naming::SetId>& newest,
                                           Monitor& monitor);

/// Whether what this run encrypts with opens a kept volume too. Throws: Error.
[[nodiscard]] bool can_open(Archive& archive, const Resumption& resumption);

/// Stages the objects in the kept volumes from the partial signatures, and lists their files in
/// `changes` unless it is null.
/// The catalog has an open run of this set; its state is that of the set before.
///
/// Returns the topmost object at or above the point's that is no directory in the archive's state
/// then, if there is one: nothing below it may be stored in this set, or it would hang in the air
/// when a folder has been put there meanwhile.
[[nodiscard]] std::optional<std::string>
stage_kept(Archive& archive, cache::Catalog& catalog, const ResumePoint& point,
           const SigtarWriter& sigtar, bool full, ChangeList* changes, const std::stop_token& stop);

}  // namespace duplid::operation
