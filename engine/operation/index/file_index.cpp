#include "engine/operation/index/file_index.hpp"

#include "engine/operation/archive/open_ahead.hpp"
#include "engine/operation/index/chain_signatures.hpp"
#include "engine/operation/index/index_filler.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace duplid::operation {

namespace {

/// Reads the signatures of the set that `filler` wants. The archive is not locked, so nothing is
/// left in the cache.
void read_set(io::Source& source, IndexFiller& filler, const std::stop_token& stop)
{
    filler.begin();
    try {
        read_signatures(
            source,
            [&](const volume::Member& member, const tar::Header& header, tar::Reader& content) {
                filler.entry(member, header, content);
            },
            stop);
        filler.commit();
    } catch (...) {
        filler.abandon();
        throw;
    }
}

/// Fills the wanted set from the cache's copy; false when that is of no use.
bool fill_from_cache(Archive& archive, IndexFiller& filler, const SetSignatures& file,
                     Monitor& monitor, const std::stop_token& stop)
{
    try {
        read_set(*open_signatures(archive, {file.id, *file.cached, true}), filler, stop);
        return true;
    } catch (const Error& error) {
        // A copy that is damaged, or that somebody cleans away just now, is no loss: the target
        // has the original.
        const bool other_copy =
            error.kind() == Error::Kind::corrupt || error.kind() == Error::Kind::not_found;
        if (!other_copy || !file.stored || is_damaged_index(archive, error)) {
            throw error.with_context("reading signatures " + *file.cached);
        }
        monitor.note(fmt::format("{} in the cache cannot be used: {}", *file.cached, error.what()));
        return false;
    }
}

void fill_from_target(const std::string& name, io::Source& content, IndexFiller& filler,
                      const std::stop_token& stop)
{
    try {
        read_set(content, filler, stop);
    } catch (const Error& error) {
        throw error.with_context("reading signatures " + name);
    }
}

/// The chains in the index that the archive has no more.
std::vector<std::int64_t> gone_chains(cache::FileIndex& index, const Listing& listing)
{
    const auto& chains = listing.collection.chains;
    std::vector<std::int64_t> gone;
    for (const auto& one : index.chains()) {
        if (std::none_of(chains.begin(), chains.end(), [&](const chain::Chain& chain) {
                return name_of_chain(chain) == one.name;
            })) {
            gone.push_back(one.id);
        }
    }
    return gone;
}

/// The chains as they are in the index, or nothing if it does not reflect all they have.
std::optional<std::vector<IndexedChain>> look_up(cache::FileIndex& index,
                                                 std::span<const chain::Chain* const> chains,
                                                 const SignaturesById& signatures)
{
    std::vector<IndexedChain> found;
    const auto known = index.chains();
    for (const auto* chain : chains) {
        const auto one = std::find_if(known.begin(), known.end(), [&](const auto& candidate) {
            return candidate.name == name_of_chain(*chain);
        });
        const auto files = signatures_of(*chain, signatures);
        if (one == known.end() || sets_known(index.applied(one->id), files) != files.size()) {
            return std::nullopt;
        }
        found.push_back({chain, one->id, files.size()});
    }
    return found;
}

/// Fills what the index lacks of `chain`.
void fill(Archive& archive, IndexFiller& filler, const chain::Chain& chain,
          const SignaturesById& signatures, Monitor& monitor, Progress& progress,
          const std::stop_token& stop)
{
    const auto files = signatures_of(chain, signatures);
    const auto first = filler.enter(chain);
    std::vector<std::string> on_target;
    for (auto i = first; i < files.size(); ++i) {
        if (!files[i]->cached) {
            on_target.push_back(*files[i]->stored);
        }
    }
    OpenAhead ahead{archive, std::move(on_target)};
    while (const auto* file = filler.wanted()) {
        if (!file->cached) {
            fill_from_target(*file->stored, *ahead.next(), filler, stop);
        } else if (!fill_from_cache(archive, filler, *file, monitor, stop)) {
            fill_from_target(*file->stored, *open_from_target(archive, *file->stored), filler,
                             stop);
        }
        ++progress.files_done;
        monitor.progress(progress);
    }
}

ReadyIndex ready(Archive& archive, const Listing& listing,
                 std::span<const chain::Chain* const> chains, Monitor& monitor,
                 const std::stop_token& stop)
{
    const auto& directory = archive.directory.path();
    const auto signatures = signatures_in(listing);
    ReadyIndex ready;
    ready.index = cache::FileIndex::open(directory);
    ready.index->hold_still();
    if (auto found = look_up(*ready.index, chains, signatures);
        found && gone_chains(*ready.index, listing).empty()) {
        ready.chains = std::move(*found);
        return ready;
    }
    monitor.phase(Phase::reading_catalog);
    // Let go while waiting: whoever has the lock may find the index damaged and put it aside.
    ready.index.reset();
    {
        IndexFiller filler{archive, listing, signatures, stop};
        Progress progress;
        for (const auto* chain : chains) {
            progress.files_expected += chain->sets.size();
        }
        for (const auto* chain : chains) {
            fill(archive, filler, *chain, signatures, monitor, progress, stop);
        }
    }
    ready.index = cache::FileIndex::open(directory);
    ready.index->hold_still();
    auto found = look_up(*ready.index, chains, signatures);
    if (!found) {
        throw Error{Error::Kind::internal, "the index of files is not what was written to it",
                    directory};
    }
    ready.chains = std::move(*found);
    return ready;
}

}  // namespace

ReadyIndex ready_index(Archive& archive, const Listing& listing,
                       std::span<const chain::Chain* const> chains, Monitor& monitor,
                       const std::stop_token& stop)
{
    return with_index(
        archive, [&] { return ready(archive, listing, chains, monitor, stop); },
        [] { return true; });
}

bool is_damaged_index(const Archive& archive, const Error& error)
{
    return error.kind() == Error::Kind::corrupt &&
           error.object().starts_with(archive.directory.path() + "/files.db");
}

const chain::Chain& wanted_chain(const Archive& archive, const Listing& listing,
                                 std::optional<std::int64_t> time)
{
    const auto& collection = listing.collection;
    const auto* chain = time ? chain::chain_at(collection, *time) : chain::newest_chain(collection);
    if (chain == nullptr) {
        throw Error{Error::Kind::not_found, "there is no backup on this target",
                    archive.target.description(),
                    "collection-status shows what is there, also interrupted runs"}
            .with_detail("no_backup");
    }
    return *chain;
}

std::int32_t position_at(const IndexedChain& chain, std::optional<std::int64_t> time)
{
    const auto sets =
        chain::sets_at(*chain.chain, time.value_or(std::numeric_limits<std::int64_t>::max()));
    if (sets.size() > chain.sets) {
        const auto missing = spoken_name_of(chain.chain->sets[chain.sets].id);
        throw Error{Error::Kind::not_found,
                    "the signatures of the set " + missing +
                        " are missing, so its files cannot be listed",
                    missing, "a restore still works; it needs no signatures"};
    }
    return static_cast<std::int32_t>(sets.size()) - 1;
}

}  // namespace duplid::operation
