#include "engine/chain/choice.hpp"

#include "engine/naming/time.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <map>

namespace duplid::chain {

namespace {

bool has_set_of(const Chain& chain, std::int64_t time)
{
    return std::any_of(chain.sets.begin(), chain.sets.end(),
                       [time](const BackupSet& set) { return set.id.end == time; });
}

const Chain* only_one_with_set_of(const std::vector<const Chain*>& chains, std::int64_t time)
{
    const auto matches = [time](const Chain* chain) { return has_set_of(*chain, time); };
    const auto first = std::find_if(chains.begin(), chains.end(), matches);
    if (first == chains.end() || std::any_of(first + 1, chains.end(), matches)) {
        return nullptr;
    }
    return *first;
}

using FoundById = std::map<naming::SetId, FoundSignatures>;

/// Keeps what is there already: the first place added is preferred.
void add(const Signatures& signatures, bool cached, FoundById& found)
{
    const auto add_file = [&](const SignatureFile& file) {
        found.try_emplace(file.id, FoundSignatures{file.id, file.name, cached});
    };
    for (const SignatureChain& chain : signatures.chains) {
        std::for_each(chain.files.begin(), chain.files.end(), add_file);
    }
    std::for_each(signatures.orphaned.begin(), signatures.orphaned.end(), add_file);
}

}  // namespace

const Chain* newest_chain(const Collection& collection) noexcept
{
    return collection.chains.empty() ? nullptr : &collection.chains.back();
}

const Chain* chain_at(const Collection& collection, std::int64_t time)
{
    std::vector<const Chain*> spanning;
    const Chain* newest_before = nullptr;
    const Chain* oldest = nullptr;
    for (const Chain& chain : collection.chains) {
        if (chain.start() <= time && time <= chain.end()) {
            spanning.push_back(&chain);
        }
        if (chain.end() < time) {
            newest_before = &chain;
        }
        if (oldest == nullptr || chain.start() < oldest->start()) {
            oldest = &chain;
        }
    }
    if (spanning.size() > 1) {
        if (const Chain* const chain = only_one_with_set_of(spanning, time)) {
            return chain;
        }
        // The reference refuses always, even where one chain can be meant.
        throw Error{Error::Kind::invalid,
                    "two backup chains span " + naming::print_time(time),
                    {},
                    "give the exact time of one of the backup sets"};
    }
    if (!spanning.empty()) {
        return spanning.front();
    }
    return newest_before != nullptr ? newest_before : oldest;
}

std::span<const BackupSet> sets_at(const Chain& chain, std::int64_t time)
{
    const auto after = std::find_if(chain.sets.begin() + 1, chain.sets.end(),
                                    [time](const BackupSet& set) { return set.id.end > time; });
    return {chain.sets.begin(), after};
}

std::optional<ActiveSignatures> active_signatures(const Collection& collection)
{
    const Chain* const chain = newest_chain(collection);
    if (chain == nullptr) {
        return std::nullopt;
    }
    FoundById found;
    add(collection.cached_signatures, true, found);
    add(collection.signatures, false, found);

    ActiveSignatures active{.chain = chain};
    for (const BackupSet& set : chain->sets) {
        const auto signatures = found.find(set.id);
        if (signatures == found.end()) {
            break;
        }
        active.files.push_back(signatures->second);
    }
    // Only the last increment can be replaced: a reader would find no chain for a new one that
    // starts any earlier.
    const std::size_t missing = chain->sets.size() - active.files.size();
    if (active.files.empty() || missing > 1) {
        return std::nullopt;
    }
    active.discards_last_set = missing == 1;
    return active;
}

}  // namespace duplid::chain
