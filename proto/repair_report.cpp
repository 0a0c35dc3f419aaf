#include "proto/repair_report.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array kinds{
    Choice{static_cast<int>(FindingKind::duplicate_file), "duplicate_file"},
    Choice{static_cast<int>(FindingKind::stray_file), "stray_file"},
    Choice{static_cast<int>(FindingKind::manifest_missing), "manifest_missing"},
    Choice{static_cast<int>(FindingKind::manifest_damaged), "manifest_damaged"},
    Choice{static_cast<int>(FindingKind::signatures_missing), "signatures_missing"},
    Choice{static_cast<int>(FindingKind::signatures_damaged), "signatures_damaged"},
    Choice{static_cast<int>(FindingKind::volume_missing), "volume_missing"},
    Choice{static_cast<int>(FindingKind::volume_damaged), "volume_damaged"},
    Choice{static_cast<int>(FindingKind::path_lost), "path_lost"},
    Choice{static_cast<int>(FindingKind::set_orphaned), "set_orphaned"},
    Choice{static_cast<int>(FindingKind::set_incomplete), "set_incomplete"},
    Choice{static_cast<int>(FindingKind::cache_stale), "cache_stale"},
    Choice{static_cast<int>(FindingKind::other), "other"},
};
constexpr std::array states{
    Choice{static_cast<int>(FindingState::mended), "mended"},
    Choice{static_cast<int>(FindingState::mendable), "mendable"},
    Choice{static_cast<int>(FindingState::lost), "lost"},
    Choice{static_cast<int>(FindingState::left), "left"},
    Choice{static_cast<int>(FindingState::other), "other"},
};

}  // namespace

std::span<const Choice> choices_of(FindingKind) noexcept
{
    return kinds;
}

std::span<const Choice> choices_of(FindingState) noexcept
{
    return states;
}

void RepairFinding::describe(Fields& fields)
{
    fields.member({"kind", "", true}, kind);
    fields.member({"state", "mendable: would be mended with force", true}, state);
    fields.member({"set", "the set concerned"}, set);
    fields.path({"object", "file on the target, or path in the backup"}, object);
    fields.member({"about", "one sentence", true}, about);
    fields.member({"from", "of a lost path: the first backup that lacks it"}, from);
    fields.member({"until", "the first one that has it again; default: none"}, until);
}

void RepairReport::describe(Fields& fields)
{
    fields.member({"findings", "the first thousand"}, findings);
    fields.member({"findings_count", "how many there are", true}, findings_count);
    fields.member({"mended", "", true}, mended);
    fields.member({"mendable", "would be mended with force", true}, mendable);
    fields.member({"lost", "cannot be mended", true}, lost);
}

}  // namespace duplid::proto
