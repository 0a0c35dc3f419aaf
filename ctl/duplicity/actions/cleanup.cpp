// cleanup: files that belong to no set of a chain.
//
// Texts: command-line.md 5.8. A set that can be resumed is listed like the others and deleted only
// with --force, unlike in the reference (13, 3).
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/follow_events.hpp"
#include "ctl/duplicity/actions/run_warnings.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "proto/methods.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace duplid::duplicity {

namespace {

proto::RemovalReport clean_up(Context& context)
{
    const auto& invocation = context.invocation;
    proto::CleanupParams params;
    params.archive = archive_params(context);
    params.force = invocation.force && !invocation.dry_run;
    // Without any chain, the reference deletes what is left of one, too.
    params.include_last_chain = true;
    const auto done =
        start_and_follow(context, proto::methods::cleanup, params,
                         [&](const proto::Event& event) { tell_retries(context, event); });
    if (done.error || !done.removal) {
        throw fatal_from(done.error.value_or(proto::RpcError{}), invocation);
    }
    return *done.removal;
}

bool is_signature(const std::string& name) noexcept
{
    return name.find("-signatures.") != std::string::npos;
}

bool is_manifest(const std::string& name) noexcept
{
    return name.find(".manifest") != std::string::npos;
}

/// What a set's files have in common: all before ".vol1..." and ".manifest...".
std::string_view set_part(std::string_view name) noexcept
{
    return name.substr(0, std::min(name.find(".vol"), name.find(".manifest")));
}

/// In the reference's order: set by set, volumes before the manifest, then signatures.
std::vector<std::string> ordered(const proto::RemovalReport& report)
{
    std::vector<std::string> sets;
    std::vector<std::string> signatures;
    for (const auto& file : report.files) {
        (is_signature(file.name) ? signatures : sets).push_back(file.name);
    }
    for (auto at = sets.begin(); at != sets.end();) {
        const auto end = std::find_if(at, sets.end(), [&](const std::string& name) {
            return set_part(name) != set_part(*at);
        });
        std::stable_partition(at, end, [](const std::string& name) { return !is_manifest(name); });
        at = end;
    }
    sets.insert(sets.end(), signatures.begin(), signatures.end());
    for (const auto& file : report.cached) {
        sets.push_back(file.name);
    }
    return sets;
}

std::string lines_of(const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names) {
        text += "\n" + name;
    }
    return text;
}

}  // namespace

int run_cleanup(Context& context, const proto::CollectionStatusReply& /*before*/)
{
    context.passphrases.complete_for_reading(context.invocation);
    const auto names = ordered(clean_up(context));
    if (names.empty()) {
        context.reporter.warning("No extraneous files found, nothing deleted in cleanup.");
    } else if (context.invocation.force) {
        context.reporter.notice((names.size() == 1 ? "Deleting this file from backend:"
                                                   : "Deleting these files from backend:") +
                                lines_of(names));
    } else {
        context.reporter.notice(
            (names.size() == 1 ? "Found the following file to delete:"
                               : "Found the following files to delete:") +
            lines_of(names) + "\nRun duplicity again with the --force option to actually delete.");
    }
    return 0;
}

}  // namespace duplid::duplicity
