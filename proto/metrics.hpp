// metrics: figures about jobs and runs, for programs that watch many machines.
#pragma once

#include "proto/field.hpp"

#include <string>

namespace duplid::proto {

struct MetricsReply {
    std::string text;  ///< in the text format of OpenMetrics 1.0

    void describe(Fields& fields);
};

}  // namespace duplid::proto
