#include "proto/proof.hpp"

namespace duplid::proto {

void VerifyReport::describe(Fields& fields)
{
    fields.member({"set", "the set whose state was proven", true}, set);
    fields.member({"files", "objects of the archive", true}, files);
    fields.member({"bytes", "of file data", true}, bytes);
    fields.member({"by_sha256", "files whose content has the SHA-256 that was recorded"},
                  by_sha256);
    fields.member({"by_signature", "files without one, whose content has its signature"},
                  by_signature);
    fields.member({"by_volume", "files with neither: the hashes of their volumes are right"},
                  by_volume);
    fields.member({"compared", "objects of the archive, the directory or both", true}, compared);
    fields.member({"differences", "", true}, differences);
    fields.member({"damaged", "objects that the archive does not hold whole", true}, damaged);
    fields.member({"warnings", "", true}, warnings);
    fields.member({"fetched_bytes", ""}, fetched_bytes);
    fields.member({"with_directory", "metadata were compared with those of a directory"},
                  with_directory);
    fields.member({"with_data", "content was compared as well"}, with_data);
}

void SpoiledStates::describe(Fields& fields)
{
    fields.member({"from", "time of the first set", true}, from);
    fields.member({"until", "time of the last one", true}, until);
    fields.member({"next", "time of the first whole set after these"}, next);
}

void CheckReport::describe(Fields& fields)
{
    fields.member({"chains", "", true}, chains);
    fields.member({"sets", "", true}, sets);
    fields.member({"files", "volumes and signatures", true}, files);
    fields.member({"total_bytes", "of these", true}, total_bytes);
    fields.member({"read_files", "of these, read in this run", true}, read_files);
    fields.member({"read_bytes", "", true}, read_bytes);
    fields.member({"recent_days", "the span of recent_bytes"}, recent_days);
    fields.member({"recent_bytes", "read back without fault in the last recent_days days"},
                  recent_bytes);
    fields.member({"damaged", "faults found", true}, damaged);
    fields.member({"warnings", "", true}, warnings);
    fields.member({"spoiled", "states that cannot be restored whole"}, spoiled);
}

}  // namespace duplid::proto
