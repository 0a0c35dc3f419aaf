#include "engine/operation/repair/repair.hpp"

#include "engine/chain/choice.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/repair/chain_damage.hpp"
#include "engine/operation/repair/repair_context.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

using Kind = Finding::Kind;
using State = Finding::State;

/// One repair, in the order of its steps: each makes good what the next one looks at.
class RepairRun {
public:
    RepairRun(Archive& archive, const RepairRequest& request, Monitor& monitor,
              std::stop_token stop)
        : archive_{archive}, request_{request}, context_{archive,
                                                         request,
                                                         monitor,
                                                         std::move(stop),
                                                         [this](Finding finding) {
                                                             take(std::move(finding));
                                                         },
                                                         {monitor, listing_}}
    {
    }

    RepairReport run()
    {
        context_.reading.begin(Phase::preparing);
        listing_ = list_archive(archive_);
        if (repair_names(context_, listing_)) {
            listing_ = list_archive(archive_);
        }
        if (repair_manifests(context_, listing_)) {
            listing_ = list_archive(archive_);
        }
        report_unchained();
        collect_signatures();
        context_.reading.begin(Phase::fetching);
        expect_data();
        for (const auto& chain : listing_.collection.chains) {
            repair_chain(chain);
        }
        context_.reading.begin(Phase::finishing);
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

    void expect_data()
    {
        if (!request_.read_data) {
            return;
        }
        for (const auto& chain : listing_.collection.chains) {
            for (const auto& set : chain.sets) {
                context_.reading.expect(set);
                if (const auto signatures = signatures_name(listing_, set.id)) {
                    context_.reading.expect(*signatures);
                }
            }
        }
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
            find_broken_volumes(archive_, health, request_.read_data, context_.reading,
                                context_.stop);
            any_broken = any_broken || !health.broken.empty();
            sets.push_back(std::move(health));
        }
        const auto missing = missing_signatures(context_, listing_, chain);
        if ((any_broken || !missing.empty()) && !request_.read_data) {
            // What follows reads the volumes, and must know which of them not to.
            any_broken = false;
            for (auto& health : sets) {
                context_.reading.expect(*health.set);
                find_broken_volumes(archive_, health, true, context_.reading, context_.stop);
                any_broken = any_broken || !health.broken.empty();
            }
        }
        report_broken(sets);
        if (any_broken) {
            report_lost(chain, sets);
        }
        mend_signatures(context_, listing_, sets, missing);
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
        for (const auto& path :
             find_lost_paths(archive_, sets, signatures_, context_.reading, context_.stop)) {
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
    Listing listing_;
    RepairContext context_;
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
