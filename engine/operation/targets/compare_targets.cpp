#include "engine/operation/targets/compare_targets.hpp"

#include "engine/chain/collection.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/state/chain_state.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <unordered_map>

namespace duplid::operation {

namespace {

struct SetFiles {
    std::map<std::uint32_t, std::string> volumes;
    std::string signatures;  ///< empty: lost
    std::string manifest;
};

/// What one target has.
class Holdings {
public:
    Holdings(const ListedTarget& target, const naming::Prefixes& prefixes) : target_{target}
    {
        std::vector<std::string> names;
        for (const auto& file : target.files) {
            bytes_of_.emplace(file.name, file.bytes);
            names.push_back(file.name);
        }
        collection_ = chain::collect(names, {}, prefixes);
        for (const auto& chain : collection_.chains) {
            take(chain.sets);
        }
        take(collection_.orphaned);
        take(collection_.replaced);
        for (const auto& chain : collection_.signatures.chains) {
            take(chain.files);
        }
        take(collection_.signatures.orphaned);
    }
    Holdings(Holdings&&) = default;

    [[nodiscard]] const std::string& name() const noexcept { return target_.name; }
    [[nodiscard]] const std::vector<chain::Chain>& chains() const noexcept
    {
        return collection_.chains;
    }
    [[nodiscard]] const std::map<naming::SetId, SetFiles>& sets() const noexcept { return sets_; }
    [[nodiscard]] bool has(const naming::SetId& set) const { return sets_.contains(set); }
    [[nodiscard]] std::optional<std::uint64_t> bytes_of(const std::string& name) const
    {
        const auto found = bytes_of_.find(name);
        return found == bytes_of_.end() ? std::nullopt : std::optional{found->second};
    }
    [[nodiscard]] bool is_empty() const noexcept
    {
        return sets_.empty() && collection_.incomplete.empty() &&
               collection_.signatures.chains.empty() && collection_.signatures.orphaned.empty();
    }
    /// Volumes of a set without a manifest.
    [[nodiscard]] std::vector<std::string> begun_volumes(const naming::SetId& id) const
    {
        std::vector<std::string> names;
        for (const auto& set : collection_.incomplete) {
            if (set.id == id) {
                names = set.duplicates;
                for (const auto& [number, name] : set.volumes) {
                    names.push_back(name);
                }
            }
        }
        return names;
    }
    [[nodiscard]] const std::string& known_newest() const noexcept { return target_.newest; }
    /// It has what we know that we put there.
    [[nodiscard]] bool is_recognised() const
    {
        return !target_.newest.empty() && std::any_of(sets_.begin(), sets_.end(), [&](auto& set) {
            return catalog_name_of(set.first) == target_.newest;
        });
    }
    /// Whether files that are there of this set, `is_last` the leader's newest, are known to be
    /// its.
    [[nodiscard]] bool is_sound(const naming::SetId& set, bool is_last) const
    {
        return has(set) || (is_last && target_.took_part) ||
               catalog_name_of(set) == target_.sound_set;
    }
    [[nodiscard]] bool was_emptied() const noexcept
    {
        return is_empty() && !target_.newest.empty() && !target_.may_be_empty;
    }
    /// The end of the newest chain.
    [[nodiscard]] std::optional<std::int64_t> end() const
    {
        return chains().empty() ? std::nullopt : std::optional{chains().back().end()};
    }

private:
    void take(const std::vector<chain::BackupSet>& sets)
    {
        for (const auto& set : sets) {
            sets_[set.id] = {set.volumes, {}, set.manifest.value_or("")};
        }
    }
    void take(const std::vector<chain::SignatureFile>& files)
    {
        for (const auto& file : files) {
            if (const auto set = sets_.find(file.id); set != sets_.end()) {
                set->second.signatures = file.name;
            }
        }
    }

    const ListedTarget& target_;
    std::unordered_map<std::string, std::uint64_t> bytes_of_;
    chain::Collection collection_;
    std::map<naming::SetId, SetFiles> sets_;  ///< complete ones
};

bool is_same_size(std::uint64_t one, std::uint64_t other) noexcept
{
    return one == other || one == remote::unknown_bytes || other == remote::unknown_bytes;
}

Error other_archive(const Holdings& target, const Holdings& leader, const std::string& what)
{
    return {Error::Kind::invalid,
            fmt::format("{} holds another archive than {}: {}", target.name(), leader.name(), what),
            target.name(), "give it a place of its own; nothing was changed there"};
}

/// One file in both places; empty names: it is not there.
std::optional<std::string> difference(const Holdings& target, const std::string& here,
                                      const Holdings& leader, const std::string& there)
{
    if (here.empty() || there.empty()) {
        return std::nullopt;
    }
    if (here != there) {
        return fmt::format("{} is called {} there", here, there);
    }
    const auto our_bytes = target.bytes_of(here).value_or(remote::unknown_bytes);
    const auto their_bytes = leader.bytes_of(there).value_or(remote::unknown_bytes);
    if (!is_same_size(our_bytes, their_bytes)) {
        return fmt::format("{} has {} bytes here and {} there", here, our_bytes, their_bytes);
    }
    return std::nullopt;
}

/// The first file of a set that both have which is not the same.
std::optional<std::string> difference(const Holdings& target, const Holdings& leader)
{
    for (const auto& [id, files] : target.sets()) {
        const auto found = leader.sets().find(id);
        if (found == leader.sets().end()) {
            continue;
        }
        const auto& theirs = found->second;
        auto what = difference(target, files.manifest, leader, theirs.manifest);
        if (!what) {
            what = difference(target, files.signatures, leader, theirs.signatures);
        }
        for (auto volume = files.volumes.begin(); !what && volume != files.volumes.end();
             ++volume) {
            if (const auto other = theirs.volumes.find(volume->first);
                other != theirs.volumes.end()) {
                what = difference(target, volume->second, leader, other->second);
            }
        }
        if (what) {
            return what;
        }
    }
    return std::nullopt;
}

std::optional<naming::SetId> newest_common(const Holdings& target, const Holdings& leader)
{
    for (auto set = leader.sets().rbegin(); set != leader.sets().rend(); ++set) {
        if (target.has(set->first)) {
            return set->first;
        }
    }
    return std::nullopt;
}

/// Whether the target has an increment in this chain of the leader's that the leader does not have.
/// Another increment in its place would make two of one, of which duplicity drops either.
bool is_split(const Holdings& target, const Holdings& leader, const chain::Chain& chain)
{
    return std::any_of(target.sets().begin(), target.sets().end(), [&](const auto& entry) {
        const auto& set = entry.first;
        return !set.full && !leader.has(set) &&
               std::any_of(chain.sets.begin(), chain.sets.end(),
                           [&](const auto& base) { return base.id.end == set.start; });
    });
}

std::vector<std::string> names_in_order(const SetFiles& set)
{
    std::vector<std::string> names;
    for (const auto& [number, name] : set.volumes) {
        names.push_back(name);
    }
    if (!set.signatures.empty()) {
        names.push_back(set.signatures);
    }
    names.push_back(set.manifest);
    return names;
}

/// Nothing when the target has all of the set.
std::optional<MissingSet> missing_of(const naming::SetId& id, const Holdings& target,
                                     const Holdings& leader)
{
    const bool is_last = leader.chains().back().sets.back().id == id;
    MissingSet missing{id, !target.is_sound(id, is_last), {}, {}};
    const auto names = names_in_order(leader.sets().at(id));
    for (const auto& name : names) {
        const auto bytes = leader.bytes_of(name).value_or(remote::unknown_bytes);
        const auto there = target.bytes_of(name);
        const bool is_there = there && is_same_size(*there, bytes);
        if (missing.is_new || !is_there) {
            missing.files.push_back({name, bytes, is_there});
        }
    }
    if (missing.is_new) {
        missing.surplus = target.begun_volumes(id);
        std::erase_if(missing.surplus, [&](const auto& name) {
            return std::find(names.begin(), names.end(), name) != names.end();
        });
    }
    return missing.files.empty() ? std::nullopt : std::optional{std::move(missing)};
}

void find_missing(const Holdings& target, const Holdings& leader, TargetVerdict& verdict)
{
    const auto& chains = leader.chains();
    const auto shared = std::find_if(chains.begin(), chains.end(), [&](const auto& chain) {
        return std::any_of(chain.sets.begin(), chain.sets.end(),
                           [&](const auto& set) { return target.has(set.id); });
    });
    for (auto chain = shared == chains.end() ? chains.begin() : shared; chain != chains.end();
         ++chain) {
        if (is_split(target, leader, *chain)) {
            continue;
        }
        for (const auto& set : chain->sets) {
            auto missing = missing_of(set.id, target, leader);
            if (!missing) {
                continue;
            }
            if (target.has(set.id)) {
                verdict.to_prove.push_back(*set.manifest);
            }
            verdict.missing.push_back(std::move(*missing));
        }
    }
    if (!verdict.missing.empty()) {
        verdict.standing = Standing::behind;
    }
}

TargetVerdict refused(Error why)
{
    TargetVerdict verdict;
    verdict.standing = Standing::refused;
    verdict.why = std::move(why);
    return verdict;
}

TargetVerdict verdict_of(const Holdings& target, const Holdings& leader, bool anew)
{
    const auto common = newest_common(target, leader);
    if (!common && !target.sets().empty() && !target.is_recognised()) {
        return refused(other_archive(target, leader, "they have no backup set in common"));
    }
    if (const auto what = difference(target, leader)) {
        return refused(other_archive(target, leader, *what));
    }
    const auto& chains = leader.chains();
    if (target.end() && (!leader.end() || *target.end() > *leader.end())) {
        return refused({Error::Kind::invalid,
                        fmt::format("{} has newer sets than {}", target.name(), leader.name()),
                        target.name(),
                        "was it written to by another program? \"--task full\" does not help here: "
                        "make it the job's only target, or give it a place of its own"});
    }
    TargetVerdict verdict;
    if (common && catalog_name_of(*common) != target.known_newest()) {
        verdict.to_prove.push_back(leader.sets().at(*common).manifest);
    }
    if (!chains.empty() && is_split(target, leader, chains.back())) {
        if (!anew) {
            return refused(
                {Error::Kind::invalid,
                 fmt::format("{} has gone another way than {} since {}", target.name(),
                             leader.name(), common ? "the " + spoken_name_of(*common) : "long ago"),
                 target.name(),
                 "a full backup brings them together: \"duplictl job-run JOB --task "
                 "full\""});
        }
        return verdict;
    }
    find_missing(target, leader, verdict);
    return verdict;
}

/// Those that the leader is one of: known ones before others, since a new target may hold anything.
std::vector<std::size_t> candidates(const std::vector<Holdings>& all)
{
    std::vector<std::size_t> known;
    std::vector<std::size_t> with_sets;
    std::vector<std::size_t> usable;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].was_emptied()) {
            continue;
        }
        usable.push_back(i);
        if (all[i].end()) {
            with_sets.push_back(i);
        }
        if (all[i].end() && all[i].is_recognised()) {
            known.push_back(i);
        }
    }
    return !known.empty() ? known : !with_sets.empty() ? with_sets : usable;
}

std::optional<std::size_t> leader_of(const std::vector<Holdings>& all)
{
    const auto among = candidates(all);
    if (among.empty()) {
        return std::nullopt;
    }
    // The first of those that are equal: the order is the user's.
    const auto leader =
        *std::max_element(among.begin(), among.end(), [&](std::size_t left, std::size_t right) {
            return all[left].end() < all[right].end();
        });
    for (const auto other : among) {
        const bool is_known = all[leader].is_recognised();
        if (other != leader && !is_known && all[other].end() &&
            !newest_common(all[other], all[leader])) {
            throw other_archive(all[other], all[leader], "they have no backup set in common");
        }
    }
    return leader;
}

}  // namespace

TargetComparison compare_targets(std::span<const ListedTarget> targets,
                                 const naming::Prefixes& prefixes, bool anew)
{
    std::vector<Holdings> all;
    all.reserve(targets.size());
    for (const auto& target : targets) {
        all.emplace_back(target, prefixes);
    }
    TargetComparison result;
    result.leader = leader_of(all);
    if (result.leader) {
        const auto& leader = all[*result.leader];
        if (!leader.chains().empty()) {
            const auto& newest = leader.chains().back().sets.back();
            result.newest = newest.id;
            result.newest_manifest = newest.manifest.value_or("");
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].was_emptied()) {
            result.verdicts.push_back(refused(
                {Error::Kind::unreachable,
                 fmt::format("{} is empty, but backups were stored there before", all[i].name()),
                 all[i].name(),
                 fmt::format("is the disk mounted? If they were removed on purpose, \"duplictl "
                             "job-run JOB --refill {}\" fills it again",
                             all[i].name())}));
        } else if (i == *result.leader) {
            result.verdicts.emplace_back();
        } else {
            result.verdicts.push_back(verdict_of(all[i], all[*result.leader], anew));
        }
    }
    return result;
}

}  // namespace duplid::operation
