#include "ctl/duplicity/option_effects.hpp"

#include "ctl/duplicity/backend_effects.hpp"
#include "ctl/duplicity/expansion.hpp"
#include "ctl/duplicity/fatal.hpp"
#include "ctl/duplicity/help.hpp"
#include "ctl/duplicity/option_values.hpp"
#include "ctl/duplicity/rule_lists.hpp"
#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>

namespace duplid::duplicity {

namespace {

constexpr std::string_view names_advice = "will be removed in version 0.9.0.\n"
                                          "Use of default filenames is strongly suggested.";
constexpr std::string_view globbing_advice =
    "will be removed in a future release.\n"
    "--include-filelist and --exclude-filelist now accept globbing characters and should be used "
    "instead.";
constexpr std::string_view stdin_advice =
    "will be removed in a future release.\n"
    "On many GNU/Linux systems, stdin is represented by /dev/stdin and\n"
    "--include-filelist=/dev/stdin or --exclude-filelist=/dev/stdin could\n"
    "be used as a substitute.";

/// The daemon's word for a name of --files-from.
constexpr const char* named_path = "named-path";

constexpr std::int64_t volsize_max = 1 << 24;
constexpr std::int64_t small_max = std::numeric_limits<std::int32_t>::max();

struct Flag {
    OptionId id;
    bool Invocation::*member;
    bool value = true;
};
struct Text {
    OptionId id;
    std::string Invocation::*member;
};
struct Number {
    OptionId id;
    std::uint32_t Invocation::*member;
    std::int64_t min;
};

// Options that set one member and do nothing else.
constexpr std::array flags{
    Flag{OptionId::allow_source_mismatch, &Invocation::allow_source_mismatch},
    Flag{OptionId::asynchronous_upload, &Invocation::asynchronous_upload},
    Flag{OptionId::compare_data, &Invocation::compare_data},
    Flag{OptionId::copy_links, &Invocation::copy_links},
    Flag{OptionId::do_not_restore_ownership, &Invocation::restore_ownership, false},
    Flag{OptionId::dry_run, &Invocation::dry_run},
    Flag{OptionId::force, &Invocation::force},
    Flag{OptionId::json_statistics, &Invocation::json_statistics},
    Flag{OptionId::no_compression, &Invocation::compression, false},
    Flag{OptionId::no_encryption, &Invocation::encryption, false},
    Flag{OptionId::no_files_changed, &Invocation::record_changes, false},
    Flag{OptionId::no_print_statistics, &Invocation::print_statistics, false},
    Flag{OptionId::null_separator, &Invocation::null_separator},
    Flag{OptionId::numeric_owner, &Invocation::numeric_owner},
    Flag{OptionId::progress, &Invocation::progress},
    Flag{OptionId::skip_if_no_change, &Invocation::skip_if_no_change},
    Flag{OptionId::use_agent, &Invocation::use_agent},
};
constexpr std::array texts{
    Text{OptionId::archive_dir, &Invocation::archive_dir},
    Text{OptionId::encrypt_secret_keyring, &Invocation::encrypt_secret_keyring},
    Text{OptionId::file_prefix, &Invocation::file_prefix},
    Text{OptionId::file_prefix_archive, &Invocation::file_prefix_archive},
    Text{OptionId::file_prefix_manifest, &Invocation::file_prefix_manifest},
    Text{OptionId::file_prefix_signature, &Invocation::file_prefix_signature},
    Text{OptionId::gpg_binary, &Invocation::gpg_binary},
    Text{OptionId::name, &Invocation::name},
    Text{OptionId::tempdir, &Invocation::tempdir},
};
constexpr std::array numbers{
    Number{OptionId::backend_retry_delay, &Invocation::backend_retry_delay, 0},
    Number{OptionId::concurrency, &Invocation::concurrency, 0},
    Number{OptionId::fail_on_volume, &Invocation::fail_on_volume, 0},
    Number{OptionId::max_blocksize, &Invocation::max_blocksize, 1},
    Number{OptionId::num_retries, &Invocation::num_retries, 1},
    Number{OptionId::progress_rate, &Invocation::progress_rate, 1},
    Number{OptionId::skip_volume, &Invocation::skip_volume, 0},
};

template <class Table>
const auto* find(const Table& table, OptionId id) noexcept
{
    const auto found = std::ranges::find_if(table, [id](const auto& row) { return row.id == id; });
    return found == table.end() ? nullptr : &*found;
}

/// The last value, and for paths the expanded one.
std::string text_of(const GivenOption& given)
{
    const auto& value = given.values.back();
    return given.option.value == ValueKind::path ? expanded(value) : value;
}

}  // namespace

void OptionEffects::apply(const GivenOption& given)
{
    if (set_plain_value(given)) {
        return;
    }
    switch (given.option.section) {
    case Section::encryption:
        apply_encryption(given);
        break;
    case Section::selection:
        apply_selection(given);
        break;
    case Section::files:
        apply_old_names(given);
        break;
    default:
        apply_general(given);
        break;
    }
}

bool OptionEffects::set_plain_value(const GivenOption& given)
{
    const auto id = given.option.id;
    if (const auto* flag = find(flags, id)) {
        invocation_.*(flag->member) = flag->value;
        return true;
    }
    if (const auto* text = find(texts, id)) {
        invocation_.*(text->member) = text_of(given);
        return true;
    }
    if (const auto* number = find(numbers, id)) {
        invocation_.*(number->member) =
            static_cast<std::uint32_t>(bounded(given, number->min, small_max));
        return true;
    }
    return false;
}

void OptionEffects::apply_general(const GivenOption& given)
{
    auto& to = invocation_;
    switch (given.option.id) {
    case OptionId::help:
        throw Answer{help_text()};
    case OptionId::version:
        throw Answer{version_text("duplicity", to.compat)};
    case OptionId::verbosity:
        reporter_.set_verbosity(verbosity_from(given.values.front()));
        break;
    case OptionId::log_fd:
        open_log_descriptor(given, reporter_);
        break;
    case OptionId::log_file:
        open_log_file(text_of(given), reporter_);
        break;
    case OptionId::log_timestamp:
        reporter_.set_timestamps(true);
        break;
    case OptionId::ignore_errors:
        reporter_.warning("Running in 'ignore errors' mode due to --ignore-errors; please "
                          "re-consider if this was not intended");
        to.ignore_errors = true;
        break;
    case OptionId::volsize:
        to.volsize_bytes = static_cast<std::uint64_t>(bounded(given, 1, volsize_max)) << 20;
        break;
    case OptionId::full_if_older_than:
        to.full_if_older_than = time_from(given);
        break;
    case OptionId::time:
        to.time = time_from(given);
        break;
    case OptionId::file_to_restore:
        to.path = without_slashes(text_of(given));
        break;
    case OptionId::file_changed:
        to.file_changed = text_of(given);
        while (to.file_changed->size() > 1 && to.file_changed->ends_with('/')) {
            to.file_changed->pop_back();
        }
        break;
    case OptionId::rename:
        to.renames.push_back(
            {without_slashes(given.values.at(0)), without_slashes(given.values.at(1))});
        break;
    case OptionId::show_changes_in_set:
        to.changes_in_set = bounded(given, 0, small_max);
        break;
    case OptionId::metadata_sync_mode:
        to.metadata_sync_mode = sync_mode_from(given);
        break;
    case OptionId::current_time:
        to.current_time = number_from(given);
        break;
    case OptionId::gio:
        to.backend.gio = true;
        deprecate(given, names_advice);
        break;
    case OptionId::backend:
        apply_backend(given, to.backend);
        for_targets_.emplace_back(given.name, readers_of(given.option));
        break;
    case OptionId::unused_backend:
        for_targets_.emplace_back(given.name, proto::TargetKinds{});
        break;
    default:  // whatever does nothing here is told of
        unused_.push_back(given.name);
        if (given.option.value == ValueKind::number) {
            static_cast<void>(number_from(given));
        }
        break;
    }
}

void OptionEffects::apply_old_names(const GivenOption& given)
{
    if (given.option.id == OptionId::time_separator) {
        invocation_.time_separator = separator_from(text_of(given));
    } else if (given.option.id == OptionId::old_filenames) {
        invocation_.old_filenames = true;
    } else {
        invocation_.short_filenames = true;
    }
    deprecate(given, names_advice);
}

void OptionEffects::apply_encryption(const GivenOption& given)
{
    auto& to = invocation_;
    const auto value = text_of(given);
    switch (given.option.id) {
    case OptionId::encrypt_key:
        to.encrypt_key.push_back(value);
        break;
    case OptionId::hidden_encrypt_key:
        to.hidden_encrypt_key.push_back(value);
        break;
    case OptionId::sign_key:
        set_sign_key(value);
        break;
    case OptionId::encrypt_sign_key:
        set_sign_key(value);
        to.encrypt_key.push_back(value);
        break;
    default:
        to.gpg_options.push_back(value);
        break;
    }
}

void OptionEffects::apply_selection(const GivenOption& given)
{
    const auto kind = given.name.substr(2);
    const auto sign = kind.substr(0, kind.find('-'));
    switch (given.option.id) {
    case OptionId::include_globbing_filelist:
    case OptionId::exclude_globbing_filelist:
        deprecate(given, globbing_advice);
        add_list(text_of(given), sign);
        break;
    case OptionId::include_filelist_stdin:
    case OptionId::exclude_filelist_stdin:
        deprecate(given, stdin_advice);
        add_list("/dev/stdin", sign);
        invocation_.rule_lists.back() = "standard input";
        break;
    case OptionId::include_filelist:
    case OptionId::exclude_filelist:
        add_list(text_of(given), sign);
        break;
    case OptionId::files_from:
        add_names(text_of(given));
        break;
    case OptionId::exclude_older_than:
        rules_.emplace_back(proto::RuleParams{.kind = kind, .value = {}, .time = time_from(given)});
        break;
    default:
        rules_.emplace_back(proto::RuleParams{
            .kind = kind, .value = given.values.empty() ? "" : text_of(given), .time = {}});
        break;
    }
}

void OptionEffects::add_list(const std::string& path, const std::string& kind)
{
    invocation_.rule_lists.push_back(path);
    if (auto content = read_passing_list(path)) {
        rules_.emplace_back(List{std::move(*content), kind});
    } else {
        rules_.emplace_back(
            proto::RuleParams{.kind = kind + "-filelist", .value = path, .time = {}});
    }
}

void OptionEffects::add_names(const std::string& path)
{
    if (auto content = read_passing_list(path)) {
        rules_.emplace_back(List{std::move(*content), named_path});
    } else {
        rules_.emplace_back(proto::RuleParams{.kind = "files-from", .value = path, .time = {}});
    }
}

void OptionEffects::set_sign_key(const std::string& key)
{
    if (!is_key_id(key)) {
        throw Fatal{ErrorCode::bad_sign_key,
                    fmt::format("Sign key should be an 8, 16 alt. 40 character hex string, like "
                                "'AA0E73D2'.\nReceived '{}' instead.",
                                key)};
    }
    invocation_.sign_key = key;
}

void OptionEffects::deprecate(const GivenOption& given, std::string_view advice)
{
    reporter_.error(
        ErrorCode::generic,
        fmt::format("Warning: Option {} is pending deprecation and {}", given.name, advice));
}

std::int64_t OptionEffects::time_from(const GivenOption& given) const
{
    const auto& text = given.values.front();
    const bool must_be_interval =
        given.option.value == ValueKind::interval && invocation_.compat.is_modern();
    const auto time = ctl::parse_time(text, now_, invocation_.time_separator);
    if (!time || (must_be_interval && !is_interval(text))) {
        throw UsageError{bad_time_text(text)};
    }
    return *time;
}

void OptionEffects::finish()
{
    constexpr char newline = '\n';
    constexpr char nul = '\0';
    for (auto& rule : rules_) {
        if (auto* const plain = std::get_if<proto::RuleParams>(&rule)) {
            invocation_.rules.push_back(std::move(*plain));
            continue;
        }
        const auto& list = std::get<List>(rule);
        const char separator = invocation_.null_separator ? nul : newline;
        auto lines = list.kind == named_path ? names_in(list.content, separator)
                                             : rules_in(list.content, separator, list.kind);
        std::ranges::move(lines, std::back_inserter(invocation_.rules));
    }
    if (has_several_storage_classes(invocation_.backend)) {
        throw command_line_error("only one of --s3-use-rrs, --s3-use-ia, and --s3-use-onezone-ia "
                                 "may be used");
    }
    tell_what_has_no_effect();
}

/// Whatever is said is done or told of; scripts give options of one target with another one.
void OptionEffects::tell_what_has_no_effect()
{
    const bool through_gio = invocation_.backend.gio;
    const auto kinds = proto::kinds_of(invocation_.target, through_gio) |
                       proto::kinds_of(invocation_.source_url, through_gio);
    for (const auto& name : unused_) {
        reporter_.info(fmt::format("Option {} has no effect.", name));
    }
    for (const auto& [name, kinds_that_read] : for_targets_) {
        if ((kinds_that_read & kinds) == 0) {
            reporter_.info(fmt::format("Option {} has no effect on this target.", name));
        }
    }
}

}  // namespace duplid::duplicity
