// sync: aligns the cache of an archive with its target.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/run.hpp"

namespace duplid::proto {

/// duplicity's --metadata-sync-mode: the newest chain, or all of them.
enum class SyncMode { partial, full };
[[nodiscard]] std::span<const Choice> choices_of(SyncMode) noexcept;

struct SyncParams {
    ArchiveParams archive;
    SyncMode metadata_sync_mode = SyncMode::partial;
    /// Only the files that duplicity keeps there: the catalog follows when it is needed.
    bool files_only = false;
    bool dry_run = false;  ///< only tell, as `cache` events, what would change
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
