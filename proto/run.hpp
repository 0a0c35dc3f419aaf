// Runs: long work with an id, a state, and numbered events (event.hpp).
#pragma once

#include "proto/error.hpp"
#include "proto/field.hpp"
#include "proto/proof.hpp"
#include "proto/removal_report.hpp"
#include "proto/repair_report.hpp"
#include "proto/replicate_report.hpp"
#include "proto/report.hpp"
#include "proto/tree_report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

enum class RunState {
    queued,
    running,
    done,      ///< ended well
    warnings,  ///< ended well but for some files
    failed,
    cancelled,
    other,
};
[[nodiscard]] std::span<const Choice> choices_of(RunState) noexcept;
[[nodiscard]] bool has_ended(RunState state) noexcept;

enum class RunKind {
    backup,
    restore,
    removal,
    cleanup,
    verify,
    check,
    sync,
    replicate,
    repair,
    tree_delta,
    tree_patch,
    other
};
[[nodiscard]] std::span<const Choice> choices_of(RunKind) noexcept;

/// Whose death a run does not survive.
enum class Lifetime {
    attached,  ///< stopped at once when the connection that asked for it ends
    detached,  ///< lives on; run-watch picks it up again
};
[[nodiscard]] std::span<const Choice> choices_of(Lifetime) noexcept;

/// How far a run is. An expected count of 0 means "not known".
struct ProgressFigures {
    std::uint64_t files_done = 0;
    std::uint64_t files_expected = 0;
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_expected = 0;
    std::uint64_t stored_bytes = 0;
    std::uint32_t volumes_done = 0;
    std::uint64_t bytes_per_second = 0;
    std::optional<std::uint64_t> eta_seconds;
    bool is_estimate = false;  ///< what is expected is a guess

    void describe(Fields& fields);
};

/// Somebody wants a run to stand still.
struct RunPause {
    std::string by;                     ///< the user's name
    std::optional<std::int64_t> until;  ///< epoch seconds; not set: until it is resumed

    void describe(Fields& fields);
    friend bool operator==(const RunPause&, const RunPause&) = default;
};

struct RunSummary {
    std::uint64_t run = 0;
    RunKind kind = RunKind::other;
    RunState state = RunState::other;
    /// Stands still until its client renews the lease, or the machine is awake again.
    bool held = false;
    std::optional<RunPause> paused{};
    Lifetime lifetime = Lifetime::attached;
    std::string target;  ///< URL without password; left out for peers who may not see it
    std::string job{};   ///< whose run it is; empty: somebody's request
    std::int64_t queued_at = 0;
    std::optional<std::int64_t> started_at;
    std::optional<std::int64_t> ended_at;
    std::string phase;
    std::optional<ProgressFigures> progress;
    std::uint64_t warnings = 0;
    /// Bytes a second to and from its targets; 0: no limit.
    std::uint64_t limit_up = 0;
    std::uint64_t limit_down = 0;
    std::optional<RpcError> error;

    void describe(Fields& fields);
};

/// What backup and restore answer at once.
struct RunReply {
    std::uint64_t run = 0;

    void describe(Fields& fields);
};

struct RunListParams {
    std::uint64_t limit = 100;
    std::optional<std::uint64_t> before;  ///< only runs with smaller ids: the next page

    void describe(Fields& fields);
};

struct RunListReply {
    std::vector<RunSummary> runs;  ///< newest first
    bool more = false;

    void describe(Fields& fields);
};

struct RunShowParams {
    std::uint64_t run = 0;

    void describe(Fields& fields);
};

struct RunShowReply {
    RunSummary run;
    std::optional<BackupReport> backup;
    std::optional<RestoreReport> restore;
    std::optional<RemovalReport> removal;
    std::optional<VerifyReport> verify;
    std::optional<CheckReport> check;
    std::optional<SyncReport> sync{};
    std::optional<ReplicateReport> replicate;
    std::optional<RepairReport> repair;
    std::optional<TreeDeltaReport> tree_delta{};
    std::optional<TreePatchReport> tree_patch{};

    void describe(Fields& fields);
};

/// Replays events from `from_seq` on and follows until `done`, as `event` notifications that
/// come after the reply.
struct RunWatchParams {
    std::uint64_t run = 0;
    std::uint64_t from_seq = 1;

    void describe(Fields& fields);
};

struct RunWatchReply {
    std::uint64_t run = 0;
    RunState state = RunState::other;
    std::uint64_t first_seq = 1;  ///< the oldest event still kept
    std::uint64_t next_seq = 1;   ///< the number the next new event will have

    void describe(Fields& fields);
};

enum class StopAt {
    now,     ///< what is not whole is given up
    volume,  ///< of a backup: when the volume that is being filled is stored
};
[[nodiscard]] std::span<const Choice> choices_of(StopAt) noexcept;

/// Answers as soon as the run has been told; its `done` event says when it has stopped. A backup
/// can be gone on with in either case.
struct RunStopParams {
    std::uint64_t run = 0;
    StopAt at = StopAt::now;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
