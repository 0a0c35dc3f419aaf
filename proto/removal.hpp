// remove-older-than, remove-all-but-n-full, remove-all-inc-of-but-n-full, prune and cleanup.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>

namespace duplid::proto {

/// What all removals have in common; members of the object they appear in.
struct RemovalParams {
    ArchiveParams archive;
    bool force = false;  ///< else it is only looked at
    bool include_last_chain = false;
    bool allow_future = false;
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

struct RemoveOlderThanParams : RemovalParams {
    std::int64_t time = 0;

    void describe(Fields& fields);
};

struct RemoveAllButNFullParams : RemovalParams {
    std::uint32_t count = 1;

    void describe(Fields& fields);
};

struct RemoveIncrementsParams : RemovalParams {
    std::uint32_t count = 1;

    void describe(Fields& fields);
};

struct PruneParams : RemovalParams {
    std::uint32_t keep_last = 0;
    std::uint32_t keep_hourly = 0;
    std::uint32_t keep_daily = 0;
    std::uint32_t keep_weekly = 0;
    std::uint32_t keep_monthly = 0;
    std::uint32_t keep_yearly = 0;
    std::optional<std::uint64_t> keep_within;  ///< seconds before the newest set

    void describe(Fields& fields);
};

struct CleanupParams {
    ArchiveParams archive;
    bool force = false;
    bool extra_clean = false;
    bool include_last_chain = false;
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
