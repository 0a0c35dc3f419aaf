#include "daemon/operations/reading_conversions.hpp"

#include "daemon/archive/conversions.hpp"
#include "engine/operation/object/made_file.hpp"
#include "engine/operation/restore/rename_map.hpp"
#include "storage/io/error.hpp"

namespace duplid::daemon {

namespace {

operation::Overwrite overwrite_from(proto::Overwrite overwrite) noexcept
{
    switch (overwrite) {
    case proto::Overwrite::always:
        return operation::Overwrite::always;
    case proto::Overwrite::changed:
        return operation::Overwrite::changed;
    case proto::Overwrite::newer:
        return operation::Overwrite::newer;
    case proto::Overwrite::never:
        break;
    }
    return operation::Overwrite::never;
}

}  // namespace

operation::RestoreRequest request_from(const proto::RestoreParams& params)
{
    if (!params.destination.starts_with('/')) {
        throw Error{Error::Kind::invalid, "destination must be an absolute path",
                    params.destination};
    }
    const bool contradicts = params.overwrite && *params.overwrite != proto::Overwrite::always;
    if (params.force && contradicts) {
        throw Error{Error::Kind::invalid, "force means to overwrite always", "overwrite"};
    }
    operation::RestoreRequest request;
    request.destination = params.destination;
    request.path = params.path;
    request.time = params.time;
    request.only_volumes = params.only_volumes;
    if (params.overwrite) {
        request.overwrite = overwrite_from(*params.overwrite);
    } else if (params.force) {
        request.overwrite = operation::Overwrite::always;
    }
    request.restore_ownership = params.restore_ownership;
    request.dry_run = params.dry_run;
    request.ignore_errors = params.ignore_errors;
    for (const auto& rename : params.renames) {
        request.renames.emplace_back(rename.from, rename.to);
    }
    static_cast<void>(operation::RenameMap{request.renames});
    return request;
}

operation::VerifyRequest request_from(const proto::VerifyParams& params)
{
    const bool has_directory = !params.directory.empty();
    if (has_directory && !params.directory.starts_with('/')) {
        throw Error{Error::Kind::invalid, "directory must be an absolute path", params.directory};
    }
    if (!has_directory && (params.compare_data || !params.rules.empty())) {
        throw Error{Error::Kind::invalid, "there is no directory to compare with",
                    params.compare_data ? "compare_data" : "rules"};
    }
    // Thrown now if at all.
    static_cast<void>(operation::MadePlaces{params.made});
    operation::VerifyRequest request;
    request.made = params.made;
    request.path = params.path;
    request.time = params.time;
    request.directory = params.directory;
    request.compare_data = params.compare_data;
    request.ignore_errors = params.ignore_errors;
    request.rules = rules_from(params.rules);
    request.rule_settings =
        rule_settings_from(params.null_separator, params.archive.working_directory);
    return request;
}

proto::RestoreReport to_wire(const operation::RestoreReport& report)
{
    proto::RestoreReport wire;
    wire.set = to_wire(report.set);
    wire.files = report.files;
    wire.bytes = report.bytes;
    wire.damaged = report.damaged;
    wire.warnings = report.warnings;
    wire.fetched_bytes = report.fetched_bytes;
    wire.made = report.made;
    wire.replaced = report.replaced;
    wire.unchanged = report.unchanged;
    wire.left = report.left;
    return wire;
}

proto::VerifyReport to_wire(const operation::VerifyReport& report, std::uint64_t warnings)
{
    proto::VerifyReport wire;
    wire.set = to_wire(report.set);
    wire.files = report.files;
    wire.bytes = report.bytes;
    wire.by_sha256 = report.by_sha256;
    wire.by_signature = report.by_signature;
    wire.by_volume = report.by_volume;
    wire.compared = report.compared;
    wire.differences = report.differences;
    wire.damaged = report.damaged;
    wire.warnings = warnings;
    wire.fetched_bytes = report.fetched_bytes;
    return wire;
}

proto::CheckReport to_wire(const operation::CheckReport& report, std::uint64_t warnings)
{
    proto::CheckReport wire;
    wire.chains = report.chains;
    wire.sets = report.sets;
    wire.files = report.files;
    wire.total_bytes = report.total_bytes;
    wire.read_files = report.read_files;
    wire.read_bytes = report.read_bytes;
    wire.recent_days = operation::recent_days;
    wire.recent_bytes = report.recent_bytes;
    wire.damaged = report.damaged;
    wire.warnings = warnings;
    for (const auto& one : report.spoiled) {
        wire.spoiled.push_back({one.from, one.until, one.next});
    }
    return wire;
}

proto::DifferenceEvent to_wire(const operation::LocalDifference& difference)
{
    return {difference.path, std::string{name_of(difference.aspect)}, difference.found,
            difference.expected};
}

}  // namespace duplid::daemon
