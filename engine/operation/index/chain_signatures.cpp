#include "engine/operation/index/chain_signatures.hpp"

#include "engine/operation/state/chain_state.hpp"
#include "storage/remote/remote.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::operation {

namespace {

void note_files(const chain::Signatures& signatures, bool cached, SignaturesById& found)
{
    const auto note = [&](const chain::SignatureFile& file) {
        auto& entry = found[file.id];
        entry.id = file.id;
        (cached ? entry.cached : entry.stored) = file.name;
    };
    for (const auto& chain : signatures.chains) {
        std::for_each(chain.files.begin(), chain.files.end(), note);
    }
    std::for_each(signatures.orphaned.begin(), signatures.orphaned.end(), note);
}

bool is_same(const cache::IndexedSet& applied, const SetSignatures& file)
{
    return applied.name == catalog_name_of(file.id) &&
           (applied.stamp.empty() || file.stamp.empty() || applied.stamp == file.stamp);
}

}  // namespace

SignaturesById signatures_in(const Listing& listing)
{
    SignaturesById found;
    note_files(listing.collection.cached_signatures, true, found);
    note_files(listing.collection.signatures, false, found);
    for (auto& [id, entry] : found) {
        const auto bytes =
            entry.stored ? listing.bytes_of.find(*entry.stored) : listing.bytes_of.end();
        if (bytes != listing.bytes_of.end() && bytes->second != remote::unknown_bytes) {
            entry.stamp = fmt::format("{}", bytes->second);
        }
    }
    return found;
}

std::vector<const SetSignatures*> signatures_of(const chain::Chain& chain,
                                                const SignaturesById& all)
{
    std::vector<const SetSignatures*> files;
    for (const auto& set : chain.sets) {
        const auto found = all.find(set.id);
        if (found == all.end()) {
            break;
        }
        files.push_back(&found->second);
    }
    return files;
}

std::string name_of_chain(const chain::Chain& chain)
{
    return catalog_name_of(chain.sets.front().id);
}

cache::IndexedSet indexed_set_of(const SetSignatures& set)
{
    return {catalog_name_of(set.id), set.stamp};
}

std::optional<std::size_t> sets_known(const std::vector<cache::IndexedSet>& applied,
                                      const std::vector<const SetSignatures*>& files)
{
    if (applied.size() > files.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < applied.size(); ++i) {
        if (!is_same(applied[i], *files[i])) {
            return std::nullopt;
        }
    }
    return applied.size();
}

}  // namespace duplid::operation
