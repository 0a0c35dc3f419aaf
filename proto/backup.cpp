#include "proto/backup.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::uint64_t volsize_bytes_max = 1ULL << 40;
constexpr std::uint64_t concurrency_max = 64;
constexpr std::uint64_t blocksize_max = 1 << 20;
constexpr std::uint64_t words_max = 1000;
constexpr std::uint64_t command_seconds_max = 365ULL * 24 * 60 * 60;
constexpr std::uint64_t mode_max = 0777;

constexpr std::array types{
    Choice{static_cast<int>(BackupType::automatic), "auto"},
    Choice{static_cast<int>(BackupType::full), "full"},
    Choice{static_cast<int>(BackupType::incremental), "incremental"},
};

}  // namespace

std::span<const Choice> choices_of(BackupType) noexcept
{
    return types;
}

void RuleParams::describe(Fields& fields)
{
    fields.member({"kind", "the selection option: include, exclude-filelist, ...", true}, kind);
    fields.path({"value", "its argument"}, value);
    fields.member({"time", "the argument of exclude-older-than, epoch seconds"}, time);
    fields.member({"bytes", "the argument of exclude-larger-than"}, bytes);
}

void CommandParams::describe(Fields& fields)
{
    fields.member({"path", "of the file that its output becomes, relative to the source", true},
                  path);
    fields.member(
        {.name = "command",
         .about = "program and arguments, where the daemon is a user's; no shell reads it",
         .max = words_max},
        command);
    fields.member({"program", "of the system's daemon: the name of a file in /etc/duplid/commands"},
                  program);
    fields.member({.name = "time_limit_seconds",
                   .about = "it is ended, and the backup fails, when it takes longer",
                   .min = 1,
                   .max = command_seconds_max},
                  time_limit_seconds);
    fields.member({.name = "mode", .about = "of the file", .max = mode_max}, mode);
}

void BackupParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.path({"source", "what to back up, as the user typed it", true}, source);
    fields.member({"type", "auto: incremental if there is a chain to continue, else full"}, type);
    fields.member(
        {"full_if_older_than", "make a full set when the newest one is older, epoch seconds"},
        full_if_older_than);
    fields.member({"dry_run", "only find out what would be stored"}, dry_run);
    fields.member({.name = "rules", .about = "selection, in order", .max = rules_max}, rules);
    fields.member({.name = "commands",
                   .about = "their output becomes files of the backup, whatever the rules say",
                   .max = commands_max},
                  commands);
    fields.member(
        {.name = "volsize_bytes", .about = "size of volumes", .min = 1, .max = volsize_bytes_max},
        volsize_bytes);
    describe_lasting(fields);
    fields.member({"go_on_with_any", "go on with an interrupted set of another type, too"},
                  go_on_with_any);
    fields.member({"tell_objects", "tell what is stored or gone, as `object` events"},
                  tell_objects);
    fields.member({"tell_volumes", "tell of volumes, as `volume` events"}, tell_volumes);
    fields.member({"current_time", "for test suites: the set's time, epoch seconds"}, current_time);
    fields.member({"fail_on_volume", "for test suites: fail when this volume is stored"},
                  fail_on_volume);
    fields.member({"skip_volume", "for test suites: as if this volume did not arrive"},
                  skip_volume);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

void BackupParams::describe_lasting(Fields& fields)
{
    fields.member({"skip_if_no_change", "make no increment when nothing has changed"},
                  skip_if_no_change);
    fields.member({"record_changes", "keep the list of changed files in the manifest"},
                  record_changes);
    fields.member({"copy_links", "store what symbolic links point to"}, copy_links);
    fields.member({"null_separator", "lists of files are separated by NUL"}, null_separator);
    fields.member({.name = "concurrency",
                   .about = "volumes being built or uploaded at a time",
                   .min = 1,
                   .max = concurrency_max},
                  concurrency);
    fields.member({.name = "max_blocksize",
                   .about = "longest block of signatures",
                   .min = 512,
                   .max = blocksize_max},
                  max_blocksize);
    fields.member({"allow_source_mismatch", "the chain may be of another host or source"},
                  allow_source_mismatch);
}

}  // namespace duplid::proto
