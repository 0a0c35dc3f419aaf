// backup: makes one set.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

enum class BackupType { automatic, full, incremental };  ///< on the wire: auto, full, incremental
[[nodiscard]] std::span<const Choice> choices_of(BackupType) noexcept;

/// Selection options in one request.
inline constexpr std::uint64_t rules_max = 100'000;

/// One selection option. Their order matters and is kept.
struct RuleParams {
    /// The name of duplicity's option without dashes at its front: include, exclude-filelist,
    /// exclude-older-than, ...
    std::string kind;
    std::string value;                        ///< bytes; empty for options without a value
    std::optional<std::int64_t> time;         ///< for exclude-older-than, in epoch seconds
    std::optional<std::uint64_t> bytes = {};  ///< for exclude-larger-than

    void describe(Fields& fields);
};

/// Commands of one backup.
inline constexpr std::uint64_t commands_max = 100;

/// A command whose output is a file of the backup. One of `command` and `program` is set.
struct CommandParams {
    std::string path;                  ///< relative to the source
    std::vector<std::string> command;  ///< the program and its arguments; no shell
    std::string program;  ///< in the system's instance: of a file in /etc/duplid/commands
    std::uint64_t time_limit_seconds = 24ULL * 60 * 60;
    std::uint32_t mode = 0600;

    void describe(Fields& fields);
};

struct BackupParams {
    ArchiveParams archive;
    /// As the user typed it: it is recorded, and rules are compared with it. A relative one starts
    /// from archive.working_directory.
    std::string source;
    BackupType type = BackupType::automatic;
    /// Epoch seconds: a full set is made when the newest one is older than this.
    std::optional<std::int64_t> full_if_older_than;
    bool dry_run = false;
    bool skip_if_no_change = false;
    bool record_changes = true;
    std::vector<RuleParams> rules;
    std::vector<CommandParams> commands;
    bool copy_links = false;
    bool null_separator = false;  ///< lists of files are separated by NUL, not by newline
    std::uint64_t volsize_bytes = 200ULL << 20;
    std::uint32_t concurrency = 2;
    std::uint32_t max_blocksize = 2048;
    bool allow_source_mismatch = false;
    /// Go on with a set that was interrupted also when it is not of the type asked for.
    bool go_on_with_any = false;
    bool tell_objects = false;  ///< each one that is stored or gone, as `object` events
    bool tell_volumes = false;  ///< as `volume` events
    // For test suites (of other programs too) that need a run to end in a certain way.
    std::optional<std::int64_t> current_time;  ///< of the set, epoch seconds, in place of now
    std::uint32_t fail_on_volume = 0;          ///< fail when this volume is stored
    std::uint32_t skip_volume = 0;             ///< behave as if this volume did not arrive
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
    /// Those members, besides the archive's, that a job has from run to run under the same name.
    void describe_lasting(Fields& fields);
};

}  // namespace duplid::proto
