#include "ctl/show/report.hpp"

#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"
#include "ctl/text/time_text.hpp"

#include <cmath>
#include <fmt/format.h>

namespace duplid::show {

namespace {

std::string moment(std::string_view name, double seconds)
{
    return fmt::format("{} {:.2f} ({})\n", name, seconds,
                       ctl::local_time_text(static_cast<std::int64_t>(std::floor(seconds))));
}

std::string count(std::string_view name, std::uint64_t value)
{
    return fmt::format("{} {}\n", name, value);
}

std::string size(std::string_view name, std::uint64_t bytes)
{
    return fmt::format("{} {} ({})\n", name, bytes, ctl::size_in_words(bytes));
}

std::string targets_in_words(const proto::BackupReport& report)
{
    std::string text;
    for (const auto& target : report.targets) {
        text += fmt::format("Target {}{}: {}", printable(target.name),
                            target.required ? " (required)" : "",
                            target.state == proto::TargetState::good ? "good" : "behind");
        if (target.copied_files > 0) {
            text += fmt::format(", {} copied to it ({})", counted(target.copied_files, "file"),
                                ctl::size_in_words(target.copied_bytes));
        }
        text += target.reason.empty() ? "\n" : fmt::format(": {}\n", printable(target.reason));
    }
    return text;
}

}  // namespace

std::string statistics_block(const proto::BackupStatistics& statistics)
{
    const double elapsed = statistics.end_time - statistics.start_time;
    std::string text = "--------------[ Backup Statistics ]--------------\n";
    text += moment("StartTime", statistics.start_time);
    text += moment("EndTime", statistics.end_time);
    text += fmt::format("ElapsedTime {:.2f} ({})\n", elapsed, ctl::elapsed_in_words(elapsed));
    text += count("SourceFiles", statistics.source_files);
    text += size("SourceFileSize", statistics.source_file_size);
    text += count("NewFiles", statistics.new_files);
    text += size("NewFileSize", statistics.new_file_size);
    text += count("DeletedFiles", statistics.deleted_files);
    text += count("ChangedFiles", statistics.changed_files);
    text += size("ChangedFileSize", statistics.changed_file_size);
    text += size("ChangedDeltaSize", statistics.changed_delta_size);
    text += count("DeltaEntries", statistics.delta_entries);
    text += size("RawDeltaSize", statistics.raw_delta_size);
    text += size("TotalDestinationSizeChange", statistics.total_destination_size_change);
    text += count("Errors", statistics.errors);
    text += "-------------------------------------------------\n\n";
    return text;
}

std::string set_in_words(const proto::SetName& set)
{
    const std::string_view type = set.type == proto::SetType::full          ? "full "
                                  : set.type == proto::SetType::incremental ? "incremental "
                                                                            : "";
    return fmt::format("the {}set of {}", type, ctl::local_time_text(set.time));
}

std::string backup_report(const proto::BackupReport& report)
{
    return statistics_block(report.statistics) + backup_result(report);
}

std::string backup_result(const proto::BackupReport& report)
{
    switch (report.outcome) {
    case proto::BackupOutcome::would_store: {
        const bool is_full = report.set.type == proto::SetType::full;
        return fmt::format("Dry run: {} set would be made; nothing was written.\n",
                           is_full ? "a full" : "an incremental");
    }
    case proto::BackupOutcome::unchanged:
        return fmt::format("Nothing has changed since {}; no set was made.\n",
                           set_in_words(report.set)) +
               targets_in_words(report);
    case proto::BackupOutcome::stored:
    case proto::BackupOutcome::other:
        break;
    }
    const auto resumed = report.resumed_at_volume
                             ? fmt::format("Resumed at volume {}.\n", *report.resumed_at_volume)
                             : std::string{};
    return resumed +
           fmt::format("Wrote {}: {}.\n", set_in_words(report.set),
                       counted(report.volumes, "volume")) +
           targets_in_words(report);
}

std::string restore_report(const proto::RestoreReport& report)
{
    auto text = fmt::format("Restored {} ({}) from {}.\n", counted(report.files, "file"),
                            ctl::size_in_words(report.bytes), set_in_words(report.set));
    if (report.replaced + report.unchanged + report.left > 0) {
        text += fmt::format("{} made, {} replaced, {} unchanged, {} left as they were.\n",
                            report.made, report.replaced, report.unchanged, report.left);
    }
    if (report.damaged > 0) {
        text += fmt::format("{} could not be restored whole, because the archive is damaged.\n",
                            counted(report.damaged, "object"));
    }
    return text;
}

std::string sync_report(const proto::SyncReport& report)
{
    return fmt::format("The cache has {}: fetched {} ({}), removed {}.\n",
                       counted(report.sets, "set"), counted(report.fetched_files, "file"),
                       ctl::size_in_words(report.fetched_bytes),
                       counted(report.removed_files, "file"));
}

}  // namespace duplid::show
