// The journal: what a run is about to put on the target, and what the target confirmed.
#pragma once

#include "storage/sqlite/database.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duplid::cache {

/// What must be equal for a run to be gone on with. The texts are the engine's, opaque here.
struct JournalRun {
    std::string set_name;
    std::string kind;
    std::string setup;               ///< where from and how the set is written; any bytes
    std::uint64_t volume_bytes = 0;  ///< --volsize of the run
    std::int64_t started = 0;        ///< epoch seconds

    friend bool operator==(const JournalRun&, const JournalRun&) = default;
};

/// One volume that a run intended to put.
struct JournalVolume {
    std::uint32_t number = 0;  ///< from 1
    std::string file_name;
    std::string sha1;  ///< hex, of the volume as it goes to the target
    std::uint64_t bytes = 0;
    std::string record;           ///< what the manifest says of it; any bytes
    std::string mark;             ///< where in the set it ends; text
    std::string signatures_sha1;  ///< names the signatures up to there
    bool acknowledged = false;

    friend bool operator==(const JournalVolume&, const JournalVolume&) = default;
};

/// A run that began and did not finish.
struct Unfinished {
    JournalRun run;
    std::vector<JournalVolume> volumes;  ///< by number

    friend bool operator==(const Unfinished&, const Unfinished&) = default;
};

/// journal.db in an archive directory. Each function that returns has its record on the disk, also
/// over a power cut: a volume of ours on the target is therefore always one that the journal
/// names. Holds one run at most.
///
/// One thread at a time. Whoever writes holds ArchiveDirectory::lock(). Throws: Error (see
/// sqlite::Database); internal when functions are called out of order.
class Journal {
public:
    /// Opens or makes the journal in `directory`. A damaged file or one of another version is put
    /// aside as "journal.db.bad", which why_recreated() then tells: its run starts again.
    [[nodiscard]] static std::unique_ptr<Journal> open(const std::string& directory);

    /// Renames the journal in `directory`, if any, to "journal.db.bad", after Error corrupt. No
    /// Journal may be open on it.
    static void set_aside(const std::string& directory);

    [[nodiscard]] const std::string& why_recreated() const noexcept { return why_recreated_; }

    /// What the last run left behind, or the present one has done so far.
    [[nodiscard]] std::optional<Unfinished> unfinished();

    /// Starts a run. Whatever an earlier one left unfinished is forgotten.
    void begin(const JournalRun& run);
    /// Before a put. A volume that is named again, its put having failed, gets the new facts and
    /// is no longer acknowledged. `volume.acknowledged` is not looked at.
    void intend(const JournalVolume& volume);
    /// After the target confirmed. Throws: Error internal when `number` was never intended.
    void acknowledge(std::uint32_t number);
    /// Goes on with the run there is: forgets its volumes above `last_kept`, which are going to be
    /// put again.
    void rewind(std::uint32_t last_kept);
    /// The run is over: nothing is unfinished any more.
    void finish();

private:
    Journal(sqlite::Database database, std::string why_recreated);
    [[nodiscard]] std::optional<JournalRun> run();

    sqlite::Database database_;
    std::string why_recreated_;
};

}  // namespace duplid::cache
