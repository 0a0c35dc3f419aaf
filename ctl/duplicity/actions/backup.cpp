// full, incremental, and neither by name: one set is made, or with --dry-run only told of.
//
// Order, texts and records: command-line.md 1.3, 4.5, 4.8, 5.1, 5.10 and 5.11.
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/backup_reporter.hpp"
#include "ctl/duplicity/actions/follow_events.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/duplicity/json_statistics.hpp"
#include "ctl/show/report.hpp"

#include <algorithm>
#include <chrono>

namespace duplid::duplicity {

namespace {

using Clock = UploadProgress::Clock;

/// Volumes under way at a time: one is being uploaded while the next is made, and by default none.
std::uint32_t concurrency_of(const Invocation& invocation)
{
    constexpr std::uint32_t asynchronous = 2;
    constexpr std::uint32_t most = 64;
    if (invocation.concurrency > 0) {
        return std::min(invocation.concurrency + 1, most);
    }
    return invocation.asynchronous_upload ? asynchronous : 1;
}

proto::BackupType type_of(Action action)
{
    switch (action) {
    case Action::full:
        return proto::BackupType::full;
    case Action::incremental:
        return proto::BackupType::incremental;
    default:
        return proto::BackupType::automatic;
    }
}

proto::BackupParams params_of(const Context& context)
{
    const auto& invocation = context.invocation;
    proto::BackupParams params;
    params.archive = archive_params(context);
    params.source = invocation.local_path;
    params.type = type_of(invocation.action);
    params.full_if_older_than = invocation.full_if_older_than;
    params.dry_run = invocation.dry_run;
    params.skip_if_no_change = invocation.skip_if_no_change;
    params.record_changes = invocation.record_changes;
    params.rules = invocation.rules;
    params.copy_links = invocation.copy_links;
    params.null_separator = invocation.null_separator;
    params.volsize_bytes = invocation.volsize_bytes;
    params.concurrency = concurrency_of(invocation);
    params.max_blocksize = invocation.max_blocksize;
    params.allow_source_mismatch = invocation.allow_source_mismatch;
    // Whatever is asked for, what was interrupted is finished first (command-line.md 9.7).
    params.go_on_with_any = true;
    params.tell_objects = context.reporter.tells(level::info);
    params.tell_volumes = params.tell_objects || invocation.progress;
    params.current_time = invocation.current_time;
    params.fail_on_volume = invocation.fail_on_volume;
    params.skip_volume = invocation.skip_volume;
    return params;
}

proto::BackupReport report_of(const proto::DoneEvent& done, const Invocation& invocation)
{
    if (!done.backup) {
        throw fatal_from(done.error.value_or(proto::RpcError{}), invocation);
    }
    return *done.backup;
}

/// What a backup would do, told as with --dry-run: also the first pass of --progress.
proto::BackupReport compare(Context& context, proto::BackupParams params)
{
    params.dry_run = true;
    BackupReporter reporter{context, BackupReporter::Pass::comparison};
    const auto done = start_and_follow(context, proto::methods::backup, params,
                                       [&](const proto::Event& event) { reporter.take(event); });
    auto report = report_of(done, context.invocation);
    reporter.tell_progress(report.statistics.source_file_size);
    return report;
}

proto::BackupReport store(Context& context, const proto::BackupParams& params,
                          std::optional<UploadProgress>& progress)
{
    context.reporter.info("AsyncScheduler: instantiating at concurrency " +
                          std::to_string(params.concurrency - 1));
    BackupReporter reporter{context, BackupReporter::Pass::storing};
    if (progress) {
        reporter.show_progress(*progress);
        context.session.set_heartbeat([&] { reporter.beat(Clock::now()); });
    }
    const auto done = start_and_follow(context, proto::methods::backup, params,
                                       [&](const proto::Event& event) { reporter.take(event); });
    context.session.set_heartbeat({});
    if (done.error && done.error->detail == "wrong_size") {
        tell_wrong_size(context, *done.error);  // the last answer, told like those before
    }
    auto report = report_of(done, context.invocation);
    reporter.end(Clock::now());
    return report;
}

void tell_statistics(Context& context, const proto::BackupReport& report,
                     const proto::CollectionStatusReply& before)
{
    const auto& invocation = context.invocation;
    if (invocation.json_statistics) {
        context.reporter.notice(json_statistics(report, before, invocation));
    } else if (invocation.print_statistics) {
        auto block = show::statistics_block(report.statistics);
        block.pop_back();  // a message ends without a line end; the block's own empty line stays
        context.reporter.forced_notice(block);
    }
}

}  // namespace

int run_backup(Context& context, const proto::CollectionStatusReply& before)
{
    const auto& invocation = context.invocation;
    context.passphrases.complete_for_writing(invocation);
    auto params = params_of(context);
    if (invocation.action == Action::incremental && before.chains.empty()) {
        const proto::RpcError nothing_to_continue{proto::ErrorKind::not_found,
                                                  "there is no chain to be continued",
                                                  {},
                                                  {},
                                                  "no_signatures"};
        throw fatal_from(nothing_to_continue, invocation);
    }
    if (invocation.action == Action::implied_backup && before.chains.empty()) {
        // Also where the cache remembers an archive that the target has no more, which the daemon
        // would take for a disk that is not mounted.
        context.reporter.warning("No signatures found, switching to full backup.");
        params.type = proto::BackupType::full;
    }
    if (invocation.dry_run) {
        tell_statistics(context, compare(context, params), before);
        return 0;
    }
    std::optional<UploadProgress> progress;
    if (invocation.progress) {
        const auto expected = compare(context, params).statistics;
        progress.emplace(expected.new_file_size + expected.changed_file_size,
                         std::chrono::seconds{invocation.progress_rate}, Clock::now());
    }
    const auto report = store(context, params, progress);
    if (report.outcome == proto::BackupOutcome::unchanged) {
        // Spelled as in the reference, for whoever looks for it.
        context.reporter.notice("Skipped volume upload, as effectivly nothing has changed");
    }
    tell_statistics(context, report, before);
    return 0;
}

}  // namespace duplid::duplicity
