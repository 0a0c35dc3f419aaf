// What JobService knows of the targets of a job that has several, and what follows from it.
#include "daemon/agenda/job_service.hpp"
#include "daemon/agenda/job_task.hpp"
#include "daemon/archive/errors.hpp"
#include "daemon/jobs/plans.hpp"
#include "daemon/process/log.hpp"
#include "storage/remote/url.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace duplid::daemon {

namespace {

std::int64_t seconds_of(schedule::Instant instant) noexcept
{
    return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

/// The job's rule, for one target: since when its own last good backup is too old. Nothing: it is
/// not.
std::optional<std::int64_t> stale_since(const schedule::Plan& plan, schedule::Instant planned,
                                        const std::optional<std::int64_t>& last_good,
                                        schedule::Instant now)
{
    schedule::Past past;
    past.planned = planned;
    if (last_good) {
        const schedule::Instant then{std::chrono::seconds{*last_good}};
        past.last_success = schedule::Attempt{then, then, schedule::Result::success};
    }
    const auto at = schedule::stale_at(plan, past, now);
    return at && *at <= now ? std::optional{seconds_of(*at)} : std::nullopt;
}

}  // namespace

/// As far as a backup has told of them: a target that is somewhere else now is another one.
std::vector<proto::TargetStatus> JobService::targets_of(const jobs::Job& job) const
{
    std::vector<proto::TargetStatus> targets;
    if (job.targets.empty()) {
        return targets;
    }
    const auto record = records_.find(job.name);
    const auto now = Alarm::now();
    const auto planned = record != records_.end() ? record->second.past.planned : now;
    const auto plan = jobs::plan_of_backup(job);
    for (const auto& target : job.targets) {
        proto::TargetStatus status;
        status.name = target.name;
        status.target = remote::redacted(target.url);
        status.state = proto::TargetState::unknown;
        if (record != records_.end()) {
            for (const auto& known : record->second.targets) {
                if (known.name == status.name && known.target == status.target) {
                    status = known;
                }
            }
        }
        // What its files say now, whatever they said then.
        status.required = target.required;
        if (status.state != proto::TargetState::unknown) {
            status.stale_since = stale_since(plan, planned, status.last_good, now);
        }
        targets.push_back(std::move(status));
    }
    return targets;
}

/// What a backup tells of its targets. Those that it does not name are not the job's any more.
void JobService::note_targets(const std::string& task, const proto::RunShowReply& run)
{
    if (!run.backup || run.backup->targets.empty()) {
        return;
    }
    auto& known = records_[task].targets;
    std::vector<proto::TargetStatus> now;
    for (const auto& target : run.backup->targets) {
        proto::TargetStatus status;
        status.name = target.name;
        status.target = target.target;
        status.state = target.state;
        status.reason = target.reason;
        status.sets_behind = target.sets_behind;
        const auto before = std::ranges::find(known, target.name, &proto::TargetStatus::name);
        if (target.state == proto::TargetState::good) {
            status.last_good = run.backup->set.time;
        } else if (before != known.end() && before->target == target.target) {
            status.last_good = before->last_good;
        }
        now.push_back(std::move(status));
    }
    known = std::move(now);
}

/// Of several targets, those that the last backup found or made whole: nothing is removed
/// elsewhere.
std::vector<JobToRun> JobService::good_targets(const JobToRun& what) const
{
    if (what.job->targets.empty()) {
        return {what};
    }
    std::vector<JobToRun> good;
    const auto known = targets_of(*what.job);
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (known[i].state == proto::TargetState::good) {
            good.push_back(with_target(what, i));
        }
    }
    return good;
}

/// The same; where there is none, or nothing is known, the first: whoever reads it is then told
/// what is wrong with it.
std::vector<JobToRun> JobService::readable_targets(const JobToRun& what) const
{
    auto good = good_targets(what);
    if (good.empty()) {
        good.push_back(with_target(what, 0));
    }
    return good;
}

/// A verify or check, one run for each target.
std::vector<JobService::Step> JobService::steps_of(const JobToRun& what, proto::JobTask task) const
{
    std::vector<Step> steps;
    auto& workshop = parts_.workshop;
    for (const auto& one : readable_targets(what)) {
        steps.push_back({task_name(what.job->name, task), [&workshop, one, task] {
                             return task == proto::JobTask::verify ? plan_verify(workshop, one)
                                                                   : plan_check(workshop, one);
                         }});
    }
    return steps;
}

/// Starts the next run of a task that has one for each target. False: it was the last one, or no
/// further one can be started.
bool JobService::continue_task(Active& active)
{
    const auto is_pending = [&active] {
        return !active.task.empty() && !active.then.empty() &&
               active.then.front().task == active.task;
    };
    const auto fail = [&active](proto::RunState state, std::optional<proto::RpcError> error) {
        if (!active.failed) {
            active.failed.emplace();
            active.failed->run.state = state;
            active.failed->run.error = std::move(error);
        }
    };
    while (is_pending() && !parts_.stopping()) {
        const auto step = active.then.front();
        active.then.erase(active.then.begin());
        try {
            auto planned = step.plan();
            static_cast<void>(start_run(std::move(planned), {.task = active.task,
                                                             .what = active.what,
                                                             .then = active.then,
                                                             .failed = active.failed}));
            return true;
        } catch (...) {
            auto error = to_rpc(std::current_exception());
            log(LogLevel::warning, LogClass::not_started, active.task + ": " + error.cause,
                std::array{LogField{"DUPLID_JOB", active.what.job->name}});
            fail(proto::RunState::failed, std::move(error));
        }
    }
    if (is_pending()) {
        fail(proto::RunState::cancelled, {});  // by us: it counts as interrupted
    }
    return false;
}

}  // namespace duplid::daemon
