#include "engine/operation/backup/backup.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/damaged_cache.hpp"
#include "engine/operation/archive/manifest_part.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/backup/backup_plan.hpp"
#include "engine/operation/backup/dry_run.hpp"
#include "engine/operation/backup/set_commit.hpp"
#include "engine/operation/backup/set_content.hpp"
#include "engine/operation/backup/set_writer.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <chrono>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

double now_seconds()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// One backup, in the order of its steps.
class BackupRun {
public:
    BackupRun(Archive& archive, const BackupRequest& request, Monitor& monitor,
              std::stop_token stop)
        : archive_{archive}, request_{request}, monitor_{monitor}, stop_{std::move(stop)},
          rules_{request.rules, select::normal_source(request.source), request.rule_settings}
    {
    }

    BackupReport run()
    {
        monitor_.phase(Phase::preparing);
        // Keys that cannot be used are found out before anything else is begun.
        if (auto* encryptor = encryptor_of(archive_)) {
            encryptor->start_early(volume::early_starts);
        }
        catalog_ = cache::Catalog::open(archive_.directory.path());
        if (request_.dry_run) {
            plan_ = plan_backup(archive_, request_, *catalog_, nullptr, monitor_, stop_);
            return only_compare();
        }
        journal_ = cache::Journal::open(archive_.directory.path());
        plan_ = plan_backup(archive_, request_, *catalog_, journal_.get(), monitor_, stop_);
        try {
            store_volumes();
            if (report_.outcome == BackupOutcome::unchanged) {
                leave_it_at_that();
                return report_;
            }
            remove_surplus_volumes();
            commit_.emplace(archive_,
                            SetParts{*plan_, *sigtar_, *manifest_, *changes_, report_.volumes},
                            monitor_);
            commit_->store_signatures();
            commit_->store_manifest();
        } catch (...) {
            // Journal and partial files stay: the next run goes on with them.
            catalog_->abandon_run();
            throw;
        }
        if (!commit_->make_current(*catalog_, *journal_)) {
            ++report_.warnings;
        }
        remember_totals(*catalog_, seen_);
        return report_;
    }

private:
    [[nodiscard]] std::string path_of(std::string (*name)(const Archive&,
                                                          const naming::SetId&)) const
    {
        return archive_.directory.path_of(name(archive_, plan_->set));
    }

    void store_volumes()
    {
        for (;;) {
            const auto resume = begin_set();
            try {
                pack_and_ship(resume);
                return;
            } catch (const SplitFileLost& lost) {
                monitor_.note(fmt::format("{}, of which a part is stored, is stored anew: {}",
                                          lost.object(), lost.what()));
                catalog_->abandon_run();
                plan_->resumption->give_up_split_file();
            }
        }
    }

    /// Makes cache and journal ready for the first volume that is to come. In this order, so that a
    /// kill in between leaves what can be gone on with from the same or an earlier volume.
    std::optional<ResumeFrom> begin_set()
    {
        const auto* point = plan_->resume_point();
        report_ = {};
        changes_.emplace(archive_.directory.path());
        manifest_.emplace(path_of(partial_manifest_name), path_of(cached_manifest_name),
                          manifest_head_of(archive_, request_));
        manifest_->restart(plan_->resumption ? plan_->resumption->records() : std::string{});
        catalog_->begin_run(plan_->set.full);
        if (point == nullptr) {
            // While the journal still names them.
            remove_useless_set();
            sigtar_.emplace(path_of(partial_signatures_name));
            journal_->begin({catalog_name_of(plan_->set), plan_->set.full ? "full" : "incremental",
                             setup_of(archive_, request_), request_.volume_bytes, plan_->set.end});
            monitor_.tell(SetChosen{plan_->set, plan_->why});
            return std::nullopt;
        }
        sigtar_.emplace(path_of(partial_signatures_name), point->kept.sigtar_bytes);
        journal_->rewind(point->kept.count);
        report_.resumed_at = point->kept.count + 1;
        tell_of_resumption(*point);
        monitor_.note(fmt::format("going on with the interrupted {} at volume {}",
                                  spoken_name_of(plan_->set), report_.resumed_at));
        tell_earlier_errors(point->mark.statistics.errors);
        auto* const changes = request_.record_changes ? &*changes_ : nullptr;
        return ResumeFrom{*point, stage_kept(archive_, *catalog_, *point, *sigtar_, plan_->set.full,
                                             changes, stop_)};
    }

    /// What an interrupted run left that nobody can use. The partial files go last: as long as they
    /// are there, the next run finds this again.
    void remove_useless_set()
    {
        if (!plan_->useless_set) {
            return;
        }
        const auto& set = *plan_->useless_set;
        const auto manifest = target_manifest_name(archive_.settings, set);
        // Asked for by name, too: a list may lag behind.
        if (!plan_->useless.empty() && !archive_.target.size_of(manifest)) {
            archive_.target.remove(plan_->useless);
        }
        if (set != plan_->set) {
            ::unlink(archive_.directory.path_of(partial_manifest_name(archive_, set)).c_str());
            ::unlink(archive_.directory.path_of(partial_signatures_name(archive_, set)).c_str());
        }
    }

    void tell_of_resumption(const ResumePoint& point)
    {
        const auto known = static_cast<std::uint32_t>(plan_->resumption->known_volumes);
        monitor_.tell(SetChosen{plan_->set, SetChosen::Why::interrupted, report_.resumed_at, known,
                                naming::path_of_key(point.last.key), point.last.block});
    }

    /// A set that lacks something must not look clean because another run was told so.
    void tell_earlier_errors(std::uint64_t errors)
    {
        if (errors > 0) {
            ++report_.warnings;
            monitor_.warn(Error{Error::Kind::denied,
                                fmt::format("warnings before the interruption: {}; what they "
                                            "concern may be missing in the set",
                                            errors),
                                "", "the warnings of the interrupted run name them"});
        }
    }

    void pack_and_ship(const std::optional<ResumeFrom>& resume)
    {
        const auto kept = resume ? resume->point.kept : KeptVolumes{};
        SetRecord record{*journal_, *sigtar_, *manifest_, kept};
        SetWriterOptions options;
        options.set = plan_->set;
        options.volume_bytes = request_.volume_bytes;
        options.concurrency = request_.concurrency;
        options.volumes_before = kept.count;
        options.tell_volume = request_.tell_volume;
        options.source_bytes = [this] { return report_.statistics.source_file_bytes; };
        options.fail_on_volume = request_.fail_on_volume;
        options.skip_volume = request_.skip_volume;
        options.stop_at_border = request_.stop_at_border;
        SetWriter writer{archive_, std::move(options), record, stop_};
        std::optional<SignatureStore> old_signatures;
        if (plan_->base) {
            old_signatures.emplace(archive_, *catalog_, *plan_->base);
        }
        SetContent content{
            request_,
            rules_,
            {writer.packer(), *sigtar_, *changes_, *catalog_, archive_.settings.temp_directory},
            old_signatures ? &*old_signatures : nullptr,
            resume,
            monitor_,
            stop_};
        monitor_.phase(Phase::backing_up);
        const auto begin = now_seconds();
        try {
            content.pack();
        } catch (const Error&) {
            if (writer.has_ended_at_border()) {
                monitor_.phase(Phase::uploading);
                writer.finish();  // throws why there is no more
            }
            throw;
        }
        const auto end = now_seconds();
        take_figures(content.statistics(), content.warnings(), begin, end);
        seen_ = content.seen();
        const bool nothing_changed =
            plan_->base && !resume && report_.statistics.delta_entries == 0;
        if (nothing_changed && request_.skip_if_no_change) {
            report_.outcome = BackupOutcome::unchanged;
            return;  // `writer` has nothing, and goes without having made a volume
        }
        monitor_.phase(Phase::uploading);
        writer.finish();
        report_.volumes = writer.volumes();
        report_.statistics.stored_bytes = writer.stored_bytes();
    }

    void take_figures(const BackupStatistics& statistics, std::uint64_t warnings, double begin,
                      double end)
    {
        report_.set = plan_->set;
        report_.statistics = statistics;
        report_.statistics.start_time = begin;
        report_.statistics.end_time = end;
        report_.warnings += warnings;
    }

    BackupReport only_compare()
    {
        std::optional<SignatureStore> old_signatures;
        if (plan_->base) {
            old_signatures.emplace(archive_, *catalog_, *plan_->base);
        }
        DryRun content{request_,
                       rules_,
                       plan_->base ? catalog_.get() : nullptr,
                       old_signatures ? &*old_signatures : nullptr,
                       archive_.settings.temp_directory,
                       monitor_,
                       stop_};
        monitor_.tell(SetChosen{plan_->set, plan_->why});
        monitor_.phase(Phase::scanning);
        const auto begin = now_seconds();
        content.compare_all();
        take_figures(content.statistics(), content.warnings(), begin, now_seconds());
        report_.outcome = BackupOutcome::would_store;
        return report_;
    }

    /// Nothing changed and no set is wanted: what was learnt of unchanged files is kept.
    void leave_it_at_that()
    {
        const auto held_by = plan_->base->files.size() - 1;
        report_.set = plan_->base->chain->sets.at(held_by).id;
        catalog_->commit_refresh();
        ::unlink(path_of(partial_signatures_name).c_str());
        journal_->finish();
    }

    /// An earlier attempt at this very set may have come further, in volumes that the manifest is
    /// not going to name.
    void remove_surplus_volumes()
    {
        if (!plan_->resumption) {
            return;
        }
        std::vector<std::string> surplus;
        for (auto& file : archive_.target.list()) {
            surplus.push_back(std::move(file.name));
        }
        if (request_.stray_names) {
            const auto strays = request_.stray_names();
            surplus.insert(surplus.end(), strays.begin(), strays.end());
        }
        std::erase_if(surplus, [this](const std::string& file) {
            const auto name = naming::parse(file, archive_.settings.names.prefixes);
            return !name || name->set != plan_->set || name->kind != naming::FileKind::volume ||
                   name->volume <= report_.volumes;
        });
        if (!surplus.empty()) {
            archive_.target.remove(surplus);
        }
    }

    Archive& archive_;
    const BackupRequest& request_;
    Monitor& monitor_;
    std::stop_token stop_;
    select::Rules rules_;
    std::unique_ptr<cache::Catalog> catalog_;
    std::unique_ptr<cache::Journal> journal_;
    std::unique_ptr<BackupPlan> plan_;
    std::optional<SigtarWriter> sigtar_;
    std::optional<ChangeList> changes_;
    std::optional<ManifestPart> manifest_;
    std::optional<SetCommit> commit_;
    SourceTotals seen_;
    BackupReport report_;
};

}  // namespace

BackupReport back_up(Archive& archive, const BackupRequest& request, Monitor& monitor,
                     std::stop_token stop)
{
    // The second time it goes on with the volumes that the first one stored.
    return despite_damaged_cache(archive, monitor, [&] {
        return BackupRun{archive, request, monitor, stop}.run();
    });
}

}  // namespace duplid::operation
