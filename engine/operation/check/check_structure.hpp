// The part of a check that needs manifests and a listing, but no data.
#pragma once

#include "engine/chain/backup_set.hpp"
#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// Something that is not as it must be.
struct Fault {
    naming::SetId set;
    std::string object;  ///< a file's name, or a set's where there is no file
    std::string text;    ///< what is wrong with it
    /// States from this set on cannot be restored whole. (Signatures are not needed for that.)
    bool spoils = true;
};

/// A file whose data can be read back.
struct StoredPart {
    const chain::BackupSet* set;  ///< lives as long as the Listing
    std::string name;
    std::uint64_t bytes = 0;
    std::optional<manifest::Volume> volume;  ///< nothing for signatures
};

struct Structure {
    std::vector<Fault> faults;
    /// Volumes and signatures that are there, oldest set first.
    std::vector<StoredPart> parts;
};

/// What is no fault but should be known goes to Monitor::note().
/// Throws: Error wrong_secret, unreachable, cancelled.
[[nodiscard]] Structure check_structure(Archive& archive, const Listing& listing, Monitor& monitor,
                                        const std::stop_token& stop);

}  // namespace duplid::operation
