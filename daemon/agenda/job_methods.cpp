// JobService's answers to requests; what it does by itself is in job_service.cpp.
#include "daemon/agenda/job_service.hpp"
#include "daemon/agenda/job_task.hpp"
#include "daemon/jobs/drop_in.hpp"
#include "daemon/jobs/requests.hpp"
#include "daemon/jobs/targets.hpp"
#include "proto/error.hpp"
#include "proto/reader.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/remote/url.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

namespace fs = std::filesystem;

/// What people wrote down about their backups is nobody else's business.
constexpr unsigned file_mode = 0600;
constexpr unsigned directory_mode = 0700;

std::int64_t seconds_of(schedule::Instant instant) noexcept
{
    return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

std::optional<std::int64_t> seconds_of(const std::optional<schedule::Instant>& instant) noexcept
{
    return instant ? std::optional{seconds_of(*instant)} : std::nullopt;
}

std::optional<std::int64_t> began_of(const std::optional<schedule::Attempt>& attempt) noexcept
{
    return attempt ? std::optional{seconds_of(attempt->began)} : std::nullopt;
}

proto::JobState state_of(schedule::State state) noexcept
{
    switch (state) {
    case schedule::State::idle:
        return proto::JobState::idle;
    case schedule::State::due:
        return proto::JobState::due;
    case schedule::State::waiting:
        return proto::JobState::waiting;
    case schedule::State::queued:
        return proto::JobState::queued;
    case schedule::State::running:
        return proto::JobState::running;
    case schedule::State::paused:
        return proto::JobState::paused;
    }
    return proto::JobState::other;
}

/// 0 of a run that is not remembered any more.
std::uint64_t warnings_of(const Runs& runs, std::uint64_t run)
{
    const auto found = runs.list(run + 1, 1);
    return !found.empty() && found.front().run == run ? found.front().warnings : 0;
}

bool is_trouble(const std::optional<proto::RunState>& result) noexcept
{
    return result == proto::RunState::failed || result == proto::RunState::warnings;
}

[[noreturn]] void refuse(const jobs::Problem& problem)
{
    auto where = problem.file;
    if (problem.line > 0) {
        where += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
    }
    throw proto::ProtocolError{{proto::ErrorKind::invalid, problem.cause, where, problem.hint}};
}

void make_directory(const std::string& path)
{
    std::error_code told_below;
    fs::create_directories(fs::path{path}.parent_path(), told_below);
    if (::mkdir(path.c_str(), directory_mode) != 0 && errno != EEXIST) {
        throw system_error(errno, "making a directory for jobs", path, Error::Kind::denied);
    }
}

void write_file(const std::string& path, const std::string& text)
{
    io::replace_file(path, std::as_bytes(std::span{text}), file_mode);
}

std::string text_of_file(const std::string& path)
{
    const auto bytes = io::read_file_if_there(path, proto::job_text_bytes_max);
    return bytes ? std::string{reinterpret_cast<const char*>(bytes->data()), bytes->size()}
                 : std::string{};
}

void delete_file(const std::string& path)
{
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        throw system_error(errno, "deleting a file of a job", path);
    }
}

}  // namespace

const JobService::Entry& JobService::find(const std::string& job) const
{
    const auto found = entries_.find(job);
    if (found != entries_.end()) {
        return found->second;
    }
    std::vector<std::string_view> names;
    for (const auto& [name, entry] : entries_) {
        names.push_back(name);
    }
    const auto meant = proto::nearest(job, names);
    throw Error{Error::Kind::not_found, "there is no job of this name", job,
                meant.empty() ? "\"duplictl job list\" shows those there are"
                              : "did you mean " + std::string{meant} + "?"};
}

std::vector<std::string> JobService::names_or_all(const std::string& job) const
{
    if (!job.empty()) {
        static_cast<void>(find(job));
        return {job};
    }
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries_) {
        names.push_back(name);
    }
    return names;
}

proto::TaskStatus JobService::status_of(const std::string& task) const
{
    proto::TaskStatus status;
    status.task = task_of(task).second;
    const auto known = scheduler_.status(task);
    status.state = state_of(known.state);
    status.reason = known.reason;
    const bool has_next =
        known.state != schedule::State::queued && known.state != schedule::State::running;
    if (known.due && has_next) {
        status.next = seconds_of(known.due->at);
    }
    const auto& past = scheduler_.past(task);
    status.last_success = began_of(past.last_success);
    status.last_attempt = began_of(past.last_attempt);
    if (const auto record = records_.find(task); record != records_.end()) {
        status.run = record->second.run;
        status.last_result = record->second.last_state;
    }
    return status;
}

proto::JobSummary JobService::summary_of(const std::string& job, const Entry& entry) const
{
    proto::JobSummary summary;
    summary.job = job;
    summary.problems = entry.problems.size();
    if (!entry.job) {
        summary.state = proto::JobState::broken;
        summary.reason = entry.problems.empty() ? "" : entry.problems.front().cause;
        return summary;
    }
    auto status = status_of(job);
    summary.source = entry.job->request.source;
    summary.target = remote::redacted(entry.job->request.archive.target);
    summary.targets = targets_of(*entry.job);
    summary.state = status.state;
    summary.reason = std::move(status.reason);
    summary.next = status.next;
    summary.last_success = status.last_success;
    summary.last_attempt = status.last_attempt;
    summary.last_result = status.last_result;
    summary.run = status.run;
    const auto known = scheduler_.status(job);
    summary.stale_since = seconds_of(known.stale_since);
    if (known.paused_until && *known.paused_until != schedule::Instant::max()) {
        summary.paused_until = seconds_of(*known.paused_until);
    }
    if (const auto record = records_.find(job); record != records_.end()) {
        summary.last_error = record->second.last_error;
    }
    summary.last_warnings = status.run ? warnings_of(parts_.runs, *status.run) : 0;
    for (const auto kind : {proto::JobTask::verify, proto::JobTask::check}) {
        const auto task = task_name(job, kind);
        if (auto other = scheduler_.has(task) ? status_of(task) : proto::TaskStatus{};
            is_trouble(other.last_result)) {
            summary.troubled_tasks.push_back(std::move(other));
        }
    }
    return summary;
}

std::vector<proto::JobSummary> JobService::list() const
{
    std::vector<proto::JobSummary> summaries;
    for (const auto& [name, entry] : entries_) {
        summaries.push_back(summary_of(name, entry));
    }
    return summaries;
}

proto::JobShowReply JobService::show(const std::string& job) const
{
    const auto& entry = find(job);
    proto::JobShowReply reply;
    reply.job = summary_of(job, entry);
    reply.files = entry.files;
    reply.settings = entry.document.value();
    jobs::mask_webhooks(reply.settings);
    reply.problems = entry.problems;
    if (!entry.job) {
        return reply;
    }
    for (const auto kind :
         {proto::JobTask::backup, proto::JobTask::verify, proto::JobTask::check}) {
        if (const auto task = task_name(job, kind); scheduler_.has(task)) {
            reply.tasks.push_back(status_of(task));
        }
    }
    const auto with_directory = [this](proto::ArchiveParams archive) {
        if (archive.archive_dir.empty()) {
            archive.archive_dir = parts_.workshop.defaults.cache_directory;
        }
        return archive;
    };
    reply.request = jobs::backup_request(*entry.job, std::time(nullptr));
    const auto good = readable_targets({entry.job, surroundings_}).front();
    reply.request->archive = with_directory(good.job->request.archive);
    if (!entry.job->targets.empty()) {
        for (auto& target : jobs::targets_of(*entry.job)) {
            reply.target_archives.push_back(
                {target.name, with_directory(std::move(target.archive))});
        }
    }
    return reply;
}

std::uint64_t JobService::start(const proto::JobRunParams& params)
{
    const auto& entry = find(params.job);
    if (!entry.job) {
        refuse(entry.problems.front());
    }
    require_disk(*entry.job);
    const auto task = task_name(params.job, params.task);
    for (const auto& [run, active] : active_) {
        if (active.task == task) {
            throw Error{Error::Kind::busy,
                        "run " + std::to_string(run) + " of this job has not ended yet", params.job,
                        "\"duplictl watch " + std::to_string(run) + "\" follows it"};
        }
    }
    const auto run = start_task(task, {params.type, params.refill});
    advance();
    return run;
}

void JobService::pause(const std::string& job, std::optional<std::int64_t> until)
{
    const auto moment =
        until ? schedule::Instant{std::chrono::seconds{*until}} : schedule::Instant::max();
    for (const auto& name : names_or_all(job)) {
        for (const auto kind :
             {proto::JobTask::backup, proto::JobTask::verify, proto::JobTask::check}) {
            if (const auto task = task_name(name, kind); scheduler_.has(task)) {
                scheduler_.pause(task, moment);
                remember(task);
            }
        }
    }
    advance();
}

void JobService::resume(const std::string& job)
{
    for (const auto& name : names_or_all(job)) {
        for (const auto kind :
             {proto::JobTask::backup, proto::JobTask::verify, proto::JobTask::check}) {
            if (const auto task = task_name(name, kind); scheduler_.has(task)) {
                scheduler_.resume(task);
                remember(task);
            }
        }
    }
    advance();
}

proto::JobSetReply JobService::set(const proto::JobSetParams& params)
{
    const auto& name = params.job;
    const bool whole = params.create || params.replace;
    const auto own_file = loader_.file_of(name);
    const bool exists = jobs::is_job_name(name) && fs::exists(own_file);
    if (params.create && exists) {
        throw Error{Error::Kind::invalid, "there is a job of this name already", name,
                    "choose another name, or change it with \"duplictl job set\""};
    }
    if (!params.create && !exists) {
        static_cast<void>(find(name));  // says which name may have been meant
    }
    const auto file =
        whole ? own_file : loader_.drop_in_directory_of(name) + "/" + jobs::set_file_name;
    std::string text;
    try {
        text = whole ? params.settings
                     : jobs::with_settings(text_of_file(file), file, params.settings);
    } catch (const jobs::ProblemError& wrong) {
        refuse(wrong.problem());
    }
    const auto loaded = loader_.load_job(name, jobs::Draft{file, text.empty() ? "{}" : text});
    if (!loaded.job) {
        refuse(loaded.problems.front());
    }
    make_directory(loader_.directory());
    make_directory(loader_.directory() + "/jobs.d");
    if (!whole) {
        make_directory(loader_.drop_in_directory_of(name));
    }
    if (text.empty()) {
        delete_file(file);
    } else {
        write_file(file, text);
    }
    static_cast<void>(reload());
    return {file};
}

proto::JobRemoveReply JobService::remove(const std::string& job)
{
    static_cast<void>(find(job));
    proto::JobRemoveReply reply{loader_.files_of(job)};
    for (const auto& file : reply.files) {
        delete_file(file);
    }
    std::error_code not_empty;  // with files in it that are not ours to delete
    fs::remove(loader_.drop_in_directory_of(job), not_empty);
    static_cast<void>(reload());
    for (const auto kind :
         {proto::JobTask::backup, proto::JobTask::verify, proto::JobTask::check}) {
        const auto task = task_name(job, kind);
        if (records_.erase(task) > 0 && parts_.history != nullptr) {
            parts_.history->keep_job_state(task, "");
        }
    }
    return reply;
}

}  // namespace duplid::daemon
