#include "engine/operation/removal/deletion.hpp"

#include "engine/operation/archive/damaged_cache.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <map>
#include <set>
#include <unistd.h>

namespace duplid::operation {

namespace {

/// So many names go to the target at a time: often enough to stop, and to tell how far it is.
constexpr std::size_t batch_files = 20;

std::uint64_t bytes_of(const Listing& listing, const std::string& name)
{
    const auto found = listing.bytes_of.find(name);
    const bool known = found != listing.bytes_of.end() && found->second != remote::unknown_bytes;
    return known ? found->second : 0;
}

/// Whether there is a database to correct: opening one would make it.
bool has_file(const Archive& archive, std::string_view name)
{
    return ::access(archive.directory.path_of(name).c_str(), F_OK) == 0;
}

class Deletion {
public:
    Deletion(Archive& archive, const DeletionReport& report, Monitor& monitor,
             const std::stop_token& stop);

    void carry_out(const chain::RemovalStep& step);
    /// Lets the databases forget the sets that are gone.
    void forget();

private:
    void remove(std::span<const std::string> names);
    [[nodiscard]] std::vector<std::string> cached_files_of(const chain::RemovalStep& step) const;
    void forget_in_catalog();
    void forget_in_journal();

    Archive& archive_;
    const DeletionReport& report_;
    Monitor& monitor_;
    const std::stop_token& stop_;
    std::multimap<naming::SetId, std::pair<naming::FileKind, std::string>> cached_;
    std::set<std::string> gone_;  ///< sets, by their names in the catalog
    Progress progress_;
};

Deletion::Deletion(Archive& archive, const DeletionReport& report, Monitor& monitor,
                   const std::stop_token& stop)
    : archive_{archive}, report_{report}, monitor_{monitor}, stop_{stop}
{
    for (auto& name : archive.directory.names()) {
        if (const auto parsed = naming::parse(name, archive.settings.names.prefixes)) {
            cached_.emplace(parsed->set, std::pair{parsed->kind, std::move(name)});
        }
    }
    progress_.files_expected = report.files.size();
    progress_.bytes_expected = report.bytes;
}

void Deletion::carry_out(const chain::RemovalStep& step)
{
    std::span<const std::string> rest{step.names};
    while (!rest.empty()) {
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the removal was stopped on request"};
        }
        const auto batch = rest.first(std::min(batch_files, rest.size()));
        remove(batch);
        rest = rest.subspan(batch.size());
    }
    delete_cached(archive_, cached_files_of(step));
    if (step.takes_whole_set()) {
        gone_.insert(catalog_name_of(step.set));
    }
}

void Deletion::remove(std::span<const std::string> names)
{
    try {
        archive_.target.remove(names);
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::cancelled) {
            throw;
        }
        throw Error{error.kind(),
                    fmt::format("after {} of {} files were deleted: {}", progress_.files_done,
                                report_.files.size(), error.what()),
                    error.object(),
                    "what is left is in order; run it again when the target lets you delete"}
            .with_facts(error.facts());
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        progress_.bytes_done += report_.files.at(progress_.files_done++).bytes;
    }
    monitor_.progress(progress_);
}

std::vector<std::string> Deletion::cached_files_of(const chain::RemovalStep& step) const
{
    std::vector<std::string> names;
    if (step.cause == chain::RemovalCause::duplicates) {
        return names;
    }
    const auto [first, last] = cached_.equal_range(step.set);
    for (auto entry = first; entry != last; ++entry) {
        const auto& [kind, name] = entry->second;
        if (step.takes_whole_set() || kind == naming::FileKind::signatures) {
            names.push_back(name);
        }
    }
    return names;
}

void Deletion::forget()
{
    if (!gone_.empty()) {
        despite_damaged_cache(archive_, monitor_, [this] {
            forget_in_catalog();
            forget_in_journal();
        });
    }
}

void Deletion::forget_in_catalog()
{
    if (!has_file(archive_, "catalog.db")) {
        return;
    }
    const auto catalog = cache::Catalog::open(archive_.directory.path());
    const auto sets = catalog->applied();
    if (std::any_of(sets.begin(), sets.end(),
                    [this](const auto& set) { return gone_.contains(set.set_name); })) {
        catalog->reset();
    }
}

void Deletion::forget_in_journal()
{
    if (!has_file(archive_, "journal.db")) {
        return;
    }
    const auto journal = cache::Journal::open(archive_.directory.path());
    const auto unfinished = journal->unfinished();
    if (unfinished && gone_.contains(unfinished->run.set_name)) {
        journal->finish();
    }
}

}  // namespace

DeletionReport report_of(std::span<const chain::RemovalStep> steps, const Listing& listing)
{
    DeletionReport report;
    for (const auto& step : steps) {
        DeletedPart part{step.set, step.cause};
        for (const auto& name : step.names) {
            const auto bytes = bytes_of(listing, name);
            report.files.push_back({name, bytes});
            part.bytes += bytes;
            ++part.files;
        }
        report.bytes += part.bytes;
        report.parts.push_back(part);
    }
    return report;
}

void carry_out(Archive& archive, std::span<const chain::RemovalStep> steps,
               const DeletionReport& report, Monitor& monitor, const std::stop_token& stop)
{
    monitor.phase(Phase::removing);
    Deletion deletion{archive, report, monitor, stop};
    try {
        for (const auto& step : steps) {
            deletion.carry_out(step);
        }
    } catch (...) {
        // The next run would find out by itself that sets are missing, only later.
        try {
            deletion.forget();
        } catch (const Error& error) {
            monitor.note(fmt::format("the catalog was not brought up to date: {}", error.what()));
        }
        throw;
    }
    deletion.forget();
}

void delete_cached(Archive& archive, std::span<const std::string> names)
{
    for (const auto& name : names) {
        const auto path = archive.directory.path_of(name);
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
            throw system_error(errno, "deleting", path);
        }
    }
}

}  // namespace duplid::operation
