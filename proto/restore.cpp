#include "proto/restore.hpp"

namespace duplid::proto {

void RestoreParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.path({"destination", "where to, absolute", true}, destination);
    fields.path({"path", "what, relative to the archive's root; default: everything"}, path);
    fields.member({"time", "as of when, epoch seconds; default: the newest"}, time);
    fields.member({"force", "write into a destination that is not empty"}, force);
    fields.member({"restore_ownership", "set owners and groups"}, restore_ownership);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

}  // namespace duplid::proto
