#include "engine/chain/links.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace duplid::chain {

namespace {

/// An increment leads from somewhere to later; the reference orphans others just so.
bool leads_forward(const naming::SetId& id) noexcept
{
    return id.start < id.end;
}

template <class AnyChain>
void sort_by_end(std::vector<AnyChain>& chains)
{
    std::stable_sort(chains.begin(), chains.end(),
                     [](const AnyChain& a, const AnyChain& b) { return a.end() < b.end(); });
}

/// Appends `set` to the chain it continues, or puts it in the place of the chain's last
/// increment. Chains are asked in the order in which they were started.
void offer(BackupSet set, Collection& into)
{
    if (leads_forward(set.id)) {
        for (Chain& chain : into.chains) {
            BackupSet& last = chain.sets.back();
            if (chain.end() == set.id.start) {
                chain.sets.push_back(std::move(set));
                return;
            }
            if (!last.id.full && last.id.start == set.id.start && last.id.end < set.id.end) {
                into.replaced.push_back(std::exchange(last, std::move(set)));
                return;
            }
        }
    }
    into.orphaned.push_back(std::move(set));
}

}  // namespace

void link_sets(std::vector<BackupSet> complete, Collection& into)
{
    for (BackupSet& set : complete) {
        if (set.id.full) {
            into.chains.emplace_back().sets.push_back(std::move(set));
        } else {
            offer(std::move(set), into);
        }
    }
    sort_by_end(into.chains);
    std::sort(into.replaced.begin(), into.replaced.end(),
              [](const BackupSet& a, const BackupSet& b) { return a.id < b.id; });
}

Signatures link_signatures(std::vector<SignatureFile> files, const std::set<naming::SetId>& live)
{
    Signatures result;
    const auto order = [&live](const SignatureFile& file) {
        return std::tuple{!file.id.full, file.id.start, !live.contains(file.id), file.id.end};
    };
    std::sort(files.begin(), files.end(),
              [&order](const auto& a, const auto& b) { return order(a) < order(b); });

    for (SignatureFile& file : files) {
        if (file.id.full) {
            result.chains.emplace_back().files.push_back(std::move(file));
            continue;
        }
        const auto chain =
            std::find_if(result.chains.begin(), result.chains.end(),
                         [&file](const SignatureChain& c) { return c.end() == file.id.start; });
        if (chain == result.chains.end() || !leads_forward(file.id)) {
            result.orphaned.push_back(std::move(file));
        } else {
            chain->files.push_back(std::move(file));
        }
    }
    sort_by_end(result.chains);
    std::sort(result.orphaned.begin(), result.orphaned.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    return result;
}

}  // namespace duplid::chain
