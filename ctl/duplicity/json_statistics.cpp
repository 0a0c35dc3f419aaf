#include "ctl/duplicity/json_statistics.hpp"

#include "ctl/duplicity/texts.hpp"

#include <nlohmann/json.hpp>

namespace duplid::duplicity {

namespace {

constexpr int indent = 4;

struct Chain {
    std::int64_t full_time = 0;
    std::size_t increments = 0;
};

/// The chain the set is in, with it.
Chain chain_of(const proto::BackupReport& report, const proto::CollectionStatusReply& before)
{
    if (report.set.type == proto::SetType::full) {
        return {report.set.time, 0};
    }
    for (const auto& chain : before.chains) {
        for (std::size_t i = 0; i < chain.sets.size(); ++i) {
            if (chain.sets[i].set.time == report.set.start) {
                return {chain.sets.front().set.time, i + 1};
            }
        }
    }
    return {};
}

}  // namespace

std::string json_statistics(const proto::BackupReport& report,
                            const proto::CollectionStatusReply& before,
                            const Invocation& invocation)
{
    const auto& from = report.statistics;
    const auto start = static_cast<std::int64_t>(from.start_time);
    const auto end = static_cast<std::int64_t>(from.end_time);
    const auto chain = chain_of(report, before);
    nlohmann::ordered_json json{
        {"StartTime", from.start_time},
        {"EndTime", from.end_time},
        {"ElapsedTime", from.end_time - from.start_time},
        {"SourceFiles", from.source_files},
        {"SourceFileSize", from.source_file_size},
        {"NewFiles", from.new_files},
        {"NewFileSize", from.new_file_size},
        {"DeletedFiles", from.deleted_files},
        {"ChangedFiles", from.changed_files},
        {"ChangedFileSize", from.changed_file_size},
        {"ChangedDeltaSize", from.changed_delta_size},
        {"DeltaEntries", from.delta_entries},
        {"RawDeltaSize", from.raw_delta_size},
        {"TotalDestinationSizeChange", from.total_destination_size_change},
        {"Errors", from.errors},
        {"Filename", nullptr},
        {"StartTime_str", stamp(start)},
        {"EndTime_str", stamp(end)},
    };
    json["backup_meta"] = {
        {"action", name_of(invocation.action)},
        {"skipped_inc", report.outcome == proto::BackupOutcome::unchanged},
        {"time_full_bkp", chain.full_time},
        {"time_full_bkp_str", stamp(chain.full_time)},
        {"no_of_inc", chain.increments},
        {"concurrency", invocation.concurrency},
        {"target", invocation.target},
        {"source", invocation.local_path},
        {"local_json_stat", "N/A"},
    };
    return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace duplid::duplicity
