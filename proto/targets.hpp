// The targets of a job that has several: how each stands.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/field.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::proto {

enum class TargetState {
    good,     ///< it has every set there is
    behind,   ///< it lacks some, or could not be reached: it is caught up by a later run
    unknown,  ///< no run has asked it yet
    other,
};
[[nodiscard]] std::span<const Choice> choices_of(TargetState) noexcept;

/// What became of one of them in a backup.
struct TargetReport {
    std::string name;
    std::string target;  ///< URL without password
    TargetState state = TargetState::other;
    bool required = false;  ///< without it the backup has failed
    std::string reason;     ///< why it is behind
    std::string hint;
    std::optional<std::uint64_t> sets_behind;  ///< that it lacks, as far as that is known
    // What was copied to it from another target, since it was behind:
    std::uint64_t copied_sets = 0;
    std::uint64_t copied_files = 0;
    std::uint64_t copied_bytes = 0;

    void describe(Fields& fields);
};

/// What is remembered of one of them.
struct TargetStatus {
    std::string name;
    std::string target;  ///< URL without password; left out for peers who may not see it
    TargetState state = TargetState::other;
    bool required = false;  ///< the job is good only while it is
    std::string reason;
    std::optional<std::uint64_t> sets_behind;
    std::optional<std::int64_t> last_good;    ///< the last backup that it has, epoch seconds
    std::optional<std::int64_t> stale_since;  ///< that one is older than it may be

    void describe(Fields& fields);
};

/// One of them as an archive, for requests about it alone.
struct TargetArchive {
    std::string name;
    ArchiveParams archive;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
