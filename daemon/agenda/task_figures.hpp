// What a job's runs came to, as far as it is worth watching over weeks. Kept with what else is
// remembered of a task (job_record.hpp).
#pragma once

#include "proto/field.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>

namespace duplid::daemon {

/// Of the last good backup.
struct BackupFigures {
    std::uint64_t files = 0;  ///< of the source
    std::uint64_t bytes = 0;
    std::uint64_t new_files = 0;
    std::uint64_t changed_files = 0;
    std::uint64_t deleted_files = 0;
    std::uint64_t stored_bytes = 0;  ///< on the target
    std::int64_t set_time = 0;
    /// Of the chain that the set ends; nothing: it builds on a set that was none of this job's.
    std::optional<std::uint64_t> chain_sets;

    void describe(proto::Fields& fields);
};

/// Of the last verify that read what there was to read.
struct VerifyFigures {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t damaged = 0;

    void describe(proto::Fields& fields);
};

/// Of the last check, the same.
struct CheckFigures {
    std::uint64_t total_bytes = 0;
    std::uint64_t recent_bytes = 0;  ///< read back without fault in the last so many days
    std::uint64_t recent_days = 0;
    std::uint64_t damaged = 0;

    void describe(proto::Fields& fields);
};

struct TaskFigures {
    std::uint64_t seconds = 0;  ///< that the last run took
    std::uint64_t warnings = 0;
    std::optional<BackupFigures> backup;
    std::optional<VerifyFigures> verify;
    std::optional<CheckFigures> check;

    void describe(proto::Fields& fields);
};

/// `before`, and one more run that has ended. What a run that failed does not tell stays.
[[nodiscard]] TaskFigures after_run(std::optional<TaskFigures> before,
                                    const proto::RunShowReply& run);

}  // namespace duplid::daemon
