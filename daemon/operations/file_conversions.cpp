#include "daemon/operations/file_conversions.hpp"

#include "daemon/archive/conversions.hpp"
#include "engine/operation/object/made_file.hpp"
#include "storage/io/error.hpp"

namespace duplid::daemon {

namespace {

proto::ChangeKind kind_to_wire(manifest::FileChange::Action action) noexcept
{
    switch (action) {
    case manifest::FileChange::Action::added:
        return proto::ChangeKind::added;
    case manifest::FileChange::Action::changed:
        return proto::ChangeKind::changed;
    case manifest::FileChange::Action::removed:
        break;
    }
    return proto::ChangeKind::removed;
}

proto::ChangeKind kind_to_wire(operation::PathDifference::Kind kind) noexcept
{
    using Kind = operation::PathDifference::Kind;
    switch (kind) {
    case Kind::added:
        return proto::ChangeKind::added;
    case Kind::removed:
        return proto::ChangeKind::removed;
    case Kind::changed:
        return proto::ChangeKind::changed;
    case Kind::metadata:
        return proto::ChangeKind::metadata;
    case Kind::unreadable:
        break;
    }
    return proto::ChangeKind::unreadable;
}

proto::Fate fate_to_wire(operation::WhyAnswer::Fate fate) noexcept
{
    using Fate = operation::WhyAnswer::Fate;
    switch (fate) {
    case Fate::stored:
        return proto::Fate::stored;
    case Fate::left_out:
        return proto::Fate::left_out;
    case Fate::scanned:
        break;
    }
    return proto::Fate::scanned;
}

std::optional<proto::FileEntry> to_wire_if(const std::optional<operation::ListedFile>& file)
{
    return file ? std::optional{to_wire(*file)} : std::nullopt;
}

}  // namespace

operation::ListRequest request_from(const proto::ListFilesParams& params)
{
    return {params.time,  params.path,  params.depth,     params.without_path,
            params.limit, params.after, params.unfinished};
}

operation::FindRequest request_from(const proto::FindParams& params)
{
    if (params.types.find_first_not_of("fdlpcb") != std::string::npos) {
        throw Error{Error::Kind::invalid, "types are f, d, l, p, c and b", params.types};
    }
    return {.pattern = params.pattern,
            .is_regexp = params.regexp,
            .time = params.time,
            .all_times = params.all_times,
            .types = params.types,
            .bytes_min = params.bytes_min,
            .bytes_max = params.bytes_max,
            .newer_than = params.newer_than,
            .older_than = params.older_than,
            .limit = params.limit,
            .after = params.after};
}

operation::CompareTreeRequest request_from(const proto::CompareParams& params)
{
    const auto& here = params.archive.working_directory;
    // Thrown now if at all.
    static_cast<void>(operation::MadePlaces{params.made});
    return {.time = params.time,
            .source = source_from(params.directory, here),
            .rules = rules_from(params.rules),
            .rule_settings = rule_settings_from(params.null_separator, here),
            .compare_data = params.compare_data,
            .made = params.made};
}

operation::WhyRequest request_from(const proto::WhyParams& params)
{
    const auto& here = params.working_directory;
    return {.source = source_from(params.source, here),
            .path = params.path,
            .rules = rules_from(params.rules),
            .rule_settings = rule_settings_from(params.null_separator, here)};
}

proto::FileEntry to_wire(const operation::ListedFile& file)
{
    proto::FileEntry entry;
    entry.path = file.path;
    entry.type = std::string{file.type};
    entry.mode = file.mode;
    entry.uid = file.uid;
    entry.gid = file.gid;
    entry.mtime = file.mtime;
    entry.bytes = file.bytes;
    entry.link = file.link;
    entry.mtime_ns = file.mtime_ns;
    entry.sha256 = file.sha256;
    return entry;
}

proto::FileEntry to_wire(const operation::FoundFile& file)
{
    auto entry = to_wire(file.file);
    entry.first_set = to_wire(file.first);
    entry.last_set = to_wire(file.last);
    return entry;
}

proto::VersionEntry to_wire(const operation::PathVersion& version)
{
    return {to_wire(version.first), to_wire(version.last), to_wire_if(version.file)};
}

proto::ChangeEntry to_wire(const operation::ListedChange& change)
{
    return {to_wire(change.set), kind_to_wire(change.action), change.path};
}

proto::DifferenceEntry to_wire(const operation::PathDifference& difference)
{
    return {kind_to_wire(difference.kind), difference.path, to_wire_if(difference.before),
            to_wire_if(difference.after), difference.error};
}

proto::CompareReply to_wire(const operation::CompareOutcome& outcome)
{
    proto::CompareReply reply;
    reply.before = to_wire(outcome.before);
    if (outcome.after) {
        reply.after = to_wire(*outcome.after);
    }
    reply.compared = outcome.compared;
    reply.differences = outcome.differences;
    reply.unreadable = outcome.unreadable;
    return reply;
}

proto::WhyReply to_wire(const operation::WhyAnswer& answer,
                        const std::vector<proto::RuleParams>& rules)
{
    proto::WhyReply reply;
    reply.fate = fate_to_wire(answer.fate);
    reply.path = answer.path;
    reply.exists = answer.exists;
    reply.decided_at = answer.decided_at;
    reply.rule = answer.rule;
    if (answer.origin) {
        reply.number = answer.origin->option + 1;
        reply.option = rules.at(answer.origin->option);
        if (answer.origin->line != 0) {
            reply.line = answer.origin->line;
        }
    }
    return reply;
}

}  // namespace duplid::daemon
