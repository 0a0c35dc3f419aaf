#include "proto/repair.hpp"

namespace duplid::proto {

void RepairParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member({"force", "mend; else only say what would be done"}, force);
    fields.member({"read_data", "read all volumes and signatures, not only names and manifests"},
                  read_data);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

}  // namespace duplid::proto
