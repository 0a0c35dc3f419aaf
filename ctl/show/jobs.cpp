#include "ctl/show/jobs.hpp"

#include "ctl/show/message.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/time_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

namespace duplid::show {

namespace {

using Row = std::array<std::string, 5>;

std::string ago(const std::optional<std::int64_t>& moment, std::int64_t now)
{
    if (!moment) {
        return "never";
    }
    return ago_in_words(*moment, now);
}

std::string next_in_words(const std::optional<std::int64_t>& next, std::int64_t now)
{
    if (!next) {
        return "-";
    }
    return *next <= now ? "now" : "in " + age_in_words(*next - now);
}

std::string state_in_words(const proto::JobSummary& job)
{
    std::string text{word_for(job.state)};
    if (job.run &&
        (job.state == proto::JobState::running || job.state == proto::JobState::queued)) {
        text += fmt::format(" (run {})", *job.run);
    }
    if (job.stale_since) {
        text += ", stale";
    }
    return text;
}

/// "nas, usb", or the one URL.
std::string place_in_words(const proto::JobSummary& job)
{
    std::string names;
    for (const auto& target : job.targets) {
        names += (names.empty() ? "" : ", ") + target.name;
    }
    return printable(names.empty() ? job.target : names);
}

/// Of what is to be looked at, indented below the job.
std::string remarks(const proto::JobSummary& job, std::int64_t now)
{
    std::string text;
    if (!job.reason.empty()) {
        text += fmt::format("  {}: {}\n", word_for(job.state), printable(job.reason));
    }
    if (job.state == proto::JobState::paused) {
        text += job.paused_until
                    ? fmt::format("  paused until {}\n", ctl::local_time_text(*job.paused_until))
                    : "  paused until it is resumed\n";
    }
    if (job.last_error && !job.last_error->cause.empty()) {
        text += fmt::format("  the last run failed: {}\n", printable(job.last_error->cause));
    }
    for (const auto& target : job.targets) {
        if (target.state == proto::TargetState::behind || target.stale_since) {
            text += fmt::format("  {}\n", target_in_words(target, now));
        }
    }
    if (job.problems > 0 && job.state != proto::JobState::broken) {
        text += "  its files make no sense as they are now; an earlier version is in force\n";
    }
    return text;
}

std::string line(std::string_view name, const std::string& value)
{
    return value.empty() ? "" : fmt::format("{:<12} {}\n", name, value);
}

std::string time_or_nothing(const std::optional<std::int64_t>& moment)
{
    return moment ? ctl::local_time_text(*moment) : "";
}

std::string task_line(const proto::TaskStatus& task, std::int64_t now)
{
    auto text = fmt::format("{:<12} {}", word_for(task.task), word_for(task.state));
    if (!task.reason.empty()) {
        text += fmt::format(" ({})", printable(task.reason));
    }
    text += fmt::format(", last success {}", ago(task.last_success, now));
    if (task.next) {
        text += fmt::format(", next {}", next_in_words(task.next, now));
    }
    return text + "\n";
}

}  // namespace

std::string target_in_words(const proto::TargetStatus& target, std::int64_t now)
{
    auto text = fmt::format("{}{}: {}", printable(target.name),
                            target.required ? " (required)" : "", word_for(target.state));
    if (target.state == proto::TargetState::behind && target.sets_behind.value_or(0) > 0) {
        text += " " + counted(*target.sets_behind, "set");
    }
    if (target.last_good) {
        text += target.state == proto::TargetState::good
                    ? " " + ago(target.last_good, now)
                    : fmt::format(", last good {}", ago(target.last_good, now));
    }
    text += target.stale_since ? ", stale" : "";
    if (!target.reason.empty()) {
        text += ": " + printable(target.reason);
    }
    return text;
}

std::string age_in_words(std::int64_t seconds)
{
    struct Unit {
        std::int64_t seconds;
        std::string_view one;
        std::string_view many;
    };
    constexpr std::array units{Unit{86'400, "day", "days"}, Unit{3'600, "h", "h"},
                               Unit{60, "min", "min"}, Unit{1, "s", "s"}};
    for (std::size_t i = 0; i < units.size(); ++i) {
        const auto count = seconds / units[i].seconds;
        if (count == 0 && i + 1 < units.size()) {
            continue;
        }
        auto text = fmt::format("{} {}", count, count == 1 ? units[i].one : units[i].many);
        const auto rest = i + 1 < units.size() ? seconds % units[i].seconds / units[i + 1].seconds
                                               : std::int64_t{0};
        if (rest > 0 && count < 10) {
            text += fmt::format(" {} {}", rest, rest == 1 ? units[i + 1].one : units[i + 1].many);
        }
        return text;
    }
    return "";
}

std::string ago_in_words(std::int64_t moment, std::int64_t now)
{
    return moment > now ? "in the future" : age_in_words(now - moment) + " ago";
}

std::string job_table(std::span<const proto::JobSummary> jobs, std::int64_t now)
{
    if (jobs.empty()) {
        return "No jobs.\n";
    }
    std::vector<Row> rows{{"JOB", "STATE", "LAST GOOD BACKUP", "NEXT RUN", "TARGET"}};
    for (const auto& job : jobs) {
        rows.push_back({printable(job.job), state_in_words(job), ago(job.last_success, now),
                        next_in_words(job.next, now), place_in_words(job)});
    }
    std::array<std::size_t, std::tuple_size_v<Row>> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths.at(i) = std::max(widths.at(i), row.at(i).size());
        }
    }
    std::string text;
    for (std::size_t number = 0; number < rows.size(); ++number) {
        std::string cells;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            cells += fmt::format("{:<{}}  ", rows[number].at(i), widths.at(i));
        }
        text += cells.substr(0, cells.find_last_not_of(' ') + 1) + "\n";
        if (number > 0) {
            text += remarks(jobs[number - 1], now);
        }
    }
    return text;
}

std::string job_details(const proto::JobShowReply& reply, std::int64_t now)
{
    const auto& job = reply.job;
    auto text = line("Job", printable(job.job));
    text += line("State", state_in_words(job));
    text += remarks(job, now);
    text += line("Source", printable(job.source));
    for (const auto& target : job.targets) {
        text += line("Target", target_in_words(target, now));
        text += line("", printable(target.target));
    }
    text += job.targets.empty() ? line("Target", printable(job.target)) : "";
    text += line("Last good", time_or_nothing(job.last_success));
    text += line("Last tried", time_or_nothing(job.last_attempt));
    text += line("Last run", job.run ? fmt::to_string(*job.run) : "");
    text += line("Next run", time_or_nothing(job.next));
    text += line("Stale since", time_or_nothing(job.stale_since));
    if (reply.tasks.size() > 1) {
        text += "\n";
        for (const auto& task : reply.tasks) {
            text += task_line(task, now);
        }
    }
    text += "\n";
    for (const auto& file : reply.files) {
        text += line("File", printable(file));
    }
    constexpr int indent = 4;
    text += reply.settings.dump(indent) + "\n";
    for (const auto& wrong : reply.problems) {
        text += problem(wrong);
    }
    return text;
}

std::string problem(const proto::ConfigProblem& problem)
{
    auto where = problem.file;
    if (problem.line > 0) {
        where += fmt::format(":{}:{}", problem.line, problem.column);
    }
    auto text = fmt::format("{}: {}\n", printable(where), printable(problem.cause));
    if (!problem.hint.empty()) {
        text += "  " + printable(problem.hint) + "\n";
    }
    return text;
}

std::string configuration(const proto::ConfigCheckReply& reply)
{
    return fmt::format("{}: {}, {}\n", printable(reply.directory), counted(reply.jobs, "job"),
                       reply.problems.empty() ? "no problems"
                                              : counted(reply.problems.size(), "problem"));
}

}  // namespace duplid::show
