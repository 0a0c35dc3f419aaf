#include "proto/proof_params.hpp"

namespace duplid::proto {

void VerifyParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.path({"path", "what, relative to the archive's root; default: everything"}, path);
    fields.member({"time", "as of when, epoch seconds; default: the newest"}, time);
    fields.path({"directory", "what to compare with, absolute; default: nothing"}, directory);
    fields.member({"compare_data", "compare content, not only metadata"}, compare_data);
    fields.member(
        {"ignore_errors",
         "go on past full sets whose manifest is damaged; damage is warned of and no error"},
        ignore_errors);
    fields.member({"rules", "which files of the directory count, in order"}, rules);
    fields.member({"null_separator", "entries of lists end with NUL"}, null_separator);
    fields.member({.name = "made",
                   .about = "paths of files that commands made: the directory may lack them",
                   .max = commands_max},
                  made);
    fields.member({"tell_volumes", "tell of volumes that were read, as `volume` events"},
                  tell_volumes);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

void CheckParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member({"sample",
                   "how much to read back: none, all, a share (5%), a slice (2/7), a size (500M) "
                   "or a time (30min)"},
                  sample);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

}  // namespace duplid::proto
