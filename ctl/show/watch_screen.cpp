#include "ctl/show/watch_screen.hpp"

#include "ctl/show/bar.hpp"
#include "ctl/show/run_log.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/show/status.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <variant>

namespace duplid::show {

namespace {

constexpr std::size_t indent = 3;

std::int64_t seconds_of(const proto::RunSummary& run, std::int64_t now)
{
    const auto began = run.started_at.value_or(run.queued_at);
    return std::max<std::int64_t>(run.ended_at.value_or(now) - began, 0);
}

std::string state_of(const WatchedRun& watched, std::int64_t now)
{
    const auto& run = watched.run;
    if (run.state == proto::RunState::queued) {
        return watched.waiting.empty() ? "queued" : "queued: " + watched.waiting;
    }
    return fmt::format("{}{} {}", word_for(run.state), run.held ? " (held)" : "",
                       ctl::duration_text(seconds_of(run, now)));
}

std::string heading_of(const WatchedRun& watched, std::int64_t now, std::size_t columns,
                       const Style& style)
{
    const auto& run = watched.run;
    auto name = fmt::format("{:>2} {}", run.run, title_of(run));
    auto state = state_of(watched, now);
    if (const auto warnings = std::max(run.warnings, watched.warnings_told); warnings > 0) {
        state += ", " + counted(warnings, "warning");
    }
    if (!run.target.empty()) {
        name += fmt::format(" {} {}", style.arrow(), printable(run.target));
    }
    // The state is told whole, and the target as far as there is room.
    const auto wanted = columns_of(state) + 2;
    name = cut(name, columns > wanted ? columns - wanted : columns, style);
    return style.paint(Paint::strong, name) + "  " + style.paint(paint_of(run.state), state);
}

void add_active(std::vector<std::string>& lines, const WatchedRun& watched, std::int64_t now,
                std::size_t columns, const Style& style)
{
    const auto& run = watched.run;
    const auto inside = columns > indent ? columns - indent : columns;
    const std::string margin(indent, ' ');
    lines.push_back(heading_of(watched, now, columns, style));
    if (run.state == proto::RunState::running && run.progress) {
        lines.push_back(margin + bar_line(run.phase, *run.progress, inside, style));
    } else if (run.state == proto::RunState::running && !run.phase.empty()) {
        std::string phase = printable(run.phase);
        std::ranges::replace(phase, '_', ' ');
        lines.push_back(margin + cut(phase, inside, style));
    }
    for (const auto& warning : watched.warnings) {
        lines.push_back(margin + style.paint(Paint::warning, cut(warning, inside, style)));
    }
}

}  // namespace

std::vector<std::uint64_t> WatchBoard::take(const proto::StatusReply& status)
{
    status_ = status;
    std::vector<std::uint64_t> fresh;
    for (const auto& run : status.runs) {
        if (add(run)) {
            fresh.push_back(run.run);
        }
    }
    return fresh;
}

bool WatchBoard::add(const proto::RunSummary& run)
{
    if (!job_.empty() && run.job != job_) {
        return false;
    }
    const bool was_seen = std::ranges::any_of(
        ended_, [&run](const WatchedRun& watched) { return watched.run.run == run.run; });
    if (was_seen) {
        return false;  // its end was told while the daemon answered
    }
    const auto [found, is_new] = active_.try_emplace(run.run);
    found->second.run = run;
    return is_new;
}

void WatchBoard::take(const proto::Event& event)
{
    const auto found = active_.find(event.run);
    if (found == active_.end()) {
        return;
    }
    auto& watched = found->second;
    if (const auto* state = std::get_if<proto::StateEvent>(&event.what)) {
        watched.run.state = state->state;
        watched.waiting =
            state->state == proto::RunState::queued ? printable(state->reason) : std::string{};
    } else if (const auto* phase = std::get_if<proto::PhaseEvent>(&event.what)) {
        watched.run.phase = phase->phase;
        watched.run.progress.reset();
    } else if (const auto* progress = std::get_if<proto::ProgressEvent>(&event.what)) {
        watched.run.progress = progress->figures;
    } else if (std::holds_alternative<proto::WarningEvent>(event.what)) {
        ++watched.warnings_told;
        watched.warnings.push_back(text_of(event)->text);
        if (watched.warnings.size() > warnings_max) {
            watched.warnings.pop_front();
        }
    } else if (const auto* done = std::get_if<proto::DoneEvent>(&event.what)) {
        watched.run.state = done->state;
        watched.run.ended_at = static_cast<std::int64_t>(event.time);
        watched.warnings.clear();
        if (done->error) {
            watched.warnings.push_back(text_of(event)->text);
        }
        retire(event.run);
    }
}

void WatchBoard::end(const proto::RunSummary& run)
{
    if (const auto found = active_.find(run.run); found != active_.end()) {
        found->second.run = run;
        retire(run.run);
    }
}

void WatchBoard::retire(std::uint64_t run)
{
    auto node = active_.extract(run);
    ended_.push_front(std::move(node.mapped()));
    if (ended_.size() > ended_max) {
        ended_.pop_back();
    }
}

std::vector<std::uint64_t> WatchBoard::vanished() const
{
    std::vector<std::uint64_t> gone;
    for (const auto& [run, watched] : active_) {
        if (std::ranges::find(status_.runs, run, &proto::RunSummary::run) == status_.runs.end()) {
            gone.push_back(run);
        }
    }
    return gone;
}

std::string WatchBoard::idle_in_words(std::int64_t now) const
{
    std::vector<proto::JobSummary> jobs;
    for (const auto& job : status_.jobs) {
        if (job_.empty() || job.job == job_) {
            jobs.push_back(job);
        }
    }
    const auto next = next_due_in_words(jobs, now);
    return "Nothing is running" + (next.empty() ? "" : "; " + next);
}

std::string WatchBoard::name_of(std::uint64_t run) const
{
    const auto found = active_.find(run);
    return found == active_.end() ? fmt::format("run {}", run)
                                  : fmt::format("run {} ({})", run, title_of(found->second.run));
}

std::vector<std::string> WatchBoard::lines(std::int64_t now, std::size_t columns, std::size_t rows,
                                           const Style& style) const
{
    const auto clock = ctl::short_time_text(now);
    const auto title =
        cut(fmt::format("duplid {} ({}): {} running, {} queued", printable(status_.version),
                        word_for(status_.instance), status_.running, status_.queued),
            columns, style);
    const auto used = columns_of(title) + columns_of(clock);
    std::vector<std::string> lines{used < columns ? style.paint(Paint::strong, title) +
                                                        std::string(columns - used, ' ') +
                                                        style.paint(Paint::faint, clock)
                                                  : style.paint(Paint::strong, title)};
    lines.emplace_back();
    if (active_.empty()) {
        lines.push_back(cut(idle_in_words(now), columns, style));
    }
    for (const auto& [number, watched] : active_) {
        add_active(lines, watched, now, columns, style);
    }
    if (!ended_.empty()) {
        lines.emplace_back();
        for (const auto& watched : ended_) {
            lines.push_back(heading_of(watched, now, columns, style));
            for (const auto& reason : watched.warnings) {
                lines.push_back(std::string(indent, ' ') +
                                cut(reason, columns > indent ? columns - indent : columns, style));
            }
        }
    }
    if (lines.size() > rows && rows > 0) {
        const auto more = lines.size() - rows + 1;
        lines.resize(rows - 1);
        lines.push_back(style.paint(Paint::faint, cut(counted(more, "more line"), columns, style)));
    }
    return lines;
}

}  // namespace duplid::show
