#include "ctl/show/status.hpp"

#include "ctl/show/bar.hpp"
#include "ctl/show/jobs.hpp"
#include "ctl/show/message.hpp"
#include "ctl/show/progress.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/show/table.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::show {

namespace {

/// What a state means at a glance: the colour of the dot before a job.
Paint paint_of(const proto::JobSummary& job)
{
    const auto last = job.last_result.value_or(proto::RunState::done);
    if (job.state == proto::JobState::broken || last == proto::RunState::failed) {
        return Paint::bad;
    }
    if (job.state == proto::JobState::running || job.state == proto::JobState::queued) {
        return Paint::busy;
    }
    if (job.stale_since || last == proto::RunState::warnings || job.problems > 0 ||
        !job.troubled_tasks.empty()) {
        return Paint::warning;
    }
    if (job.state == proto::JobState::paused || !job.last_success) {
        return Paint::faint;
    }
    return Paint::good;
}

/// Plain: there is nothing to look at.
Paint paint_of(const proto::TargetStatus& target)
{
    const bool is_behind = target.state == proto::TargetState::behind;
    if (is_behind && target.required) {
        return Paint::bad;
    }
    return is_behind || target.stale_since ? Paint::warning : Paint::plain;
}

std::string moment_and_age(const std::optional<std::int64_t>& moment, std::int64_t now)
{
    if (!moment) {
        return "never";
    }
    return fmt::format("{} ({})", ctl::minute_text(*moment), ago_in_words(*moment, now));
}

std::string moment_and_wait(const std::optional<std::int64_t>& moment, std::int64_t now)
{
    if (!moment) {
        return "-";
    }
    return *moment <= now
               ? "now"
               : fmt::format("{} (in {})", ctl::minute_text(*moment), age_in_words(*moment - now));
}

std::string state_of(const proto::JobSummary& job)
{
    const bool at_work =
        job.state == proto::JobState::running || job.state == proto::JobState::queued;
    return at_work && job.run ? fmt::format("{} (run {})", word_for(job.state), *job.run)
                              : std::string{word_for(job.state)};
}

std::string heading(const proto::StatusReply& status, const StatusLook& look)
{
    const auto& style = look.style;
    const auto since = fmt::format("{} ({})", ctl::minute_text(status.started),
                                   ago_in_words(status.started, look.now));
    auto text = fmt::format("{} {} {} ({}), process {}, since {}{}\n",
                            style.mark(status.stopping ? Paint::warning : Paint::good),
                            style.paint(Paint::strong, "duplid"), printable(status.version),
                            word_for(status.instance), status.pid, since,
                            status.stopping ? ", stopping" : "");
    text += fmt::format("  {}, {} running, {} queued, {}\n", counted(status.jobs.size(), "job"),
                        status.running, status.queued, counted(status.connections, "connection"));
    return text;
}

std::string jobs_section(const proto::StatusReply& status, const StatusLook& look)
{
    const auto head = [](std::string text) { return Cell{std::move(text), Paint::faint, false}; };
    std::vector<TableRow> rows{
        {head("JOB"), head("STATE"), head("LAST GOOD BACKUP"), head("NEXT RUN")}};
    for (const auto& job : status.jobs) {
        const auto paint = paint_of(job);
        const bool late = job.stale_since || !job.last_success;
        rows.push_back({{printable(job.job), Paint::strong, false},
                        {state_of(job), paint == Paint::good ? Paint::plain : paint, false},
                        {moment_and_age(job.last_success, look.now),
                         late ? Paint::warning : Paint::plain, false},
                        {moment_and_wait(job.next, look.now), Paint::plain, false}});
    }
    const auto lines = table(rows, look.style);
    auto text = "\n  " + lines.front() + "\n";
    for (std::size_t i = 0; i < status.jobs.size(); ++i) {
        const auto& job = status.jobs[i];
        text += look.style.mark(paint_of(job)) + " " + lines[i + 1] + "\n";
        if (look.details && !job.target.empty()) {
            text += fmt::format("    {} {} {}\n", printable(job.source), look.style.arrow(),
                                printable(job.target));
        }
        for (const auto& target : job.targets) {
            const auto paint = paint_of(target);
            if (paint != Paint::plain || look.details) {
                text += "    " + look.style.paint(paint, target_in_words(target, look.now)) + "\n";
            }
        }
    }
    return text;
}

std::string runs_section(const proto::StatusReply& status, const StatusLook& look)
{
    std::string text = "\n" + look.style.paint(Paint::strong, "Runs") + "\n";
    for (const auto& run : status.runs) {
        text += fmt::format("  {} {}: {}{}{}{}\n", run.run, title_of(run), word_for(run.state),
                            run.held ? " (held)" : "",
                            run.paused ? ", " + pause_in_words(*run.paused) : "",
                            run.warnings > 0 ? ", " + counted(run.warnings, "warning") : "");
        if (run.state == proto::RunState::running && run.progress) {
            constexpr std::size_t indent = 4;
            text += std::string(indent, ' ') +
                    bar_line(run.phase, *run.progress,
                             look.columns - std::min(look.columns, indent), look.style) +
                    "\n";
        }
    }
    return text;
}

std::string warnings_section(const proto::StatusReply& status, const StatusLook& look)
{
    std::string text;
    for (const auto& job : status.jobs) {
        for (const auto& remark : remarks_on(job, look.now)) {
            text += fmt::format("  {} {}: {}\n", look.style.mark(remark.paint), printable(job.job),
                                printable(remark.what));
            if (!remark.advice.empty()) {
                text += fmt::format("      {}\n", printable(remark.advice));
            }
        }
    }
    return text.empty() ? text : "\n" + look.style.paint(Paint::strong, "To look at") + "\n" + text;
}

std::string run_again(const proto::JobSummary& job)
{
    return fmt::format("\"duplictl job run {}\" tries again", job.job);
}

std::string see_log(const std::optional<std::uint64_t>& run)
{
    return run ? fmt::format("\"duplictl log {}\" shows what it said", *run) : "";
}

/// About the run that ended last; one at work is none of it.
void add_last_run(std::vector<Remark>& remarks, const proto::JobSummary& job, std::int64_t now)
{
    const bool at_work =
        job.state == proto::JobState::running || job.state == proto::JobState::queued;
    if (!job.last_result || at_work) {
        return;
    }
    const auto when = job.last_attempt ? ago_in_words(*job.last_attempt, now) : "";
    if (*job.last_result == proto::RunState::failed) {
        auto what = fmt::format("the last backup failed, {}", when);
        std::string advice;
        if (job.last_error) {
            what += ": " + cause_and_object(*job.last_error);
            advice = job.last_error->hint.empty() ? "" : job.last_error->hint + "; ";
        }
        advice += see_log(job.run) + (job.run ? ", " : "") + run_again(job);
        remarks.push_back({Paint::bad, std::move(what), std::move(advice)});
    } else if (*job.last_result == proto::RunState::warnings) {
        remarks.push_back({Paint::warning,
                           fmt::format("the last backup is not whole: {}",
                                       job.last_warnings > 0 ? counted(job.last_warnings, "warning")
                                                             : "it ended with warnings"),
                           see_log(job.run)});
    }
}

void add_state(std::vector<Remark>& remarks, const proto::JobSummary& job)
{
    if (job.state == proto::JobState::broken) {
        remarks.push_back(
            {Paint::bad,
             "its files make no sense" + (job.reason.empty() ? std::string{} : ": " + job.reason),
             "\"duplictl config-check\" says where, \"duplictl job edit " + job.job +
                 "\" opens them"});
    } else if (job.problems > 0) {
        remarks.push_back(
            {Paint::warning,
             "its files make no sense as they are now; an earlier version is in force",
             "\"duplictl config-check\" says where"});
    }
    if (job.state == proto::JobState::paused) {
        remarks.push_back({Paint::faint,
                           job.paused_until ? "paused until " + ctl::minute_text(*job.paused_until)
                                            : std::string{"paused until somebody resumes it"},
                           fmt::format("\"duplictl job resume {}\" ends the pause", job.job)});
    }
    if (job.state == proto::JobState::waiting) {
        remarks.push_back(
            {Paint::faint,
             "due, but it waits" + (job.reason.empty() ? std::string{} : ": " + job.reason),
             fmt::format("\"duplictl job run {}\" does not wait", job.job)});
    }
}

/// Of those that the job is good without: the age of all others is the job's own.
void add_stale_targets(std::vector<Remark>& remarks, const proto::JobSummary& job)
{
    for (const auto& target : job.targets) {
        if (target.stale_since && !job.stale_since) {
            remarks.push_back({Paint::warning,
                               fmt::format("what target {} has is too old, since {}", target.name,
                                           ctl::minute_text(*target.stale_since)),
                               target.reason});
        }
    }
}

}  // namespace

std::vector<Remark> remarks_on(const proto::JobSummary& job, std::int64_t now)
{
    std::vector<Remark> remarks;
    add_state(remarks, job);
    add_last_run(remarks, job, now);
    for (const auto& task : job.troubled_tasks) {
        const bool failed = task.last_result == proto::RunState::failed;
        remarks.push_back({failed ? Paint::bad : Paint::warning,
                           fmt::format("the last {} {}", word_for(task.task),
                                       failed ? "failed" : "ended with warnings"),
                           see_log(task.run)});
    }
    add_stale_targets(remarks, job);
    const bool idle = job.state == proto::JobState::idle;
    if (job.stale_since) {
        remarks.push_back(
            {Paint::warning,
             "the last good backup is too old, since " + ctl::minute_text(*job.stale_since),
             idle ? fmt::format("\"duplictl job run {}\" makes one", job.job) : ""});
    } else if (idle && !job.last_success && !job.next && !job.last_result) {
        remarks.push_back({Paint::warning, "there is no backup yet, and none is planned",
                           fmt::format("\"duplictl job run {}\" makes one", job.job)});
    }
    return remarks;
}

std::string title_of(const proto::RunSummary& run)
{
    return run.job.empty() ? std::string{word_for(run.kind)}
                           : fmt::format("{} of {}", word_for(run.kind), printable(run.job));
}

std::string next_due_in_words(std::span<const proto::JobSummary> jobs, std::int64_t now)
{
    const proto::JobSummary* first = nullptr;
    for (const auto& job : jobs) {
        if (job.next && (first == nullptr || *job.next < *first->next)) {
            first = &job;
        }
    }
    if (first == nullptr) {
        return "";
    }
    return fmt::format("next: {} {}", printable(first->job),
                       *first->next <= now ? "now" : "in " + age_in_words(*first->next - now));
}

std::string status_screen(const proto::StatusReply& status, const StatusLook& look)
{
    auto text = heading(status, look);
    if (!status.jobs.empty()) {
        text += jobs_section(status, look);
    }
    if (!status.runs.empty()) {
        text += runs_section(status, look);
    }
    return text + warnings_section(status, look);
}

}  // namespace duplid::show
