#include "ctl/verbs/overview_verbs.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/terminal_facts.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/show/history.hpp"
#include "ctl/show/pager.hpp"
#include "ctl/show/run_log.hpp"
#include "ctl/show/status.hpp"
#include "ctl/words/option_values.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace duplid::ctl {

namespace {

constexpr std::uint64_t history_rows = 30;
constexpr std::uint64_t history_rows_max = 100'000;

std::size_t output_columns()
{
    return size_of_terminal(STDOUT_FILENO).value_or(TerminalSize{}).columns;
}

std::uint64_t run_named(Session& session, const std::string& text)
{
    if (is_run_number(text)) {
        return run_number(text);
    }
    const auto jobs = session.call(proto::methods::job_list, proto::Nothing{}).jobs;
    const auto& job = job_named(text, jobs);
    if (!job.run) {
        throw Failure{{.kind = proto::ErrorKind::not_found,
                       .cause = "this job has not run yet",
                       .object = text,
                       .hint = fmt::format("\"duplictl job run {}\" runs it", text)}};
    }
    return *job.run;
}

/// Takes a run's events and makes a log of them.
class LogReader {
public:
    /// `at_once`: lines are printed as they come, and not given to a pager.
    LogReader(std::uint64_t run, bool at_once, const Look& look, Output& output)
        : run_{run}, at_once_{at_once}, look_{look}, output_{output}
    {
    }

    void heading(const proto::RunSummary& run)
    {
        if (!look_.json && !look_.quiet) {
            add(show::log_heading(run, look_.style));
        }
    }

    void take(const proto::Notification& notification)
    {
        if (notification.method != proto::event_notification) {
            return;
        }
        const auto event =
            proto::read_message<proto::Event>(notification.params, proto::Strictness::reply);
        if (event.run != run_) {
            return;
        }
        last_seq_ = event.seq;
        is_over_ = std::holds_alternative<proto::DoneEvent>(event.what);
        if (look_.json) {
            output_.json(notification.params);
        } else if (!look_.quiet || is_result(event)) {
            add(show::log_line(event, look_.style));
        }
    }

    [[nodiscard]] bool is_over() const noexcept { return is_over_; }
    [[nodiscard]] std::uint64_t last_seq() const noexcept { return last_seq_; }
    /// What was not printed yet.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    /// What --quiet lets through.
    static bool is_result(const proto::Event& event)
    {
        return std::holds_alternative<proto::WarningEvent>(event.what) ||
               std::holds_alternative<proto::DoneEvent>(event.what);
    }

    void add(const std::string& line)
    {
        if (!at_once_) {
            text_ += line;
        } else if (!line.empty()) {
            output_.text(line);
            output_.flush();
        }
    }

    std::uint64_t run_;
    bool at_once_;
    const Look& look_;
    Output& output_;
    std::uint64_t last_seq_ = 0;
    bool is_over_ = false;
    std::string text_;
};

}  // namespace

bool is_run_number(const std::string& text) noexcept
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

const proto::JobSummary& job_named(const std::string& name, std::span<const proto::JobSummary> jobs)
{
    const auto found = std::ranges::find(jobs, name, &proto::JobSummary::job);
    if (found != jobs.end()) {
        return *found;
    }
    std::vector<std::string_view> names;
    for (const auto& job : jobs) {
        names.emplace_back(job.job);
    }
    const auto meant = proto::nearest(name, names);
    throw Failure{{.kind = proto::ErrorKind::not_found,
                   .cause = "there is no job of this name",
                   .object = name,
                   .hint = meant.empty() ? "\"duplictl job list\" shows those there are"
                                         : fmt::format("did you mean {}?", meant)}};
}

int status(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    auto chosen = open_resident_instance(line, look, interrupts);
    const auto json = chosen.session->call_json(proto::methods::status.name,
                                                proto::write_message(proto::Nothing{}));
    if (look.json) {
        output.json(json);
        return 0;
    }
    const auto reply = proto::read_message<proto::StatusReply>(json, proto::Strictness::reply);
    page(show::status_screen(reply, {.now = std::time(nullptr),
                                     .columns = output_columns(),
                                     .details = look.verbose,
                                     .style = look.style}),
         look, output);
    return 0;
}

int log(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    const bool follow = line.has(OptionId::follow);
    auto chosen = open_resident_instance(line, look, interrupts);
    auto& session = *chosen.session;
    const auto run = run_named(session, line.positionals.at(0));
    LogReader reader{run, follow, look, output};
    proto::RunShowParams shown;
    shown.run = run;
    reader.heading(session.call(proto::methods::run_show, shown).run);
    proto::RunWatchParams params;
    params.run = run;
    const auto begun = proto::read_message<proto::RunWatchReply>(
        session.call_json(proto::methods::run_watch.name, proto::write_message(params), {},
                          [&reader](const auto& early) { reader.take(early); }),
        proto::Strictness::reply);
    // Without --follow, what there was when this was asked is all.
    const auto is_all = [&] {
        return reader.is_over() || (!follow && reader.last_seq() + 1 >= begun.next_seq);
    };
    if (!is_all()) {
        session.follow(std::nullopt, [&](const proto::Notification& notification) {
            reader.take(notification);
            return !is_all();
        });
    }
    page(reader.text(), look, output);
    return 0;
}

int history(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    proto::JobHistoryParams params;
    params.job = line.positionals.at(0);
    params.since = time_of(line, OptionId::since, surroundings());
    // With a time and no number, all since then.
    const auto otherwise = params.since ? history_rows_max : history_rows;
    auto left = number_of(line, OptionId::rows, 1, history_rows_max).value_or(otherwise);
    auto chosen = open_resident_instance(line, look, interrupts);
    std::vector<proto::JobHistoryEntry> runs;
    bool more = true;
    while (more && left > 0) {
        params.limit = std::min(left, proto::job_history_max);
        const auto json = chosen.session->call_json(proto::methods::job_history.name,
                                                    proto::write_message(params));
        auto reply = proto::read_message<proto::JobHistoryReply>(json, proto::Strictness::reply);
        if (look.json) {
            output.json(json);
        }
        left -= std::min<std::uint64_t>(left, reply.runs.size());
        more = reply.more && !reply.runs.empty();
        if (more) {
            params.before = reply.runs.back().run;
        }
        runs.insert(runs.end(), std::make_move_iterator(reply.runs.begin()),
                    std::make_move_iterator(reply.runs.end()));
    }
    if (!look.json) {
        // The newest last: it stands beside what is typed next, and charts go to the right.
        std::ranges::reverse(runs);
        page(show::job_history(runs, output_columns(), look.style), look, output);
    }
    return 0;
}

}  // namespace duplid::ctl
