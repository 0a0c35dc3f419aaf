// Requests about archives, as bodies of runs and questions: params in, operation called, report
// out.
#pragma once

#include "daemon/archive/archive_opener.hpp"
#include "daemon/hooks/child_runner.hpp"
#include "daemon/questions/answer_channel.hpp"
#include "daemon/questions/questions.hpp"
#include "daemon/runs/run.hpp"
#include "engine/operation/backup/backup.hpp"
#include "proto/backup.hpp"
#include "proto/envelope.hpp"
#include "proto/questions.hpp"

#include <memory>
#include <utility>

namespace duplid::daemon {

/// What the bodies share. Outlives all runs and questions.
struct Workshop {
    KeptLocks kept_locks;
    ArchiveDefaults defaults;
    SharedPool pool;
    /// Standard input and output are the client's, who lent them.
    bool has_lent_streams = false;
    /// How hooks of jobs are run in this instance.
    std::unique_ptr<hooks::Runner> hook_runner = std::make_unique<hooks::ChildRunner>();
};

/// A run before it is started.
struct PlannedRun {
    RunFacts facts;
    RunBody body;
};

/// How a run opens its archive: locked, and telling what it waits for.
[[nodiscard]] OpenOptions open_options(RunControl& control);

/// A backup as the engine is asked for it, for the run of `control`; it outlives neither.
/// Throws: Error invalid.
[[nodiscard]] operation::BackupRequest
request_of(Workshop& workshop, const proto::BackupParams& params, RunControl& control);

/// What is known of a run of this kind on this archive. Throws: Error invalid.
[[nodiscard]] RunFacts facts_of(proto::RunKind kind, proto::Lifetime lifetime,
                                const proto::ArchiveParams& archive, const Workshop& workshop);

/// Throw: Error invalid for params that can be seen to be wrong without opening anything.
[[nodiscard]] PlannedRun plan(Workshop& workshop, proto::BackupParams params);

/// Answers to the request with that id; the last line is the reply, or the error.
[[nodiscard]] Questions::Body plan(Workshop& workshop, proto::CollectionStatusParams params,
                                   proto::Json id);

}  // namespace duplid::daemon
