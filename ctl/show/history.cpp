#include "ctl/show/history.hpp"

#include "ctl/show/chart.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/show/table.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"
#include "ctl/text/time_text.hpp"

#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

namespace duplid::show {

namespace {

std::optional<std::int64_t> seconds_of(const proto::JobHistoryEntry& run)
{
    return run.started_at && run.ended_at ? std::optional{*run.ended_at - *run.started_at}
                                          : std::nullopt;
}

std::string kind_of(const proto::JobHistoryEntry& run)
{
    return run.backup && run.backup->outcome == proto::BackupOutcome::stored
               ? fmt::format("{} {}", word_for(run.backup->set_type), word_for(run.kind))
               : std::string{word_for(run.kind)};
}

/// What a table has no column for.
std::string remark_of(const proto::JobHistoryEntry& run)
{
    if (run.error) {
        return run.error->cause;
    }
    if (run.backup && run.backup->outcome == proto::BackupOutcome::unchanged) {
        return "nothing had changed";
    }
    return "";
}

TableRow row_of(const proto::JobHistoryEntry& run)
{
    const auto seconds = seconds_of(run);
    const auto number = [](std::string text) { return Cell{std::move(text), Paint::plain, true}; };
    TableRow row{{ctl::minute_text(run.started_at.value_or(run.queued_at)), Paint::plain, false},
                 number(fmt::to_string(run.run)),
                 {kind_of(run), Paint::plain, false},
                 {std::string{word_for(run.state)}, paint_of(run.state), false},
                 number(seconds ? ctl::duration_text(*seconds) : "")};
    if (const auto& backup = run.backup) {
        row.push_back(number(fmt::to_string(backup->source_files)));
        row.push_back(number(fmt::to_string(backup->changed_files)));
        row.push_back(number(ctl::size_in_words(backup->stored_bytes)));
    } else {
        row.resize(row.size() + 3);
    }
    row.push_back({run.warnings > 0 ? fmt::to_string(run.warnings) : "", Paint::warning, true});
    row.push_back({printable(remark_of(run)), Paint::faint, false});
    return row;
}

std::string charts(std::span<const proto::JobHistoryEntry> runs, std::size_t columns,
                   const Style& style)
{
    std::vector<std::optional<double>> sizes;
    std::vector<std::optional<double>> durations;
    for (const auto& run : runs) {
        if (run.kind != proto::RunKind::backup || !proto::has_ended(run.state)) {
            continue;
        }
        const auto seconds = run.backup ? seconds_of(run) : std::nullopt;
        sizes.push_back(run.backup ? std::optional{static_cast<double>(run.backup->stored_bytes)}
                                   : std::nullopt);
        durations.push_back(seconds ? std::optional{static_cast<double>(*seconds)} : std::nullopt);
    }
    if (sizes.size() < 2) {
        return "";  // one column compares with nothing
    }
    ChartLook look;
    look.title = "Stored by each backup";
    look.in_words = [](double bytes) {
        return ctl::size_in_words(static_cast<std::uint64_t>(bytes));
    };
    look.columns = columns;
    look.style = style;
    auto text = "\n" + chart(sizes, look);
    look.title = "Duration of each backup";
    look.in_words = [](double seconds) { return ctl::duration_text(std::lround(seconds)); };
    return text + "\n" + chart(durations, look);
}

}  // namespace

std::string job_history(std::span<const proto::JobHistoryEntry> runs, std::size_t columns,
                        const Style& style)
{
    if (runs.empty()) {
        return "No runs.\n";
    }
    const auto head = [](const char* text, bool right) { return Cell{text, Paint::faint, right}; };
    std::vector<TableRow> rows{{head("BEGAN", false), head("RUN", true), head("WHAT", false),
                                head("RESULT", false), head("DURATION", true), head("FILES", true),
                                head("CHANGED", true), head("STORED", true),
                                head("WARNINGS", true)}};
    for (const auto& run : runs) {
        rows.push_back(row_of(run));
    }
    std::string text;
    for (const auto& line : table(rows, style)) {
        text += line + "\n";
    }
    return text + charts(runs, columns, style);
}

}  // namespace duplid::show
