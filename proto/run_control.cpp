#include "proto/run_control.hpp"

namespace duplid::proto {

void RunPauseParams::describe(Fields& fields)
{
    fields.member({"run", "id; missing: all that have not ended"}, run);
    fields.member({"until", "epoch seconds; missing: until it is resumed"}, until);
}

void RunResumeParams::describe(Fields& fields)
{
    fields.member({"run", "id; missing: all"}, run);
}

void RunLimitParams::describe(Fields& fields)
{
    fields.member({"run", "id; missing: all that have not ended"}, run);
    fields.member({"limit_up", "bytes a second to its targets; 0: no limit; missing: as it is"},
                  limit_up);
    fields.member({"limit_down", "bytes a second from its targets; 0: no limit; missing: as it is"},
                  limit_down);
}

void RunNamed::describe(Fields& fields)
{
    fields.member({"run", "id", true}, run);
}

void RunsReply::describe(Fields& fields)
{
    fields.member({"runs", "that it was done to, oldest first", true}, runs);
}

}  // namespace duplid::proto
