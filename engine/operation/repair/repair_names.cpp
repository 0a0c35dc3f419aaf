#include "engine/operation/repair/quarantine.hpp"
#include "engine/operation/repair/repair_context.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace duplid::operation {

namespace {

class NamesRepair {
public:
    NamesRepair(RepairContext& context, const Listing& listing)
        : context_{context}, listing_{listing}
    {
    }

    bool run()
    {
        const auto& all = listing_.collection;
        for (const auto& chain : all.chains) {
            of_sets(chain.sets);
        }
        of_sets(all.orphaned);
        of_sets(all.replaced);
        of_sets(all.incomplete);
        for (const auto& chain : all.signatures.chains) {
            of_signatures(chain.files);
        }
        of_signatures(all.signatures.orphaned);
        for (const auto& name : all.ignored) {
            if (makes_duplicity_fail(name, context_.archive.settings.names.prefixes)) {
                put_away(Finding::Kind::stray_file, std::nullopt, name,
                         fmt::format("duplicity takes {} for a part of the archive and fails over "
                                     "it",
                                     name));
            }
        }
        return changed_;
    }

private:
    void put_away(Finding::Kind kind, std::optional<naming::SetId> set, const std::string& name,
                  std::string about)
    {
        auto state = context_.mending();
        if (!context_.archive.target.can_rename()) {
            state = Finding::State::left;
            about += "; this target cannot rename files: move it away by other means";
        } else if (context_.request.force) {
            changed_ = quarantine(context_.archive, name) || changed_;
        }
        context_.report({kind, state, set, name, std::move(about), {}, {}});
    }

    void of_signatures(const std::vector<chain::SignatureFile>& files)
    {
        for (const auto& file : files) {
            for (const auto& name : file.duplicates) {
                put_away(Finding::Kind::duplicate_file, file.id, name,
                         fmt::format("{} is there beside {}", name, file.name));
            }
        }
    }

    void of_sets(const std::vector<chain::BackupSet>& sets)
    {
        for (const auto& set : sets) {
            for (const auto& name : set.duplicates) {
                of_duplicate(set, name);
            }
        }
    }

    /// `name` stands beside another file of the same meaning; whichever is not the good one goes.
    void of_duplicate(const chain::BackupSet& set, const std::string& name)
    {
        const auto parsed = naming::parse(name, context_.archive.settings.names.prefixes).value();
        const bool is_manifest = parsed.kind == naming::FileKind::manifest;
        const auto& chosen = is_manifest ? set.manifest.value() : set.volumes.at(parsed.volume);
        const bool other_is_better = is_manifest ? !opens(chosen) && opens(name)
                                                 : is_volume(set, parsed.volume, name) &&
                                                       !is_volume(set, parsed.volume, chosen);
        const auto& goes = other_is_better ? chosen : name;
        const auto& stays = other_is_better ? name : chosen;
        put_away(Finding::Kind::duplicate_file, set.id, goes,
                 fmt::format("{} is there beside {}, over which duplicity fails", goes, stays));
    }

    [[nodiscard]] bool opens(const std::string& manifest)
    {
        chain::BackupSet set;
        set.manifest = manifest;
        try {
            static_cast<void>(load_manifest_from_target(context_.archive, set));
            return true;
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::corrupt) {
                throw;
            }
            return false;
        }
    }

    /// Whether the file is what the set's manifest says of that volume.
    [[nodiscard]] bool is_volume(const chain::BackupSet& set, std::uint32_t number,
                                 const std::string& name)
    {
        if (!set.manifest || !opens(*set.manifest)) {
            return false;
        }
        const auto manifest = load_manifest_from_target(context_.archive, set);
        return std::any_of(manifest.volumes.begin(), manifest.volumes.end(), [&](const auto& one) {
            return one.number == number &&
                   volume::sha1_of(fetch(context_.archive, name).get(), name) == one.sha1;
        });
    }

    RepairContext& context_;
    const Listing& listing_;
    bool changed_ = false;
};

}  // namespace

bool repair_names(RepairContext& context, const Listing& listing)
{
    return NamesRepair{context, listing}.run();
}

}  // namespace duplid::operation
