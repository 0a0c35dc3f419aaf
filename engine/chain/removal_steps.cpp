#include "engine/chain/removal_steps.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace duplid::chain {

namespace {

using naming::SetId;

void append(const std::vector<std::string>& names, std::vector<std::string>& to)
{
    to.insert(to.end(), names.begin(), names.end());
}

/// The signature files of the target by set.
std::map<SetId, const SignatureFile*> signatures_of(const Signatures& signatures)
{
    std::map<SetId, const SignatureFile*> by_set;
    for (const SignatureChain& chain : signatures.chains) {
        for (const SignatureFile& file : chain.files) {
            by_set.emplace(file.id, &file);
        }
    }
    for (const SignatureFile& file : signatures.orphaned) {
        by_set.emplace(file.id, &file);
    }
    return by_set;
}

/// What is left of a set outside of all chains.
struct Loose {
    const BackupSet* set = nullptr;  ///< null: only signatures
    RemovalCause cause = RemovalCause::signatures;
};

class Planner {
public:
    explicit Planner(const Collection& collection);

    std::vector<RemovalStep> removal(const Judgement& judgement);
    [[nodiscard]] std::vector<RemovalStep> cleanup(bool old_signatures) const;

private:
    void add_loose(const std::vector<BackupSet>& sets, RemovalCause cause);
    [[nodiscard]] RemovalStep step_of(const SetId& id, const BackupSet* set) const;
    void remove_chain(std::size_t index, bool increments_only,
                      const std::set<std::int64_t>& ends_that_stay);
    void remove_left_over(std::int64_t before, bool increments_only,
                          const std::set<std::int64_t>& ends_that_stay);
    [[nodiscard]] std::set<SetId> take_replaced_in(const Chain& chain);
    [[nodiscard]] std::set<SetId> take_loose_on(std::set<std::int64_t> ends,
                                                const std::set<std::int64_t>& ends_that_stay,
                                                std::int64_t before);

    const Collection& collection_;
    std::map<SetId, const SignatureFile*> signatures_;
    std::map<SetId, Loose> loose_;
    std::set<SetId> taken_;
    std::vector<RemovalStep> steps_;
};

Planner::Planner(const Collection& collection)
    : collection_{collection}, signatures_{signatures_of(collection.signatures)}
{
    add_loose(collection.orphaned, RemovalCause::orphaned);
    add_loose(collection.replaced, RemovalCause::replaced);
    add_loose(collection.incomplete, RemovalCause::incomplete);
    add_loose(collection.partial, RemovalCause::partial);
    std::set<SetId> in_chains;
    for (const Chain& chain : collection.chains) {
        for (const BackupSet& set : chain.sets) {
            in_chains.insert(set.id);
        }
    }
    for (const auto& [id, file] : signatures_) {
        if (!in_chains.contains(id)) {
            loose_.try_emplace(id);
        }
    }
}

void Planner::add_loose(const std::vector<BackupSet>& sets, RemovalCause cause)
{
    for (const BackupSet& set : sets) {
        loose_.emplace(set.id, Loose{&set, cause});
    }
}

RemovalStep Planner::step_of(const SetId& id, const BackupSet* set) const
{
    RemovalStep step{.set = id};
    if (set != nullptr) {
        step.names = removal_order(*set);
    }
    if (const auto found = signatures_.find(id); found != signatures_.end()) {
        append(found->second->duplicates, step.names);
        step.names.push_back(found->second->name);
    }
    return step;
}

/// Marks and returns the sets whose places others took in `chain`: those that start where one of
/// its increments does. They would be back in the chain as soon as that increment is gone.
std::set<SetId> Planner::take_replaced_in(const Chain& chain)
{
    std::set<std::int64_t> starts;
    for (const BackupSet& set : chain.sets) {
        if (!set.id.full) {
            starts.insert(set.id.start);
        }
    }
    std::set<SetId> found;
    for (const BackupSet& set : collection_.replaced) {
        if (starts.contains(set.id.start) && taken_.insert(set.id).second) {
            found.insert(set.id);
        }
    }
    return found;
}

/// Marks and returns what builds, directly or not, on a set that ended at one of `ends`. What may
/// as well build on something that stays is left alone, and so are complete sets: if they have no
/// chain they are for cleanup, where a person sees them listed for what they are.
std::set<SetId> Planner::take_loose_on(std::set<std::int64_t> ends,
                                       const std::set<std::int64_t>& ends_that_stay,
                                       std::int64_t before)
{
    std::set<SetId> found;
    // By end time, and what builds on something ends later: one pass sees bases first.
    for (const auto& [id, loose] : loose_) {
        const bool builds_on = !id.full && id.start < id.end && ends.contains(id.start) &&
                               !ends_that_stay.contains(id.start);
        const bool complete = loose.set != nullptr && loose.set->manifest.has_value();
        if (builds_on && !complete && id.end < before && taken_.insert(id).second) {
            found.insert(id);
            ends.insert(id.end);
        }
    }
    return found;
}

void Planner::remove_chain(std::size_t index, bool increments_only,
                           const std::set<std::int64_t>& ends_that_stay)
{
    const Chain& chain = collection_.chains[index];
    std::set<std::int64_t> ends;
    std::map<SetId, const BackupSet*> going;
    for (const BackupSet& set : chain.sets) {
        ends.insert(set.id.end);
        if (!increments_only || !set.id.full) {
            going.emplace(set.id, &set);
        }
    }
    auto others = take_replaced_in(chain);
    for (const SetId& id : others) {
        ends.insert(id.end);
    }
    others.merge(
        take_loose_on(std::move(ends), ends_that_stay, std::numeric_limits<std::int64_t>::max()));
    for (const SetId& id : others) {
        going.emplace(id, loose_.at(id).set);
    }
    for (auto entry = going.rbegin(); entry != going.rend(); ++entry) {
        auto step = step_of(entry->first, entry->second);
        step.chain = index;
        steps_.push_back(std::move(step));
    }
}

void Planner::remove_left_over(std::int64_t before, bool increments_only,
                               const std::set<std::int64_t>& ends_that_stay)
{
    if (increments_only) {
        return;  // such a removal leaves nothing that is not found from the chain's full
    }
    std::set<std::int64_t> needed;
    for (const BackupSet& set : collection_.orphaned) {
        needed.insert(set.id.start);
    }
    std::set<SetId> going;
    for (const auto& [id, loose] : loose_) {
        const bool removable =
            loose.cause == RemovalCause::incomplete || loose.cause == RemovalCause::signatures;
        // A full that complete sets build on was not removed by anybody: its manifest was lost.
        if (id.full && removable && id.end < before && !needed.contains(id.end) &&
            taken_.insert(id).second) {
            going.insert(id);
            going.merge(take_loose_on({id.end}, ends_that_stay, before));
        }
    }
    for (auto id = going.rbegin(); id != going.rend(); ++id) {
        auto step = step_of(*id, loose_.at(*id).set);
        step.cause = RemovalCause::left_over;
        steps_.push_back(std::move(step));
    }
}

std::vector<RemovalStep> Planner::removal(const Judgement& judgement)
{
    const auto goes = [](const ChainVerdict& verdict) {
        // A chain that has lost its increments already may still have leftovers of them.
        return verdict.fate != Fate::stays ||
               verdict.reasons == std::vector<KeepReason>{{KeepRule::no_increments}};
    };
    constexpr auto never = std::numeric_limits<std::int64_t>::min();
    std::set<std::int64_t> ends_that_stay;
    std::optional<std::int64_t> newest_start;
    for (std::size_t i = 0; i < judgement.chains.size(); ++i) {
        const ChainVerdict& verdict = judgement.chains[i];
        if (goes(verdict)) {
            continue;
        }
        for (const BackupSet& set : collection_.chains[i].sets) {
            ends_that_stay.insert(set.id.end);
        }
        if (verdict.reasons.front().rule != KeepRule::future) {
            newest_start = collection_.chains[i].start();
        }
    }
    // Nobody goes on with an unfinished set once there is a newer full, and with a bound nothing
    // goes that is not older.
    const auto before = judgement.bound
                            ? std::min(*judgement.bound, newest_start.value_or(*judgement.bound))
                            : newest_start.value_or(never);
    remove_left_over(before, judgement.increments_only, ends_that_stay);
    for (std::size_t i = 0; i < judgement.chains.size(); ++i) {
        if (goes(judgement.chains[i])) {
            remove_chain(i, judgement.increments_only, ends_that_stay);
        }
    }
    return std::move(steps_);
}

std::vector<RemovalStep> Planner::cleanup(bool old_signatures) const
{
    std::vector<RemovalStep> steps;
    for (auto entry = loose_.rbegin(); entry != loose_.rend(); ++entry) {
        auto step = step_of(entry->first, entry->second.set);
        step.cause = entry->second.cause;
        steps.push_back(std::move(step));
    }
    for (std::size_t i = collection_.chains.size(); i-- > 0;) {
        const auto& sets = collection_.chains[i].sets;
        const bool newest = i + 1 == collection_.chains.size();
        for (auto set = sets.rbegin(); set != sets.rend(); ++set) {
            RemovalStep copies{.set = set->id, .cause = RemovalCause::duplicates};
            copies.names = set->duplicates;
            const auto found = signatures_.find(set->id);
            if (found != signatures_.end()) {
                append(found->second->duplicates, copies.names);
            }
            if (!copies.names.empty()) {
                steps.push_back(std::move(copies));
            }
            if (old_signatures && !newest && found != signatures_.end()) {
                steps.push_back({.set = set->id,
                                 .cause = RemovalCause::old_signatures,
                                 .names = {found->second->name}});
            }
        }
    }
    return steps;
}

}  // namespace

std::vector<RemovalStep> removal_steps(const Collection& collection, const Judgement& judgement)
{
    return Planner{collection}.removal(judgement);
}

std::vector<RemovalStep> cleanup_steps(const Collection& collection, bool old_signatures,
                                       bool include_last_chain)
{
    if (collection.chains.empty() && !collection.orphaned.empty() && !include_last_chain) {
        throw Error{
            Error::Kind::invalid,
            "there is no chain, and the backup sets that are there may be all that is left",
            naming::print_time(collection.orphaned.back().id.end),
            "look for the manifest of their full backup; --include-last-chain removes them"};
    }
    return Planner{collection}.cleanup(old_signatures);
}

}  // namespace duplid::chain
