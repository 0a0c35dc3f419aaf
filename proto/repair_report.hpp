// What a repair found and did.
#pragma once

#include "proto/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

enum class FindingKind {
    duplicate_file,
    stray_file,
    manifest_missing,
    manifest_damaged,
    signatures_missing,
    signatures_damaged,
    volume_missing,
    volume_damaged,
    path_lost,
    set_orphaned,
    set_incomplete,
    cache_stale,
    other,
};
[[nodiscard]] std::span<const Choice> choices_of(FindingKind) noexcept;

enum class FindingState {
    mended,
    mendable,  ///< would be mended with `force`
    lost,      ///< cannot be mended
    left,      ///< no damage, or none that may be touched
    other,
};
[[nodiscard]] std::span<const Choice> choices_of(FindingState) noexcept;

struct RepairFinding {
    FindingKind kind = FindingKind::other;
    FindingState state = FindingState::other;
    std::optional<SetName> set;
    std::string object;  ///< file on the target, or path in the backup; bytes
    std::string about;   ///< one sentence
    /// Of a path: backups from this one on lack it ...
    std::optional<std::int64_t> from;
    /// ... up to, but without, this one; not set: to the newest.
    std::optional<std::int64_t> until;

    void describe(Fields& fields);
};

struct RepairReport {
    std::vector<RepairFinding> findings;  ///< the first thousand
    std::uint64_t findings_count = 0;
    std::uint64_t mended = 0;
    std::uint64_t mendable = 0;
    std::uint64_t lost = 0;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
