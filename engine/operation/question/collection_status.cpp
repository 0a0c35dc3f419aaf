#include "engine/operation/question/collection_status.hpp"

#include "engine/chain/choice.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/question/read_back_status.hpp"

#include <algorithm>

namespace duplid::operation {

namespace {

SetStatus status_of(const chain::BackupSet& set, const Listing& listing)
{
    SetStatus status;
    status.id = set.id;
    status.volumes = static_cast<std::uint32_t>(set.volumes.size());
    status.encrypted = set.wrapping == naming::Wrapping::gpg;
    for (const auto& [number, name] : set.volumes) {
        const auto found = listing.bytes_of.find(name);
        if (found != listing.bytes_of.end() && found->second != remote::unknown_bytes) {
            status.bytes += found->second;
        }
    }
    return status;
}

/// Whether some chain of signatures goes as far as `chain`.
bool has_signatures(const chain::Signatures& signatures, const chain::Chain& chain)
{
    return std::any_of(signatures.chains.begin(), signatures.chains.end(), [&](const auto& one) {
        return one.start() == chain.start() && one.end() >= chain.end();
    });
}

}  // namespace

CollectionStatus collection_status(Archive& archive)
{
    const auto listing = list_archive(archive);
    const auto& collection = listing.collection;
    CollectionStatus status;
    status.target = archive.target.description();
    status.archive_directory = archive.directory.path();
    const auto active = chain::active_signatures(collection);
    for (const auto& chain : collection.chains) {
        if (active && active->chain == &chain) {
            status.primary = status.chains.size();
        }
        ChainStatus one;
        one.has_signatures = has_signatures(collection.signatures, chain) ||
                             has_signatures(collection.cached_signatures, chain);
        for (const auto& set : chain.sets) {
            one.sets.push_back(status_of(set, listing));
        }
        status.chains.push_back(std::move(one));
    }
    for (const auto& set : collection.orphaned) {
        status.orphaned.push_back(status_of(set, listing));
    }
    for (const auto& set : collection.incomplete) {
        status.incomplete.push_back(status_of(set, listing));
    }
    for (const auto& set : collection.partial) {
        status.incomplete.push_back(status_of(set, listing));
    }
    status.ignored = collection.ignored;
    status.read_back = read_back_status(archive, listing);
    return status;
}

}  // namespace duplid::operation
