#include "proto/questions.hpp"

#include <iterator>
#include <utility>

namespace duplid::proto {

void CollectionStatusParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member({"undisturbed", "end with busy when somebody else is at work"}, undisturbed);
}

void SetStatus::describe(Fields& fields)
{
    set.describe(fields);
    fields.member({"volumes", "", true}, volumes);
    fields.member({"bytes", "of the volumes, as far as known", true}, bytes);
    fields.member({"encrypted", "", true}, encrypted);
    fields.member({"resumable", "of an incomplete set: a backup can go on with it"}, resumable);
    fields.member({"files", "of an orphaned set: the first thousand names"}, files);
}

void ChainStatus::describe(Fields& fields)
{
    fields.member({"sets", "the full one first", true}, sets);
    fields.member({"has_signatures", "for the next increment, up to the chain's end", true},
                  has_signatures);
    fields.member({"signature_copies", "places that have signatures of it: target, cache"},
                  signature_copies);
    fields.member({"continued", "these sets follow those of the last chain before"}, continued);
}

void ReadBackStatus::describe(Fields& fields)
{
    fields.member({"total_bytes", "of volumes and signatures", true}, total_bytes);
    fields.member({"recent_bytes", "of these, found whole in the last days", true}, recent_bytes);
    fields.member({"days", "", true}, days);
}

void CollectionStatusReply::describe(Fields& fields)
{
    fields.path({"target", "without a password", true}, target);
    fields.path({"archive_directory", "", true}, archive_directory);
    fields.member({"chains", "oldest first", true}, chains);
    fields.member({"primary", "index of the chain an increment would continue"}, primary);
    fields.member({"orphaned", "sets without a chain", true}, orphaned);
    fields.member({"incomplete", "volumes without a manifest", true}, incomplete);
    fields.member({"ignored", "the first of the files that look almost like ours"}, ignored);
    fields.member({"ignored_count", "how many there are"}, ignored_count);
    fields.member({"signature_chains", "on the target and in the cache"}, signature_chains);
    fields.member({"orphaned_signatures", "files on the target"}, orphaned_signatures);
    fields.member({"cached_orphaned_signatures", "files in the cache"}, cached_orphaned_signatures);
    fields.member({"read_back", "how much of the data check has read back lately"}, read_back);
}

void CollectionNotification::describe(Fields& fields)
{
    fields.member({"request", "id of the request this answers", true}, request);
    fields.member({"chains", "oldest first"}, chains);
    fields.member({"orphaned", "sets without a chain"}, orphaned);
    fields.member({"incomplete", "volumes without a manifest"}, incomplete);
}

void add_part(CollectionStatusReply& whole, CollectionNotification part)
{
    const auto append = [](auto& list, auto& more) {
        list.insert(list.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
    };
    for (auto& chain : part.chains) {
        if (chain.continued && !whole.chains.empty()) {
            append(whole.chains.back().sets, chain.sets);
        } else {
            whole.chains.push_back(std::move(chain));
        }
    }
    append(whole.orphaned, part.orphaned);
    append(whole.incomplete, part.incomplete);
}

void ListFilesParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member({"time", "as of when, epoch seconds; default: the newest"}, time);
    fields.path({"path", "only what is at or below it"}, path);
    fields.member({"depth", "levels below the path; default: all"}, depth);
    fields.member({"without_path", "leave out the path itself"}, without_path);
    fields.member({"limit", "at most so many entries; 0: all"}, limit);
    fields.path({"after", "only what comes after this path: where the last page ended"}, after);
    fields.member(
        {"unfinished", "without a whole backup: what an interrupted full set holds so far"},
        unfinished);
}

void FileEntry::describe(Fields& fields)
{
    fields.path({"path", "relative to the root, which is \".\"", true}, path);
    fields.member({"type", "f file, d directory, l link, p fifo, c and b devices", true}, type);
    fields.member({"mode", "permission bits", true}, mode);
    fields.member({"uid", "", true}, uid);
    fields.member({"gid", "", true}, gid);
    fields.member({"mtime", "epoch seconds", true}, mtime);
    fields.member({"bytes", "of files, when known"}, bytes);
    fields.path({"link", "what a link points to"}, link);
    fields.member({"mtime_ns", "nanoseconds, when known"}, mtime_ns);
    fields.member({"sha256", "of the content, when known"}, sha256);
    fields.member({"first_set", "find: the first set that holds this version"}, first_set);
    fields.member({"last_set", "find: the last one of the same chain"}, last_set);
}

void FilesNotification::describe(Fields& fields)
{
    fields.member({"request", "id of the request this answers", true}, request);
    fields.member({"files", "in index order", true}, files);
}

void ListFilesReply::describe(Fields& fields)
{
    fields.member({"set", "the set listed", true}, set);
    fields.member({"files", "how many entries were sent", true}, files);
    fields.member({"more", "the limit left some out"}, more);
}

}  // namespace duplid::proto
