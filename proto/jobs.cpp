#include "proto/jobs.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array states{
    Choice{static_cast<int>(JobState::idle), "idle"},
    Choice{static_cast<int>(JobState::due), "due"},
    Choice{static_cast<int>(JobState::waiting), "waiting"},
    Choice{static_cast<int>(JobState::queued), "queued"},
    Choice{static_cast<int>(JobState::running), "running"},
    Choice{static_cast<int>(JobState::paused), "paused"},
    Choice{static_cast<int>(JobState::broken), "broken"},
    Choice{static_cast<int>(JobState::other), "other"},
};

constexpr std::array tasks{
    Choice{static_cast<int>(JobTask::backup), "backup"},
    Choice{static_cast<int>(JobTask::verify), "verify"},
    Choice{static_cast<int>(JobTask::check), "check"},
    Choice{static_cast<int>(JobTask::other), "other"},
};

constexpr std::uint64_t refill_max = 100;
constexpr Field job_field{"job", "name of the job", true};

}  // namespace

std::span<const Choice> choices_of(JobState) noexcept
{
    return states;
}
std::span<const Choice> choices_of(JobTask) noexcept
{
    return tasks;
}

void ConfigProblem::describe(Fields& fields)
{
    fields.member({"job", "whose; missing: the shared configuration"}, job);
    fields.path({"file", "", true}, file);
    fields.member({"line", "from 1; 0: the file as a whole"}, line);
    fields.member({"column", "from 1, in bytes"}, column);
    fields.member({"cause", "what is wrong", true}, cause);
    fields.member({"hint", "what a person can do"}, hint);
}

void TaskStatus::describe(Fields& fields)
{
    fields.member({"task", "", true}, task);
    fields.member({"state", "", true}, state);
    fields.member({"reason", "why it is in that state, where that is not plain"}, reason);
    fields.member({"next", "when it is due, epoch seconds"}, next);
    fields.member({"last_success", "epoch seconds"}, last_success);
    fields.member({"last_attempt", "epoch seconds"}, last_attempt);
    fields.member({"last_result", "state of the last run when it ended"}, last_result);
    fields.member({"run", "the last one, or the one at work"}, run);
}

void JobSummary::describe(Fields& fields)
{
    fields.member(job_field, job);
    fields.path({"source", "only for those who may see it"}, source);
    fields.path({"target", "URL without password; only for those who may see it"}, target);
    fields.member({"state", "of its backup", true}, state);
    fields.member({"reason", "why it is in that state, where that is not plain"}, reason);
    fields.member({"next", "when it is due, epoch seconds"}, next);
    fields.member({"last_success", "when the last good backup was made, epoch seconds"},
                  last_success);
    fields.member({"last_attempt", "epoch seconds"}, last_attempt);
    fields.member({"last_result", "state of the last run when it ended"}, last_result);
    fields.member({"last_error", "why the last run failed"}, last_error);
    fields.member({"run", "the last one, or the one at work"}, run);
    fields.member({"stale_since", "since then the last good backup is too old, epoch seconds"},
                  stale_since);
    fields.member({"paused_until", "epoch seconds; missing while paused: until it is resumed"},
                  paused_until);
    fields.member({"last_warnings", "of the last run"}, last_warnings);
    fields.member({"troubled_tasks", "verify and check, where their last run did not end well"},
                  troubled_tasks);
    fields.member({"problems", "in its files; their last good version is in force"}, problems);
    fields.member({"targets", "how each stands, of a job that has several"}, targets);
}

void JobListReply::describe(Fields& fields)
{
    fields.member({"jobs", "by name", true}, jobs);
    fields.member({"problems", "of all files; only for those who may see them"}, problems);
}

void JobParams::describe(Fields& fields)
{
    fields.member(job_field, job);
}

void JobShowReply::describe(Fields& fields)
{
    job.describe(fields);
    fields.member({"tasks", "what it does, each with its own schedule"}, tasks);
    fields.member({"files", "it is made of, in the order in which they are merged"}, files);
    fields.member({"settings", "what these files say together"}, settings);
    fields.member({"problem_list", "what is wrong in these files as they are now"}, problems);
    fields.member({"request", "the backup as a request, but for its secrets"}, request);
    fields.member({"target_archives", "of several targets: each as an archive, without secrets"},
                  target_archives);
}

void JobRunParams::describe(Fields& fields)
{
    fields.member(job_field, job);
    fields.member({"task", "what to do"}, task);
    fields.member({"type", "of a backup"}, type);
    fields.member({.name = "refill",
                   .about = "names of targets that are empty on purpose and are to be filled again",
                   .max = refill_max},
                  refill);
}

void JobPauseParams::describe(Fields& fields)
{
    fields.member({"job", "name of the job; missing: all"}, job);
    fields.member({"until", "epoch seconds; missing: until it is resumed"}, until);
}

void JobResumeParams::describe(Fields& fields)
{
    fields.member({"job", "name of the job; missing: all"}, job);
}

void JobSetParams::describe(Fields& fields)
{
    fields.member(job_field, job);
    fields.member(
        {"settings", "a JSON object as text, comments allowed; null takes a setting back", true},
        settings);
    fields.member({"create", "the job must not exist yet"}, create);
    fields.member({"replace", "the settings are the job's own file, in place of what it holds"},
                  replace);
}

void JobSetReply::describe(Fields& fields)
{
    fields.path({"file", "that was written", true}, file);
}

void JobRemoveReply::describe(Fields& fields)
{
    fields.member({"files", "that were deleted", true}, files);
}

void ConfigCheckParams::describe(Fields& fields)
{
    fields.member({"job", "only what concerns this job"}, job);
    fields.member({"settings", "text that is judged in place of the job's own file"}, settings);
    fields.member({"places", "also try, with the daemon's rights, what is named on its machine: "
                             "sources, targets, files of secrets"},
                  places);
}

void ConfigCheckReply::describe(Fields& fields)
{
    fields.path({"directory", "of the configuration", true}, directory);
    fields.member({"jobs", "that were found", true}, jobs);
    fields.member({"problems", "what is wrong with them", true}, problems);
}

}  // namespace duplid::proto
