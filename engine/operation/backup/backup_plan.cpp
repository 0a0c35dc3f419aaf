#include "engine/operation/backup/backup_plan.hpp"

#include "engine/naming/time.hpp"
#include "engine/operation/backup/takeover.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/select/rule.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <unistd.h>

namespace duplid::operation {

namespace {

using namespace std::chrono_literals;

/// A chain that ends later than this ahead of now was dated by a clock that is wrong.
constexpr std::int64_t clock_slack_seconds = 5;

std::int64_t epoch_seconds()
{
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void wait_a_little(const std::stop_token& stop)
{
    std::mutex mutex;
    std::unique_lock lock{mutex};
    std::condition_variable_any never;
    never.wait_for(lock, stop, 50ms, [] { return false; });
    if (stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, "the backup was stopped on request"};
    }
}

/// The set's time: later than that of every set there is, since times order sets.
std::int64_t time_after(const std::optional<naming::SetId>& newest, std::int64_t wanted,
                        const std::stop_token& stop)
{
    auto time = wanted != 0 ? wanted : epoch_seconds();
    if (!newest || time > newest->end) {
        return time;
    }
    if (newest->end - epoch_seconds() > clock_slack_seconds) {
        throw Error{
            Error::Kind::invalid,
            fmt::format("the newest set ({}) is dated in the future", spoken_name_of(*newest)), "",
            "set this machine's clock, or wait until that time has passed"};
    }
    while ((time = epoch_seconds()) <= newest->end) {
        wait_a_little(stop);
    }
    return time;
}

void check_source(const manifest::Manifest& manifest, const BackupRequest& request)
{
    const auto source = select::normal_source(request.source);
    if (manifest.hostname && *manifest.hostname != request.host_name &&
        !(request.full_host_name && *manifest.hostname == request.full_host_name())) {
        throw Error{Error::Kind::invalid,
                    fmt::format("this archive was made on host {}, and this is {}",
                                io::printable(*manifest.hostname), request.host_name),
                    *manifest.hostname,
                    "use another target for this machine, or --allow-source-mismatch if it was "
                    "renamed"}
            .with_detail("host_mismatch",
                         {{"current", request.host_name}, {"previous", *manifest.hostname}});
    }
    if (manifest.localdir && *manifest.localdir != source) {
        throw Error{Error::Kind::invalid,
                    fmt::format("this archive was made of {}, not of {}",
                                io::printable(*manifest.localdir), io::printable(source)),
                    *manifest.localdir,
                    "use another target for this source, or --allow-source-mismatch if it was "
                    "moved"}
            .with_detail("source_mismatch",
                         {{"current", source}, {"previous", *manifest.localdir}});
    }
}

bool is_symmetric(const ArchiveSettings& settings)
{
    return settings.encryption && settings.encryption->is_symmetric();
}

/// The manifest of the set that an increment follows. With a passphrase it is read from the
/// target, so that a wrong one is found out before anything is written (architecture.md 8). A
/// client with public keys only may be unable to read it, and then goes by what its cache has.
void check_chain(Archive& archive, const chain::BackupSet& last, const BackupRequest& request,
                 Monitor& monitor)
{
    if (is_symmetric(archive.settings) || !archive.settings.encryption) {
        const auto manifest = load_manifest_from_target(archive, last);
        if (!request.allow_source_mismatch) {
            check_source(manifest, request);
        }
        return;
    }
    try {
        const auto manifest = load_manifest(archive, last);
        if (!request.allow_source_mismatch) {
            check_source(manifest, request);
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::wrong_secret && error.kind() != Error::Kind::denied) {
            throw;
        }
        monitor.note("the newest manifest cannot be decrypted here; host and source of the chain "
                     "are not compared");
    }
}

/// --full-if-older-than: strictly older (command-line.md 2.2).
bool is_full_due(const chain::Collection& collection, const BackupRequest& request,
                 Monitor& monitor)
{
    const auto* newest = chain::newest_chain(collection);
    if (newest == nullptr || !request.full_if_older_than ||
        newest->sets.front().id.end >= *request.full_if_older_than) {
        return false;
    }
    monitor.note(fmt::format("the newest full set ({}) is older than asked for: another one is due",
                             spoken_name_of(newest->sets.front().id)));
    return true;
}

/// Whoever could read the chain so far should know when that changes; nothing else is wrong with a
/// new key, so it is no reason to refuse.
void compare_recipients(Archive& archive, const chain::BackupSet& last, Monitor& monitor)
{
    const auto* encryptor = encryptor_of(archive);
    const auto& name = last.manifest.value();
    const auto wrapping = naming::parse(name, archive.settings.names.prefixes).value().wrapping;
    if (encryptor == nullptr || archive.settings.encryption->is_symmetric() ||
        wrapping != naming::Wrapping::gpg) {
        return;
    }
    io::FileSource manifest{fetch(archive, name), name};
    const auto before = codec::recipients_of(manifest);
    if (!before) {
        return;
    }
    const auto difference =
        codec::difference_of(encryptor->recipients(), *before, *archive.settings.encryption);
    if (!difference.empty()) {
        monitor.warn(Error{Error::Kind::denied,
                           fmt::format("this set is {}; who has only one of these keys cannot read "
                                       "the whole chain",
                                       difference),
                           name,
                           "make a full backup if the old sets are to stay readable for them"});
    }
}

Error no_chain_error()
{
    return Error{Error::Kind::not_found, "there is no chain with signatures to continue", "",
                 "make a full backup first"}
        .with_detail("no_signatures");
}

/// An increment onto the newest chain, or nothing when there is none to continue.
bool plan_increment(Archive& archive, const BackupRequest& request, cache::Catalog& catalog,
                    BackupPlan& plan, Monitor& monitor, const std::stop_token& stop)
{
    auto active = chain::active_signatures(plan.listing.collection);
    if (!active) {
        if (chain::newest_chain(plan.listing.collection) != nullptr) {
            monitor.note("the newest chain has no complete signatures");
        }
        return false;
    }
    const auto& sets = active->chain->sets;
    const auto& last = sets.at(active->files.size() - 1);
    check_chain(archive, last, request, monitor);
    compare_recipients(archive, last, monitor);
    if (active->discards_last_set) {
        monitor.note(fmt::format("the set {} has no signatures and is left out of the chain",
                                 spoken_name_of(sets.back().id)));
    }
    try {
        bring_up_to_date(archive, catalog, *active, monitor, stop);
    } catch (const Error& error) {
        const bool unreadable = error.kind() == Error::Kind::wrong_secret ||
                                error.kind() == Error::Kind::denied ||
                                error.kind() == Error::Kind::corrupt;
        if (!unreadable || request.type == BackupType::incremental) {
            throw;
        }
        monitor.warn(Error{error.kind(),
                           fmt::format("making a full backup, because the chain's signatures "
                                       "cannot be read: {}",
                                       error.what()),
                           error.object(), error.hint()});
        return false;
    }
    plan.base = std::move(active);
    return true;
}

bool takes_full(const BackupRequest& request)
{
    return request.type != BackupType::incremental || request.go_on_with_any;
}

/// Makes of another program's set what find_interrupted() finds; else `left` tells why not.
void take_over_into(Interrupted& left, Archive& archive, cache::Journal& journal,
                    const chain::BackupSet& set, const OldState* before,
                    const BackupRequest& request, const BackupPlan& plan, Monitor& monitor,
                    const std::stop_token& stop)
{
    const auto takeover = take_over(archive, journal, set, before, request, monitor, stop);
    if (takeover.done) {
        left = find_interrupted(archive, journal, plan.listing, request, plan.newest, monitor);
    } else if (!takeover.why_not.empty()) {
        left.why_not = takeover.why_not;
    }
}

/// What an interrupted run left here, be it another program's; but of that a full set only, since
/// what an increment was made on is not known yet.
Interrupted find_what_was_left(Archive& archive, cache::Journal& journal,
                               const BackupRequest& request, const BackupPlan& plan,
                               Monitor& monitor, const std::stop_token& stop)
{
    auto left = find_interrupted(archive, journal, plan.listing, request, plan.newest, monitor);
    if (left.resumption || left.useless_set || !takes_full(request)) {
        return left;
    }
    const auto* set = left_by_another(plan.listing, journal, plan.newest);
    if (set != nullptr && set->id.full) {
        take_over_into(left, archive, journal, *set, nullptr, request, plan, monitor, stop);
    }
    return left;
}

/// The increment that another program left here, if there is nothing of our own; null otherwise.
const chain::BackupSet* increment_of_another(const BackupPlan& plan, cache::Journal* journal,
                                             const Interrupted& left)
{
    if (journal == nullptr || left.resumption || left.useless_set) {
        return nullptr;
    }
    const auto* set = left_by_another(plan.listing, *journal, plan.newest);
    return set != nullptr && !set->id.full ? set : nullptr;
}

/// As find_what_was_left(), with the catalog brought up to the chain's end.
void take_over_increment(Interrupted& left, Archive& archive, cache::Journal& journal,
                         cache::Catalog& catalog, const chain::BackupSet& set,
                         const BackupRequest& request, const BackupPlan& plan, Monitor& monitor,
                         const std::stop_token& stop)
{
    if (plan.base->end() != set.id.start) {
        left.why_not = "another program began it on another set";
        return;
    }
    SignatureStore signatures{archive, catalog, *plan.base};
    const OldState before{catalog, signatures};
    take_over_into(left, archive, journal, set, &before, request, plan, monitor, stop);
}

/// Whether an interrupted full set is gone on with. An increment goes by its base instead, whose
/// manifest has proved the passphrase by then.
bool goes_on_with_full(Archive& archive, const BackupRequest& request,
                       const std::optional<Resumption>& resumption, Monitor& monitor)
{
    if (!resumption || !resumption->set.full || !takes_full(request)) {
        return false;
    }
    if (is_symmetric(archive.settings) && !can_open(archive, *resumption)) {
        monitor.note(fmt::format("the interrupted {} is not continued: it was made with another "
                                 "passphrase",
                                 spoken_name_of(resumption->set)));
        return false;
    }
    return true;
}

}  // namespace

std::unique_ptr<BackupPlan> plan_backup(Archive& archive, const BackupRequest& request,
                                        cache::Catalog& catalog, cache::Journal* journal,
                                        Monitor& monitor, const std::stop_token& stop)
{
    auto plan = std::make_unique<BackupPlan>();
    plan->listing = list_archive(archive);
    const auto& collection = plan->listing.collection;
    if (const auto* newest = chain::newest_chain(collection)) {
        plan->newest = newest->sets.back().id;
    }
    if (request.type != BackupType::full) {
        check_target_is_there(archive, collection);
    }
    const bool is_due =
        request.type != BackupType::full && is_full_due(collection, request, monitor);
    const bool wants_full = request.type == BackupType::full || is_due;
    Interrupted left;
    if (journal != nullptr) {
        left = find_what_was_left(archive, *journal, request, *plan, monitor, stop);
    }
    const auto* another = increment_of_another(*plan, journal, left);
    auto& interrupted = left.resumption;
    plan->useless_set = left.useless_set;
    plan->useless = std::move(left.useless);
    bool goes_on = goes_on_with_full(archive, request, interrupted, monitor);
    const bool has_increment = another != nullptr || (interrupted && !interrupted->set.full);
    const bool wants_interrupted = request.go_on_with_any && has_increment;
    bool continues = !goes_on && (!wants_full || wants_interrupted) &&
                     plan_increment(archive, request, catalog, *plan, monitor, stop);
    if (!goes_on && !continues && !wants_full && request.type == BackupType::incremental) {
        throw no_chain_error();
    }
    if (continues && another != nullptr) {
        take_over_increment(left, archive, *journal, catalog, *another, request, *plan, monitor,
                            stop);
    }
    if (continues && interrupted && !interrupted->set.full) {
        goes_on = plan->base->end() == interrupted->set.start;
    }
    if (goes_on) {
        plan->set = interrupted->set;
        plan->why = SetChosen::Why::interrupted;
        plan->resumption = std::move(interrupted);
        set_aside_leftovers(archive, collection, plan->set, {}, monitor);
        return plan;
    }
    if (continues && wants_full) {
        plan->base.reset();
        continues = false;
    }
    if (!request.dry_run) {
        set_aside_leftovers(archive, collection, plan->useless_set, left.why_not, monitor);
    }
    plan->why = continues                          ? SetChosen::Why::chain
                : request.type == BackupType::full ? SetChosen::Why::asked
                : is_due                           ? SetChosen::Why::full_is_due
                                                   : SetChosen::Why::no_signatures;
    const auto time = time_after(plan->newest, request.time, stop);
    plan->set = continues ? naming::SetId::increment(plan->base->end(), time)
                          : naming::SetId::full_at(time);
    return plan;
}

void set_aside_leftovers(Archive& archive, const chain::Collection& collection,
                         const std::optional<naming::SetId>& kept, const std::string& why,
                         Monitor& monitor)
{
    const auto remove = [&](const std::optional<std::string>& name) {
        if (name) {
            ::unlink(archive.directory.path_of(*name).c_str());
        }
    };
    for (const auto& set : collection.partial) {
        if (set.id == kept) {
            continue;
        }
        monitor.note(fmt::format("an earlier run ({}) was interrupted after {} volumes; it is set "
                                 "aside, and its volumes stay on the target until a cleanup",
                                 spoken_name_of(set.id), set.volumes.size()));
        monitor.tell(SetPutAside{
            set.id, static_cast<std::uint32_t>(set.volumes.size()),
            why.empty() ? "another one was asked for, or another program began it" : why});
        remove(set.cached_partial_manifest);
        remove(set.cached_partial_signatures);
    }
    for (const auto& name : collection.cache_leftovers) {
        const auto parsed = naming::parse(name, archive.settings.names.prefixes);
        if (!parsed || !parsed->partial || parsed->set != kept) {
            remove(name);
        }
    }
}

}  // namespace duplid::operation
