// What tree-delta and tree-patch have to tell when they have ended.
#pragma once

#include "proto/field.hpp"

#include <cstdint>

namespace duplid::proto {

struct TreeDeltaReport {
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    std::uint64_t deleted = 0;
    std::uint64_t source_bytes = 0;
    std::uint64_t warnings = 0;

    void describe(Fields& fields);
};

struct TreePatchReport {
    std::uint64_t objects = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;
    std::uint64_t warnings = 0;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
