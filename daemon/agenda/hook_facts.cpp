#include "daemon/agenda/hook_facts.hpp"

#include "proto/event.hpp"
#include "storage/remote/url.hpp"

#include <algorithm>
#include <span>

namespace duplid::daemon {

namespace {

std::string word_of(std::span<const proto::Choice> choices, int value)
{
    const auto found = std::ranges::find(choices, value, &proto::Choice::value);
    return found == choices.end() ? std::string{} : std::string{found->name};
}

void add(hooks::Facts& facts, const char* name, std::uint64_t number)
{
    facts.push_back({name, std::to_string(number)});
}

/// The statistics under the names of `duplictl`'s, as far as somebody writes them into a message.
void add_backup(hooks::Facts& facts, const proto::BackupReport& report)
{
    const auto& figures = report.statistics;
    facts.push_back({"DUPLID_SET_TYPE",
                     word_of(choices_of(report.set.type), static_cast<int>(report.set.type))});
    facts.push_back({"DUPLID_SET_TIME", std::to_string(report.set.time)});
    add(facts, "DUPLID_VOLUMES", report.volumes);
    add(facts, "DUPLID_SOURCE_FILES", figures.source_files);
    add(facts, "DUPLID_SOURCE_BYTES", figures.source_file_size);
    add(facts, "DUPLID_NEW_FILES", figures.new_files);
    add(facts, "DUPLID_CHANGED_FILES", figures.changed_files);
    add(facts, "DUPLID_DELETED_FILES", figures.deleted_files);
    add(facts, "DUPLID_STORED_BYTES", figures.total_destination_size_change);
}

}  // namespace

std::string task_word(proto::RunKind kind)
{
    // A cleanup is one of a job's removals.
    return kind == proto::RunKind::cleanup ? "removal"
                                           : word_of(choices_of(kind), static_cast<int>(kind));
}

std::string result_word(proto::RunState state)
{
    return state == proto::RunState::done ? "success"
                                          : word_of(choices_of(state), static_cast<int>(state));
}

hooks::Facts facts_of(const jobs::Job& job)
{
    return {{"DUPLID_JOB", job.name},
            {"DUPLID_SOURCE", job.request.source},
            {"DUPLID_TARGET", remote::redacted(job.request.archive.target)}};
}

void add_run(hooks::Facts& facts, proto::RunKind kind, std::uint64_t run)
{
    facts.push_back({"DUPLID_TASK", task_word(kind)});
    add(facts, "DUPLID_RUN", run);
}

void add_ending(hooks::Facts& facts, const Ending& ending)
{
    proto::DoneEvent done;
    done.state = ending.state;
    done.error = ending.error;
    facts.push_back({"DUPLID_RESULT", result_word(ending.state)});
    facts.push_back({"DUPLID_EXIT_CODE", std::to_string(static_cast<int>(done.exit_code()))});
    add(facts, "DUPLID_WARNINGS", ending.warnings);
    if (ending.error) {
        const auto& error = *ending.error;
        facts.push_back({"DUPLID_ERROR",
                         error.object.empty() ? error.cause : error.cause + ": " + error.object});
        facts.push_back({"DUPLID_ERROR_KIND", std::string{error.name()}});
    }
    if (ending.backup) {
        add_backup(facts, *ending.backup);
    }
}

}  // namespace duplid::daemon
