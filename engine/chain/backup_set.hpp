// One backup set as file names show it.
#pragma once

#include "engine/naming/name.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace duplid::chain {

/// The files of one run. All names are on the target unless they say "cached".
struct BackupSet {
    naming::SetId id{};
    std::map<std::uint32_t, std::string> volumes{};
    /// The set is complete, and restorable, if and only if this is there. Volumes are not
    /// counted: which ones there must be, the manifest knows (archive-format.md 10.1).
    std::optional<std::string> manifest{};
    /// How the volumes are wrapped (most of them, should they differ), or the manifest of a set
    /// without volumes. Each file's own name decides how it is opened.
    naming::Wrapping wrapping = naming::Wrapping::plain;
    /// Further files with the number of a volume above, and further manifests: copies made by
    /// somebody, over which duplicity aborts. Never read.
    std::vector<std::string> duplicates{};
    /// What else belongs to the set: statistics of duplicity 3, and partial manifests that very
    /// old releases left on targets. Never required and never read, but removed with it.
    std::vector<std::string> extras{};

    std::optional<std::string> cached_manifest{};
    /// The run is unfinished and can be resumed here: there is no manifest on the target, but
    /// the cache has the one in progress (and mostly the signatures).
    bool partial = false;
    std::optional<std::string> cached_partial_manifest{};
    std::optional<std::string> cached_partial_signatures{};
};

/// The target's files of a set in the order in which they are removed: manifests and other copies
/// first, so that a removal that is cut short leaves no set that looks whole, then the volumes from
/// the last to the first (archive-format.md 11.5), then the rest.
[[nodiscard]] std::vector<std::string> removal_order(const BackupSet& set);

}  // namespace duplid::chain
