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
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
