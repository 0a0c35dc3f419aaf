#include "daemon/archive/conversions.hpp"

#include "daemon/archive/archive_opener.hpp"
#include "engine/select/file_list.hpp"
#include "engine/select/rule.hpp"
#include "proto/reader.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <sys/stat.h>

namespace duplid::daemon {

namespace {

using RuleKind = select::RuleOption::Kind;

enum class Argument { none, text, time, size };

struct RuleWord {
    std::string_view word;
    RuleKind kind;
    Argument argument;
};

/// Duplicity's option names (command-line.md 6.1), and ours.
constexpr std::array rule_words{
    RuleWord{"include", RuleKind::include, Argument::text},
    RuleWord{"exclude", RuleKind::exclude, Argument::text},
    RuleWord{"include-filelist", RuleKind::include_filelist, Argument::text},
    RuleWord{"exclude-filelist", RuleKind::exclude_filelist, Argument::text},
    RuleWord{"include-regexp", RuleKind::include_regexp, Argument::text},
    RuleWord{"exclude-regexp", RuleKind::exclude_regexp, Argument::text},
    RuleWord{"exclude-device-files", RuleKind::exclude_device_files, Argument::none},
    RuleWord{"exclude-if-present", RuleKind::exclude_if_present, Argument::text},
    RuleWord{"exclude-other-filesystems", RuleKind::exclude_other_filesystems, Argument::none},
    RuleWord{"exclude-older-than", RuleKind::exclude_older_than, Argument::time},
    RuleWord{"files-from", RuleKind::files_from, Argument::text},
    RuleWord{"named-path", RuleKind::named_path, Argument::text},
    RuleWord{"filter-globbing", RuleKind::filter_globbing, Argument::none},
    RuleWord{"filter-literal", RuleKind::filter_literal, Argument::none},
    RuleWord{"filter-regexp", RuleKind::filter_regexp, Argument::none},
    RuleWord{"filter-ignorecase", RuleKind::filter_ignorecase, Argument::none},
    RuleWord{"filter-strictcase", RuleKind::filter_strictcase, Argument::none},
    RuleWord{"exclude-caches", RuleKind::exclude_caches, Argument::none},
    RuleWord{"exclude-larger-than", RuleKind::exclude_larger_than, Argument::size},
    RuleWord{"exclude-nodump", RuleKind::exclude_nodump, Argument::none},
};

[[noreturn]] void refuse(const std::string& text, const std::string& object,
                         const std::string& hint = {})
{
    throw Error{Error::Kind::invalid, text, object, hint};
}

const RuleWord& rule_word(const std::string& word)
{
    const auto found = std::find_if(rule_words.begin(), rule_words.end(),
                                    [&word](const RuleWord& row) { return row.word == word; });
    if (found == rule_words.end()) {
        std::array<std::string_view, rule_words.size()> words;
        std::transform(rule_words.begin(), rule_words.end(), words.begin(),
                       [](const RuleWord& row) { return row.word; });
        const auto suggestion = proto::nearest(word, words);
        refuse("there is no such kind of rule", word,
               suggestion.empty() ? "" : "did you mean " + std::string{suggestion} + "?");
    }
    return *found;
}

void check_argument(const proto::RuleParams& params, const std::string& what, bool needed,
                    bool given)
{
    if (needed != given) {
        refuse((needed ? "this kind of rule needs a " : "this kind of rule takes no ") + what,
               params.kind);
    }
}

select::RuleOption rule_from(const proto::RuleParams& params)
{
    const auto& word = rule_word(params.kind);
    if (word.argument != Argument::text && !params.value.empty()) {
        refuse("this kind of rule takes no value", params.kind);
    }
    check_argument(params, "time", word.argument == Argument::time, params.time.has_value());
    check_argument(params, "size", word.argument == Argument::size, params.bytes.has_value());
    return {word.kind, params.value, params.time.value_or(0), params.bytes.value_or(0)};
}

io::Bytes read_list(const std::string& working_directory, const std::string& name)
{
    const bool absolute = name.starts_with('/');
    if (!absolute && working_directory.empty()) {
        refuse("a relative list needs a working_directory", name);
    }
    return select::read_file_list(absolute ? name : working_directory + "/" + name);
}

/// A relative source is recorded as it was typed and walked from where the process stands. Threads
/// share that place, so it is no use to anybody who stands elsewhere.
void check_stands_here(const std::string& working_directory)
{
    struct stat callers {};
    struct stat ours {};
    if (::stat(working_directory.c_str(), &callers) != 0 || ::stat(".", &ours) != 0 ||
        callers.st_dev != ours.st_dev || callers.st_ino != ours.st_ino) {
        refuse("a relative source must start from where the daemon stands", working_directory,
               "give an absolute path, or use a private instance");
    }
}

operation::BackupType type_from(proto::BackupType type) noexcept
{
    switch (type) {
    case proto::BackupType::automatic:
        return operation::BackupType::automatic;
    case proto::BackupType::full:
        return operation::BackupType::full;
    case proto::BackupType::incremental:
        break;
    }
    return operation::BackupType::incremental;
}

proto::BackupOutcome outcome_to_wire(operation::BackupOutcome outcome) noexcept
{
    switch (outcome) {
    case operation::BackupOutcome::stored:
        return proto::BackupOutcome::stored;
    case operation::BackupOutcome::would_store:
        return proto::BackupOutcome::would_store;
    case operation::BackupOutcome::unchanged:
        break;
    }
    return proto::BackupOutcome::unchanged;
}

proto::SetStatus set_to_wire(const operation::SetStatus& set)
{
    return {to_wire(set.id), set.volumes, set.bytes, set.encrypted, set.resumable, set.files};
}

std::vector<proto::SetStatus> sets_to_wire(const std::vector<operation::SetStatus>& sets)
{
    std::vector<proto::SetStatus> wire;
    std::transform(sets.begin(), sets.end(), std::back_inserter(wire), set_to_wire);
    return wire;
}

}  // namespace

std::vector<select::RuleOption> rules_from(const std::vector<proto::RuleParams>& params)
{
    std::vector<select::RuleOption> rules;
    std::transform(params.begin(), params.end(), std::back_inserter(rules), rule_from);
    return rules;
}

select::RuleSettings rule_settings_from(bool null_separator, const std::string& working_directory)
{
    return {.null_separator = null_separator,
            .lists = [working_directory](const std::string& name) {
                return read_list(working_directory, name);
            }};
}

std::string source_from(const std::string& source, const std::string& working_directory)
{
    auto normal = select::normal_source(source);
    if (!normal.starts_with('/')) {
        check_stands_here(working_directory);
    }
    return normal;
}

operation::BackupRequest request_from(const proto::BackupParams& params)
{
    if (params.source.empty()) {
        refuse("there is no source to back up", "source");
    }
    operation::BackupRequest request;
    request.source = source_from(params.source, params.archive.working_directory);
    request.type = type_from(params.type);
    request.rules = rules_from(params.rules);
    request.rule_settings =
        rule_settings_from(params.null_separator, params.archive.working_directory);
    request.full_if_older_than = params.full_if_older_than;
    request.dry_run = params.dry_run;
    request.skip_if_no_change = params.skip_if_no_change;
    request.record_changes = params.record_changes;
    request.copy_links = params.copy_links;
    request.volume_bytes = params.volsize_bytes;
    request.concurrency = params.concurrency;
    request.block_bytes_max = params.max_blocksize;
    request.allow_source_mismatch = params.allow_source_mismatch;
    request.go_on_with_any = params.go_on_with_any;
    request.fail_on_volume = params.fail_on_volume;
    request.skip_volume = params.skip_volume;
    return request;
}

proto::SetName to_wire(const naming::SetId& set)
{
    if (set.full) {
        return {proto::SetType::full, std::nullopt, set.end};
    }
    return {proto::SetType::incremental, set.start, set.end};
}

proto::BackupReport to_wire(const operation::BackupReport& report)
{
    const auto& from = report.statistics;
    proto::BackupStatistics statistics;
    statistics.start_time = from.start_time;
    statistics.end_time = from.end_time;
    statistics.source_files = from.source_files;
    statistics.source_file_size = from.source_file_bytes;
    statistics.new_files = from.new_files;
    statistics.new_file_size = from.new_file_bytes;
    statistics.deleted_files = from.deleted_files;
    statistics.changed_files = from.changed_files;
    statistics.changed_file_size = from.changed_file_bytes;
    statistics.changed_delta_size = from.changed_delta_bytes;
    statistics.delta_entries = from.delta_entries;
    statistics.raw_delta_size = from.raw_delta_bytes;
    statistics.total_destination_size_change = from.stored_bytes;
    statistics.errors = from.errors;
    const auto resumed_at =
        report.resumed_at == 0 ? std::nullopt : std::optional{report.resumed_at};
    return {outcome_to_wire(report.outcome),
            to_wire(report.set),
            report.volumes,
            statistics,
            report.warnings,
            resumed_at};
}

proto::CollectionStatusReply to_wire(const operation::CollectionStatus& status)
{
    constexpr std::size_t ignored_max = 100;
    proto::CollectionStatusReply reply;
    reply.target = status.target;
    reply.archive_directory = status.archive_directory;
    for (const auto& chain : status.chains) {
        reply.chains.push_back(
            {sets_to_wire(chain.sets), chain.has_signatures, chain.signature_copies});
    }
    reply.primary = status.primary;
    reply.orphaned = sets_to_wire(status.orphaned);
    reply.incomplete = sets_to_wire(status.incomplete);
    const auto shown = std::min(status.ignored.size(), ignored_max);
    reply.ignored.assign(status.ignored.begin(),
                         status.ignored.begin() + static_cast<std::ptrdiff_t>(shown));
    reply.ignored_count = status.ignored.size();
    reply.signature_chains = status.signature_chains;
    reply.orphaned_signatures = status.orphaned_signatures;
    reply.cached_orphaned_signatures = status.cached_orphaned_signatures;
    if (const auto& read = status.read_back) {
        reply.read_back = {read->total_bytes, read->recent_bytes,
                           static_cast<std::uint64_t>(read->days)};
    }
    return reply;
}

}  // namespace duplid::daemon
