#include "proto/metrics.hpp"

namespace duplid::proto {

void MetricsReply::describe(Fields& fields)
{
    fields.member({"text", "in the text format of OpenMetrics 1.0", true}, text);
}

}  // namespace duplid::proto
