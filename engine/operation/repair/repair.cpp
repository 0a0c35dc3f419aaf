#include "engine/operation/repair/repair.hpp"

#include "engine/chain/choice.hpp"
#include "engine/manifest/reader.hpp"
#include "engine/manifest/writer.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/repair/chain_damage.hpp"
#include "engine/operation/repair/quarantine.hpp"
#include "engine/operation/repair/rebuild_manifest.hpp"
#include "engine/operation/repair/rebuild_signatures.hpp"
#include "engine/operation/repair/repair_context.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

using Kind = Finding::Kind;
using State = Finding::State;

constexpr std::size_t manifest_bytes_max = std::size_t{1} << 30U;

/// One repair, in the order of its steps: each makes good what the next one looks at.
class RepairRun {
public:
    RepairRun(Archive& archive, const RepairRequest& request, Monitor& monitor,
              std::stop_token stop)
        : archive_{archive}, request_{request}, context_{archive, request, monitor, std::move(stop),
                                                         [this](Finding finding) {
                                                             take(std::move(finding));
                                                         }}
    {
    }

    RepairReport run()
    {
        context_.monitor.phase(Phase::preparing);
        listing_ = list_archive(archive_);
        if (repair_names(context_, listing_)) {
            listing_ = list_archive(archive_);
        }
        if (repair_manifests()) {
            listing_ = list_archive(archive_);
        }
        report_unchained();
        collect_signatures();
        context_.monitor.phase(Phase::fetching);
        for (const auto& chain : listing_.collection.chains) {
            repair_chain(chain);
        }
        context_.monitor.phase(Phase::finishing);
        listing_ = list_archive(archive_);
        repair_cache(context_, listing_);
        mark_lost_paths();
        return std::move(report_);
    }

private:
    void take(Finding finding)
    {
        ++report_.findings_count;
        report_.mended += finding.state == State::mended ? 1 : 0;
        report_.mendable += finding.state == State::mendable ? 1 : 0;
        report_.lost += finding.state == State::lost ? 1 : 0;
        context_.monitor.note(finding.about);
        if (report_.findings.size() < findings_max) {
            report_.findings.push_back(std::move(finding));
        }
    }

    // --- manifests ------------------------------------------------------------------------------

    bool repair_manifests()
    {
        bool changed = false;
        const auto& all = listing_.collection;
        std::vector<const chain::BackupSet*> complete;
        for (const auto& chain : all.chains) {
            for (const auto& set : chain.sets) {
                complete.push_back(&set);
            }
        }
        for (const auto* sets : {&all.orphaned, &all.replaced}) {
            for (const auto& set : *sets) {
                complete.push_back(&set);
            }
        }
        for (const auto* set : complete) {
            try {
                learn_from(load_manifest_from_target(archive_, *set));
            } catch (const Error& error) {
                if (error.kind() != Error::Kind::corrupt) {
                    throw;
                }
                changed = restore_manifest(*set, error.what()) || changed;
            }
        }
        for (const auto& set : all.incomplete) {
            if (!set.cached_manifest && !has_signatures(set.id) && !is_built_upon(set.id)) {
                context_.report({Kind::set_incomplete,
                                 State::left,
                                 set.id,
                                 {},
                                 fmt::format("{} was never finished; cleanup removes it",
                                             spoken_name_of(set.id)),
                                 {},
                                 {}});
                continue;
            }
            changed = restore_manifest(set, {}) || changed;
        }
        return changed;
    }

    /// Host and directory are the same all over an archive.
    void learn_from(const manifest::Manifest& manifest)
    {
        if (manifest.hostname) {
            hostname_ = manifest.hostname;
            localdir_ = manifest.localdir;
        }
    }

    [[nodiscard]] std::optional<std::string> has_signatures(const naming::SetId& id) const
    {
        const auto in = [&id](const std::vector<chain::SignatureFile>& files) {
            const auto found = std::find_if(files.begin(), files.end(),
                                            [&id](const auto& file) { return file.id == id; });
            return found == files.end() ? std::nullopt : std::optional{found->name};
        };
        const auto& signatures = listing_.collection.signatures;
        for (const auto& chain : signatures.chains) {
            if (auto name = in(chain.files)) {
                return name;
            }
        }
        return in(signatures.orphaned);
    }

    /// Increments on a set are made only once it is complete.
    [[nodiscard]] bool is_built_upon(const naming::SetId& id) const
    {
        const auto builds = [&id](const std::vector<chain::BackupSet>& sets) {
            return std::any_of(sets.begin(), sets.end(), [&id](const auto& set) {
                return !set.id.full && set.id.start == id.end;
            });
        };
        const auto& all = listing_.collection;
        return builds(all.orphaned) || builds(all.incomplete);
    }

    /// True when the target has a good manifest now. `damage` is empty when it has none.
    bool restore_manifest(const chain::BackupSet& set, const std::string& damage)
    {
        const auto kind = damage.empty() ? Kind::manifest_missing : Kind::manifest_damaged;
        const auto what = fmt::format("the manifest of {} is {}", spoken_name_of(set.id),
                                      damage.empty() ? "missing" : "damaged");
        const auto object = set.manifest.value_or("");
        try {
            std::string how = "the cache has it";
            auto text = manifest_of_cache(set);
            if (!text) {
                const auto signatures = has_signatures(set.id);
                auto rebuilt = rebuild_manifest(archive_, set, signatures, context_.stop);
                rebuilt.hostname = hostname_;
                rebuilt.localdir = localdir_;
                text = manifest::print(rebuilt);
                how = signatures ? "it is made again from the volumes"
                                 : "it is made again from the volumes, but without signatures "
                                   "nothing proves that none is missing at the end";
            }
            if (request_.force) {
                put(set, *text);
            }
            context_.report({kind,
                             context_.mending(),
                             set.id,
                             object,
                             fmt::format("{}; {}", what, how),
                             {},
                             {}});
            return request_.force;
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::corrupt) {
                throw;
            }
            context_.report({kind,
                             State::lost,
                             set.id,
                             object,
                             fmt::format("{} and cannot be made again: {}", what, error.what()),
                             {},
                             {}});
            return false;
        }
    }

    void put(const chain::BackupSet& set, io::ByteView text)
    {
        if (set.manifest) {
            quarantine_before_replacing(archive_, *set.manifest);
        }
        io::ViewSource source{text};
        put_manifest(archive_, set.id, source);
        io::replace_file(archive_.directory.path_of(cached_manifest_name(archive_, set.id)), text);
    }

    /// The cache's copy, if it describes the volumes that are there.
    [[nodiscard]] std::optional<io::Bytes> manifest_of_cache(const chain::BackupSet& set)
    {
        const auto path = archive_.directory.path_of(cached_manifest_name(archive_, set.id));
        auto text = io::read_file_if_there(path, manifest_bytes_max);
        if (!text) {
            return std::nullopt;
        }
        try {
            SetHealth health;
            health.set = &set;
            io::ViewSource source{*text};
            health.manifest = manifest::parse(source, {});
            learn_from(health.manifest);
            find_broken_volumes(archive_, health, true, context_.stop);
            // A volume that is lost is no reason to lose the manifest too; all of them are.
            return health.broken.size() < health.manifest.volumes.size() ? std::move(text)
                                                                         : std::nullopt;
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::corrupt) {
                throw;
            }
            return std::nullopt;
        }
    }

    void report_unchained()
    {
        for (const auto& set : listing_.collection.orphaned) {
            context_.report({Kind::set_orphaned,
                             State::lost,
                             set.id,
                             set.manifest.value_or(""),
                             fmt::format("{} builds on a set that is gone", spoken_name_of(set.id)),
                             {},
                             {}});
        }
    }

    // --- chains ---------------------------------------------------------------------------------

    /// Where each set's signatures can be read: the target's, else the cache's.
    void collect_signatures()
    {
        signatures_.clear();
        const auto add = [this](const chain::Signatures& all, bool cached) {
            for (const auto& chain : all.chains) {
                for (const auto& file : chain.files) {
                    signatures_.emplace(file.id,
                                        chain::FoundSignatures{file.id, file.name, cached});
                }
            }
            for (const auto& file : all.orphaned) {
                signatures_.emplace(file.id, chain::FoundSignatures{file.id, file.name, cached});
            }
        };
        add(listing_.collection.signatures, false);
        add(listing_.collection.cached_signatures, true);
    }

    void repair_chain(const chain::Chain& chain)
    {
        std::vector<SetHealth> sets;
        bool any_broken = false;
        for (const auto& set : chain.sets) {
            SetHealth health;
            health.set = &set;
            try {
                health.manifest = load_manifest_from_target(archive_, set);
            } catch (const Error& error) {
                if (error.kind() != Error::Kind::corrupt) {
                    throw;
                }
                return;  // told as a lost manifest; what it covers cannot be known
            }
            find_broken_volumes(archive_, health, request_.read_data, context_.stop);
            any_broken = any_broken || !health.broken.empty();
            sets.push_back(std::move(health));
        }
        const auto missing = missing_signatures(chain);
        if ((any_broken || !missing.empty()) && !request_.read_data) {
            // What follows reads the volumes, and must know which of them not to.
            any_broken = false;
            for (auto& health : sets) {
                find_broken_volumes(archive_, health, true, context_.stop);
                any_broken = any_broken || !health.broken.empty();
            }
        }
        report_broken(sets);
        if (any_broken) {
            report_lost(chain, sets);
        }
        mend_signatures(sets, missing);
    }

    void report_broken(const std::vector<SetHealth>& sets)
    {
        for (const auto& health : sets) {
            for (const auto& volume : health.broken) {
                const bool is_missing = volume.name.empty();
                context_.report(
                    {is_missing ? Kind::volume_missing : Kind::volume_damaged,
                     State::lost,
                     health.set->id,
                     volume.name,
                     fmt::format("volume {} of {} is {}", volume.number,
                                 spoken_name_of(health.set->id),
                                 is_missing ? std::string{"missing"} : "damaged: " + volume.name),
                     {},
                     {}});
            }
        }
    }

    void report_lost(const chain::Chain& chain, const std::vector<SetHealth>& sets)
    {
        const bool is_newest = &chain == chain::newest_chain(listing_.collection);
        for (const auto& path : find_lost_paths(archive_, sets, signatures_, context_.stop)) {
            const auto shown = naming::path_of_key(path.key);
            Finding finding;
            finding.kind = Kind::path_lost;
            finding.state = State::lost;
            finding.set = path.since;
            finding.object = shown;
            finding.about = fmt::format("{} was in a volume that is lost", io::printable(shown));
            finding.from = path.since.end;
            if (path.until) {
                finding.until = path.until->end;
            } else if (is_newest) {
                suspects_.push_back(path.key);
            }
            context_.report(std::move(finding));
        }
    }

    // --- signatures -----------------------------------------------------------------------------

    /// Sets whose signatures are not, or not whole, on the target.
    [[nodiscard]] std::set<naming::SetId> missing_signatures(const chain::Chain& chain)
    {
        std::set<naming::SetId> missing;
        for (const auto& set : chain.sets) {
            const auto name = has_signatures(set.id);
            if (!name || (request_.read_data && !is_readable({set.id, *name, false}))) {
                missing.insert(set.id);
            }
        }
        return missing;
    }

    [[nodiscard]] bool is_readable(const chain::FoundSignatures& file)
    {
        try {
            const auto source = open_signatures(archive_, file);
            tar::Reader reader{*source};
            tar::Header header;
            while (reader.next(header)) {
                static_cast<void>(volume::member_of(header));
            }
            io::Bytes rest(std::size_t{64} << 10U);
            while (source->read(rest) > 0) {
            }
            return true;
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::corrupt && error.kind() != Error::Kind::not_found) {
                throw;
            }
            return false;
        }
    }

    void mend_signatures(const std::vector<SetHealth>& sets, std::set<naming::SetId> missing)
    {
        std::set<naming::SetId> to_rebuild;
        for (const auto& id : missing) {
            const auto name = cached_signatures_name(archive_, id);
            const chain::FoundSignatures cached{id, name, true};
            if (::access(archive_.directory.path_of(name).c_str(), R_OK) != 0 ||
                !is_readable(cached)) {
                to_rebuild.insert(id);
                continue;
            }
            if (request_.force) {
                const auto tar = open_signatures(archive_, cached);
                replace_signatures(id, *tar);
            }
            report_signatures(id, "the cache has them");
        }
        if (to_rebuild.empty()) {
            return;
        }
        if (request_.force) {
            for (const auto& [id, tar] :
                 rebuild_signatures(archive_, sets, to_rebuild, context_.stop)) {
                io::RangeSource source{tar->fd(), 0, tar->bytes(), spoken_name_of(id)};
                replace_signatures(id, source);
                context_.catalog_is_stale = true;
            }
        }
        for (const auto& id : to_rebuild) {
            report_signatures(id, "they are made again from the volumes");
        }
    }

    void replace_signatures(const naming::SetId& id, io::Source& tar)
    {
        if (const auto damaged = has_signatures(id)) {
            quarantine_before_replacing(archive_, *damaged);
        }
        put_signatures(archive_, id, tar);
    }

    void report_signatures(const naming::SetId& id, const std::string& how)
    {
        const auto name = has_signatures(id);
        context_.report({name ? Kind::signatures_damaged : Kind::signatures_missing,
                         context_.mending(),
                         id,
                         name.value_or(""),
                         fmt::format("the signatures of {} are {}; {}", spoken_name_of(id),
                                     name ? "damaged" : "missing", how),
                         {},
                         {}});
    }

    /// The next increment stores these whole: a row without a signature cannot get a delta.
    void mark_lost_paths()
    {
        const auto signatures = chain::active_signatures(listing_.collection);
        if (suspects_.empty() || !request_.force || !signatures) {
            return;
        }
        const auto catalog = cache::Catalog::open(archive_.directory.path());
        bring_up_to_date(archive_, *catalog, *signatures, context_.monitor, context_.stop);
        std::sort(suspects_.begin(), suspects_.end());
        catalog->begin_run(false);
        for (const auto& key : suspects_) {
            if (auto row = catalog->find(key)) {
                row->suspect = true;
                row->sig_set = -1;
                row->sig_offset = 0;
                row->sig_bytes = 0;
                catalog->stage_put(*row);
            }
        }
        catalog->commit_refresh();
        context_.monitor.note("the next increment by duplid stores what is lost whole");
    }

    Archive& archive_;
    const RepairRequest& request_;
    RepairContext context_;
    Listing listing_;
    std::optional<std::string> hostname_;
    std::optional<std::string> localdir_;
    std::map<naming::SetId, chain::FoundSignatures> signatures_;
    std::vector<std::string> suspects_;
    RepairReport report_;
};

}  // namespace

RepairReport repair(Archive& archive, const RepairRequest& request, Monitor& monitor,
                    std::stop_token stop)
{
    return RepairRun{archive, request, monitor, std::move(stop)}.run();
}

}  // namespace duplid::operation
