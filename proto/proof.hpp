// What verify and check have to tell when they end.
#pragma once

#include "proto/report.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace duplid::proto {

struct VerifyReport {
    SetName set;                     ///< the set whose state was proven
    std::uint64_t files = 0;         ///< objects of the archive
    std::uint64_t bytes = 0;         ///< of file data
    std::uint64_t by_sha256 = 0;     ///< files whose content has the SHA-256 that was recorded
    std::uint64_t by_signature = 0;  ///< files without one, whose content has its signature
    std::uint64_t by_volume = 0;     ///< files with neither: only their volumes' hashes are right
    std::uint64_t compared = 0;      ///< objects of the archive, the directory or both
    std::uint64_t differences = 0;
    std::uint64_t damaged = 0;
    std::uint64_t warnings = 0;
    std::uint64_t fetched_bytes = 0;
    bool with_directory = false;  ///< metadata were compared with those of a directory
    bool with_data = false;       ///< and content

    void describe(Fields& fields);
};

/// States that cannot be restored whole. Times of sets, epoch seconds.
struct SpoiledStates {
    std::int64_t from = 0;
    std::int64_t until = 0;            ///< the last of them
    std::optional<std::int64_t> next;  ///< the first one after these that is whole

    void describe(Fields& fields);
};

struct CheckReport {
    std::uint64_t chains = 0;
    std::uint64_t sets = 0;
    std::uint64_t files = 0;        ///< volumes and signatures
    std::uint64_t total_bytes = 0;  ///< of these, as far as the target tells
    std::uint64_t read_files = 0;   ///< of these, read in this run
    std::uint64_t read_bytes = 0;
    std::uint64_t recent_days = 0;
    std::uint64_t recent_bytes = 0;  ///< read back without fault in the last so many days
    std::uint64_t damaged = 0;       ///< faults found
    std::uint64_t warnings = 0;
    std::vector<SpoiledStates> spoiled;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
