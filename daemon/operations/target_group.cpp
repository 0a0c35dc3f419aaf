#include "daemon/operations/target_group.hpp"

#include "daemon/schedule/file_system.hpp"
#include "engine/chain/collection.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/cache/journal.hpp"
#include "storage/remote/local_directory.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <random>
#include <sys/stat.h>
#include <unordered_set>
#include <utility>

namespace duplid::daemon {

namespace {

using operation::Standing;

/// Another one each time: what tells one attempt at a backup from all others.
std::string new_attempt()
{
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

TargetGroup::TargetGroup(std::vector<NamedTarget> targets, const ArchiveDefaults& defaults,
                         OpenOptions options, operation::Monitor& monitor)
    : defaults_{defaults}, options_{std::move(options)}, monitor_{monitor}
{
    for (auto& target : targets) {
        auto place = place_of(target.archive, defaults_);
        members_.push_back({.target = std::move(target), .place = std::move(place)});
    }
}

operation::TargetRecord& TargetGroup::record(const Member& member)
{
    return records_->of(member.place.canonical_target);
}

void TargetGroup::fail(Member& member, const Error& why)
{
    if (why.kind() == Error::Kind::cancelled) {
        throw Error{why};
    }
    member.is_late = false;
    member.trouble = why;
    monitor_.warn(why.with_context(fmt::format("target {} is left behind", member.target.name)));
}

/// A transfer thread's: the loss is on the disk before the volume counts as stored, or the next run
/// could go on with volumes that this target does not have.
void TargetGroup::lose(std::size_t part, const Error& why)
{
    const std::lock_guard guard{mutex_};
    auto& member = members_.at(parts_.at(part));
    record(member).attempt.clear();
    records_->save();
    member.sets_behind = 1;
    fail(member, why);
}

/// A job that had one target so far knows it by what is in its cache.
void TargetGroup::know_single_target(const cache::ArchiveDirectory& directory,
                                     const naming::Prefixes& prefixes)
{
    if (!records_->is_new()) {
        return;
    }
    const auto collection = chain::collect({}, directory.names(), prefixes);
    if (const auto& chains = collection.cached_signatures.chains; !chains.empty()) {
        record(members_.front()).newest = operation::catalog_name_of(chains.back().files.back().id);
    }
}

/// Opening a target on this machine makes its directory, which is wrong where a disk is only away.
void TargetGroup::check_is_there(const Member& member)
{
    const auto& archive = member.target.archive;
    const auto directory = remote::local_directory_of(archive.target, archive.working_directory);
    if (!directory) {
        return;
    }
    if (const auto& uuid = member.target.filesystem; !uuid.empty()) {
        schedule::require_file_system(*directory, uuid);
    }
    if (record(member).newest.empty() || member.target.may_be_empty) {
        return;
    }
    struct stat facts {};
    if (::stat(directory->c_str(), &facts) != 0) {
        throw Error{
            Error::Kind::unreachable, "it is not there, but backups were stored there before",
            *directory,
            fmt::format("is the disk mounted? \"duplictl job-run JOB --refill {}\" makes it "
                        "anew",
                        member.target.name)};
    }
}

void TargetGroup::open(Member& member, bool is_first)
{
    try {
        if (member.target.trouble) {
            throw Error{*member.target.trouble};
        }
        if (!is_first) {
            // Not waited for: the first target is held meanwhile, and two runs could wait for each
            // other.
            member.lock =
                cache::lock_target(defaults_.state_directory, member.place.canonical_target);
        }
        check_is_there(member);
        auto remote = open_target(member.target.archive, options_);
        member.files = remote->list();
        member.remote = std::move(remote);
    } catch (const Error& error) {
        fail(member, error);
    }
}

operation::ListedTarget TargetGroup::listed(const Member& member)
{
    const auto& known = record(member);
    return {.name = member.target.name,
            .files = member.files,
            .newest = known.newest,
            .may_be_empty = member.target.may_be_empty,
            .took_part = !known.attempt.empty() && known.attempt == records_->attempt(),
            .sound_set = member.sound_set};
}

bool TargetGroup::is_proven(const Member& leader, Member& member,
                            const operation::TargetVerdict& verdict)
{
    try {
        for (const auto& name : verdict.to_prove) {
            if (!operation::is_same_file(*leader.remote, *member.remote, name)) {
                throw Error{Error::Kind::invalid,
                            fmt::format("{} holds another archive than {}: {} is not the same",
                                        member.target.name, leader.target.name, name),
                            member.place.shown_target,
                            "give it a place of its own; nothing was changed there"};
            }
        }
        return true;
    } catch (const Error& error) {
        fail(member, error);
        return false;
    }
}

/// Finds the leader, and of all others whether they are whole, behind or none of ours.
void TargetGroup::judge(const naming::Prefixes& prefixes, bool anew)
{
    std::vector<std::size_t> asked;
    std::vector<operation::ListedTarget> targets;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].remote) {
            asked.push_back(i);
            targets.push_back(listed(members_[i]));
        }
    }
    const auto comparison = operation::compare_targets(targets, prefixes, anew);
    if (comparison.leader) {
        leader_ = asked[*comparison.leader];
    }
    newest_ = comparison.newest ? operation::catalog_name_of(*comparison.newest) : std::string{};
    newest_manifest_ = comparison.newest_manifest;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto& member = members_[asked[i]];
        const auto& verdict = comparison.verdicts[i];
        if (verdict.standing == Standing::refused) {
            fail(member, *verdict.why);
        } else if (is_proven(members_[*leader_], member, verdict) &&
                   verdict.standing == Standing::behind) {
            member.is_late = true;
            member.sets_behind = verdict.missing.size();
            member.sound_set = targets[i].took_part ? newest_ : std::string{};
            monitor_.note(fmt::format("target {} lacks {} sets, which are copied to it when this "
                                      "backup is stored elsewhere",
                                      member.target.name, verdict.missing.size()));
        }
    }
}

/// A set that was interrupted is gone on with only where its volumes went: volumes of an earlier
/// attempt may lie elsewhere under the same names.
void TargetGroup::leave_out_those_not_in(const cache::ArchiveDirectory& directory)
{
    const auto& attempt = records_->attempt();
    if (attempt.empty()) {
        return;
    }
    std::unique_ptr<cache::Journal> journal;
    try {
        journal = cache::Journal::open(directory.path());
        const auto unfinished = journal->unfinished();
        if (!unfinished || unfinished->run.kind == "replicate") {
            return;
        }
        for (const auto& volume : unfinished->volumes) {
            if (volume.acknowledged) {
                begun_.push_back(volume.file_name);
            }
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
        return;  // the backup puts it aside, and goes on with nothing
    }
    const auto is_whole = [](const Member& member) {
        return member.remote && !member.trouble && !member.is_late;
    };
    const auto took_part = [&](const Member& member) {
        return is_whole(member) && record(member).attempt == attempt;
    };
    if (std::none_of(members_.begin(), members_.end(), took_part)) {
        monitor_.note("the interrupted backup is not continued: none of its targets is there");
        journal->finish();
        begun_.clear();
        return;
    }
    for (auto& member : members_) {
        if (is_whole(member) && !took_part(member)) {
            member.is_late = true;
            member.sets_behind = 0;
            monitor_.note(fmt::format("target {} was not in the interrupted backup, and gets it "
                                      "when it is whole",
                                      member.target.name));
        }
    }
}

std::unique_ptr<remote::Remote> TargetGroup::put_together()
{
    // The leader is read from first; all that are in have the same files.
    const auto take = [this](std::size_t index) {
        auto& member = members_[index];
        if (member.remote && !member.trouble && !member.is_late && !member.part) {
            member.part = parts_.size();
            parts_.push_back(index);
        }
    };
    if (leader_) {
        take(*leader_);
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
        take(i);
    }
    if (parts_.empty()) {
        throw nobody();
    }
    records_->set_attempt(new_attempt());
    std::vector<fan_out::Part> parts;
    auto kept = begun_;
    if (!newest_manifest_.empty()) {
        kept.push_back(newest_manifest_);
    }
    for (const auto index : parts_) {
        auto& member = members_[index];
        std::unordered_set<std::string> names;
        for (const auto& file : member.files) {
            names.insert(file.name);
        }
        std::erase_if(kept, [&names](const auto& name) { return !names.contains(name); });
        // One that went another way, and takes a full set now, has not the newest of the others.
        if (names.contains(newest_manifest_)) {
            record(member).newest = newest_;
        }
        record(member).attempt = records_->attempt();
        parts.push_back({member.target.name, *member.remote});
    }
    records_->save();
    auto all = std::make_unique<fan_out::FanOutRemote>(
        std::move(parts), kept, [this](std::size_t part, const Error& why) { lose(part, why); });
    fan_out_ = all.get();
    return all;
}

std::unique_ptr<remote::Remote> TargetGroup::gather(const cache::ArchiveDirectory& directory,
                                                    const naming::Prefixes& prefixes, bool anew)
{
    records_.emplace(operation::TargetRecords::load(directory));
    know_single_target(directory, prefixes);
    for (auto& member : members_) {
        open(member, &member == &members_.front());
    }
    if (std::none_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.remote != nullptr; })) {
        throw nobody();
    }
    judge(prefixes, anew);
    leave_out_those_not_in(directory);
    return put_together();
}

void TargetGroup::stored(const naming::SetId& set)
{
    const std::lock_guard guard{mutex_};
    newest_ = operation::catalog_name_of(set);
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        auto& member = members_[parts_[part]];
        if (!member.trouble) {
            record(member).newest = newest_;
        }
    }
    try {
        records_->save();
    } catch (const Error& error) {
        monitor_.warn(error.with_context("the backup is stored, but not that its targets have it"));
    }
}

void TargetGroup::catch_up(operation::Archive& archive)
{
    const auto from = std::find_if(members_.begin(), members_.end(), [](const Member& member) {
        return member.part && !member.trouble;
    });
    for (auto& member : members_) {
        if (!member.is_late || from == members_.end()) {
            continue;
        }
        try {
            catch_up(archive, *from, member);
        } catch (const Error& error) {
            // The backup is stored: that this was stopped does not make it less of a success.
            const bool is_stopped =
                error.kind() == Error::Kind::cancelled || options_.stop.stop_requested();
            fail(member, is_stopped
                             ? Error{Error::Kind::busy, "copying to it what it lacks was stopped",
                                     member.place.shown_target, "the next run goes on"}
                             : error);
        }
        if (member.sets_behind) {
            *member.sets_behind -= std::min(*member.sets_behind, member.caught_up.sets);
        }
    }
}

/// Both are listed anew: either may have changed since it was last looked at.
operation::TargetComparison TargetGroup::compare_again(const operation::Archive& archive,
                                                       const Member& from, Member& member)
{
    auto source = listed(from);
    source.files = from.remote->list();
    auto target = listed(member);
    target.files = member.remote->list();
    const std::array both{std::move(source), std::move(target)};
    auto comparison = operation::compare_targets(both, archive.settings.names.prefixes, false);
    if (comparison.verdicts.at(1).standing == Standing::refused) {
        throw Error{*comparison.verdicts[1].why};
    }
    if (comparison.leader != std::size_t{0}) {
        throw Error{Error::Kind::busy, "another program has written to it meanwhile",
                    member.place.shown_target, "the next run compares the targets again"};
    }
    return comparison;
}

void TargetGroup::catch_up(operation::Archive& archive, const Member& from, Member& member)
{
    const auto comparison = compare_again(archive, from, member);
    const auto& verdict = comparison.verdicts.at(1);
    if (!is_proven(from, member, verdict)) {
        return;
    }
    member.sets_behind = verdict.missing.size();
    if (verdict.standing == Standing::behind) {
        monitor_.note(fmt::format("copying {} sets to target {}", verdict.missing.size(),
                                  member.target.name));
        operation::catch_up({.archive = archive,
                             .from = *from.remote,
                             .to = *member.remote,
                             .record = record(member),
                             .on_record = [this] { records_->save(); },
                             .monitor = monitor_,
                             .stop = options_.stop,
                             .stop_at_border = options_.stop_at_border},
                            verdict.missing, member.caught_up);
        // A disk may be gone by now, and the folder it was mounted on have taken the rest.
        if (compare_again(archive, from, member).verdicts.at(1).standing != Standing::whole) {
            throw Error{Error::Kind::unreachable, "it has lost files that were copied to it",
                        member.place.shown_target, "is the disk still mounted?"};
        }
    }
    record(member).newest = newest_;
    records_->save();
    member.is_late = false;
    monitor_.note(fmt::format("target {} is whole again", member.target.name));
}

}  // namespace duplid::daemon
