#include "proto/restore.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::uint64_t renames_max = 10'000;

constexpr std::array overwrites{
    Choice{static_cast<int>(Overwrite::always), "always"},
    Choice{static_cast<int>(Overwrite::changed), "changed"},
    Choice{static_cast<int>(Overwrite::newer), "newer"},
    Choice{static_cast<int>(Overwrite::never), "never"},
};

}  // namespace

std::span<const Choice> choices_of(Overwrite) noexcept
{
    return overwrites;
}

void RenameParams::describe(Fields& fields)
{
    fields.path({"from", "as the archive has it", true}, from);
    fields.path({"to", "as it is to be restored", true}, to);
}

void RestoreParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.path({"destination", "where to, absolute", true}, destination);
    fields.path({"path", "what, relative to the archive's root; default: everything"}, path);
    fields.member({"time", "as of when, epoch seconds; default: the newest"}, time);
    fields.member({"force", "write into a destination that is not empty"}, force);
    fields.member({"overwrite", "what to do with what stands in the way, in a destination that is "
                                "not empty; default: refuse"},
                  overwrite);
    fields.member(
        {.name = "renames", .about = "new paths, relative to what is restored", .max = renames_max},
        renames);
    fields.member({"dry_run", "only tell, as `object` events, what would be done"}, dry_run);
    fields.member(
        {"ignore_errors",
         "go on past what the destination does not take and past full sets whose manifest "
         "is damaged; what is missing is warned of and no error"},
        ignore_errors);
    fields.member({"only_volumes", "only tell, as `volume` events, which would be read"},
                  only_volumes);
    fields.member({"tell_objects", "tell of each object before it is written, as `object` events"},
                  tell_objects);
    fields.member({"tell_failed",
                   "tell what could not be written, as `object` events, also what is "
                   "below a folder that could not"},
                  tell_failed);
    fields.member({"tell_volumes", "tell of volumes that were read, as `volume` events"},
                  tell_volumes);
    fields.member({"restore_ownership", "set owners and groups"}, restore_ownership);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

}  // namespace duplid::proto
