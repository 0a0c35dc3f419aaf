#include "daemon/operations/sync_operation.hpp"

#include "engine/operation/index/sync.hpp"

namespace duplid::daemon {

PlannedRun plan(Workshop& workshop, proto::SyncParams params)
{
    auto facts = facts_of(proto::RunKind::sync, params.lifetime, params.archive, workshop);
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                                 open_options(control)};
                control.running();
                operation::SyncOptions options;
                options.scope = params.metadata_sync_mode == proto::SyncMode::full
                                    ? operation::SyncScope::all_chains
                                    : operation::SyncScope::newest_chain;
                options.files_only = params.files_only;
                options.dry_run = params.dry_run;
                const auto report =
                    operation::sync(open.archive(), options, control.monitor(), control.stop());
                RunResult result;
                result.sync = proto::SyncReport{report.sets, report.fetched_files,
                                                report.fetched_bytes, report.removed_files};
                return result;
            }};
}

}  // namespace duplid::daemon
