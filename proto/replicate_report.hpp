// What a replication that ended has to tell.
#pragma once

#include "proto/report.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace duplid::proto {

struct RefusedSet {
    SetName set;
    std::string why;

    void describe(Fields& fields);
};

struct ReplicateReport {
    std::uint32_t copied = 0;   ///< sets
    std::uint32_t present = 0;  ///< sets that were there already
    /// At most the first hundred, and how many there are.
    std::vector<RefusedSet> refused;
    std::uint64_t refused_count = 0;
    std::vector<SetName> passed_over;
    std::uint64_t passed_over_count = 0;
    std::uint32_t volumes = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t warnings = 0;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
