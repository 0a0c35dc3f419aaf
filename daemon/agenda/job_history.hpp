// What is told of how a job's runs went.
#pragma once

#include "daemon/runs/runs.hpp"
#include "proto/job_history.hpp"

namespace duplid::daemon {

/// From the runs that are remembered. Loop thread.
[[nodiscard]] proto::JobHistoryReply job_history(const Runs& runs,
                                                 const proto::JobHistoryParams& params);

}  // namespace duplid::daemon
