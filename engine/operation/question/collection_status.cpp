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

/// Its manifest and then its volumes.
std::vector<std::string> files_of(const chain::BackupSet& set)
{
    constexpr std::size_t files_max = 1000;
    std::vector<std::string> names;
    if (set.manifest) {
        names.push_back(*set.manifest);
    }
    for (const auto& [number, name] : set.volumes) {
        if (names.size() == files_max) {
            break;
        }
        names.push_back(name);
    }
    return names;
}

std::vector<std::string> names_of(const std::vector<chain::SignatureFile>& files)
{
    constexpr std::size_t files_max = 1000;
    std::vector<std::string> names;
    for (const auto& file : files) {
        if (names.size() < files_max) {
            names.push_back(file.name);
        }
    }
    return names;
}

/// Whether some chain of signatures goes as far as `chain`.
bool has_signatures(const chain::Signatures& signatures, const chain::Chain& chain)
{
    return std::any_of(signatures.chains.begin(), signatures.chains.end(), [&](const auto& one) {
        return one.start() == chain.start() && one.end() >= chain.end();
    });
}

bool has_some(const chain::Signatures& signatures, const chain::Chain& chain)
{
    return std::any_of(signatures.chains.begin(), signatures.chains.end(),
                       [&](const auto& one) { return one.start() == chain.start(); });
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
        one.signature_copies = (has_some(collection.signatures, chain) ? 1U : 0U) +
                               (has_some(collection.cached_signatures, chain) ? 1U : 0U);
        for (const auto& set : chain.sets) {
            one.sets.push_back(status_of(set, listing));
        }
        status.chains.push_back(std::move(one));
    }
    for (const auto& set : collection.orphaned) {
        status.orphaned.push_back(status_of(set, listing));
        status.orphaned.back().files = files_of(set);
    }
    for (const auto& set : collection.incomplete) {
        status.incomplete.push_back(status_of(set, listing));
    }
    for (const auto& set : collection.partial) {
        status.incomplete.push_back(status_of(set, listing));
        status.incomplete.back().resumable = true;
    }
    status.signature_chains =
        collection.signatures.chains.size() + collection.cached_signatures.chains.size();
    status.orphaned_signatures = names_of(collection.signatures.orphaned);
    status.cached_orphaned_signatures = names_of(collection.cached_signatures.orphaned);
    status.ignored = collection.ignored;
    status.read_back = read_back_status(archive, listing);
    return status;
}

}  // namespace duplid::operation
