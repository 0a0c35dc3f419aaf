#include "daemon/job_runs.hpp"

#include "daemon/jobs/requests.hpp"
#include "daemon/reading_operations.hpp"
#include "daemon/removal_operations.hpp"

#include <ctime>
#include <utility>
#include <variant>

namespace duplid::daemon {

namespace {

std::int64_t now()
{
    return std::time(nullptr);
}

/// A run of `params`, which get their secrets once it runs.
template <class Params>
PlannedRun with_secrets(Workshop& workshop, const JobToRun& what, Params params)
{
    auto planned = plan(workshop, params);
    planned.facts.job = what.job->name;
    planned.body = [&workshop, what, params = std::move(params)](RunControl& control) {
        auto whole = params;
        jobs::fill_in(whole.archive, what.job->secrets, *what.environment, control.stop());
        return plan(workshop, std::move(whole)).body(control);
    };
    return planned;
}

}  // namespace

void judge(Workshop& workshop, const jobs::Job& job)
{
    static_cast<void>(plan(workshop, jobs::backup_request(job, now())));
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

PlannedRun plan_backup(Workshop& workshop, const JobToRun& what, proto::BackupType type)
{
    auto params = jobs::backup_request(*what.job, now());
    params.type = type;
    return with_secrets(workshop, what, std::move(params));
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
