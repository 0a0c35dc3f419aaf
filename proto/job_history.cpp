#include "proto/job_history.hpp"

namespace duplid::proto {

void JobHistoryParams::describe(Fields& fields)
{
    fields.member({"job", "name of the job, also of one that was removed", true}, job);
    fields.member({"since", "only runs that were asked for from then on, epoch seconds"}, since);
    fields.member({.name = "limit", .about = "how many at most", .min = 1, .max = job_history_max},
                  limit);
    fields.member({"before", "only runs with smaller ids: the next page"}, before);
}

void BackupFigures::describe(Fields& fields)
{
    fields.member({"outcome", "", true}, outcome);
    fields.member({"set_type", "", true}, set_type);
    fields.member({"source_files", "", true}, source_files);
    fields.member({"source_bytes", "", true}, source_bytes);
    fields.member({"changed_files", "new, changed and deleted ones", true}, changed_files);
    fields.member({"stored_bytes", "that the target has grown by", true}, stored_bytes);
}

void JobHistoryEntry::describe(Fields& fields)
{
    fields.member({"run", "id", true}, run);
    fields.member({"kind", "", true}, kind);
    fields.member({"state", "", true}, state);
    fields.member({"queued_at", "epoch seconds", true}, queued_at);
    fields.member({"started_at", "epoch seconds"}, started_at);
    fields.member({"ended_at", "epoch seconds"}, ended_at);
    fields.member({"warnings", "", true}, warnings);
    fields.member({"error", "why it failed"}, error);
    fields.member({"backup", "of a backup that ended well"}, backup);
}

void JobHistoryReply::describe(Fields& fields)
{
    fields.member({"runs", "newest first", true}, runs);
    fields.member({"more", "there are older ones", true}, more);
}

}  // namespace duplid::proto
