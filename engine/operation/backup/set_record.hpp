// What is written down in the cache about the volumes of a set while they go to the target, so that
// the set can be gone on with when the run is killed: by duplid with the journal, or by duplicity
// with nothing but `.manifest.part` and the number of volumes it finds on the target.
//
// Format facts: archive-format.md 3.7, 11.1 and 11.3.
//
// Why duplicity resumes such a set soundly. Let A be the longest run of volumes 1..A that the
// target has acknowledged, M the records in `.manifest.part`, R the volumes of the set on the
// target, and s = R - 1, at least 0. duplicity starts afresh when s = 0 or M < s; otherwise it
// takes the volumes 1..s for good, without asking whether the R that it counted are these, and
// makes all others again. So it must never find M >= s unless 1..s are whole and listed in order.
//
//   - A record is added only when its volume and all before it are acknowledged: M <= A, always,
//     also between the two writes, as the journal's comes first. From s <= M follows s <= A, and
//     1..s are on the target, whatever else R counted: volumes above A that had arrived without
//     being acknowledged, in any order, or those of a longer attempt that a resumed one has not
//     replaced yet (then `.manifest.part` was cut to what is kept before any volume was put).
//   - So that it can go on at all, R should not run ahead: volume n is put only when all up to
//     n - concurrency are acknowledged (SetWriter), hence R <= A + concurrency. One at a time, R
//     is A or A + 1, and duplicity always goes on once two volumes are there. With more at a
//     time it starts afresh if two had arrived and neither was acknowledged: a moment's chance,
//     and sound.
//
// It makes its signatures anew from the first file on, so ours need not please it; that they
// then describe files that changed since the volumes were written is its own weakness (11.3).
#pragma once

#include "engine/operation/archive/manifest_part.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "storage/cache/journal.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace duplid::operation {

/// What is there when a run begins: nothing, or what an interrupted one left.
struct KeptVolumes {
    std::uint32_t count = 0;
    std::uint64_t sigtar_bytes = 0;
    std::string signatures_sha1;
};

/// The name of the first `to` bytes of a sigtar whose first `from` bytes are named `sha1` (empty
/// when there are none): a chain of SHA-1, one link for each volume.
[[nodiscard]] std::string chain_signatures(const std::string& sha1, int sigtar_fd,
                                           std::uint64_t from, std::uint64_t to);

/// Any thread.
class SetRecord {
public:
    /// All outlive this object. The journal is in a run that has exactly the kept volumes.
    SetRecord(cache::Journal& journal, SigtarWriter& sigtar, ManifestPart& manifest,
              const KeptVolumes& kept);

    /// Before a volume is put; called in the order of the volumes. Makes the signatures of what
    /// is in it durable, then the journal's row. `volume.signatures_sha1` is filled in here.
    void intend(cache::JournalVolume volume);

    /// After the target confirmed a volume. Returns up to which volume all are acknowledged.
    std::uint32_t acknowledge(std::uint32_t number);

private:
    cache::Journal& journal_;
    SigtarWriter& sigtar_;
    ManifestPart& manifest_;

    std::uint64_t sigtar_bytes_;  ///< up to which the signatures are named; of intend() alone
    std::string signatures_sha1_;

    std::mutex mutex_;  ///< of everything below, and of the journal
    std::uint32_t acknowledged_;
    std::map<std::uint32_t, std::string> records_;  ///< of volumes above `acknowledged_`
    std::set<std::uint32_t> early_;                 ///< acknowledged before one with a lower number
};

}  // namespace duplid::operation
