// Volumes of a chain that are missing or damaged, and what that costs.
#pragma once

#include "engine/chain/choice.hpp"
#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/repair/reading_progress.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::operation {

struct BrokenVolume {
    std::uint32_t number = 0;
    std::string name;  ///< empty when it is missing
};

/// One set of a chain with the volumes it has lost.
struct SetHealth {
    const chain::BackupSet* set = nullptr;
    manifest::Manifest manifest;  ///< without the list of files
    std::vector<BrokenVolume> broken;

    /// Whether an entry of this key may have been in a volume that is lost.
    [[nodiscard]] bool may_have_lost(std::string_view key) const;
    /// The manifest with the volumes only that can be read.
    [[nodiscard]] manifest::Manifest readable() const;
};

/// Looks for the volumes, and, with `read_data`, at their hashes. `reading`, which expects them
/// then, is told of each. Throws: Error.
void find_broken_volumes(Archive& archive, SetHealth& health, bool read_data,
                         ReadingProgress& reading, const std::stop_token& stop);

/// A path that cannot be restored as of some sets.
struct LostPath {
    std::string key;
    naming::SetId since;                 ///< the first of them
    std::optional<naming::SetId> until;  ///< the first again in which it is whole
};

/// What the broken volumes of a chain held, by the set's signatures (`signatures` opens them, or
/// gives nothing) or, without any, by the manifest's list of files; and when a later set stored it
/// whole again. Takes memory in proportion to what is lost. Throws: Error.
[[nodiscard]] std::vector<LostPath>
find_lost_paths(Archive& archive, const std::vector<SetHealth>& chain,
                const std::map<naming::SetId, chain::FoundSignatures>& signatures,
                ReadingProgress& reading, const std::stop_token& stop);

}  // namespace duplid::operation
