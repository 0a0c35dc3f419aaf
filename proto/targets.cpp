#include "proto/targets.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array states{
    Choice{static_cast<int>(TargetState::good), "good"},
    Choice{static_cast<int>(TargetState::behind), "behind"},
    Choice{static_cast<int>(TargetState::unknown), "unknown"},
    Choice{static_cast<int>(TargetState::other), "other"},
};

constexpr Field name_field{"name", "of the target in its job", true};
constexpr Field state_field{"state", "good: it has every set; behind: a later run catches it up",
                            true};
constexpr Field required_field{"required", "without it a backup of the job has failed"};
constexpr Field reason_field{"reason", "why it is behind"};
constexpr Field behind_field{"sets_behind", "sets that it lacks, as far as that is known"};

}  // namespace

std::span<const Choice> choices_of(TargetState) noexcept
{
    return states;
}

void TargetReport::describe(Fields& fields)
{
    fields.member(name_field, name);
    fields.path({"target", "URL without password"}, target);
    fields.member(state_field, state);
    fields.member(required_field, required);
    fields.member(reason_field, reason);
    fields.member({"hint", "what a person can do"}, hint);
    fields.member(behind_field, sets_behind);
    fields.member({"copied_sets", "to it from another target, since it was behind"}, copied_sets);
    fields.member({"copied_files", "of them"}, copied_files);
    fields.member({"copied_bytes", "of them"}, copied_bytes);
}

void TargetStatus::describe(Fields& fields)
{
    fields.member(name_field, name);
    fields.path({"target", "URL without password; only for those who may see it"}, target);
    fields.member(state_field, state);
    fields.member(required_field, required);
    fields.member(reason_field, reason);
    fields.member(behind_field, sets_behind);
    fields.member({"last_good", "when the last backup was made that it has, epoch seconds"},
                  last_good);
    fields.member({"stale_since", "since then that one is older than the job's \"stale_after\""},
                  stale_since);
}

void TargetArchive::describe(Fields& fields)
{
    fields.member(name_field, name);
    fields.member({"archive", "without secrets", true}, archive);
}

}  // namespace duplid::proto
