#include "proto/run.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::uint64_t run_list_max = 100;

constexpr std::array states{
    Choice{static_cast<int>(RunState::queued), "queued"},
    Choice{static_cast<int>(RunState::running), "running"},
    Choice{static_cast<int>(RunState::done), "done"},
    Choice{static_cast<int>(RunState::warnings), "warnings"},
    Choice{static_cast<int>(RunState::failed), "failed"},
    Choice{static_cast<int>(RunState::cancelled), "cancelled"},
    Choice{static_cast<int>(RunState::other), "other"},
};
constexpr std::array kinds{
    Choice{static_cast<int>(RunKind::backup), "backup"},
    Choice{static_cast<int>(RunKind::restore), "restore"},
    Choice{static_cast<int>(RunKind::removal), "removal"},
    Choice{static_cast<int>(RunKind::cleanup), "cleanup"},
    Choice{static_cast<int>(RunKind::verify), "verify"},
    Choice{static_cast<int>(RunKind::check), "check"},
    Choice{static_cast<int>(RunKind::sync), "sync"},
    Choice{static_cast<int>(RunKind::replicate), "replicate"},
    Choice{static_cast<int>(RunKind::repair), "repair"},
    Choice{static_cast<int>(RunKind::tree_delta), "tree-delta"},
    Choice{static_cast<int>(RunKind::tree_patch), "tree-patch"},
    Choice{static_cast<int>(RunKind::other), "other"},
};
constexpr std::array lifetimes{
    Choice{static_cast<int>(Lifetime::attached), "attached"},
    Choice{static_cast<int>(Lifetime::detached), "detached"},
};
constexpr std::array stops{
    Choice{static_cast<int>(StopAt::now), "now"},
    Choice{static_cast<int>(StopAt::volume), "volume"},
};

}  // namespace

std::span<const Choice> choices_of(RunState) noexcept
{
    return states;
}

std::span<const Choice> choices_of(RunKind) noexcept
{
    return kinds;
}

std::span<const Choice> choices_of(Lifetime) noexcept
{
    return lifetimes;
}

std::span<const Choice> choices_of(StopAt) noexcept
{
    return stops;
}

bool has_ended(RunState state) noexcept
{
    return state != RunState::queued && state != RunState::running && state != RunState::other;
}

void ProgressFigures::describe(Fields& fields)
{
    fields.member({"files_done", ""}, files_done);
    fields.member({"files_expected", "0: not known"}, files_expected);
    fields.member({"bytes_done", "of file data (backup) or of volumes (restore, verify, check)"},
                  bytes_done);
    fields.member({"bytes_expected", "0: not known"}, bytes_expected);
    fields.member({"stored_bytes", "put on, or fetched from, the target"}, stored_bytes);
    fields.member({"volumes_done", ""}, volumes_done);
    fields.member({"bytes_per_second", "of bytes_done, lately"}, bytes_per_second);
    fields.member({"eta_seconds", "till the end, where it can be told"}, eta_seconds);
    fields.member({"is_estimate", "what is expected is a guess"}, is_estimate);
}

void RunPause::describe(Fields& fields)
{
    fields.member({"by", "name of the user who paused it", true}, by);
    fields.member({"until", "epoch seconds; missing: until it is resumed"}, until);
}

void RunSummary::describe(Fields& fields)
{
    fields.member({"run", "id", true}, run);
    fields.member({"kind", "", true}, kind);
    fields.member({"state", "", true}, state);
    fields.member(
        {"held", "stands still until its client renews the lease, or the machine is awake again"},
        held);
    fields.member({"paused", "stands still because somebody wants it to"}, paused);
    fields.member({"lifetime", "", true}, lifetime);
    fields.path({"target", "URL without password; only for those who may see it"}, target);
    fields.member({"job", "whose run it is"}, job);
    fields.member({"queued_at", "epoch seconds", true}, queued_at);
    fields.member({"started_at", "epoch seconds"}, started_at);
    fields.member({"ended_at", "epoch seconds"}, ended_at);
    fields.member({"phase", "the last one told"}, phase);
    fields.member({"progress", "the last told"}, progress);
    fields.member({"warnings", "", true}, warnings);
    fields.member({"limit_up", "bytes a second to its targets; 0: no limit"}, limit_up);
    fields.member({"limit_down", "bytes a second from its targets; 0: no limit"}, limit_down);
    fields.member({"error", "why it failed"}, error);
}

void RunReply::describe(Fields& fields)
{
    fields.member({"run", "id for run-watch and the others", true}, run);
}

void RunListParams::describe(Fields& fields)
{
    fields.member({.name = "limit", .about = "how many at most", .min = 1, .max = run_list_max},
                  limit);
    fields.member({"before", "only runs with smaller ids: the next page"}, before);
}

void RunListReply::describe(Fields& fields)
{
    fields.member({"runs", "newest first", true}, runs);
    fields.member({"more", "there are older ones", true}, more);
}

void RunShowParams::describe(Fields& fields)
{
    fields.member({"run", "id", true}, run);
}

void RunShowReply::describe(Fields& fields)
{
    run.describe(fields);
    fields.member({"backup", "report of a backup that ended well"}, backup);
    fields.member({"restore", "report of a restore"}, restore);
    fields.member({"removal", "report of a removal or cleanup"}, removal);
    fields.member({"verify", "report of a verify"}, verify);
    fields.member({"check", "report of a check"}, check);
    fields.member({"sync", "report of a synchronised cache"}, sync);
    fields.member({"replicate", "report of a replication"}, replicate);
    fields.member({"repair", "report of a repair"}, repair);
    fields.member({"tree_delta", "report of a tree-delta"}, tree_delta);
    fields.member({"tree_patch", "report of a tree-patch"}, tree_patch);
}

void RunWatchParams::describe(Fields& fields)
{
    fields.member({"run", "id", true}, run);
    fields.member({.name = "from_seq", .about = "number of the first event wanted", .min = 1},
                  from_seq);
}

void RunWatchReply::describe(Fields& fields)
{
    fields.member({"run", "id", true}, run);
    fields.member({"state", "", true}, state);
    fields.member({"first_seq", "number of the oldest event still kept", true}, first_seq);
    fields.member({"next_seq", "number the next new event will have", true}, next_seq);
}

void RunStopParams::describe(Fields& fields)
{
    fields.member({"run", "id", true}, run);
    fields.member({"at", "when; volume: of a backup, once the volume it is filling is stored"}, at);
}

}  // namespace duplid::proto
