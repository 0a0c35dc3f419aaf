// The names under which the scheduler and the history know what jobs do by themselves.
#pragma once

#include "proto/jobs.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace duplid::daemon {

/// "home" for its backup, "home verify", "home check": names of jobs have no blanks.
[[nodiscard]] inline std::string task_name(const std::string& job, proto::JobTask task)
{
    switch (task) {
    case proto::JobTask::verify:
        return job + " verify";
    case proto::JobTask::check:
        return job + " check";
    default:
        return job;
    }
}

[[nodiscard]] inline std::pair<std::string, proto::JobTask> task_of(std::string_view name)
{
    const auto blank = name.find(' ');
    const auto word = blank == std::string_view::npos ? std::string_view{} : name.substr(blank + 1);
    return {std::string{name.substr(0, blank)}, word == "verify"  ? proto::JobTask::verify
                                                : word == "check" ? proto::JobTask::check
                                                                  : proto::JobTask::backup};
}

}  // namespace duplid::daemon
