// How the runs of a job went, for tables and charts: figures of each, without its events.
#pragma once

#include "proto/error.hpp"
#include "proto/field.hpp"
#include "proto/report.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

/// Entries of one reply: a page. With causes of failures of some hundred bytes it fits into a line.
inline constexpr std::uint64_t job_history_max = 500;

struct JobHistoryParams {
    std::string job;
    std::optional<std::int64_t> since;    ///< epoch seconds
    std::uint64_t limit = 100;            ///< at most job_history_max
    std::optional<std::uint64_t> before;  ///< only runs with smaller ids: the next page

    void describe(Fields& fields);
};

/// Of a backup that ended well.
struct BackupFigures {
    BackupOutcome outcome = BackupOutcome::other;
    SetType set_type = SetType::other;
    std::uint64_t source_files = 0;
    std::uint64_t source_bytes = 0;
    std::uint64_t changed_files = 0;  ///< new, changed and deleted ones
    std::uint64_t stored_bytes = 0;   ///< that the target has grown by

    void describe(Fields& fields);
};

struct JobHistoryEntry {
    std::uint64_t run = 0;
    RunKind kind = RunKind::other;
    RunState state = RunState::other;
    std::int64_t queued_at = 0;  ///< epoch seconds, as all times here
    std::optional<std::int64_t> started_at;
    std::optional<std::int64_t> ended_at;
    std::uint64_t warnings = 0;
    std::optional<RpcError> error;  ///< for who may only watch: its kind
    std::optional<BackupFigures> backup;

    void describe(Fields& fields);
};

struct JobHistoryReply {
    std::vector<JobHistoryEntry> runs;  ///< newest first
    bool more = false;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
