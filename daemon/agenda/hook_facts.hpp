// What hooks and notices are told of a run, as variables. Paths and names, never a secret.
#pragma once

#include "daemon/hooks/call.hpp"
#include "daemon/jobs/job.hpp"
#include "proto/error.hpp"
#include "proto/report.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::daemon {

/// As settings call what a run does: backup, removal, verify, check.
[[nodiscard]] std::string task_word(proto::RunKind kind);

/// DUPLID_JOB, DUPLID_SOURCE, DUPLID_TARGET.
[[nodiscard]] hooks::Facts facts_of(const jobs::Job& job);

/// DUPLID_TASK, DUPLID_RUN.
void add_run(hooks::Facts& facts, proto::RunKind kind, std::uint64_t run);

/// How a run ended.
struct Ending {
    proto::RunState state = proto::RunState::done;
    std::optional<proto::RpcError> error{};
    std::uint64_t warnings = 0;
    std::optional<proto::BackupReport> backup{};
};

/// DUPLID_RESULT (success, warnings, failed, cancelled), DUPLID_EXIT_CODE, DUPLID_WARNINGS; of a
/// run that did not end well DUPLID_ERROR and DUPLID_ERROR_KIND; of a backup that did, its figures.
void add_ending(hooks::Facts& facts, const Ending& ending);

[[nodiscard]] std::string result_word(proto::RunState state);

}  // namespace duplid::daemon
