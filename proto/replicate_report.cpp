#include "proto/replicate_report.hpp"

namespace duplid::proto {

void RefusedSet::describe(Fields& fields)
{
    fields.member({"set", "", true}, set);
    fields.member({"why", "", true}, why);
}

void ReplicateReport::describe(Fields& fields)
{
    fields.member({"copied", "sets", true}, copied);
    fields.member({"present", "sets that were there already", true}, present);
    fields.member({"refused", "sets that could not be copied; at most a hundred"}, refused);
    fields.member({"refused_count", "how many there are", true}, refused_count);
    fields.member({"passed_over", "sets nothing is restored from; at most a hundred"}, passed_over);
    fields.member({"passed_over_count", "how many there are", true}, passed_over_count);
    fields.member({"volumes", "put on the destination", true}, volumes);
    fields.member({"stored_bytes", "put on the destination", true}, stored_bytes);
    fields.member({"warnings", "", true}, warnings);
}

}  // namespace duplid::proto
