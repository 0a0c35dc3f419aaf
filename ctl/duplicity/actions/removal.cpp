// remove-older-than, remove-all-but-n-full, remove-all-inc-of-but-n-full.
//
// Texts and their order: command-line.md 5.5 and the reference as run. What stays is told, and the
// exit status is 0, whatever is found.
#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/follow_events.hpp"
#include "ctl/duplicity/actions/run_warnings.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/duplicity/texts.hpp"
#include "proto/methods.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::duplicity {

namespace {

using proto::ChainFate;
using proto::JudgedChain;
using proto::RemovalReport;

template <class Params>
RemovalReport start(Context& context, const proto::Method<Params, proto::RunReply>& method,
                    Params params)
{
    const auto& invocation = context.invocation;
    params.archive = archive_params(context);
    params.force = invocation.force && !invocation.dry_run;
    // The reference does not look at clocks.
    params.allow_future = true;
    const auto done = start_and_follow(
        context, method, params, [&](const proto::Event& event) { tell_retries(context, event); });
    if (done.error || !done.removal) {
        throw fatal_from(done.error.value_or(proto::RpcError{}), invocation);
    }
    return *done.removal;
}

RemovalReport report_of(Context& context)
{
    const auto& invocation = context.invocation;
    if (invocation.action == Action::remove_older_than) {
        proto::RemoveOlderThanParams params;
        params.time = invocation.remove_time;
        return start(context, proto::methods::remove_older_than, params);
    }
    if (invocation.action == Action::remove_all_but_n_full) {
        proto::RemoveAllButNFullParams params;
        params.count = invocation.remove_count;
        return start(context, proto::methods::remove_all_but_n_full, params);
    }
    proto::RemoveIncrementsParams params;
    params.count = invocation.remove_count;
    return start(context, proto::methods::remove_all_inc_of_but_n_full, params);
}

bool goes(const JudgedChain& chain) noexcept
{
    return chain.fate == ChainFate::goes || chain.fate == ChainFate::loses_increments;
}

bool is_kept_for(const JudgedChain& chain, proto::KeepRule rule)
{
    return chain.fate == ChainFate::stays &&
           std::ranges::find(chain.reasons, rule, &proto::KeepReason::rule) != chain.reasons.end();
}

std::string dates_of(const std::vector<std::int64_t>& times)
{
    std::string text;
    for (const auto time : times) {
        text += "\n" + date_text(time);
    }
    return text;
}

void tell_what_stays(Context& context, const RemovalReport& report)
{
    if (!report.needed.empty()) {
        std::vector<std::int64_t> times;
        std::ranges::transform(report.needed, std::back_inserter(times), &proto::SetName::time);
        context.reporter.warning(
            fmt::format("There are backup set(s) at time(s):{}\n"
                        "Which can't be deleted because newer sets depend on them.",
                        dates_of(times)));
    }
    const bool old = report.older_than && !report.chains.empty() &&
                     report.chains.back().last.time < *report.older_than;
    if (old) {
        context.reporter.warning(
            "Current active backup chain is older than specified time.  However, it will not be "
            "deleted.  To remove all your backups, manually purge the repository.");
    }
    for (const auto& chain : report.chains) {
        // A protection that the reference does not have.
        if (is_kept_for(chain, proto::KeepRule::last_good_chain) &&
            &chain != &report.chains.back()) {
            context.reporter.warning(
                fmt::format("The backup chain that ended at {} will not be deleted: no newer one "
                            "is complete.",
                            date_text(chain.last.time)));
        }
    }
}

/// One line for each place that has signatures of the chain, and one for the chain, newest first.
void tell_deletions(Context& context, const std::vector<const JudgedChain*>& chains,
                    const proto::CollectionStatusReply& before)
{
    const bool increments = context.invocation.action == Action::remove_all_inc_of_but_n_full;
    const auto line = [&](std::string_view what, std::int64_t time) {
        context.reporter.notice(
            increments ? fmt::format("Deleting any incremental {} chain rooted at {}", what,
                                     date_text(time))
                       : fmt::format("Deleting complete {} chain {}", what, date_text(time)));
    };
    const std::vector<const JudgedChain*> newest_first{chains.rbegin(), chains.rend()};
    for (const auto* chain : newest_first) {
        const auto known = std::ranges::find_if(before.chains, [&](const auto& one) {
            return one.sets.front().set.time == chain->first.time;
        });
        const auto copies = known == before.chains.end() ? 0 : known->signature_copies;
        for (std::uint32_t i = 0; i < copies; ++i) {
            line("signature", chain->last.time);
        }
    }
    for (const auto* chain : newest_first) {
        line("backup", chain->last.time);
    }
}

}  // namespace

int run_removal(Context& context, const proto::CollectionStatusReply& before)
{
    if (before.chains.empty()) {
        context.reporter.notice("No old backup sets found, nothing deleted.");
        return 0;
    }
    const auto report = report_of(context);
    tell_what_stays(context, report);
    std::vector<const JudgedChain*> chains;
    std::vector<std::int64_t> times;
    for (const auto& chain : report.chains) {
        if (goes(chain)) {
            chains.push_back(&chain);
            times.push_back(chain.last.time);
        }
    }
    const bool many = chains.size() > 1;
    if (chains.empty()) {
        context.reporter.notice("No old backup sets found, nothing deleted.");
    } else if (context.invocation.force) {
        context.reporter.notice(fmt::format("Deleting backup chain{} at time{}:{}", many ? "s" : "",
                                            many ? "s" : "", dates_of(times)));
        tell_deletions(context, chains, before);
    } else {
        context.reporter.notice(fmt::format("Found old backup chain{} at the following time{}:{}\n"
                                            "Rerun command with --force option to actually delete.",
                                            many ? "s" : "", many ? "s" : "", dates_of(times)));
    }
    return 0;
}

}  // namespace duplid::duplicity
