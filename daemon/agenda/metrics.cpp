#include "daemon/agenda/metrics.hpp"

#include "proto/text.hpp"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <string_view>

namespace duplid::daemon {

namespace {

template <class Enum>
std::string_view word_for(Enum value)
{
    for (const auto& choice : choices_of(value)) {
        if (choice.value == static_cast<int>(value)) {
            return choice.name;
        }
    }
    return "other";
}

/// A value of a label: UTF-8 with backslash, quote and line feed escaped.
std::string escaped(std::string_view value)
{
    std::string text;
    for (const char c : proto::to_utf8(value)) {
        if (c == '\\' || c == '"') {
            text += '\\';
        }
        text += c == '\n' ? std::string{"\\n"} : std::string(1, c);
    }
    return text;
}

struct Label {
    std::string_view name;
    std::string_view value;
};

class Page {
public:
    /// All samples of one family follow each other.
    void family(std::string_view name, std::string_view help)
    {
        name_ = fmt::format("duplid_{}", name);
        text_ += fmt::format("# TYPE {} gauge\n# HELP {} {}\n", name_, name_, help);
    }

    void sample(std::initializer_list<Label> labels, double value)
    {
        text_ += name_;
        char before = '{';
        for (const auto& label : labels) {
            text_ += fmt::format("{}{}=\"{}\"", before, label.name, escaped(label.value));
            before = ',';
        }
        text_ += fmt::format("{} {}\n", labels.size() == 0 ? "" : "}", value);
    }

    [[nodiscard]] std::string take() { return std::move(text_) + "# EOF\n"; }

private:
    std::string name_;
    std::string text_;
};

using Value = std::optional<double>;

template <class Number>
Value value_of(const std::optional<Number>& number)
{
    return number ? Value{static_cast<double>(*number)} : std::nullopt;
}

/// One figure of each task that has it.
struct TaskRow {
    std::string_view name;
    std::string_view help;
    Value (*value)(const TaskMetrics&);
};

constexpr std::array task_rows{
    TaskRow{"task_last_success_timestamp_seconds", "When the last good run began.",
            [](const TaskMetrics& task) { return value_of(task.status.last_success); }},
    TaskRow{"task_last_attempt_timestamp_seconds", "When the last run began, good or not.",
            [](const TaskMetrics& task) { return value_of(task.status.last_attempt); }},
    TaskRow{"task_next_timestamp_seconds", "When it is due next, or since when it is.",
            [](const TaskMetrics& task) { return value_of(task.status.next); }},
    TaskRow{"task_failures", "Attempts in a row that failed.",
            [](const TaskMetrics& task) { return Value{static_cast<double>(task.failures)}; }},
    TaskRow{"task_last_duration_seconds", "How long the last run took.",
            [](const TaskMetrics& task) {
                return task.figures ? Value{static_cast<double>(task.figures->seconds)}
                                    : std::nullopt;
            }},
    TaskRow{"task_last_warnings", "Warnings of the last run.",
            [](const TaskMetrics& task) {
                return task.figures ? Value{static_cast<double>(task.figures->warnings)}
                                    : std::nullopt;
            }},
};

template <auto Member>
Value of_backup(const TaskMetrics& task)
{
    return task.figures && task.figures->backup
               ? Value{static_cast<double>((*task.figures->backup).*Member)}
               : std::nullopt;
}

template <auto Member>
Value of_verify(const TaskMetrics& task)
{
    return task.figures && task.figures->verify
               ? Value{static_cast<double>((*task.figures->verify).*Member)}
               : std::nullopt;
}

template <auto Member>
Value of_check(const TaskMetrics& task)
{
    return task.figures && task.figures->check
               ? Value{static_cast<double>((*task.figures->check).*Member)}
               : std::nullopt;
}

Value share_read_back(const TaskMetrics& task)
{
    if (!task.figures || !task.figures->check || task.figures->check->total_bytes == 0) {
        return std::nullopt;
    }
    return static_cast<double>(task.figures->check->recent_bytes) /
           static_cast<double>(task.figures->check->total_bytes);
}

Value chain_of(const TaskMetrics& task)
{
    return task.figures && task.figures->backup ? value_of(task.figures->backup->chain_sets)
                                                : std::nullopt;
}

/// One figure of each job, whose task has it.
constexpr std::array job_rows{
    TaskRow{"backup_files", "Files of the source as of the last good backup.",
            &of_backup<&BackupFigures::files>},
    TaskRow{"backup_bytes", "Their size.", &of_backup<&BackupFigures::bytes>},
    TaskRow{"backup_new_files", "Files that were new in the last good backup.",
            &of_backup<&BackupFigures::new_files>},
    TaskRow{"backup_changed_files", "Files that had changed.",
            &of_backup<&BackupFigures::changed_files>},
    TaskRow{"backup_deleted_files", "Files that were gone.",
            &of_backup<&BackupFigures::deleted_files>},
    TaskRow{"backup_stored_bytes", "What the last good backup put on the target.",
            &of_backup<&BackupFigures::stored_bytes>},
    TaskRow{"backup_chain_sets", "Backup sets that the newest state is made of.", &chain_of},
    TaskRow{"verify_files", "Files that the last verify proved.",
            &of_verify<&VerifyFigures::files>},
    TaskRow{"verify_bytes", "Their size.", &of_verify<&VerifyFigures::bytes>},
    TaskRow{"verify_damaged", "Files that the last verify found damaged.",
            &of_verify<&VerifyFigures::damaged>},
    TaskRow{"check_total_bytes", "Size of the archive as of the last check.",
            &of_check<&CheckFigures::total_bytes>},
    TaskRow{"check_read_back_bytes", "What checks have read back without fault in the last days.",
            &of_check<&CheckFigures::recent_bytes>},
    TaskRow{"check_read_back_days", "How many days these are.",
            &of_check<&CheckFigures::recent_days>},
    TaskRow{"check_read_back_ratio", "What share of the archive that is.", &share_read_back},
    TaskRow{"check_damaged", "Faults that the last check found.",
            &of_check<&CheckFigures::damaged>},
};

void add_instance(Page& page, const InstanceMetrics& metrics)
{
    page.family("build_info", "Version and kind of the daemon.");
    page.sample({{"version", DUPLID_VERSION}, {"instance", word_for(metrics.instance)}}, 1);
    page.family("start_timestamp_seconds", "When the daemon started.");
    page.sample({}, static_cast<double>(metrics.started));
    page.family("runs", "Runs under way, of jobs and of commands.");
    page.sample({{"state", "running"}}, static_cast<double>(metrics.running));
    page.sample({{"state", "queued"}}, static_cast<double>(metrics.queued));
}

void add_states(Page& page, const std::vector<JobMetrics>& jobs)
{
    page.family("job_state", "1 for the state that the job's backup is in.");
    for (const auto& [job, tasks] : jobs) {
        for (const auto& choice : choices_of(job.state)) {
            if (choice.name != "other") {
                page.sample({{"job", job.job}, {"state", choice.name}},
                            choice.value == static_cast<int>(job.state) ? 1 : 0);
            }
        }
    }
    page.family("job_stale", "1 when the last good backup is older than it may be.");
    for (const auto& [job, tasks] : jobs) {
        page.sample({{"job", job.job}}, job.stale_since ? 1 : 0);
    }
    page.family("job_problems", "Mistakes in the files of the job as they are now.");
    for (const auto& [job, tasks] : jobs) {
        page.sample({{"job", job.job}}, static_cast<double>(job.problems));
    }
}

/// Of jobs that have several.
void add_targets(Page& page, const std::vector<JobMetrics>& jobs)
{
    const auto family = [&](std::string_view name, std::string_view help, const auto& value_for) {
        page.family(name, help);
        for (const auto& [job, tasks] : jobs) {
            for (const auto& target : job.targets) {
                if (const Value value = value_for(target)) {
                    page.sample({{"job", job.job}, {"target", target.name}}, *value);
                }
            }
        }
    };
    using Target = proto::TargetStatus;
    family("target_good", "1 for a target that has all backups of its job.",
           [](const Target& target) -> Value {
               return target.state == proto::TargetState::good ? 1 : 0;
           });
    family("target_sets_behind", "Backup sets that the target is known to lack.",
           [](const Target& target) { return value_of(target.sets_behind); });
    family("target_last_success_timestamp_seconds", "The last good backup that the target has.",
           [](const Target& target) { return value_of(target.last_good); });
}

void add_results(Page& page, const std::vector<JobMetrics>& jobs)
{
    constexpr std::array ends{proto::RunState::done, proto::RunState::warnings,
                              proto::RunState::failed, proto::RunState::cancelled};
    page.family("task_last_result", "1 for how the last run ended.");
    for (const auto& [job, tasks] : jobs) {
        for (const auto& task : tasks) {
            for (const auto end : ends) {
                if (task.status.last_result) {
                    page.sample({{"job", job.job},
                                 {"task", word_for(task.status.task)},
                                 {"result", word_for(end)}},
                                *task.status.last_result == end ? 1 : 0);
                }
            }
        }
    }
}

}  // namespace

std::string metrics_text(const InstanceMetrics& metrics)
{
    Page page;
    add_instance(page, metrics);
    add_states(page, metrics.jobs);
    add_targets(page, metrics.jobs);
    add_results(page, metrics.jobs);
    for (const auto& row : task_rows) {
        page.family(row.name, row.help);
        for (const auto& [job, tasks] : metrics.jobs) {
            for (const auto& task : tasks) {
                if (const auto value = row.value(task)) {
                    page.sample({{"job", job.job}, {"task", word_for(task.status.task)}}, *value);
                }
            }
        }
    }
    for (const auto& row : job_rows) {
        page.family(row.name, row.help);
        for (const auto& [job, tasks] : metrics.jobs) {
            for (const auto& task : tasks) {
                if (const auto value = row.value(task)) {
                    page.sample({{"job", job.job}}, *value);
                }
            }
        }
    }
    return page.take();
}

}  // namespace duplid::daemon
