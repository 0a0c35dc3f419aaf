#include "proto/file_questions.hpp"

namespace duplid::proto {

void FindParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.path({"pattern", "a glob for names or, with a slash, for paths; default: everything"},
                pattern);
    fields.member({"regexp", "the pattern is a regular expression, searched in paths"}, regexp);
    fields.member({"time", "as of when, epoch seconds; default: the newest"}, time);
    fields.member({"all_times", "in every set"}, all_times);
    fields.member({"types", "letters of the types wanted; default: all"}, types);
    fields.member({"bytes_min", "files of at least this size"}, bytes_min);
    fields.member({"bytes_max", "files of at most this size"}, bytes_max);
    fields.member({"newer_than", "modified after this time, epoch seconds"}, newer_than);
    fields.member({"older_than", "modified before this time, epoch seconds"}, older_than);
    fields.member({"limit", "a page: at most so many paths, fewer where they are rare; 0: all"},
                  limit);
    fields.path({"after", "only what comes after this path: where the last page ended"}, after);
}

void FindReply::describe(Fields& fields)
{
    fields.member({"files", "how many entries were sent", true}, files);
    fields.member({"paths", "of how many paths they are"}, paths);
    fields.member({"more", "this was a page, and there may be more"}, more);
    fields.path({"next", "then: `after` of the next page"}, next);
    fields.member({"unknown_sets", "sets whose signatures are missing"}, unknown_sets);
}

void VersionsParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.path({"path", "relative to the archive's root", true}, path);
}

void VersionEntry::describe(Fields& fields)
{
    fields.member({"first_set", "the first set that holds this version", true}, first_set);
    fields.member({"last_set", "the last one before the next version", true}, last_set);
    fields.member({"file", "what it was; not there: it was gone"}, file);
}

void VersionsNotification::describe(Fields& fields)
{
    fields.member({"request", "id of the request this answers", true}, request);
    fields.member({"versions", "oldest first", true}, versions);
}

void VersionsReply::describe(Fields& fields)
{
    fields.member({"versions", "how many were sent that are no deletion", true}, versions);
    fields.member({"unknown_sets", "sets whose signatures are missing"}, unknown_sets);
}

}  // namespace duplid::proto
