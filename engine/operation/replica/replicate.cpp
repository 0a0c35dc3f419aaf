#include "engine/operation/replica/replicate.hpp"

#include "engine/operation/archive/damaged_cache.hpp"
#include "engine/operation/replica/replica_set.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>

namespace duplid::operation {

namespace {

std::set<naming::SetId> complete_sets(const chain::Collection& collection)
{
    std::set<naming::SetId> ids;
    const auto add = [&ids](const std::vector<chain::BackupSet>& sets) {
        for (const auto& set : sets) {
            ids.insert(set.id);
        }
    };
    for (const auto& chain : collection.chains) {
        add(chain.sets);
    }
    add(collection.orphaned);
    add(collection.replaced);
    return ids;
}

const chain::BackupSet* find_complete(const chain::Collection& collection, const naming::SetId& id)
{
    const auto in = [&id](const std::vector<chain::BackupSet>& sets) -> const chain::BackupSet* {
        const auto found =
            std::find_if(sets.begin(), sets.end(), [&id](const auto& set) { return set.id == id; });
        return found == sets.end() ? nullptr : &*found;
    };
    for (const auto& chain : collection.chains) {
        if (const auto* set = in(chain.sets)) {
            return set;
        }
    }
    const auto* orphaned = in(collection.orphaned);
    return orphaned != nullptr ? orphaned : in(collection.replaced);
}

std::map<naming::SetId, std::string> signature_names(const chain::Signatures& signatures)
{
    std::map<naming::SetId, std::string> names;
    for (const auto& chain : signatures.chains) {
        for (const auto& file : chain.files) {
            names.emplace(file.id, file.name);
        }
    }
    for (const auto& file : signatures.orphaned) {
        names.emplace(file.id, file.name);
    }
    return names;
}

/// One replication, in the order of its steps.
class Replication {
public:
    Replication(Archive& source, Archive& destination, const ReplicateRequest& request,
                Monitor& monitor, std::stop_token stop)
        : source_{source},
          destination_{destination}, request_{request}, monitor_{monitor}, stop_{std::move(stop)}
    {
    }

    ReplicateReport run()
    {
        monitor_.phase(Phase::preparing);
        from_ = list_archive(source_);
        to_ = list_archive(destination_);
        known_at_source_ = complete_sets(from_.collection);
        begun_ = names_by_set(destination_, to_);
        signatures_ = signature_names(from_.collection.signatures);
        journal_ = cache::Journal::open(destination_.directory.path());
        if (from_.collection.chains.empty()) {
            throw Error{Error::Kind::not_found, "there is no backup at the source",
                        source_.target.description(),
                        "collection-status shows what is there, also interrupted runs"};
        }
        pass_over_the_rest();
        count_bytes();
        monitor_.phase(Phase::uploading);
        for (const auto& chain : from_.collection.chains) {
            copy_chain(chain);
        }
        report_.volumes = totals_.volumes;
        report_.stored_bytes = totals_.stored_bytes;
        report_.warnings = totals_.warnings;
        return report_;
    }

private:
    [[nodiscard]] bool is_wanted(const chain::BackupSet& set) const
    {
        return !request_.time || set.id.end <= *request_.time;
    }

    void pass_over_the_rest()
    {
        const auto& all = from_.collection;
        for (const auto* sets : {&all.orphaned, &all.replaced, &all.incomplete, &all.partial}) {
            for (const auto& set : *sets) {
                report_.passed_over.push_back(set.id);
                monitor_.note(fmt::format("{} is not copied: nothing can be restored from it",
                                          spoken_name_of(set.id)));
            }
        }
    }

    void count_bytes()
    {
        for (const auto& chain : from_.collection.chains) {
            for (const auto& set : chain.sets) {
                if (!is_wanted(set) || find_complete(to_.collection, set.id) != nullptr) {
                    continue;
                }
                for (const auto& [number, name] : set.volumes) {
                    const auto bytes = from_.bytes_of.at(name);
                    totals_.progress.bytes_expected += bytes == remote::unknown_bytes ? 0 : bytes;
                }
            }
        }
    }

    void copy_chain(const chain::Chain& chain)
    {
        bool broken = false;
        for (const auto& set : chain.sets) {
            if (!is_wanted(set)) {
                return;
            }
            if (broken) {
                refuse(set, {Error::Kind::corrupt,
                             fmt::format("{} is not copied: it builds on one that was not",
                                         spoken_name_of(set.id))});
                continue;
            }
            try {
                copy_set(set);
            } catch (const Error& error) {
                if (error.kind() != Error::Kind::corrupt && error.kind() != Error::Kind::invalid) {
                    throw;
                }
                refuse(set,
                       error.with_context(fmt::format("{} is not copied", spoken_name_of(set.id))));
                broken = true;
            }
        }
    }

    void refuse(const chain::BackupSet& set, const Error& error)
    {
        report_.refused.push_back({set.id, error.kind(), error.what()});
        ++totals_.warnings;
        monitor_.warn(error);
    }

    void copy_set(const chain::BackupSet& set)
    {
        if (const auto* there = find_complete(to_.collection, set.id)) {
            compare(set, *there);
            ++report_.present;
            return;
        }
        check_fits(set.id, to_.collection);
        CopyContext context{source_,
                            destination_,
                            from_,
                            to_,
                            *journal_,
                            monitor_,
                            stop_,
                            totals_,
                            [this](const naming::SetId& id) {
                                check_fits(id, list_archive(destination_).collection);
                            }};
        const auto signatures = signatures_.find(set.id);
        static const std::vector<std::string> nothing;
        const auto begun = begun_.find(set.id);
        SetCopy copy{context, set,
                     signatures == signatures_.end() ? std::nullopt
                                                     : std::optional{signatures->second},
                     begun == begun_.end() ? nothing : begun->second};
        copy.run();
        ++report_.copied;
        monitor_.note(fmt::format("copied {}", spoken_name_of(set.id)));
    }

    void compare(const chain::BackupSet& original, const chain::BackupSet& copy)
    {
        ChangeList unused{destination_.directory.path()};
        const auto ours = read_manifest(source_, original, unused).manifest;
        const auto theirs = read_manifest(destination_, copy, unused).manifest;
        if (!is_copy(theirs, ours)) {
            throw Error{Error::Kind::invalid,
                        fmt::format("the destination has another set of that time: {}",
                                    copy.manifest.value()),
                        *copy.manifest, "replicate to an empty target, or remove that set there"};
        }
    }

    /// A destination that was also backed up to would get two increments on one set, of which
    /// duplicity follows one only (archive-format.md 10.2), or two chains over one time.
    void check_fits(const naming::SetId& id, const chain::Collection& there) const
    {
        for (const auto& other : complete_sets(there)) {
            if (known_at_source_.count(other) == 0 &&
                (id.full ? other.end >= id.end : other.end > id.start)) {
                throw Error{Error::Kind::invalid,
                            fmt::format("the destination has the newer set {}, which the source "
                                        "does not have",
                                        spoken_name_of(other)),
                            destination_.target.description(),
                            "a target is replicated to or backed up to, not both"};
            }
        }
    }

    Archive& source_;
    Archive& destination_;
    const ReplicateRequest& request_;
    Monitor& monitor_;
    std::stop_token stop_;
    Listing from_;
    Listing to_;
    std::set<naming::SetId> known_at_source_;
    NamesBySet begun_;
    std::map<naming::SetId, std::string> signatures_;
    std::unique_ptr<cache::Journal> journal_;
    CopyTotals totals_;
    ReplicateReport report_;
};

}  // namespace

ReplicateReport replicate(Archive& source, Archive& destination, const ReplicateRequest& request,
                          Monitor& monitor, std::stop_token stop)
{
    return despite_damaged_cache(destination, monitor, [&] {
        return Replication{source, destination, request, monitor, stop}.run();
    });
}

}  // namespace duplid::operation
