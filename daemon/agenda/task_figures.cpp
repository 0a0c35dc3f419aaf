#include "daemon/agenda/task_figures.hpp"

#include <algorithm>

namespace duplid::daemon {

namespace {

/// How many sets the chain has now. Sets that others put in between are seen by their times.
std::optional<std::uint64_t> chain_sets(const std::optional<BackupFigures>& before,
                                        const proto::BackupReport& report)
{
    if (report.set.type == proto::SetType::full) {
        return 1;
    }
    if (!before || !before->chain_sets) {
        return std::nullopt;
    }
    if (report.set.time == before->set_time) {
        return before->chain_sets;  // nothing had changed, and no set was made
    }
    return report.set.start == before->set_time ? std::optional{*before->chain_sets + 1}
                                                : std::nullopt;
}

BackupFigures figures_of(const std::optional<BackupFigures>& before,
                         const proto::BackupReport& report)
{
    const auto& statistics = report.statistics;
    return {.files = statistics.source_files,
            .bytes = statistics.source_file_size,
            .new_files = statistics.new_files,
            .changed_files = statistics.changed_files,
            .deleted_files = statistics.deleted_files,
            .stored_bytes = statistics.total_destination_size_change,
            .set_time = report.set.time,
            .chain_sets = chain_sets(before, report)};
}

}  // namespace

void BackupFigures::describe(proto::Fields& fields)
{
    fields.member({"files", ""}, files);
    fields.member({"bytes", ""}, bytes);
    fields.member({"new_files", ""}, new_files);
    fields.member({"changed_files", ""}, changed_files);
    fields.member({"deleted_files", ""}, deleted_files);
    fields.member({"stored_bytes", ""}, stored_bytes);
    fields.member({"set_time", "epoch seconds"}, set_time);
    fields.member({"chain_sets", ""}, chain_sets);
}

void VerifyFigures::describe(proto::Fields& fields)
{
    fields.member({"files", ""}, files);
    fields.member({"bytes", ""}, bytes);
    fields.member({"damaged", ""}, damaged);
}

void CheckFigures::describe(proto::Fields& fields)
{
    fields.member({"total_bytes", ""}, total_bytes);
    fields.member({"recent_bytes", ""}, recent_bytes);
    fields.member({"recent_days", ""}, recent_days);
    fields.member({"damaged", ""}, damaged);
}

void TaskFigures::describe(proto::Fields& fields)
{
    fields.member({"seconds", ""}, seconds);
    fields.member({"warnings", ""}, warnings);
    fields.member({"backup", ""}, backup);
    fields.member({"verify", ""}, verify);
    fields.member({"check", ""}, check);
}

TaskFigures after_run(std::optional<TaskFigures> before, const proto::RunShowReply& run)
{
    auto figures = std::move(before).value_or(TaskFigures{});
    const auto& summary = run.run;
    const auto began = summary.started_at.value_or(summary.queued_at);
    const auto ended = summary.ended_at.value_or(began);
    figures.seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(ended - began, 0));
    figures.warnings = summary.warnings;
    if (run.backup) {
        figures.backup = figures_of(figures.backup, *run.backup);
    }
    if (run.verify) {
        figures.verify = {run.verify->files, run.verify->bytes, run.verify->damaged};
    }
    if (run.check) {
        figures.check = {run.check->total_bytes, run.check->recent_bytes, run.check->recent_days,
                         run.check->damaged};
    }
    return figures;
}

}  // namespace duplid::daemon
