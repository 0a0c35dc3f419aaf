#include "engine/operation/index/sync.hpp"

#include "engine/chain/choice.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/index/file_index.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

namespace duplid::operation {

namespace {

using SetIds = std::set<naming::SetId>;

/// The sets that the target has something of, or that can be resumed here.
SetIds existing_sets(const chain::Collection& collection)
{
    SetIds ids;
    const auto add = [&](const std::vector<chain::BackupSet>& sets) {
        for (const auto& set : sets) {
            ids.insert(set.id);
        }
    };
    for (const auto& chain : collection.chains) {
        add(chain.sets);
    }
    add(collection.orphaned);
    add(collection.replaced);
    add(collection.incomplete);
    add(collection.partial);
    return ids;
}

template <class Take>
void each_file(const chain::Signatures& signatures, const Take& take)
{
    for (const auto& chain : signatures.chains) {
        std::for_each(chain.files.begin(), chain.files.end(), take);
    }
    std::for_each(signatures.orphaned.begin(), signatures.orphaned.end(), take);
}

class Sync {
public:
    Sync(Archive& archive, Monitor& monitor, const std::stop_token& stop)
        : archive_{archive}, monitor_{monitor}, stop_{stop}
    {
    }

    SyncReport run(SyncScope scope)
    {
        monitor_.phase(Phase::preparing);
        auto listing = list_archive(archive_);
        // Signatures of a client without the secret key exist nowhere else that it can read.
        check_target_is_there(archive_, listing.collection);
        remove_what_is_gone(listing.collection);
        std::vector<const chain::Chain*> chains;
        if (scope == SyncScope::all_chains) {
            for (const auto& chain : listing.collection.chains) {
                chains.push_back(&chain);
            }
        } else if (const auto* newest = chain::newest_chain(listing.collection)) {
            chains.push_back(newest);
        }
        for (const auto* chain : chains) {
            report_.sets += chain->sets.size();
        }
        fetch_files(listing, chains);
        monitor_.phase(Phase::reading_catalog);
        make_catalog();
        make_index(scope);
        return report_;
    }

private:
    void check_stop() const
    {
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the synchronisation was stopped on request"};
        }
    }

    void remove_from_cache(const std::string& name)
    {
        const auto path = archive_.directory.path_of(name);
        if (::unlink(path.c_str()) == 0) {
            ++report_.removed_files;
        } else if (errno != ENOENT) {
            throw system_error(errno, "removing", path);
        }
    }

    void remove_what_is_gone(const chain::Collection& collection)
    {
        for (const auto& name : collection.cache_leftovers) {
            remove_from_cache(name);
        }
        const auto existing = existing_sets(collection);
        each_file(collection.cached_signatures, [&](const chain::SignatureFile& file) {
            if (!existing.contains(file.id)) {
                remove_from_cache(file.name);
            }
        });
    }

    void fetch_files(const Listing& listing, const std::vector<const chain::Chain*>& chains)
    {
        SetIds cached;
        each_file(listing.collection.cached_signatures,
                  [&](const chain::SignatureFile& file) { cached.insert(file.id); });
        std::map<naming::SetId, std::string> stored;
        each_file(listing.collection.signatures, [&](const chain::SignatureFile& file) {
            stored.try_emplace(file.id, file.name);
        });
        monitor_.phase(Phase::fetching);
        progress_.files_expected = report_.sets;
        for (const auto* chain : chains) {
            for (const auto& set : chain->sets) {
                check_stop();
                if (!set.cached_manifest) {
                    static_cast<void>(load_manifest(archive_, set));
                    count(listing, set.manifest.value());
                }
                const auto signatures = stored.find(set.id);
                if (signatures != stored.end() && !cached.contains(set.id)) {
                    fetch_signatures(set.id, signatures->second);
                    count(listing, signatures->second);
                } else if (signatures == stored.end() && !cached.contains(set.id)) {
                    monitor_.warn(Error{
                        Error::Kind::not_found, "the signatures of the set are missing",
                        spoken_name_of(set.id), "a restore still works; it needs no signatures"});
                }
                ++progress_.files_done;
                monitor_.progress(progress_);
            }
        }
    }

    void fetch_signatures(const naming::SetId& set, const std::string& name)
    {
        try {
            const auto source = open_from_target(archive_, name);
            const auto path = archive_.directory.path_of(cached_signatures_name(archive_, set));
            auto packed =
                pack_sigtar(*source, path, archive_.pool, static_cast<std::uint32_t>(set.end));
            packed.file.publish(path);
        } catch (const Error& error) {
            throw error.with_context("fetching signatures " + name);
        }
    }

    void count(const Listing& listing, const std::string& name)
    {
        ++report_.fetched_files;
        const auto found = listing.bytes_of.find(name);
        if (found != listing.bytes_of.end() && found->second != remote::unknown_bytes) {
            report_.fetched_bytes += found->second;
            progress_.stored_bytes += found->second;
        }
    }

    void make_catalog()
    {
        const auto listing = list_archive(archive_);
        if (const auto active = chain::active_signatures(listing.collection)) {
            const auto catalog = cache::Catalog::open(archive_.directory.path());
            bring_up_to_date(archive_, *catalog, *active, monitor_, stop_);
        }
    }

    void make_index(SyncScope scope)
    {
        const auto listing = list_archive(archive_);
        std::vector<const chain::Chain*> chains;
        for (const auto& chain : listing.collection.chains) {
            if (scope == SyncScope::all_chains ||
                &chain == chain::newest_chain(listing.collection)) {
                chains.push_back(&chain);
            }
        }
        static_cast<void>(ready_index(archive_, listing, chains, monitor_, stop_));
    }

    Archive& archive_;
    Monitor& monitor_;
    const std::stop_token& stop_;
    Progress progress_;
    SyncReport report_;
};

}  // namespace

SyncReport sync(Archive& archive, SyncScope scope, Monitor& monitor, const std::stop_token& stop)
{
    return Sync{archive, monitor, stop}.run(scope);
}

}  // namespace duplid::operation
