#include "daemon/operations/removal_operations.hpp"

#include "daemon/archive/conversions.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <utility>

namespace duplid::daemon {

namespace {

using proto::RemovalReport;

/// The first `count` of `items`, each turned into what the wire has for it.
template <class Wire, class Item, class Turn>
std::vector<Wire> first_of(const std::vector<Item>& items, std::size_t count, const Turn& turn)
{
    std::vector<Wire> wire;
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(std::min(count, items.size()));
    std::transform(items.begin(), end, std::back_inserter(wire), turn);
    return wire;
}

proto::KeepRule rule_to_wire(chain::KeepRule rule) noexcept
{
    switch (rule) {
    case chain::KeepRule::last:
        return proto::KeepRule::last;
    case chain::KeepRule::hourly:
        return proto::KeepRule::hourly;
    case chain::KeepRule::daily:
        return proto::KeepRule::daily;
    case chain::KeepRule::weekly:
        return proto::KeepRule::weekly;
    case chain::KeepRule::monthly:
        return proto::KeepRule::monthly;
    case chain::KeepRule::yearly:
        return proto::KeepRule::yearly;
    case chain::KeepRule::within:
        return proto::KeepRule::within;
    case chain::KeepRule::newer:
        return proto::KeepRule::newer;
    case chain::KeepRule::no_increments:
        return proto::KeepRule::no_increments;
    case chain::KeepRule::newest_chain:
        return proto::KeepRule::newest_chain;
    case chain::KeepRule::last_good_chain:
        return proto::KeepRule::last_good_chain;
    case chain::KeepRule::future:
        return proto::KeepRule::future;
    }
    return proto::KeepRule::other;
}

proto::ChainFate fate_to_wire(chain::Fate fate) noexcept
{
    switch (fate) {
    case chain::Fate::stays:
        return proto::ChainFate::stays;
    case chain::Fate::goes:
        return proto::ChainFate::goes;
    case chain::Fate::loses_increments:
        return proto::ChainFate::loses_increments;
    }
    return proto::ChainFate::other;
}

proto::RemovalCause cause_to_wire(chain::RemovalCause cause) noexcept
{
    switch (cause) {
    case chain::RemovalCause::chain:
        return proto::RemovalCause::chain;
    case chain::RemovalCause::left_over:
        return proto::RemovalCause::left_over;
    case chain::RemovalCause::orphaned:
        return proto::RemovalCause::orphaned;
    case chain::RemovalCause::replaced:
        return proto::RemovalCause::replaced;
    case chain::RemovalCause::incomplete:
        return proto::RemovalCause::incomplete;
    case chain::RemovalCause::partial:
        return proto::RemovalCause::partial;
    case chain::RemovalCause::signatures:
        return proto::RemovalCause::signatures;
    case chain::RemovalCause::duplicates:
        return proto::RemovalCause::duplicates;
    case chain::RemovalCause::old_signatures:
        return proto::RemovalCause::old_signatures;
    }
    return proto::RemovalCause::other;
}

proto::JudgedChain chain_to_wire(const operation::JudgedChain& chain)
{
    proto::JudgedChain wire;
    wire.first = to_wire(chain.first);
    wire.last = to_wire(chain.last);
    wire.sets = chain.sets;
    wire.fate = fate_to_wire(chain.verdict.fate);
    for (const auto& reason : chain.verdict.reasons) {
        wire.reasons.push_back({rule_to_wire(reason.rule), reason.sets, reason.newest});
    }
    wire.goes_after_full = chain.verdict.goes_after_full;
    wire.files = chain.files;
    wire.bytes = chain.bytes;
    return wire;
}

RemovalReport deletion_to_wire(const operation::DeletionReport& deletion)
{
    RemovalReport wire;
    wire.removed = deletion.carried_out;
    wire.parts = first_of<proto::RemovedPart>(
        deletion.parts, RemovalReport::listed_max, [](const operation::DeletedPart& part) {
            return proto::RemovedPart{to_wire(part.set), cause_to_wire(part.cause), part.files,
                                      part.bytes};
        });
    wire.files = first_of<proto::RemovedFile>(deletion.files, RemovalReport::files_listed_max,
                                              [](const operation::DeletedFile& file) {
                                                  return proto::RemovedFile{file.name, file.bytes};
                                              });
    wire.files_count = deletion.files.size();
    wire.bytes = deletion.bytes;
    return wire;
}

PlannedRun plan_removal(Workshop& workshop, const proto::RemovalParams& params,
                        const chain::RemovalRule& rule)
{
    auto facts = facts_of(proto::RunKind::removal, params.lifetime, params.archive, workshop);
    return {std::move(facts),
            [&workshop, params = std::move(params), rule = std::move(rule)](RunControl& control) {
                OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                                 open_options(control)};
                control.running();
                operation::RemoveRequest request;
                request.what.rule = rule;
                request.what.now = std::time(nullptr);
                request.what.include_last_chain = params.include_last_chain;
                request.what.allow_future = params.allow_future;
                request.force = params.force;
                RunResult result;
                result.removal = to_wire(
                    operation::remove(open.archive(), request, control.monitor(), control.stop()));
                return result;
            }};
}

}  // namespace

PlannedRun plan(Workshop& workshop, const proto::RemoveOlderThanParams& params)
{
    return plan_removal(workshop, params, chain::OlderThan{params.time});
}

PlannedRun plan(Workshop& workshop, const proto::RemoveAllButNFullParams& params)
{
    return plan_removal(workshop, params, chain::AllButNFull{params.count});
}

PlannedRun plan(Workshop& workshop, const proto::RemoveIncrementsParams& params)
{
    return plan_removal(workshop, params, chain::IncrementsOfAllButNFull{params.count});
}

PlannedRun plan(Workshop& workshop, const proto::PruneParams& params)
{
    chain::KeepPolicy policy{.last = params.keep_last,
                             .hourly = params.keep_hourly,
                             .daily = params.keep_daily,
                             .weekly = params.keep_weekly,
                             .monthly = params.keep_monthly,
                             .yearly = params.keep_yearly};
    if (params.keep_within) {
        policy.within_seconds = static_cast<std::int64_t>(*params.keep_within);
    }
    if (!policy.has_rules()) {
        throw Error{Error::Kind::invalid, "prune was not told what to keep", "",
                    "say at least one of keep_last, keep_hourly, keep_daily, keep_weekly, "
                    "keep_monthly, keep_yearly and keep_within"};
    }
    return plan_removal(workshop, params, policy);
}

PlannedRun plan(Workshop& workshop, proto::CleanupParams params)
{
    auto facts = facts_of(proto::RunKind::cleanup, params.lifetime, params.archive, workshop);
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(),
                                 open_options(control)};
                control.running();
                RunResult result;
                result.removal = to_wire(operation::clean_up(
                    open.archive(), {params.extra_clean, params.include_last_chain, params.force},
                    control.monitor(), control.stop()));
                return result;
            }};
}

RemovalReport to_wire(const operation::RemoveReport& report)
{
    auto wire = deletion_to_wire(report.deletion);
    wire.older_than = report.bound;
    wire.chains =
        first_of<proto::JudgedChain>(report.chains, RemovalReport::listed_max, chain_to_wire);
    wire.needed = first_of<proto::SetName>(report.needed, RemovalReport::listed_max,
                                           [](const naming::SetId& set) { return to_wire(set); });
    return wire;
}

RemovalReport to_wire(const operation::CleanupReport& report)
{
    auto wire = deletion_to_wire(report.deletion);
    wire.cached = first_of<proto::RemovedFile>(report.cached, RemovalReport::listed_max,
                                               [](const std::string& name) {
                                                   return proto::RemovedFile{name, 0};
                                               });
    wire.ignored = first_of<std::string>(report.ignored, RemovalReport::listed_max,
                                         [](const std::string& name) { return name; });
    return wire;
}

}  // namespace duplid::daemon
