#include "proto/removal_report.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array keep_rules{
    Choice{static_cast<int>(KeepRule::last), "last"},
    Choice{static_cast<int>(KeepRule::hourly), "hourly"},
    Choice{static_cast<int>(KeepRule::daily), "daily"},
    Choice{static_cast<int>(KeepRule::weekly), "weekly"},
    Choice{static_cast<int>(KeepRule::monthly), "monthly"},
    Choice{static_cast<int>(KeepRule::yearly), "yearly"},
    Choice{static_cast<int>(KeepRule::within), "within"},
    Choice{static_cast<int>(KeepRule::newer), "newer"},
    Choice{static_cast<int>(KeepRule::no_increments), "no_increments"},
    Choice{static_cast<int>(KeepRule::newest_chain), "newest_chain"},
    Choice{static_cast<int>(KeepRule::last_good_chain), "last_good_chain"},
    Choice{static_cast<int>(KeepRule::future), "future"},
    Choice{static_cast<int>(KeepRule::other), "other"},
};
constexpr std::array fates{
    Choice{static_cast<int>(ChainFate::stays), "stays"},
    Choice{static_cast<int>(ChainFate::goes), "goes"},
    Choice{static_cast<int>(ChainFate::loses_increments), "loses_increments"},
    Choice{static_cast<int>(ChainFate::other), "other"},
};
constexpr std::array causes{
    Choice{static_cast<int>(RemovalCause::chain), "chain"},
    Choice{static_cast<int>(RemovalCause::left_over), "left_over"},
    Choice{static_cast<int>(RemovalCause::orphaned), "orphaned"},
    Choice{static_cast<int>(RemovalCause::replaced), "replaced"},
    Choice{static_cast<int>(RemovalCause::incomplete), "incomplete"},
    Choice{static_cast<int>(RemovalCause::partial), "partial"},
    Choice{static_cast<int>(RemovalCause::signatures), "signatures"},
    Choice{static_cast<int>(RemovalCause::duplicates), "duplicates"},
    Choice{static_cast<int>(RemovalCause::old_signatures), "old_signatures"},
    Choice{static_cast<int>(RemovalCause::other), "other"},
};

}  // namespace

std::span<const Choice> choices_of(KeepRule) noexcept
{
    return keep_rules;
}

std::span<const Choice> choices_of(ChainFate) noexcept
{
    return fates;
}

std::span<const Choice> choices_of(RemovalCause) noexcept
{
    return causes;
}

void KeepReason::describe(Fields& fields)
{
    fields.member({"rule", "", true}, rule);
    fields.member({"sets", "how many sets a rule of prune picks"}, sets);
    fields.member({"newest", "the time of the newest of them, epoch seconds"}, newest);
}

void JudgedChain::describe(Fields& fields)
{
    fields.member({"first", "the full set", true}, first);
    fields.member({"last", "the newest set", true}, last);
    fields.member({"sets", "how many", true}, sets);
    fields.member({"fate", "", true}, fate);
    fields.member({"reasons", "why it stays"}, reasons);
    fields.member({"goes_after_full", "it would go if another full backup were made"},
                  goes_after_full);
    fields.member({"files", "that go", true}, files);
    fields.member({"bytes", "of these files", true}, bytes);
}

void RemovedPart::describe(Fields& fields)
{
    fields.member({"set", "", true}, set);
    fields.member({"cause", "", true}, cause);
    fields.member({"files", "", true}, files);
    fields.member({"bytes", "", true}, bytes);
}

void RemovedFile::describe(Fields& fields)
{
    fields.path({"name", "", true}, name);
    fields.member({"bytes", "as far as known"}, bytes);
}

void RemovalReport::describe(Fields& fields)
{
    fields.member({"removed", "false: nothing was touched", true}, removed);
    fields.member({"older_than", "what ended before is old, epoch seconds"}, older_than);
    fields.member({"chains", "of a removal: all chains, by end time"}, chains);
    fields.member({"needed", "old sets that stay because newer ones of their chain need them"},
                  needed);
    fields.member({"parts", "what goes, by set, in order", true}, parts);
    fields.member({"files", "on the target, in the order of deletion", true}, files);
    fields.member({"cached", "of a cleanup: further files in the cache"}, cached);
    fields.member({"ignored", "of a cleanup: files that stay although they look like ours"},
                  ignored);
    fields.member({"files_count", "how many files of the target", true}, files_count);
    fields.member({"bytes", "of all these files", true}, bytes);
}

}  // namespace duplid::proto
