#include "daemon/agenda/job_runs.hpp"

#include "daemon/agenda/job_hooks.hpp"
#include "daemon/jobs/key_ring.hpp"
#include "daemon/jobs/plans.hpp"
#include "daemon/jobs/requests.hpp"
#include "daemon/jobs/targets.hpp"
#include "daemon/jobs/validation.hpp"
#include "daemon/operations/emptied_target.hpp"
#include "daemon/operations/reading_operations.hpp"
#include "daemon/operations/removal_operations.hpp"
#include "daemon/operations/targets_operation.hpp"
#include "daemon/schedule/file_system.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>
#include <variant>

namespace duplid::daemon {

namespace {

/// As for commands that print secrets in a user's instance.
constexpr std::chrono::minutes secret_time_max{1};

std::int64_t now()
{
    return std::time(nullptr);
}

GivingWay way_of(const jobs::Job& job) noexcept
{
    GivingWay way;
    way.nice = static_cast<int>(job.nice);
    way.io = job.io_class == jobs::IoClass::idle          ? GivingWay::Io::idle
             : job.io_class == jobs::IoClass::best_effort ? GivingWay::Io::best_effort
                                                          : GivingWay::Io::as_daemon;
    way.io_level = job.io_level.value_or(way.io_level);
    return way;
}

/// A run of `params`, which get their secrets once it runs. `may_be_empty`: somebody wants the
/// archive to begin anew.
template <class Params>
PlannedRun with_secrets(Workshop& workshop, const JobToRun& what, Params params,
                        bool may_be_empty = false)
{
    auto planned = plan(workshop, params);
    planned.facts.job = what.job->name;
    planned.facts.gives_way = way_of(*what.job);
    planned.body = [&workshop, what, facts = planned.facts, params = std::move(params),
                    may_be_empty](RunControl& control) {
        auto whole = params;
        return run_with_hooks(
            workshop, *what.job, facts, control,
            [&] {
                jobs::fill_in(whole.archive, what.job->secrets, *what.surroundings, control.stop());
            },
            [&] {
                // It was asked for before the run; this is for a disk that went while that waited.
                require_disk(*what.job);
                if (!may_be_empty) {
                    require_not_emptied(whole.archive, workshop.defaults);
                }
                return plan(workshop, std::move(whole)).body(control);
            });
    };
    return planned;
}

std::vector<NamedTarget> named_targets(const jobs::Job& job, const BackupWish& wish)
{
    std::vector<NamedTarget> targets;
    for (auto& target : jobs::targets_of(job)) {
        const bool refill = std::ranges::find(wish.refill, target.name) != wish.refill.end();
        targets.push_back({.name = target.name,
                           .archive = std::move(target.archive),
                           .filesystem = std::move(target.filesystem),
                           .may_be_empty = refill,
                           .is_required = target.is_required});
    }
    return targets;
}

void check_refill(const jobs::Job& job, const BackupWish& wish)
{
    for (const auto& name : wish.refill) {
        if (std::ranges::find(job.targets, name, &jobs::Target::name) == job.targets.end()) {
            throw Error{Error::Kind::not_found,
                        job.targets.empty() ? "this job has one target, without a name"
                                            : "the job has no target of this name",
                        name, "\"duplictl job-show " + job.name + "\" shows its targets"};
        }
    }
}

/// Without the password of one target the others are still to be had.
void fill_in(std::vector<NamedTarget>& targets, const JobToRun& what, const std::stop_token& stop)
{
    const auto known = jobs::targets_of(*what.job);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        try {
            jobs::fill_in_target(targets[i].archive, known.at(i).secrets, *what.surroundings, stop);
        } catch (const Error& error) {
            if (error.kind() == Error::Kind::cancelled) {
                throw;
            }
            targets[i].trouble = error;
        }
    }
}

PlannedRun plan_backup_to_all(Workshop& workshop, const JobToRun& what, proto::BackupParams params,
                              const BackupWish& wish)
{
    auto targets = named_targets(*what.job, wish);
    PlannedRun planned;
    planned.facts = facts_of(params, targets, workshop);
    planned.facts.job = what.job->name;
    planned.facts.gives_way = way_of(*what.job);
    planned.body = [&workshop, what, facts = planned.facts, params = std::move(params),
                    targets = std::move(targets)](RunControl& control) {
        auto whole = params;
        auto all = targets;
        return run_with_hooks(
            workshop, *what.job, facts, control,
            [&] {
                jobs::fill_in_passphrases(whole.archive, what.job->secrets, *what.surroundings,
                                          control.stop());
                fill_in(all, what, control.stop());
            },
            [&] { return back_up(workshop, whole, std::move(all), control); });
    };
    return planned;
}

/// What is asked of each target alone.
void judge_target(Workshop& workshop, const jobs::Job& job)
{
    if (job.verify) {
        static_cast<void>(plan(workshop, jobs::verify_request(job, now())));
    }
    if (job.check) {
        static_cast<void>(plan(workshop, jobs::check_request(job)));
    }
    for (const auto& removal : jobs::removals(job, now())) {
        std::visit([&workshop](const auto& params) { static_cast<void>(plan(workshop, params)); },
                   removal);
    }
}

}  // namespace

jobs::RunProgram secret_programs(Workshop& workshop)
{
    return [&workshop](const std::string& name, io::Sink& output, const std::stop_token& stop) {
        hooks::Call call;
        call.name = name;
        call.time_max = secret_time_max;
        call.output = &output;
        hooks::StopGrace none{stop, std::chrono::milliseconds{0}};
        return workshop.hook_runner->run(call, none);
    };
}

void require_disk(const jobs::Job& job)
{
    const auto conditions = jobs::conditions_of(job);
    if (!conditions.disk_uuid.empty()) {
        schedule::require_file_system(conditions.disk_path, conditions.disk_uuid);
    }
}

void judge(Workshop& workshop, const jobs::Job& job)
{
    jobs::check_hooks_fit(job, workshop.hook_runner->takes_names());
    // Only the system's daemon takes names of hooks.
    jobs::check_key_rings_fit(job, workshop.hook_runner->takes_names());
    jobs::check_secrets_fit(job, workshop.hook_runner->takes_names());
    const auto request = jobs::backup_request(job, now());
    if (job.targets.empty()) {
        static_cast<void>(plan(workshop, request));
        judge_target(workshop, job);
        return;
    }
    static_cast<void>(facts_of(request, named_targets(job, {}), workshop));
    for (std::size_t i = 0; i < job.targets.size(); ++i) {
        judge_target(workshop, jobs::with_target(job, i));
    }
}

JobToRun with_target(const JobToRun& what, std::size_t target)
{
    return {std::make_shared<const jobs::Job>(jobs::with_target(*what.job, target)),
            what.surroundings};
}

PlannedRun plan_backup(Workshop& workshop, const JobToRun& what, const BackupWish& wish)
{
    check_refill(*what.job, wish);
    auto params = jobs::backup_request(*what.job, now());
    params.type = wish.type;
    if (!what.job->targets.empty()) {
        return plan_backup_to_all(workshop, what, std::move(params), wish);
    }
    const bool begins_anew = wish.type == proto::BackupType::full;
    return with_secrets(workshop, what, std::move(params), begins_anew);
}

PlannedRun plan_verify(Workshop& workshop, const JobToRun& what)
{
    return with_secrets(workshop, what, jobs::verify_request(*what.job, now()));
}

PlannedRun plan_check(Workshop& workshop, const JobToRun& what)
{
    return with_secrets(workshop, what, jobs::check_request(*what.job));
}

std::size_t removal_count(const jobs::Job& job)
{
    return jobs::removals(job, now()).size();
}

PlannedRun plan_removal(Workshop& workshop, const JobToRun& what, std::size_t index)
{
    return std::visit([&](auto params) { return with_secrets(workshop, what, std::move(params)); },
                      jobs::removals(*what.job, now()).at(index));
}

}  // namespace duplid::daemon
