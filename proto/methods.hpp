// The table of methods: what there is to call, with which params, and what comes back.
#pragma once

#include "proto/backup.hpp"
#include "proto/changes.hpp"
#include "proto/compare.hpp"
#include "proto/event.hpp"
#include "proto/file_questions.hpp"
#include "proto/file_system.hpp"
#include "proto/job_history.hpp"
#include "proto/jobs.hpp"
#include "proto/metrics.hpp"
#include "proto/proof_params.hpp"
#include "proto/question_progress.hpp"
#include "proto/questions.hpp"
#include "proto/removal.hpp"
#include "proto/repair.hpp"
#include "proto/replicate.hpp"
#include "proto/restore.hpp"
#include "proto/run.hpp"
#include "proto/run_control.hpp"
#include "proto/session.hpp"
#include "proto/sync.hpp"
#include "proto/tree_params.hpp"
#include "proto/why.hpp"

#include <span>
#include <string_view>

namespace duplid::proto {

/// A method's name with its types, for both ends.
template <Message ParamsType, Message ReplyType>
struct Method {
    using Params = ParamsType;
    using Reply = ReplyType;
    std::string_view name;
};

namespace methods {

inline constexpr Method<HelloParams, HelloReply> hello{"hello"};
inline constexpr Method<Nothing, ApiReply> api{"api"};
inline constexpr Method<LeaseParams, LeaseReply> lease{"lease"};
inline constexpr Method<Nothing, StatusReply> status{"status"};
inline constexpr Method<Nothing, Nothing> shutdown{"shutdown"};
inline constexpr Method<BackupParams, RunReply> backup{"backup"};
inline constexpr Method<RestoreParams, RunReply> restore{"restore"};
inline constexpr Method<RemoveOlderThanParams, RunReply> remove_older_than{"remove-older-than"};
inline constexpr Method<RemoveAllButNFullParams, RunReply> remove_all_but_n_full{
    "remove-all-but-n-full"};
inline constexpr Method<RemoveIncrementsParams, RunReply> remove_all_inc_of_but_n_full{
    "remove-all-inc-of-but-n-full"};
inline constexpr Method<PruneParams, RunReply> prune{"prune"};
inline constexpr Method<CleanupParams, RunReply> cleanup{"cleanup"};
inline constexpr Method<VerifyParams, RunReply> verify{"verify"};
inline constexpr Method<CheckParams, RunReply> check{"check"};
inline constexpr Method<ReplicateParams, RunReply> replicate{"replicate"};
inline constexpr Method<RepairParams, RunReply> repair{"repair"};
inline constexpr Method<CollectionStatusParams, CollectionStatusReply> collection_status{
    "collection-status"};
inline constexpr Method<ListFilesParams, ListFilesReply> list_current_files{"list-current-files"};
inline constexpr Method<FindParams, FindReply> find{"find"};
inline constexpr Method<VersionsParams, VersionsReply> versions{"versions"};
inline constexpr Method<CompareParams, CompareReply> compare{"compare"};
inline constexpr Method<FileChangedParams, ChangesReply> file_changed{"file-changed"};
inline constexpr Method<ChangesInSetParams, ChangesReply> changes_in_set{"changes-in-set"};
inline constexpr Method<WhyParams, WhyReply> why{"why"};
inline constexpr Method<SyncParams, RunReply> sync{"sync"};
inline constexpr Method<TreeDeltaParams, RunReply> tree_delta{"tree-delta"};
inline constexpr Method<TreePatchParams, RunReply> tree_patch{"tree-patch"};
inline constexpr Method<Nothing, JobListReply> job_list{"job-list"};
inline constexpr Method<JobParams, JobShowReply> job_show{"job-show"};
inline constexpr Method<JobHistoryParams, JobHistoryReply> job_history{"job-history"};
inline constexpr Method<JobRunParams, RunReply> job_run{"job-run"};
inline constexpr Method<JobPauseParams, Nothing> job_pause{"job-pause"};
inline constexpr Method<JobResumeParams, Nothing> job_resume{"job-resume"};
inline constexpr Method<JobSetParams, JobSetReply> job_set{"job-set"};
inline constexpr Method<JobParams, JobRemoveReply> job_remove{"job-remove"};
inline constexpr Method<ConfigCheckParams, ConfigCheckReply> config_check{"config-check"};
inline constexpr Method<Nothing, ConfigCheckReply> reload{"reload"};
inline constexpr Method<FileSystemParams, FileSystemReply> file_system{"file-system"};
inline constexpr Method<Nothing, MetricsReply> metrics{"metrics"};
inline constexpr Method<RunListParams, RunListReply> run_list{"run-list"};
inline constexpr Method<RunShowParams, RunShowReply> run_show{"run-show"};
inline constexpr Method<RunWatchParams, RunWatchReply> run_watch{"run-watch"};
inline constexpr Method<RunStopParams, Nothing> run_stop{"run-stop"};
inline constexpr Method<RunPauseParams, RunsReply> run_pause{"run-pause"};
inline constexpr Method<RunResumeParams, RunsReply> run_resume{"run-resume"};
inline constexpr Method<RunLimitParams, RunsReply> run_limit{"run-limit"};

}  // namespace methods

inline constexpr std::string_view event_notification = "event";
inline constexpr std::string_view files_notification = "files";
inline constexpr std::string_view versions_notification = "versions";
inline constexpr std::string_view differences_notification = "differences";
inline constexpr std::string_view changes_notification = "changes";
inline constexpr std::string_view collection_notification = "collection";
inline constexpr std::string_view progress_notification = "progress";

/// Names of all methods, in the order of the schema.
[[nodiscard]] std::span<const std::string_view> method_names() noexcept;

/// Everything above, machine-readable: protocol version, limits, methods (params and reply as
/// JSON Schema), notifications, error table, exit codes.
[[nodiscard]] Json api_schema();

}  // namespace duplid::proto
