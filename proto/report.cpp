#include "proto/report.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array set_types{
    Choice{static_cast<int>(SetType::full), "full"},
    Choice{static_cast<int>(SetType::incremental), "incremental"},
    Choice{static_cast<int>(SetType::other), "other"},
};

constexpr std::array backup_outcomes{
    Choice{static_cast<int>(BackupOutcome::stored), "stored"},
    Choice{static_cast<int>(BackupOutcome::would_store), "would_store"},
    Choice{static_cast<int>(BackupOutcome::unchanged), "unchanged"},
    Choice{static_cast<int>(BackupOutcome::other), "other"},
};

}  // namespace

std::span<const Choice> choices_of(BackupOutcome) noexcept
{
    return backup_outcomes;
}

std::span<const Choice> choices_of(SetType) noexcept
{
    return set_types;
}

void SetName::describe(Fields& fields)
{
    fields.member({"type", "", true}, type);
    fields.member({"start", "time of the set an increment builds on, epoch seconds"}, start);
    fields.member({"time", "epoch seconds", true}, time);
}

void BackupStatistics::describe(Fields& fields)
{
    fields.member({"start_time", ""}, start_time);
    fields.member({"end_time", ""}, end_time);
    fields.member({"source_files", ""}, source_files);
    fields.member({"source_file_size", ""}, source_file_size);
    fields.member({"new_files", ""}, new_files);
    fields.member({"new_file_size", ""}, new_file_size);
    fields.member({"deleted_files", ""}, deleted_files);
    fields.member({"changed_files", ""}, changed_files);
    fields.member({"changed_file_size", ""}, changed_file_size);
    fields.member({"changed_delta_size", ""}, changed_delta_size);
    fields.member({"delta_entries", ""}, delta_entries);
    fields.member({"raw_delta_size", ""}, raw_delta_size);
    fields.member({"total_destination_size_change", ""}, total_destination_size_change);
    fields.member({"errors", ""}, errors);
}

void BackupReport::describe(Fields& fields)
{
    fields.member({"outcome", "would_store: a dry run; unchanged: no set was wanted for that"},
                  outcome);
    fields.member(
        {"set", "the set that was made; when unchanged, the one that holds this state", true}, set);
    fields.member({"volumes", "", true}, volumes);
    fields.member({"statistics", "", true}, statistics);
    fields.member({"warnings", "", true}, warnings);
    fields.member({"resumed_at_volume", "the set had been interrupted: the first volume made now"},
                  resumed_at_volume);
    fields.member({"targets", "of a job that has several: how each of them stands"}, targets);
}

void RestoreReport::describe(Fields& fields)
{
    fields.member({"set", "the set whose state was restored", true}, set);
    fields.member({"files", "", true}, files);
    fields.member({"bytes", "", true}, bytes);
    fields.member({"damaged", "objects that could not be brought back whole", true}, damaged);
    fields.member({"warnings", "", true}, warnings);
    fields.member({"fetched_bytes", "", true}, fetched_bytes);
    fields.member({"made", "files where nothing was"}, made);
    fields.member({"replaced", "files where something was"}, replaced);
    fields.member({"unchanged", "files whose content was right already"}, unchanged);
    fields.member({"left", "files that were not to be touched"}, left);
}

void SyncReport::describe(Fields& fields)
{
    fields.member({"sets", "in scope", true}, sets);
    fields.member({"fetched_files", "manifests and signatures", true}, fetched_files);
    fields.member({"fetched_bytes", "of them, as far as known", true}, fetched_bytes);
    fields.member({"removed_files", "from the cache", true}, removed_files);
}

}  // namespace duplid::proto
