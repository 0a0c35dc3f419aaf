#include "proto/file_system.hpp"

namespace duplid::proto {

void FileSystemParams::describe(Fields& fields)
{
    fields.path({"path", "absolute; need not be there", true}, path);
}

void FileSystemReply::describe(Fields& fields)
{
    fields.path({"mount_point", "where it is mounted; missing: nobody can tell"}, mount_point);
    fields.member({"uuid", "missing: it has none, or nobody can tell"}, uuid);
    fields.member({"is_root", "it is what is mounted at /"}, is_root);
    fields.member({"lacks_disk", "the path is where disks are mounted, and none is"}, lacks_disk);
}

}  // namespace duplid::proto
