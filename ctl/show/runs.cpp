#include "ctl/show/runs.hpp"

#include "ctl/show/message.hpp"
#include "ctl/show/progress.hpp"
#include "ctl/show/removal.hpp"
#include "ctl/show/replica.hpp"
#include "ctl/show/report.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"
#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

namespace duplid::show {

namespace {

using Row = std::array<std::string, 5>;

std::string standing_in_short(const proto::RunSummary& run)
{
    if (run.paused) {
        return fmt::format(" ({})", pause_in_words(*run.paused));
    }
    return run.held ? " (held)" : "";
}

std::string rate_in_words(std::uint64_t bytes_per_second)
{
    return bytes_per_second == 0 ? "" : ctl::size_in_words(bytes_per_second) + " a second";
}

Row row_of(const proto::RunSummary& run)
{
    const auto began = run.started_at.value_or(run.queued_at);
    return {fmt::to_string(run.run), std::string{word_for(run.kind)},
            fmt::format("{}{}", word_for(run.state), standing_in_short(run)),
            ctl::local_time_text(began), printable(run.target)};
}

std::string line(std::string_view name, const std::string& value)
{
    return value.empty() ? "" : fmt::format("{:<10} {}\n", name, value);
}

}  // namespace

Paint paint_of(proto::RunState state) noexcept
{
    switch (state) {
    case proto::RunState::done:
        return Paint::good;
    case proto::RunState::warnings:
        return Paint::warning;
    case proto::RunState::failed:
        return Paint::bad;
    case proto::RunState::running:
        return Paint::busy;
    default:
        return Paint::faint;
    }
}

std::string run_table(std::span<const proto::RunSummary> runs)
{
    if (runs.empty()) {
        return "No runs.\n";
    }
    std::vector<Row> rows{{"RUN", "KIND", "STATE", "BEGAN", "TARGET"}};
    for (const auto& run : runs) {
        rows.push_back(row_of(run));
    }
    std::array<std::size_t, std::tuple_size_v<Row>> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths.at(i) = std::max(widths.at(i), row.at(i).size());
        }
    }
    std::string text;
    for (const auto& row : rows) {
        std::string cells;
        for (std::size_t i = 0; i < row.size(); ++i) {
            cells += fmt::format("{:<{}}  ", row.at(i), widths.at(i));
        }
        text += cells.substr(0, cells.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

std::string run_details(const proto::RunShowReply& reply)
{
    const auto& run = reply.run;
    std::string text = line("Run", fmt::to_string(run.run));
    text += line("Kind", std::string{word_for(run.kind)});
    text += line("State",
                 fmt::format("{}{}", word_for(run.state),
                             run.held ? " (held until its client, or the machine, goes on)" : ""));
    text += line("Pause", run.paused ? pause_in_words(*run.paused) : "");
    text += line("Lifetime", std::string{word_for(run.lifetime)});
    text += line("Job", printable(run.job));
    text += line("Target", printable(run.target));
    text += line("Queued", ctl::local_time_text(run.queued_at));
    text += line("Started", run.started_at ? ctl::local_time_text(*run.started_at) : "");
    text += line("Ended", run.ended_at ? ctl::local_time_text(*run.ended_at) : "");
    if (!proto::has_ended(run.state)) {
        text += line("Phase", phase_in_words(run.phase));
        text += line("Progress", run.progress ? progress_in_words("", *run.progress) : "");
        text += line("Upload", rate_in_words(run.limit_up));
        text += line("Download", rate_in_words(run.limit_down));
    }
    text += line("Warnings", fmt::to_string(run.warnings));
    if (run.error) {
        text += message("error", *run.error);
    }
    if (reply.backup) {
        text += "\n" + backup_report(*reply.backup);
    }
    if (reply.restore) {
        text += "\n" + restore_report(*reply.restore);
    }
    if (reply.removal) {
        text += "\n" + removal_report(*reply.removal);
    }
    if (reply.sync) {
        text += "\n" + sync_report(*reply.sync);
    }
    if (reply.replicate) {
        text += "\n" + replicate_report(*reply.replicate);
    }
    if (reply.repair) {
        text += "\n" + repair_report(*reply.repair);
    }
    return text;
}

std::string pause_in_words(const proto::RunPause& pause)
{
    return fmt::format("paused by {}{}", printable(pause.by),
                       pause.until ? " until " + ctl::local_time_text(*pause.until) : "");
}

}  // namespace duplid::show
