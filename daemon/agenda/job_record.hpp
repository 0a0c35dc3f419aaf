// What is remembered of one task of a job over restarts, as JSON in history.db.
#pragma once

#include "daemon/agenda/task_figures.hpp"
#include "daemon/schedule/due.hpp"
#include "proto/run.hpp"
#include "proto/targets.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::daemon {

/// Moments are microseconds since 1970.
struct JobRecord {
    /// Of the schedule that `past` belongs to: times of another one are none of it.
    std::string plan;
    schedule::Past past;
    /// The attempt that is under way; found at a start, it was cut short.
    std::optional<std::int64_t> running_since;
    std::optional<std::uint64_t> run;  ///< the last one
    std::optional<proto::RunState> last_state;
    std::optional<proto::RpcError> last_error;
    /// Of a backup to several: how each stood when it was last asked.
    std::vector<proto::TargetStatus> targets{};
    /// It was stale when somebody was last told how it stands.
    bool stale_told = false;
    std::optional<TaskFigures> figures{};

    void describe(proto::Fields& fields);
};

[[nodiscard]] std::string text_of(const JobRecord& record);
/// Nothing for what somebody else wrote there.
[[nodiscard]] std::optional<JobRecord> job_record_of(const std::string& text);

}  // namespace duplid::daemon
