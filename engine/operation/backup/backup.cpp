#include "engine/operation/backup/backup.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/damaged_cache.hpp"
#include "engine/operation/archive/manifest_part.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/backup/backup_plan.hpp"
#include "engine/operation/backup/dry_run.hpp"
#include "engine/operation/backup/set_content.hpp"
#include "engine/operation/backup/set_writer.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/volume/opened_file.hpp"
#include "engine/volume/store_stream.hpp"
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

constexpr std::size_t stream_chunk_bytes = std::size_t{1} << 20U;

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
            store_signatures();
            store_manifest();
        } catch (...) {
            // Journal and partial files stay: the next run goes on with them.
            catalog_->abandon_run();
            throw;
        }
        make_current();
        return report_;
    }

private:
    [[nodiscard]] std::string path_of(std::string (*name)(const Archive&,
                                                          const naming::SetId&)) const
    {
        return archive_.directory.path_of(name(archive_, plan_->set));
    }

    [[nodiscard]] std::string target_name(naming::FileKind kind, naming::Wrapping wrapping) const
    {
        return naming::print({plan_->set, kind, 0, wrapping, false}, archive_.settings.names);
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
        options.stored_bytes_before = resume ? resume->point.stored_bytes : 0;
        options.tell_volume = request_.tell_volume;
        options.source_bytes = [this] { return report_.statistics.source_file_bytes; };
        options.fail_on_volume = request_.fail_on_volume;
        options.skip_volume = request_.skip_volume;
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
        content.pack();
        const auto end = now_seconds();
        take_figures(content.statistics(), content.warnings(), begin, end);
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
        for (const auto& file : archive_.target.list()) {
            const auto name = naming::parse(file.name, archive_.settings.names.prefixes);
            if (name && name->set == plan_->set && name->kind == naming::FileKind::volume &&
                name->volume > report_.volumes) {
                surplus.push_back(file.name);
            }
        }
        if (!surplus.empty()) {
            archive_.target.remove(surplus);
        }
    }

    void store_signatures()
    {
        monitor_.phase(Phase::finishing);
        sigtar_->finish();
        const auto path = path_of(cached_signatures_name);
        io::RangeSource raw{sigtar_->fd(), 0, sigtar_->bytes(), path};
        auto packed =
            pack_sigtar(raw, path, archive_.pool, static_cast<std::uint32_t>(plan_->set.end));
        put_signatures(packed.file);
        cached_sigtar_.emplace(std::move(packed));
    }

    void put_signatures(const io::TempFile& packed)
    {
        const auto name =
            target_name(naming::FileKind::signatures, data_wrapping_of(archive_.settings));
        auto wrapper = wrapper_of(archive_, plan_->set);
        wrapper.tar_end = false;  // the sigtar has its own
        auto spool = archive_.target.make_spool(name, archive_.settings.temp_directory);
        if (wrapper.form == volume::Form::gzip) {
            // The cache's form is the target's.
            io::RangeSource bytes{packed.fd(), 0, packed.bytes(), name};
            io::FdSink sink{spool.fd(), name};
            const auto copied = io::copy(bytes, sink);
            volume::StoredFile file{std::move(spool), copied, {}, {}, 0};
            ship(archive_.target, file, name);
            return;
        }
        io::RangeSource raw{sigtar_->fd(), 0, sigtar_->bytes(), name};
        auto file = volume::store_stream(raw, wrapper, std::move(spool), name, archive_.pool,
                                         stream_chunk_bytes);
        ship(archive_.target, file, name);
    }

    /// The last file to come: from then on the set exists.
    void store_manifest()
    {
        auto whole = manifest_->finish(*changes_);
        const auto name =
            target_name(naming::FileKind::manifest, manifest_wrapping_of(archive_.settings));
        auto wrapper = wrapper_of(archive_, plan_->set);
        wrapper.tar_end = false;
        if (!archive_.settings.encryption) {
            wrapper.form = volume::Form::plain;
        }
        auto spool = archive_.target.make_spool(name, archive_.settings.temp_directory);
        io::RangeSource content{whole.fd(), 0, whole.bytes(), name};
        auto file = volume::store_stream(content, wrapper, std::move(spool), name, archive_.pool,
                                         stream_chunk_bytes);
        look_at_target_again();
        archive_.directory.check_still_there();
        ship_manifest(file, name);
        whole_manifest_.emplace(std::move(whole));
    }

    /// The reference cannot bear a partial manifest beside the target's own (archive-format.md 14).
    /// Killed in between, this run can be gone on with all the same: by the journal.
    void ship_manifest(volume::StoredFile& file, const std::string& name)
    {
        const auto held = manifest_->withdraw();
        try {
            ship(archive_.target, file, name);
        } catch (const Error&) {
            if (is_surely_missing(name)) {
                put_back(held);
            }
            throw;
        }
    }

    /// Why the upload failed is what is told; that this failed too is only noted.
    void put_back(io::ByteView held)
    {
        try {
            manifest_->put_back(held);
        } catch (const Error& error) {
            monitor_.note(fmt::format("the partial manifest was not put back, so duplicity cannot "
                                      "go on with this set, only duplid can: {}",
                                      error.what()));
        }
    }

    [[nodiscard]] bool is_surely_missing(const std::string& name) const
    {
        try {
            return !archive_.target.size_of(name).has_value();
        } catch (const Error&) {
            return false;
        }
    }

    /// What is there is looked at once more before the manifest makes a set of it.
    void look_at_target_again()
    {
        const auto listing = list_archive(archive_);
        check_nobody_else_wrote(listing.collection);
        check_files_are_there(listing);
    }

    /// The locks keep runs of this machine apart; this notices another machine's.
    void check_nobody_else_wrote(const chain::Collection& collection)
    {
        const auto* newest = chain::newest_chain(collection);
        if (newest == nullptr) {
            return;
        }
        const auto& last = newest->sets.back().id;
        if (!plan_->newest || last > *plan_->newest) {
            throw Error{Error::Kind::busy,
                        fmt::format("another run has written the set {} to this target meanwhile",
                                    spoken_name_of(last)),
                        archive_.target.description(),
                        "let one machine at a time write to a target, then run it again"};
        }
    }

    /// A disk may be gone by now, and the folder it was mounted on have taken the rest of the run.
    void check_files_are_there(const Listing& listing)
    {
        const auto is_there = [&](const std::string& name) {
            // Asked for by name, too: a list may lag behind.
            return listing.bytes_of.contains(name) || archive_.target.size_of(name).has_value();
        };
        const auto must_be_there = [&](const std::string& name) {
            if (!is_there(name)) {
                throw Error{Error::Kind::unreachable,
                            fmt::format("the target has lost {} while the backup was made", name),
                            archive_.target.description(),
                            "is the disk still mounted? The next backup goes on where this one is"};
            }
        };
        for (std::uint32_t number = 1; number <= report_.volumes; ++number) {
            must_be_there(target_volume_name(archive_.settings, plan_->set, number));
        }
        must_be_there(target_signatures_name(archive_.settings, plan_->set));
        if (const auto* before = chain::newest_chain(plan_->listing.collection)) {
            must_be_there(before->sets.back().manifest.value());
        }
    }

    /// The set exists, and a disk of this machine cannot change that: a failure from here on costs
    /// the next run some time, nothing else. In this order, so that the catalog never tells of a
    /// set whose files the cache does not have.
    void make_current()
    {
        try {
            // What the cache has of the set from here on is no longer that of a run.
            ::unlink(path_of(partial_signatures_name).c_str());
            const auto sum = volume::sha1_of(whole_manifest_->fd(), whole_manifest_->path());
            manifest_->publish(std::move(*whole_manifest_));
            cached_sigtar_->file.publish(path_of(cached_signatures_name));
            catalog_->commit_run({catalog_name_of(plan_->set), sum}, cached_sigtar_->chunks);
            journal_->finish();
        } catch (const Error& error) {
            catalog_->abandon_run();
            ++report_.warnings;
            monitor_.warn(Error{error.kind(),
                                fmt::format("the backup is stored and whole, but the cache could "
                                            "not be brought up to date: {}",
                                            error.what()),
                                archive_.directory.path(),
                                "look at the disk that the cache is on; the next run reads again "
                                "from the target what the cache lacks"});
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
    std::optional<CachedSigtar> cached_sigtar_;
    std::optional<io::TempFile> whole_manifest_;  ///< the target has it, the cache not yet
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
