// What comes behind the last volume: signatures, manifest, and then the cache. The manifest is what
// makes a set of it, so it comes last, after a look at everything that it is going to promise.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/manifest_part.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/backup/backup_plan.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::operation {

/// What a run has made by then. All outlive the SetCommit.
struct SetParts {
    const BackupPlan& plan;
    SigtarWriter& sigtar;
    ManifestPart& manifest;
    ChangeList& changes;
    std::uint32_t volumes = 0;  ///< on the target
};

/// The three steps are called in their order. One thread.
class SetCommit {
public:
    SetCommit(Archive& archive, const SetParts& parts, Monitor& monitor)
        : archive_{archive}, monitor_{monitor}, plan_{parts.plan}, sigtar_{parts.sigtar},
          manifest_{parts.manifest}, changes_{parts.changes}, volumes_{parts.volumes}
    {
    }

    /// Throws: Error. Nothing is a set yet.
    void store_signatures();
    /// Once this has returned the set exists. Throws: Error; busy when another machine has written
    /// to the target meanwhile, unreachable when the target has lost something of the set.
    void store_manifest();
    /// The set exists, and a disk of this machine cannot change that: a failure costs the next run
    /// some time, nothing else. False after one, which was a warning.
    [[nodiscard]] bool make_current(cache::Catalog& catalog, cache::Journal& journal);

private:
    void put_signatures(const io::TempFile& packed);
    void ship_manifest(volume::StoredFile& file, const std::string& name);
    void put_back(io::ByteView held);
    [[nodiscard]] bool is_surely_missing(const std::string& name) const;
    void look_at_target_again();
    void check_nobody_else_wrote(const chain::Collection& collection);
    void check_files_are_there(const Listing& listing);
    [[nodiscard]] std::string path_of(std::string (*name)(const Archive&,
                                                          const naming::SetId&)) const;

    Archive& archive_;
    Monitor& monitor_;
    const BackupPlan& plan_;
    SigtarWriter& sigtar_;
    ManifestPart& manifest_;
    ChangeList& changes_;
    std::uint32_t volumes_;
    std::optional<CachedSigtar> cached_sigtar_;
    std::optional<io::TempFile> whole_manifest_;  ///< the target has it, the cache not yet
};

}  // namespace duplid::operation
