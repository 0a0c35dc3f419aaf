// What a run that ended has to tell.
#pragma once

#include "proto/field.hpp"
#include "proto/targets.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

enum class SetType { full, incremental, other };
[[nodiscard]] std::span<const Choice> choices_of(SetType) noexcept;

/// Names a backup set. Times are epoch seconds.
struct SetName {
    SetType type = SetType::other;
    std::optional<std::int64_t> start;  ///< of an increment: the time of the set it builds on
    std::int64_t time = 0;              ///< the set's own time

    void describe(Fields& fields);
};

/// The figures of duplicity's statistics block, under its own names (command-line.md 5.1).
struct BackupStatistics {
    double start_time = 0;
    double end_time = 0;
    std::uint64_t source_files = 0;
    std::uint64_t source_file_size = 0;
    std::uint64_t new_files = 0;
    std::uint64_t new_file_size = 0;
    std::uint64_t deleted_files = 0;
    std::uint64_t changed_files = 0;
    std::uint64_t changed_file_size = 0;
    std::uint64_t changed_delta_size = 0;
    std::uint64_t delta_entries = 0;
    std::uint64_t raw_delta_size = 0;
    std::uint64_t total_destination_size_change = 0;
    std::uint64_t errors = 0;

    void describe(Fields& fields);
};

enum class BackupOutcome { stored, would_store, unchanged, other };
[[nodiscard]] std::span<const Choice> choices_of(BackupOutcome) noexcept;

struct BackupReport {
    BackupOutcome outcome = BackupOutcome::stored;
    /// That was made, or after a dry run would have been; with `unchanged` the one that holds this
    /// state already.
    SetName set;
    std::uint32_t volumes = 0;
    BackupStatistics statistics;
    std::uint64_t warnings = 0;
    /// The first volume of this run, of a set that an interrupted run had begun.
    std::optional<std::uint32_t> resumed_at_volume;
    /// Of a job that has several: each of them, in the job's order.
    std::vector<TargetReport> targets{};

    void describe(Fields& fields);
};

struct RestoreReport {
    SetName set;  ///< the set whose state was restored
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t damaged = 0;  ///< objects that could not be brought back whole
    std::uint64_t warnings = 0;
    std::uint64_t fetched_bytes = 0;
    std::uint64_t made = 0;
    std::uint64_t replaced = 0;
    std::uint64_t unchanged = 0;  ///< right already, but for metadata perhaps
    std::uint64_t left = 0;       ///< not touched, as asked

    void describe(Fields& fields);
};

/// Of the cache, brought in line with its target.
struct SyncReport {
    std::uint64_t sets = 0;  ///< that it now has the manifests and signatures of
    std::uint64_t fetched_files = 0;
    std::uint64_t fetched_bytes = 0;
    std::uint64_t removed_files = 0;  ///< from the cache

    void describe(Fields& fields);
};

}  // namespace duplid::proto
