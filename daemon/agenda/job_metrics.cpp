// What JobService tells programs that watch.
#include "daemon/agenda/job_service.hpp"
#include "daemon/agenda/job_task.hpp"

namespace duplid::daemon {

std::vector<JobMetrics> JobService::metrics() const
{
    std::vector<JobMetrics> all;
    for (const auto& [name, entry] : entries_) {
        auto& job = all.emplace_back();
        job.job = summary_of(name, entry);
        for (const auto kind :
             {proto::JobTask::backup, proto::JobTask::verify, proto::JobTask::check}) {
            const auto task = task_name(name, kind);
            if (!entry.job || !scheduler_.has(task)) {
                continue;
            }
            auto& figures = job.tasks.emplace_back();
            figures.status = status_of(task);
            figures.failures = scheduler_.past(task).failures;
            if (const auto record = records_.find(task); record != records_.end()) {
                figures.figures = record->second.figures;
            }
        }
    }
    return all;
}

void JobService::tell_change() const
{
    if (parts_.changed) {
        parts_.changed();
    }
}

}  // namespace duplid::daemon
