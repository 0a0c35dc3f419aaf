// One job as its files have it. describe() is the one table of keys: it reads them, finds those
// that do not exist, and makes the JSON Schema (schema.hpp).
//
// Amounts stay text here, as people write them; requests.hpp and plans.hpp make numbers of them.
#pragma once

#include "daemon/jobs/command_source.hpp"
#include "daemon/jobs/hook_settings.hpp"
#include "daemon/jobs/rule.hpp"
#include "daemon/jobs/secrets.hpp"
#include "proto/backup.hpp"
#include "proto/choice.hpp"
#include "proto/field.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::jobs {

/// When something is due. Nothing said: only when somebody asks for it.
struct Schedule {
    std::vector<std::string> calendar;  ///< systemd's OnCalendar=, any of them
    std::string every;                  ///< since the last success
    std::string random_delay;
    bool catch_up = true;

    [[nodiscard]] bool is_set() const noexcept { return !calendar.empty() || !every.empty(); }
    void describe(proto::Fields& fields);
};

/// What must be so before a run is started by itself.
struct Conditions {
    std::string path;  ///< that must be there: a disk's mount point, or a file on it
    bool target = false;
    std::string filesystem;  ///< UUID of the one that a local target is on
    bool network = false;
    bool mains = false;
    std::uint32_t battery = 0;  ///< per cent; 0: any
    std::vector<std::string> hours;

    void describe(proto::Fields& fields);
};

/// What is removed after a successful backup. Nothing said: nothing.
struct Retention {
    std::string older_than;
    std::uint32_t keep_full = 0;
    std::uint32_t keep_increments_of_full = 0;
    std::uint32_t keep_last = 0;
    std::uint32_t keep_hourly = 0;
    std::uint32_t keep_daily = 0;
    std::uint32_t keep_weekly = 0;
    std::uint32_t keep_monthly = 0;
    std::uint32_t keep_yearly = 0;
    std::string keep_within;
    bool cleanup = false;

    [[nodiscard]] bool has_policy() const noexcept
    {
        return keep_last + keep_hourly + keep_daily + keep_weekly + keep_monthly + keep_yearly >
                   0 ||
               !keep_within.empty();
    }
    void describe(proto::Fields& fields);
};

/// Without a schedule of its own it follows each successful backup.
struct Verify {
    Schedule schedule;
    bool with_source = false;
    bool compare_data = false;

    void describe(proto::Fields& fields);
};

/// As Verify.
struct Check {
    Schedule schedule;
    std::string sample = "none";

    void describe(proto::Fields& fields);
};

/// How one of several targets is reached, beside its options.
struct TargetSecrets {
    SecretSource target_password;
    std::vector<VariableSource> variables;

    void describe(proto::Fields& fields);
};

/// One of several targets.
struct Target {
    std::string name;
    std::string url;
    bool required = false;         ///< a backup that does not reach it has failed
    std::string filesystem;        ///< UUID of the one that it is on
    proto::BackendParams backend;  ///< what it does not say, the job does
    TargetSecrets secrets;

    void describe(proto::Fields& fields);
};

/// How a job's runs stand with the disks' schedulers.
enum class IoClass { as_daemon, best_effort, idle };
[[nodiscard]] std::span<const proto::Choice> choices_of(IoClass) noexcept;

struct Job {
    std::string name;  ///< of its file
    std::vector<std::string> include;
    /// Target, source and all options that are the same in a request; secrets are not in it.
    /// Of several targets, the first one's URL.
    proto::BackupParams request;
    std::vector<Target> targets;  ///< empty: one, which the request names
    std::vector<Rule> select;
    std::vector<CommandSource> commands;
    std::string volsize;
    std::string full_if_older_than;
    Schedule schedule;
    Conditions conditions;
    Retention retention;
    std::optional<Verify> verify;
    std::optional<Check> check;
    SecretSources secrets;
    std::string stale_after;
    std::uint32_t priority = 0;
    std::uint32_t nice = 0;
    IoClass io_class = IoClass::as_daemon;
    std::optional<std::uint32_t> io_level;
    Hooks hooks;
    std::vector<Notice> notify;

    void describe(proto::Fields& fields);
};

/// Letters, digits, '.', '_' and '-', not a '.' first, at most 64: what file names, units and
/// command lines take without thought.
[[nodiscard]] bool is_job_name(std::string_view name) noexcept;

}  // namespace duplid::jobs
