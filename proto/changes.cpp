#include "proto/changes.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array kinds{
    Choice{static_cast<int>(ChangeKind::added), "added"},
    Choice{static_cast<int>(ChangeKind::changed), "changed"},
    Choice{static_cast<int>(ChangeKind::metadata), "metadata"},
    Choice{static_cast<int>(ChangeKind::removed), "removed"},
    Choice{static_cast<int>(ChangeKind::unreadable), "unreadable"},
    Choice{static_cast<int>(ChangeKind::other), "other"},
};

}  // namespace

std::span<const Choice> choices_of(ChangeKind) noexcept
{
    return kinds;
}

void FileChangedParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.path({"path", "of a regular file, relative to the archive's root", true}, path);
}

void ChangesInSetParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.member({"number", "counted back from the newest set of the newest chain, which is 0"},
                  number);
}

void ChangeEntry::describe(Fields& fields)
{
    fields.member({"set", "the set that changed it", true}, set);
    fields.member({"change", "added, changed or removed", true}, change);
    fields.path({"path", "relative to the root", true}, path);
}

void ChangesNotification::describe(Fields& fields)
{
    fields.member({"request", "id of the request this answers", true}, request);
    fields.member({"changes", "by set and path", true}, changes);
}

void ChangesReply::describe(Fields& fields)
{
    fields.member({"changes", "how many entries were sent", true}, changes);
    fields.member({"set", "the set that was asked about"}, set);
}

}  // namespace duplid::proto
