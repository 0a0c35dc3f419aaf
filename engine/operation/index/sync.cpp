#include "engine/operation/index/sync.hpp"

#include "engine/chain/choice.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/damaged_cache.hpp"
#include "engine/operation/archive/open_ahead.hpp"
#include "engine/operation/index/chain_signatures.hpp"
#include "engine/operation/index/file_index.hpp"
#include "engine/operation/index/index_filler.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unistd.h>
#include <utility>
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

/// Calls `take` with each chain and the number of each of its sets.
template <class Take>
void each_set(const std::vector<const chain::Chain*>& chains, const Take& take)
{
    for (const auto* chain : chains) {
        for (std::size_t set = 0; set < chain->sets.size(); ++set) {
            take(*chain, set);
        }
    }
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
    Sync(Archive& archive, const SyncOptions& options, Monitor& monitor,
         const std::stop_token& stop)
        : archive_{archive}, options_{options}, monitor_{monitor}, stop_{stop}
    {
    }

    SyncReport run()
    {
        monitor_.phase(Phase::preparing);
        const auto listing = list_archive(archive_);
        // Signatures of a client without the secret key exist nowhere else that it can read.
        check_target_is_there(archive_, listing.collection);
        remove_what_is_gone(listing.collection);
        const auto chains = chains_in(listing, options_.scope);
        report_.sets = 0;
        for (const auto* chain : chains) {
            report_.sets += chain->sets.size();
        }
        monitor_.phase(Phase::fetching);
        progress_ = {};
        if (options_.files_only || options_.dry_run) {
            fetch_files(listing, chains);
            return report_;
        }
        progress_.files_expected = report_.sets;
        learn(listing, chains);
        // What was not learnt on the way: from signatures that the cache had.
        const auto fetched = with_cache_of_now(listing);
        static_cast<void>(
            ready_index(archive_, fetched, chains_in(fetched, options_.scope), monitor_, stop_));
        return report_;
    }

private:
    static std::vector<const chain::Chain*> chains_in(const Listing& listing, SyncScope scope)
    {
        std::vector<const chain::Chain*> chains;
        if (scope == SyncScope::all_chains) {
            for (const auto& chain : listing.collection.chains) {
                chains.push_back(&chain);
            }
        } else if (const auto* newest = chain::newest_chain(listing.collection)) {
            chains.push_back(newest);
        }
        return chains;
    }

    /// The same listing of the target, with what the cache has by now.
    [[nodiscard]] Listing with_cache_of_now(const Listing& listing) const
    {
        std::vector<std::string> names;
        for (const auto& [name, bytes] : listing.bytes_of) {
            names.push_back(name);
        }
        return {chain::collect(names, archive_.directory.names(), archive_.settings.names.prefixes),
                listing.bytes_of};
    }

    void check_stop() const
    {
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the synchronisation was stopped on request"};
        }
    }

    void remove_from_cache(const std::string& name)
    {
        const auto path = archive_.directory.path_of(name);
        monitor_.tell(CacheChange{false, name});
        if (options_.dry_run || ::unlink(path.c_str()) == 0) {
            ++report_.removed_files;
        } else if (errno != ENOENT) {
            throw system_error(errno, "removing", path);
        }
    }

    void remove_what_is_gone(const chain::Collection& collection)
    {
        std::set<std::string> gone{collection.cache_leftovers.begin(),
                                   collection.cache_leftovers.end()};
        const auto existing = existing_sets(collection);
        each_file(collection.cached_signatures, [&](const chain::SignatureFile& file) {
            if (!existing.contains(file.id)) {
                gone.insert(file.name);
            }
        });
        for (const auto& name : gone) {
            remove_from_cache(name);
        }
    }

    /// A file of the target that the cache lacks.
    struct Missing {
        const chain::BackupSet* set = nullptr;
        bool is_manifest = false;
    };

    /// By name.
    [[nodiscard]] std::map<std::string, Missing>
    missing_files(const Listing& listing, const std::vector<const chain::Chain*>& chains)
    {
        const auto signatures = signatures_in(listing);
        std::map<std::string, Missing> missing;
        for (const auto* chain : chains) {
            for (const auto& set : chain->sets) {
                if (!set.cached_manifest) {
                    missing[set.manifest.value()] = {&set, true};
                }
                const auto found = signatures.find(set.id);
                if (found == signatures.end()) {
                    warn_of_missing_signatures(set.id);
                } else if (!found->second.cached) {
                    missing[*found->second.stored] = {&set, false};
                }
            }
        }
        return missing;
    }

    /// Nothing but the files that duplicity keeps, or in a dry run their names.
    void fetch_files(const Listing& listing, const std::vector<const chain::Chain*>& chains)
    {
        const auto missing = missing_files(listing, chains);
        progress_.files_expected = missing.size();
        std::vector<std::string> names;
        for (const auto& [name, file] : missing) {
            names.push_back(name);
        }
        std::optional<OpenAhead> opened;
        if (!options_.dry_run) {
            opened.emplace(archive_, std::move(names));
        }
        for (const auto& [name, file] : missing) {
            check_stop();
            count(listing, name);
            if (opened && file.is_manifest) {
                static_cast<void>(keep_manifest(archive_, *file.set, *opened->next()));
            } else if (opened) {
                static_cast<void>(
                    pass_signatures(archive_, file.set->id, *opened->next(), {}, stop_));
            }
            ++progress_.files_done;
            monitor_.progress(progress_);
        }
    }

    void warn_of_missing_signatures(const naming::SetId& id)
    {
        monitor_.warn(Error{Error::Kind::not_found, "the signatures of the set are missing",
                            spoken_name_of(id), "a restore still works; it needs no signatures"});
    }

    using IsKnown = std::function<bool(const chain::Chain&, std::size_t set)>;

    /// What has to be opened, in the order in which it is wanted: the manifests of known sets, then
    /// of each set its manifest and its signatures. Decrypting what later sets have goes on beside
    /// reading the signatures of an earlier one.
    static std::vector<std::string> files_to_open(const std::vector<const chain::Chain*>& chains,
                                                  const SignaturesById& signatures,
                                                  const IsKnown& is_known)
    {
        std::vector<std::string> names;
        const auto add_manifest = [&](const chain::BackupSet& set) {
            if (!set.cached_manifest) {
                names.push_back(set.manifest.value());
            }
        };
        each_set(chains, [&](const chain::Chain& chain, std::size_t set) {
            if (is_known(chain, set)) {
                add_manifest(chain.sets[set]);
            }
        });
        each_set(chains, [&](const chain::Chain& chain, std::size_t set) {
            if (!is_known(chain, set)) {
                add_manifest(chain.sets[set]);
            }
            const auto found = signatures.find(chain.sets[set].id);
            if (found != signatures.end() && !found->second.cached) {
                names.push_back(*found->second.stored);
            }
        });
        return names;
    }

    /// Who learns, and from where.
    struct Learning {
        const Listing& listing;
        const SignaturesById& signatures;
        OpenAhead& opened;
        IndexFiller& filler;
        const chain::Chain* in_catalog;  ///< the chain that the catalog is about; null for none
        cache::Catalog* catalog;         ///< null if `in_catalog` is, as is the next one
        CatalogUpdate* update;
    };

    /// Every file of the target is opened once, ahead of its turn.
    void learn(const Listing& listing, const std::vector<const chain::Chain*>& chains)
    {
        const auto signatures = signatures_in(listing);
        const auto active = chain::active_signatures(listing.collection);
        const auto* in_catalog = active ? active->chain : nullptr;
        std::unique_ptr<cache::Catalog> catalog;
        if (active) {
            catalog = cache::Catalog::open(archive_.directory.path());
        }
        // It is by their manifests that the catalog is known to be of the sets it has.
        const auto known = catalog ? catalog->applied().size() : 0;
        const auto is_known = [&](const chain::Chain& chain, std::size_t set) {
            return &chain == in_catalog && set < known;
        };
        OpenAhead opened{archive_, files_to_open(chains, signatures, is_known)};
        each_set(chains, [&](const chain::Chain& chain, std::size_t set) {
            if (is_known(chain, set)) {
                fetch_manifest(listing, chain.sets[set], opened);
            }
        });
        std::optional<CatalogUpdate> update;
        if (active) {
            update.emplace(archive_, *catalog, *active, monitor_);
        }
        IndexFiller filler{archive_, listing, signatures, stop_};
        const Learning learning{listing,
                                signatures,
                                opened,
                                filler,
                                in_catalog,
                                catalog.get(),
                                update ? &*update : nullptr};
        each_set(chains, [&](const chain::Chain& chain, std::size_t set) {
            if (!is_known(chain, set)) {
                fetch_manifest(listing, chain.sets[set], opened);
            }
            if (set == 0) {
                static_cast<void>(filler.enter(chain));
            }
            learn_signatures(chain, set, learning);
        });
    }

    void fetch_manifest(const Listing& listing, const chain::BackupSet& set, OpenAhead& opened)
    {
        check_stop();
        if (!set.cached_manifest) {
            static_cast<void>(keep_manifest(archive_, set, *opened.next()));
            count(listing, *set.manifest);
        }
    }

    void learn_signatures(const chain::Chain& chain, std::size_t set, const Learning& from)
    {
        const auto& id = chain.sets[set].id;
        const auto found = from.signatures.find(id);
        if (found == from.signatures.end()) {
            warn_of_missing_signatures(id);
            return;
        }
        std::unique_ptr<io::Source> content;
        if (!found->second.cached) {
            content = from.opened.next();
            count(from.listing, *found->second.stored);
        }
        const bool in_catalog = &chain == from.in_catalog;
        if (in_catalog && !from.update->is_done() && from.update->next() == set) {
            from.update->apply(std::move(content), from.filler.listener_for(id), stop_);
        } else if (content) {
            auto chunks = pass_signatures(archive_, id, *content,
                                          {nullptr, from.filler.listener_for(id)}, stop_);
            if (in_catalog && set < from.update->next()) {
                from.catalog->put_chunks(static_cast<std::int32_t>(set), chunks);
            }
        }
        ++progress_.files_done;
        monitor_.progress(progress_);
    }

    void count(const Listing& listing, const std::string& name)
    {
        monitor_.tell(CacheChange{true, name});
        ++report_.fetched_files;
        const auto found = listing.bytes_of.find(name);
        if (found != listing.bytes_of.end() && found->second != remote::unknown_bytes) {
            report_.fetched_bytes += found->second;
            progress_.stored_bytes += found->second;
        }
    }

    Archive& archive_;
    const SyncOptions& options_;
    Monitor& monitor_;
    const std::stop_token& stop_;
    Progress progress_;
    SyncReport report_;
};

}  // namespace

SyncReport sync(Archive& archive, const SyncOptions& options, Monitor& monitor,
                const std::stop_token& stop)
{
    return despite_damaged_cache(archive, monitor, [&] {
        Sync sync{archive, options, monitor, stop};
        return with_index(
            archive, [&] { return sync.run(); }, [] { return true; });
    });
}

}  // namespace duplid::operation
