// The one table of the options and actions that duplicity's command line has. The parser, --help,
// the manual page and the completions are all made of it.
//
// Source: command-line.md 1 and 2; types and order: `duplicity --help` of 0.8.22.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace duplid::duplicity {

/// What an option does.
enum class OptionId {
    help,
    version,
    allow_source_mismatch,
    archive_dir,
    asynchronous_upload,
    backend,  ///< says how the target is reached: backend_effects.hpp knows each by its name
    backend_retry_delay,
    compare_data,
    concurrency,
    copy_links,
    current_time,
    do_not_restore_ownership,
    dry_run,
    encrypt_key,
    encrypt_secret_keyring,
    encrypt_sign_key,
    exclude,
    exclude_device_files,
    exclude_filelist,
    exclude_filelist_stdin,
    exclude_globbing_filelist,
    exclude_if_present,
    exclude_older_than,
    exclude_other_filesystems,
    exclude_regexp,
    fail_on_volume,
    file_changed,
    file_prefix,
    file_prefix_archive,
    file_prefix_manifest,
    file_prefix_signature,
    file_to_restore,
    files_from,
    filter_globbing,
    filter_ignorecase,
    filter_literal,
    filter_regexp,
    filter_strictcase,
    force,
    full_if_older_than,
    gio,
    gpg_binary,
    gpg_options,
    hidden_encrypt_key,
    ignore_errors,
    include,
    include_filelist,
    include_filelist_stdin,
    include_globbing_filelist,
    include_regexp,
    json_statistics,
    log_fd,
    log_file,
    log_timestamp,
    max_blocksize,
    metadata_sync_mode,
    name,
    no_compression,
    no_encryption,
    no_files_changed,
    no_print_statistics,
    null_separator,
    num_retries,
    numeric_owner,
    old_filenames,
    progress,
    progress_rate,
    rename,
    short_filenames,
    show_changes_in_set,
    sign_key,
    skip_if_no_change,
    skip_volume,
    tempdir,
    time,
    time_separator,
    unused,          ///< accepted; there is nothing here that it could change
    unused_backend,  ///< the same of a kind of target, and told of
    use_agent,
    verbosity,
    volsize,
};

enum class ValueKind {
    none,
    text,
    number,
    path,       ///< `~` and `$VAR` are expanded
    time,       ///< a time string; epoch seconds
    interval,   ///< a time string in 0.8, an interval in 3.x
    verbosity,  ///< checked by its effect
    sync_mode,  ///< full or partial
    two_texts,
};

/// Which versions know the option. All are accepted always, and this decides which one an
/// abbreviation means; but `modern_only` is refused like a word that nobody knows while an older
/// version is reported.
enum class Era { both, classic, modern, modern_only };

enum class Section { general, files, encryption, selection, backends, hidden };

struct Option {
    OptionId id;
    std::string_view names;  ///< separated by commas, short ones first
    ValueKind value;
    std::string_view metavar;
    Section section;
    Era era;
    std::string_view about;
};

[[nodiscard]] std::span<const Option> options() noexcept;

/// How many words belong to an option as its value.
[[nodiscard]] constexpr std::size_t value_count(const Option& option) noexcept
{
    return option.value == ValueKind::none ? 0 : option.value == ValueKind::two_texts ? 2 : 1;
}

/// Calls `visit` with each name of an option.
template <class Visit>
void each_name(const Option& option, const Visit& visit)
{
    auto rest = option.names;
    while (true) {
        const auto comma = rest.find(',');
        visit(rest.substr(0, comma));
        if (comma == std::string_view::npos) {
            return;
        }
        rest.remove_prefix(comma + 1);
    }
}

[[nodiscard]] std::string_view title(Section section) noexcept;

struct ActionText {
    std::string_view usage;  ///< "verify <target_url> <source_dir>"
    std::string_view about;
};
[[nodiscard]] std::span<const ActionText> action_texts() noexcept;

}  // namespace duplid::duplicity
