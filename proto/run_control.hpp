// What can be done about runs while they are at work, besides stopping them.
#pragma once

#include "proto/field.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace duplid::proto {

/// A run begins nothing new, and keeps its place, its locks and what it has begun. One that is
/// paused already is then paused as this says.
struct RunPauseParams {
    std::optional<std::uint64_t> run;   ///< not set: all that have not ended
    std::optional<std::int64_t> until;  ///< epoch seconds; not set: until it is resumed

    void describe(Fields& fields);
};

struct RunResumeParams {
    std::optional<std::uint64_t> run;  ///< not set: all

    void describe(Fields& fields);
};

/// Counts from now on until the run has ended, whatever its request said.
struct RunLimitParams {
    std::optional<std::uint64_t> run;         ///< not set: all that have not ended
    std::optional<std::uint64_t> limit_up;    ///< bytes a second; 0: none; not set: as it is
    std::optional<std::uint64_t> limit_down;  ///< the same

    void describe(Fields& fields);
};

/// One of the runs that it was done to.
struct RunNamed {
    std::uint64_t run = 0;

    void describe(Fields& fields);
};

struct RunsReply {
    std::vector<RunNamed> runs;  ///< oldest first

    void describe(Fields& fields);
};

}  // namespace duplid::proto
