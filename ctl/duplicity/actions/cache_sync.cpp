#include "ctl/duplicity/actions/cache_sync.hpp"

#include "ctl/duplicity/actions/follow_events.hpp"
#include "ctl/duplicity/actions/run_warnings.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "proto/sync.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>
#include <vector>

namespace duplid::duplicity {

namespace {

struct Changes {
    std::vector<std::string> fetched;
    std::vector<std::string> removed;

    [[nodiscard]] bool empty() const noexcept { return fetched.empty() && removed.empty(); }
};

proto::SyncParams params_of(const Context& context)
{
    proto::SyncParams params;
    params.archive = archive_params(context);
    params.metadata_sync_mode = context.invocation.metadata_sync_mode;
    params.files_only = true;
    return params;
}

void run_sync(Context& context, const proto::SyncParams& params,
              const std::function<void(const proto::CacheEvent&)>& each)
{
    const auto done =
        start_and_follow(context, proto::methods::sync, params, [&](const proto::Event& event) {
            if (const auto* const change = std::get_if<proto::CacheEvent>(&event.what)) {
                each(*change);
            } else {
                tell_retries(context, event);
            }
        });
    if (!done.error) {
        return;
    }
    const auto fatal = fatal_from(*done.error, context.invocation);
    // What is damaged is passed over by the action too, or ends it.
    if (!context.invocation.ignore_errors || done.error->kind != proto::ErrorKind::corrupt) {
        throw Fatal{fatal};
    }
    context.reporter.error(fatal.code(), fatal.what(), fatal.words());
    tell_ignored(context, fatal.what());
}

Changes due_changes(Context& context)
{
    auto params = params_of(context);
    params.dry_run = true;
    Changes changes;
    run_sync(context, params, [&](const proto::CacheEvent& change) {
        (change.change == "fetched" ? changes.fetched : changes.removed).push_back(change.name);
    });
    return changes;
}

void tell_due_changes(Context& context, const Changes& changes)
{
    if (!changes.fetched.empty()) {
        context.reporter.notice(
            fmt::format("Sync would copy the following from remote to local:\n{}",
                        fmt::join(changes.fetched, "\n")));
    }
    if (!changes.removed.empty()) {
        context.reporter.notice(
            fmt::format("Sync would remove the following spurious local files:\n{}",
                        fmt::join(changes.removed, "\n")));
    }
}

bool is_encrypted(const std::string& name)
{
    return name.ends_with(".gpg") || name.ends_with(".g");
}

}  // namespace

bool synchronise_cache(Context& context, const proto::CollectionStatusReply& found)
{
    // An archive that is gone from the target may come back; the daemon keeps what is left of it.
    const bool nothing_there = found.chains.empty() && found.orphaned.empty();
    const auto changes = nothing_there ? Changes{} : due_changes(context);
    if (changes.empty()) {
        context.reporter.notice("Local and Remote metadata are synchronized, no sync needed.");
        return false;
    }
    if (context.invocation.dry_run) {
        tell_due_changes(context, changes);
        return false;
    }
    context.reporter.notice("Synchronizing remote metadata to local cache...");
    if (std::ranges::any_of(changes.fetched, is_encrypted)) {
        context.passphrases.complete_for_reading(context.invocation);
    }
    run_sync(context, params_of(context), [&](const proto::CacheEvent& change) {
        context.reporter.notice(
            change.change == "fetched"
                ? fmt::format("Copying {} to local cache.", change.name)
                : fmt::format("Deleting local {}/{} (not authoritative at backend).",
                              found.archive_directory, change.name));
    });
    return true;
}

}  // namespace duplid::duplicity
