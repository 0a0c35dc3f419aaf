#include "proto/tree_report.hpp"

namespace duplid::proto {

void TreeDeltaReport::describe(Fields& fields)
{
    fields.member({"added", "objects that are stored whole", true}, added);
    fields.member({"changed", "files that are stored as deltas", true}, changed);
    fields.member({"deleted", "objects that are gone", true}, deleted);
    fields.member({"source_bytes", "of files that were read", true}, source_bytes);
    fields.member({"warnings", "", true}, warnings);
}

void TreePatchReport::describe(Fields& fields)
{
    fields.member({"objects", "entries that were applied", true}, objects);
    fields.member(
        {"failed", "entries that could not be, for instance because a delta did not fit", true},
        failed);
    fields.member({"bytes", "written", true}, bytes);
    fields.member({"warnings", "", true}, warnings);
}

}  // namespace duplid::proto
