#include "proto/compare.hpp"

namespace duplid::proto {

void CompareParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member({"time", "the first state, epoch seconds; default: the newest"}, time);
    fields.member({"with", "the second state; default: the newest"}, with);
    fields.path({"directory", "what is on the disk, instead of a second state"}, directory);
    fields.member(
        {.name = "rules", .about = "selection in the directory, in order", .max = rules_max},
        rules);
    fields.member({"null_separator", "lists of files are separated by NUL"}, null_separator);
    fields.member({"compare_data", "read every file of the directory"}, compare_data);
    fields.member({.name = "made",
                   .about = "paths of files that commands made: the directory may lack them",
                   .max = commands_max},
                  made);
}

void DifferenceEntry::describe(Fields& fields)
{
    fields.member({"change", "added, removed, changed, metadata only, or unreadable", true},
                  change);
    fields.path({"path", "relative to the root", true}, path);
    fields.member({"before", "in the first state"}, before);
    fields.member({"after", "in the second state or the directory"}, after);
    fields.path({"error", "why it is unreadable"}, error);
}

void DifferencesNotification::describe(Fields& fields)
{
    fields.member({"request", "id of the request this answers", true}, request);
    fields.member({"differences", "in index order", true}, differences);
}

void CompareReply::describe(Fields& fields)
{
    fields.member({"before", "the set of the first state", true}, before);
    fields.member({"after", "the set of the second state"}, after);
    fields.member({"compared", "paths that one side or both have", true}, compared);
    fields.member({"differences", "how many entries were sent", true}, differences);
    fields.member({"unreadable", "how many of them nothing is known of"}, unreadable);
}

}  // namespace duplid::proto
