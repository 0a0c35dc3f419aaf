#include "engine/chain/choice.hpp"
#include "engine/manifest/reader.hpp"
#include "engine/manifest/writer.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/repair/chain_damage.hpp"
#include "engine/operation/repair/quarantine.hpp"
#include "engine/operation/repair/rebuild_manifest.hpp"
#include "engine/operation/repair/repair_context.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

using Kind = Finding::Kind;
using State = Finding::State;

constexpr std::size_t manifest_bytes_max = std::size_t{1} << 30U;

class ManifestRepair {
public:
    ManifestRepair(RepairContext& context, const Listing& listing)
        : context_{context}, archive_{context.archive}, listing_{listing}
    {
    }

    /// True when the target has manifests that it had not.
    bool run()
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
            if (!set.cached_manifest && !signatures_name(listing_, set.id) &&
                !is_built_upon(set.id)) {
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

private:
    /// Host and directory are the same all over an archive.
    void learn_from(const manifest::Manifest& manifest)
    {
        if (manifest.hostname) {
            hostname_ = manifest.hostname;
            localdir_ = manifest.localdir;
        }
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
                const auto signatures = signatures_name(listing_, set.id);
                auto rebuilt =
                    rebuild_manifest(archive_, set, signatures, context_.reading, context_.stop);
                rebuilt.hostname = hostname_;
                rebuilt.localdir = localdir_;
                text = manifest::print(rebuilt);
                how = signatures ? "it is made again from the volumes"
                                 : "it is made again from the volumes, but without signatures "
                                   "nothing proves that none is missing at the end";
            }
            if (context_.request.force) {
                put(set, *text);
            }
            context_.report({kind,
                             context_.mending(),
                             set.id,
                             object,
                             fmt::format("{}; {}", what, how),
                             {},
                             {}});
            return context_.request.force;
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
            context_.reading.expect(set);
            find_broken_volumes(archive_, health, true, context_.reading, context_.stop);
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

    RepairContext& context_;
    Archive& archive_;
    const Listing& listing_;
    std::optional<std::string> hostname_;
    std::optional<std::string> localdir_;
};

}  // namespace

bool repair_manifests(RepairContext& context, const Listing& listing)
{
    return ManifestRepair{context, listing}.run();
}

}  // namespace duplid::operation
