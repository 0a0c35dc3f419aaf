#include "daemon/jobs/job.hpp"

#include <algorithm>
#include <array>

namespace duplid::jobs {

namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr std::uint64_t calendars_max = 100;
constexpr std::uint64_t rules_max = 10'000;
constexpr std::uint64_t percent_max = 100;
constexpr std::uint64_t priority_max = 1000;
constexpr std::uint64_t targets_max = 16;
constexpr std::uint64_t nice_max = 19;
constexpr std::uint64_t io_level_max = 7;

constexpr std::array io_classes{
    proto::Choice{static_cast<int>(IoClass::as_daemon), "as-daemon"},
    proto::Choice{static_cast<int>(IoClass::best_effort), "best-effort"},
    proto::Choice{static_cast<int>(IoClass::idle), "idle"},
};
constexpr std::uint64_t notices_max = 20;

bool is_name_byte(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

}  // namespace

std::span<const proto::Choice> choices_of(IoClass) noexcept
{
    return io_classes;
}

void Schedule::describe(proto::Fields& fields)
{
    fields.member({.name = "calendar",
                   .about = "points in time as systemd.time(7) has them, any of these: "
                            "\"Mon..Fri 02:30\", \"daily\"",
                   .max = calendars_max},
                  calendar);
    fields.member({"every", "due this long after the last success: \"6h\", \"1d\""}, every);
    fields.member({"random_delay", "put off each time by a random span up to this"}, random_delay);
    fields.member({"catch_up", "what was missed while the machine was off is made up for, once"},
                  catch_up);
}

void Conditions::describe(proto::Fields& fields)
{
    fields.path({"path", "is there: the mount point of a disk, or a file on it"}, path);
    fields.member(
        {"target", "a local target is there; for any other, this machine has a route to elsewhere"},
        target);
    fields.member({"filesystem",
                   "a local target is on the file system with this UUID, and not in the empty "
                   "directory where that would be mounted; also asked of runs by hand"},
                  filesystem);
    fields.member({"network", "the network is up"}, network);
    fields.member({"mains", "the machine runs on mains power"}, mains);
    fields.member(
        {.name = "battery", .about = "or its battery has so many per cent", .max = percent_max},
        battery);
    fields.member({.name = "hours",
                   .about = "it is one of these: \"22:00..06:00\", \"Sat,Sun 00:00..24:00\"",
                   .max = calendars_max},
                  hours);
}

void Retention::describe(proto::Fields& fields)
{
    fields.member({"older_than", "chains that ended longer ago go: \"6M\""}, older_than);
    fields.member({"keep_full", "only so many full backups, and what builds on them, stay"},
                  keep_full);
    fields.member({"keep_increments_of_full", "increments of older full backups go"},
                  keep_increments_of_full);
    fields.member({"keep_last", "of a policy: chains of which no set is kept go. The newest sets"},
                  keep_last);
    fields.member({"keep_hourly", "the newest set of each of so many hours"}, keep_hourly);
    fields.member({"keep_daily", "of so many days"}, keep_daily);
    fields.member({"keep_weekly", "of so many weeks"}, keep_weekly);
    fields.member({"keep_monthly", "of so many months"}, keep_monthly);
    fields.member({"keep_yearly", "of so many years"}, keep_yearly);
    fields.member({"keep_within", "all sets that are less than this older than the newest"},
                  keep_within);
    fields.member({"cleanup", "delete what belongs to no chain"}, cleanup);
}

void Verify::describe(proto::Fields& fields)
{
    fields.member({"schedule", "its own; missing: after each successful backup"}, schedule);
    fields.member({"with_source", "also compare with the source, as it is then"}, with_source);
    fields.member({"compare_data", "compare contents, too"}, compare_data);
}

void Check::describe(proto::Fields& fields)
{
    fields.member({"schedule", "its own; missing: after each successful backup"}, schedule);
    fields.member({"sample", "how much to read back: all, 5%, 2/7, 500M, 30min or none"}, sample);
}

void TargetSecrets::describe(proto::Fields& fields)
{
    fields.member({"target_password", "that the target's URL leaves out"}, target_password);
    fields.member({.name = "variables",
                   .about = "environment variables that this target reads, beside the job's",
                   .max = proto::variables_max},
                  variables);
}

void Target::describe(proto::Fields& fields)
{
    fields.member({"name", "what it is called in messages and on command lines", true}, name);
    fields.path({"url", "of the archive, without password", true}, url);
    fields.member({"required", "a backup that is not on this target when it ends has failed; of "
                               "the others one is enough, and those without it are a warning"},
                  required);
    fields.member({"filesystem", "of a local one: it is on the file system with this UUID. While "
                                 "that is not mounted, it is left behind"},
                  filesystem);
    fields.member({"secrets", "where its password and credentials come from"}, secrets);
    backend.describe_options(fields);
}

void Job::describe(proto::Fields& fields)
{
    fields.member({"include", "files with further settings, which this one overrules; relative to "
                              "the file that names them"},
                  include);
    // That these two are needed is said by validation.cpp, after keys that are mistyped.
    fields.path({"source", "directory or file to back up, absolute"}, request.source);
    fields.path({"target", "URL of the archive, without password"}, request.archive.target);
    fields.member({.name = "targets",
                   .about = "in place of \"target\": several that hold the same backups. One that "
                            "fails is caught up by a later run; whether the backup is good without "
                            "it, its \"required\" says",
                   .max = targets_max},
                  targets);
    fields.member({.name = "select",
                   .about = "which files, in order: the first rule that fits a file decides",
                   .max = rules_max},
                  select);
    fields.member({.name = "commands",
                   .about =
                       "programs whose output becomes files of each backup, whatever \"select\" "
                       "says; one that fails fails the backup",
                   .max = proto::commands_max},
                  commands);
    fields.member({"schedule", "when it runs; missing: when somebody asks for it"}, schedule);
    fields.member({"conditions", "what must be so before it runs by itself"}, conditions);
    fields.member({"full_if_older_than", "full set when the newest one is older: \"1M\""},
                  full_if_older_than);
    fields.member({"retention", "what is removed after a successful backup"}, retention);
    fields.member({"verify", "prove the newest backup, file by file"}, verify);
    fields.member({"check", "prove the archive, or a sample of it"}, check);
    fields.member({"secrets", "where passphrases and passwords come from"}, secrets);
    fields.member({"stale_after", "when the last good backup is older, the job is stale: \"3d\""},
                  stale_after);
    fields.member({.name = "priority",
                   .about = "of jobs that are due at once, the highest goes first",
                   .max = priority_max},
                  priority);
    fields.member({.name = "nice",
                   .about = "how far its runs give way to others on the processor; what is less "
                            "than the daemon's own means nothing",
                   .max = nice_max},
                  nice);
    fields.member({"io_class", "how its runs stand with others on the disks (ionice(1)), where "
                               "their scheduler heeds that, as bfq does"},
                  io_class);
    fields.member({.name = "io_level",
                   .about = "of best-effort: 0 comes first, 7 last; missing: 4",
                   .max = io_level_max},
                  io_level);
    fields.member({"hooks", "programs that are run around its runs"}, hooks);
    fields.member({.name = "notify",
                   .about = "who is told of what becomes of it; default: failures and age, in the "
                            "daemon's log",
                   .max = notices_max},
                  notify);
    fields.member({"volsize", "size of volumes: \"200M\""}, volsize);
    request.describe_lasting(fields);
    request.archive.describe_lasting(fields);
}

bool is_job_name(std::string_view name) noexcept
{
    return !name.empty() && name.size() <= name_bytes_max && name.front() != '.' &&
           name.front() != '-' && std::ranges::all_of(name, is_name_byte);
}

}  // namespace duplid::jobs
