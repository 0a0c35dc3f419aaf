#include "proto/sync.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array modes{
    Choice{static_cast<int>(SyncMode::partial), "partial"},
    Choice{static_cast<int>(SyncMode::full), "full"},
};

}  // namespace

std::span<const Choice> choices_of(SyncMode) noexcept
{
    return modes;
}

void SyncParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member({"metadata_sync_mode", "partial: the newest chain; full: all chains"},
                  metadata_sync_mode);
    fields.member({"files_only", "no catalog and no index: only manifests and signatures"},
                  files_only);
    fields.member({"dry_run", "only tell, as `cache` events, what would change"}, dry_run);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

}  // namespace duplid::proto
