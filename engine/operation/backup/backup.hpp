// Makes one backup set: full or incremental.
#pragma once

#include "engine/naming/name.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/object/made_file.hpp"
#include "engine/select/rule.hpp"
#include "engine/tar/header.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

enum class BackupType {
    automatic,  ///< incremental if there is a chain to continue, else full
    full,
    incremental,  ///< Error not_found when there is no chain to continue
};

/// What becomes of one object of the source.
struct ObjectChange {
    enum class Change {
        stored,   ///< whole
        differs,  ///< its difference to what the archive has is stored
        gone,
    };

    std::string path;  ///< relative to the source; the root is "."
    Change change = Change::stored;
    tar::Type type = tar::Type::regular;
    std::uint64_t source_bytes = 0;  ///< source_file_bytes up to and with this object
};

struct BackupRequest {
    /// As the user typed it, normalised (command-line.md 6.2), not made absolute: it is recorded
    /// in the manifest and is what selection rules are compared with.
    std::string source;
    BackupType type = BackupType::automatic;
    /// Epoch seconds: when the newest full set is older than this, another one is made in place of
    /// an increment.
    std::optional<std::int64_t> full_if_older_than;
    /// Only find out what would be stored: nothing is put on the target.
    bool dry_run = false;
    /// Make no increment without any difference in it.
    bool skip_if_no_change = false;
    /// Keep the list of changed files in the manifest (archive-format.md 3.5).
    bool record_changes = true;
    std::vector<select::RuleOption> rules;
    select::RuleSettings rule_settings;
    bool copy_links = false;
    /// Files of the set beside those that the source has. A dry run makes none.
    std::vector<MadeFile> made{};
    std::uint64_t volume_bytes = 200ULL << 20;
    /// Volumes being built or uploaded at a time, at least 1.
    unsigned concurrency = 2;
    std::uint32_t block_bytes_max = 2048;
    bool allow_source_mismatch = false;
    /// Go on with an interrupted set also when it is not of `type`, as duplicity does.
    bool go_on_with_any = false;
    /// Told of each object that is stored or gone, before it is read, in the set's order. May wait.
    std::function<void(const ObjectChange&)> tell_object{};
    /// Told of volumes, in transfer threads. May wait.
    std::function<void(const VolumeStep&)> tell_volume{};
    /// Wanted of it: to end where the volume that is being filled does. What is packed up to there
    /// is stored, and then Error cancelled thrown; a set that is complete before is just that.
    std::stop_token stop_at_border{};
    /// Set when the target stands for several that get the same files: names that only some of them
    /// have, which the last listing did not show. A set that was interrupted is then gone on with
    /// only by another such run, and not by one with a single target of these.
    std::function<std::vector<std::string>()> stray_names{};
    /// For test suites: fail once this volume is stored; take this volume for one that did not
    /// arrive. 0: none.
    std::uint32_t fail_on_volume = 0;
    std::uint32_t skip_volume = 0;
    /// The short name of this machine, recorded in the manifest.
    std::string host_name;
    /// Its name with the domain; asked only when `host_name` is not the chain's, because a resolver
    /// may take its time. Empty: there is none.
    std::function<std::string()> full_host_name;
    /// Start of the run in epoch seconds: the time of the set.
    std::int64_t time = 0;
};

/// The fifteen figures of duplicity's statistics block; command-line.md 5.1 defines each.
struct BackupStatistics {
    double start_time = 0;
    double end_time = 0;
    std::uint64_t source_files = 0;
    std::uint64_t source_file_bytes = 0;
    std::uint64_t new_files = 0;
    std::uint64_t new_file_bytes = 0;
    std::uint64_t deleted_files = 0;
    std::uint64_t changed_files = 0;
    std::uint64_t changed_file_bytes = 0;
    std::uint64_t changed_delta_bytes = 0;
    std::uint64_t delta_entries = 0;
    std::uint64_t raw_delta_bytes = 0;
    std::uint64_t stored_bytes = 0;  ///< of the volumes of this run, not of one it goes on with
    std::uint64_t errors = 0;
};

enum class BackupOutcome {
    stored,
    would_store,  ///< a dry run
    unchanged,    ///< skip_if_no_change, and nothing had changed
};

struct BackupReport {
    BackupOutcome outcome = BackupOutcome::stored;
    /// The set that was made, or would have been; when nothing had changed, the one that holds
    /// this state already.
    naming::SetId set;
    std::uint32_t volumes = 0;
    /// The first volume of this run, of a set that an interrupted run had begun; else 0.
    std::uint32_t resumed_at = 0;
    BackupStatistics statistics;
    /// Monitor::warn() was called this often.
    std::uint64_t warnings = 0;
};

/// Goes on with a set that was interrupted, if it is of the type asked for and fits (resume.hpp);
/// else that set is put aside, with a note, and a new one begun.
///
/// Throws: Error. Whatever happens, sets that were complete before stay as they were, and the new
/// one exists on the target only once its manifest does, which is written last.
[[nodiscard]] BackupReport back_up(Archive& archive, const BackupRequest& request, Monitor& monitor,
                                   std::stop_token stop);

}  // namespace duplid::operation
