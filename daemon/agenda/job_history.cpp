#include "daemon/agenda/job_history.hpp"

#include <limits>
#include <utility>

namespace duplid::daemon {

namespace {

proto::BackupFigures figures_of(const proto::BackupReport& report)
{
    const auto& statistics = report.statistics;
    proto::BackupFigures figures;
    figures.outcome = report.outcome;
    figures.set_type = report.set.type;
    figures.source_files = statistics.source_files;
    figures.source_bytes = statistics.source_file_size;
    figures.changed_files =
        statistics.new_files + statistics.changed_files + statistics.deleted_files;
    // A dry run, and a backup that found nothing to store, count what would have been.
    if (report.outcome == proto::BackupOutcome::stored) {
        figures.stored_bytes = statistics.total_destination_size_change;
    }
    return figures;
}

proto::JobHistoryEntry entry_of(proto::RunShowReply run)
{
    auto& summary = run.run;
    proto::JobHistoryEntry entry;
    entry.run = summary.run;
    entry.kind = summary.kind;
    entry.state = summary.state;
    entry.queued_at = summary.queued_at;
    entry.started_at = summary.started_at;
    entry.ended_at = summary.ended_at;
    entry.warnings = summary.warnings;
    entry.error = std::move(summary.error);
    if (run.backup) {
        entry.backup = figures_of(*run.backup);
    }
    return entry;
}

}  // namespace

proto::JobHistoryReply job_history(const Runs& runs, const proto::JobHistoryParams& params)
{
    proto::JobHistoryReply reply;
    const auto before = params.before.value_or(std::numeric_limits<std::uint64_t>::max());
    for (auto& run : runs.of_job(params.job, before, params.limit + 1)) {
        if (params.since && run.run.queued_at < *params.since) {
            return reply;  // those before are older still
        }
        if (reply.runs.size() == params.limit) {
            reply.more = true;
            return reply;
        }
        reply.runs.push_back(entry_of(std::move(run)));
    }
    return reply;
}

}  // namespace duplid::daemon
