#include "engine/operation/removal/cleanup.hpp"

#include <algorithm>
#include <set>

namespace duplid::operation {

namespace {

/// All sets of which the target has, or a run here is making, anything.
std::set<naming::SetId> sets_of(const chain::Collection& collection)
{
    std::set<naming::SetId> known;
    const auto add = [&known](const auto& items) {
        for (const auto& item : items) {
            known.insert(item.id);
        }
    };
    for (const auto& chain : collection.chains) {
        add(chain.sets);
    }
    add(collection.orphaned);
    add(collection.replaced);
    add(collection.incomplete);
    add(collection.partial);
    for (const auto& chain : collection.signatures.chains) {
        add(chain.files);
    }
    add(collection.signatures.orphaned);
    return known;
}

/// Leftovers, and signatures of sets that are gone. Of a target that holds nothing at all nothing
/// is concluded: it may be a disk that is not there.
std::vector<std::string> spare_cache_files(const chain::Collection& collection)
{
    const auto known = sets_of(collection);
    if (known.empty()) {
        return {};
    }
    auto names = collection.cache_leftovers;
    const auto add = [&](const auto& files) {
        for (const chain::SignatureFile& file : files) {
            if (!known.contains(file.id)) {
                names.push_back(file.name);
                names.insert(names.end(), file.duplicates.begin(), file.duplicates.end());
            }
        }
    };
    for (const auto& chain : collection.cached_signatures.chains) {
        add(chain.files);
    }
    add(collection.cached_signatures.orphaned);
    return names;
}

}  // namespace

CleanupReport clean_up(Archive& archive, const CleanupRequest& request, Monitor& monitor,
                       const std::stop_token& stop)
{
    monitor.phase(Phase::preparing);
    const auto listing = list_archive(archive);
    const auto steps =
        chain::cleanup_steps(listing.collection, request.extra_clean, request.include_last_chain);
    CleanupReport report;
    report.deletion = report_of(steps, listing);
    report.cached = spare_cache_files(listing.collection);
    report.ignored = listing.collection.ignored;
    if (request.force) {
        carry_out(archive, steps, report.deletion, monitor, stop);
        delete_cached(archive, report.cached);
        report.deletion.carried_out = true;
    }
    return report;
}

}  // namespace duplid::operation
