#include "proto/removal.hpp"

namespace duplid::proto {

namespace {

constexpr Field force_field{"force", "delete; else only tell what would go"};
constexpr Field lifetime_field{"lifetime", "attached: stopped when the connection ends"};
/// Two hundred years of seconds: longer than any archive, and far from overflow.
constexpr std::uint64_t within_max = 200ULL * 366 * 86400;

constexpr Field count_field{.name = "count", .about = "full backups", .required = true, .min = 1};

}  // namespace

void RemovalParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member(force_field, force);
    fields.member({"include_last_chain", "the newest chain, and the newest whole one, may go too"},
                  include_last_chain);
    fields.member({"allow_future", "go on although sets are dated in the future; these stay"},
                  allow_future);
    fields.member(lifetime_field, lifetime);
}

void RemoveOlderThanParams::describe(Fields& fields)
{
    RemovalParams::describe(fields);
    fields.member({"time", "chains that ended before go, epoch seconds", true}, time);
}

void RemoveAllButNFullParams::describe(Fields& fields)
{
    RemovalParams::describe(fields);
    fields.member(count_field, count);
}

void RemoveIncrementsParams::describe(Fields& fields)
{
    RemovalParams::describe(fields);
    fields.member(count_field, count);
}

void PruneParams::describe(Fields& fields)
{
    RemovalParams::describe(fields);
    fields.member({"keep_last", "the newest sets"}, keep_last);
    fields.member({"keep_hourly", "the newest set of each of so many hours"}, keep_hourly);
    fields.member({"keep_daily", "of so many days"}, keep_daily);
    fields.member({"keep_weekly", "of so many weeks"}, keep_weekly);
    fields.member({"keep_monthly", "of so many months"}, keep_monthly);
    fields.member({"keep_yearly", "of so many years"}, keep_yearly);
    fields.member({.name = "keep_within",
                   .about = "sets that are fewer seconds older than the newest",
                   .max = within_max},
                  keep_within);
}

void CleanupParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member(force_field, force);
    fields.member({"extra_clean", "also signatures of all chains but the newest"}, extra_clean);
    fields.member({"include_last_chain", "also when there are sets but no chain"},
                  include_last_chain);
    fields.member(lifetime_field, lifetime);
}

}  // namespace duplid::proto
