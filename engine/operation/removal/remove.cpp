#include "engine/operation/removal/remove.hpp"

namespace duplid::operation {

namespace {

std::vector<JudgedChain> judged_chains(const chain::Collection& collection,
                                       const chain::Judgement& judgement)
{
    std::vector<JudgedChain> chains;
    for (std::size_t i = 0; i < collection.chains.size(); ++i) {
        const auto& sets = collection.chains[i].sets;
        chains.push_back({.first = sets.front().id,
                          .last = sets.back().id,
                          .sets = sets.size(),
                          .verdict = judgement.chains[i]});
    }
    return chains;
}

std::vector<naming::SetId> needed_by_newer(const chain::Collection& collection,
                                           const chain::Judgement& judgement)
{
    std::vector<naming::SetId> needed;
    for (std::size_t i = 0; i < collection.chains.size() && judgement.bound; ++i) {
        const auto& chain = collection.chains[i];
        if (chain.end() < *judgement.bound) {
            continue;
        }
        for (const auto& set : chain.sets) {
            if (set.id.end < *judgement.bound) {
                needed.push_back(set.id);
            }
        }
    }
    return needed;
}

}  // namespace

RemoveReport remove(Archive& archive, const RemoveRequest& request, Monitor& monitor,
                    const std::stop_token& stop)
{
    monitor.phase(Phase::preparing);
    const auto listing = list_archive(archive);
    const auto judgement = chain::judge(listing.collection, request.what);
    const auto steps = chain::removal_steps(listing.collection, judgement);

    RemoveReport report;
    report.bound = judgement.bound;
    report.chains = judged_chains(listing.collection, judgement);
    report.needed = needed_by_newer(listing.collection, judgement);
    report.deletion = report_of(steps, listing);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].chain) {
            auto& chain = report.chains.at(*steps[i].chain);
            chain.files += report.deletion.parts[i].files;
            chain.bytes += report.deletion.parts[i].bytes;
        }
    }
    if (request.force) {
        carry_out(archive, steps, report.deletion, monitor, stop);
        report.deletion.carried_out = true;
    }
    return report;
}

}  // namespace duplid::operation
