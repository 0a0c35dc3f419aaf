// Figures for programs that watch machines, as text.
//
// The form is OpenMetrics 1.0 (https://openmetrics.io, "Exposition format"), and of that only what
// Prometheus' older text format has, too, because node_exporter's textfile collector reads that
// one: gauges, no other types. Labels are names of jobs, and of their targets where there are
// several, and words of the protocol, never paths, URLs or errors: members of the group may read
// this.
#pragma once

#include "daemon/agenda/task_figures.hpp"
#include "proto/jobs.hpp"
#include "proto/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::daemon {

struct TaskMetrics {
    proto::TaskStatus status;
    unsigned failures = 0;  ///< in a row
    std::optional<TaskFigures> figures;
};

struct JobMetrics {
    proto::JobSummary job;
    std::vector<TaskMetrics> tasks;  ///< none: the job is broken
};

struct InstanceMetrics {
    proto::Instance instance = proto::Instance::other;
    std::int64_t started = 0;
    std::size_t running = 0;
    std::size_t queued = 0;
    std::vector<JobMetrics> jobs;
};

[[nodiscard]] std::string metrics_text(const InstanceMetrics& metrics);

}  // namespace duplid::daemon
