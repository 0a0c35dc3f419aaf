// The one table of verbs and options. The parser, --help, the manual page and the completions of
// three shells are all made from it, so that none of them can tell another story.
//
// Options have duplicity's names where duplicity has the option (command-line.md 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace duplid::ctl {

enum class VerbId {
    backup,
    full,
    incremental,
    restore,
    verify,
    check,
    collection_status,
    list_current_files,
    remove_older_than,
    remove_all_but_n_full,
    remove_all_inc_of_but_n_full,
    prune,
    cleanup,
    find,
    versions,
    compare,
    why,
    sync,
    replicate,
    repair,
    status,
    watch,
    log,
    history,
    run_list,
    run_show,
    run_stop,
    run_pause,
    run_resume,
    run_limit,
    job_list,
    job_show,
    job_run,
    job_pause,
    job_resume,
    job_add,
    job_set,
    job_edit,
    job_remove,
    secret_store,
    config_check,
    reload,
    init,
    recovery_sheet,
    metrics,
    api,
    version,
    generate,
    proxy,
    complete,
};

enum class OptionId {
    // which daemon
    system,
    user,
    private_instance,
    socket,
    host,
    // output
    json,
    quiet,
    verbose,
    no_color,
    no_pager,
    progress,
    no_progress,
    // lifetime
    no_wait,
    detach,
    // archive
    name,
    archive_dir,
    tempdir,
    num_retries,
    file_prefix,
    file_prefix_archive,
    file_prefix_manifest,
    file_prefix_signature,
    short_filenames,
    old_filenames,
    time_separator,
    // encryption
    no_encryption,
    encrypt_key,
    hidden_encrypt_key,
    sign_key,
    encrypt_sign_key,
    use_agent,
    always_trust,
    gpg_binary,
    gpg_home,
    gpg_options,
    encrypt_secret_keyring,
    // backup
    type,
    full,
    incremental,
    volsize,
    max_blocksize,
    concurrency,
    compression,
    no_compression,
    copy_links,
    allow_source_mismatch,
    full_if_older_than,
    skip_if_no_change,
    no_files_changed,
    print_statistics,
    no_print_statistics,
    dry_run,
    // selection
    include,
    exclude,
    include_filelist,
    exclude_filelist,
    include_regexp,
    exclude_regexp,
    files_from,
    filter_globbing,
    filter_literal,
    filter_regexp,
    filter_ignorecase,
    filter_strictcase,
    exclude_device_files,
    exclude_if_present,
    exclude_other_filesystems,
    exclude_older_than,
    exclude_caches,
    exclude_larger_than,
    exclude_nodump,
    null_separator,
    // restore and list
    time,
    file_to_restore,
    ignore_errors,
    force,
    overwrite,
    rename,
    do_not_restore_ownership,
    numeric_owner,
    // removal
    include_last_chain,
    allow_future,
    extra_clean,
    keep_last,
    keep_hourly,
    keep_daily,
    keep_weekly,
    keep_monthly,
    keep_yearly,
    keep_within,
    // verify
    compare_data,
    // check
    sample,
    // questions about files
    limit,
    after,
    depth,
    children,
    regexp,
    find_type,
    size,
    newer,
    older,
    all_times,
    with,
    file_changed,
    show_changes_in_set,
    why_source,
    metadata_sync_mode,
    // replicate
    source_name,
    source_no_encryption,
    source_encrypt_key,
    source_hidden_encrypt_key,
    source_sign_key,
    source_file_prefix,
    source_file_prefix_archive,
    source_file_prefix_manifest,
    source_file_prefix_signature,
    // repair
    read_data,
    // target
    timeout,
    backend_retry_delay,
    limit_up,
    limit_down,
    gio,
    ssl_cacert_file,
    ssl_cacert_path,
    ssl_no_check_certificate,
    ssh_options,
    ssh_askpass,
    scp_command,
    sftp_command,
    use_scp,
    ftp_passive,
    ftp_regular,
    rsync_options,
    webdav_headers,
    imap_mailbox,
    imap_full_address,
    s3_region_name,
    s3_endpoint_url,
    s3_unencrypted_connection,
    s3_use_new_style,
    s3_european_buckets,
    s3_use_rrs,
    s3_use_ia,
    s3_use_onezone_ia,
    s3_use_glacier,
    s3_use_glacier_ir,
    s3_use_deep_archive,
    s3_use_server_side_encryption,
    s3_use_server_side_kms_encryption,
    s3_kms_key_id,
    s3_kms_grant,
    s3_multipart_chunk_size,
    s3_multipart_max_procs,
    s3_multipart_max_timeout,
    azure_blob_tier,
    azure_max_single_put_size,
    azure_max_block_size,
    azure_max_connections,
    swift_storage_policy,
    mp_segment_size,
    par2_redundancy,
    par2_volumes,
    par2_options,
    // jobs
    job,
    job_target,
    task,
    refill,
    wait,
    pause_for,
    pause_until,
    calendar,
    every,
    random_delay,
    stale_after,
    passphrase_file,
    target_password_file,
    add_target,
    required_target,
    optional_target,
    passphrase_keyring,
    target_password_keyring,
    keep_full,
    older_than,
    run_now,
    filesystem,
    generate_passphrase,
    yes,
    no_first_run,
    unit_dir,
    sheet,
    with_secret,
    // runs at work
    all_runs,
    stop_at,
    upload,
    download,
    // what runs do and did
    follow,
    once,
    since,
    rows,
    // api
    schema,
};

/// Options that make sense together; a verb names the sets it takes. The order is that of --help.
enum class OptionSet : std::uint64_t {
    instance = 1ULL << 0U,
    output = 1ULL << 1U,
    progress = 1ULL << 2U,
    wait = 1ULL << 3U,
    archive = 1ULL << 4U,
    encryption = 1ULL << 5U,
    backup = 1ULL << 6U,
    selection = 1ULL << 7U,
    time = 1ULL << 8U,
    restore = 1ULL << 9U,
    api = 1ULL << 10U,
    dry_run = 1ULL << 11U,
    force = 1ULL << 12U,
    removal = 1ULL << 13U,
    old_chains = 1ULL << 14U,
    keep = 1ULL << 15U,
    cleanup = 1ULL << 16U,
    /// Which part of a backup: of restore and verify.
    part = 1ULL << 17U,
    verify = 1ULL << 18U,
    check = 1ULL << 19U,
    page = 1ULL << 20U,
    folder = 1ULL << 21U,
    find = 1ULL << 22U,
    changes = 1ULL << 23U,
    compare = 1ULL << 24U,
    why = 1ULL << 25U,
    sync = 1ULL << 26U,
    compression = 1ULL << 27U,
    replica_source = 1ULL << 28U,
    repair = 1ULL << 29U,
    target = 1ULL << 30U,
    /// The archive is a job's.
    job = 1ULL << 31U,
    job_run = 1ULL << 32U,
    pause = 1ULL << 33U,
    job_add = 1ULL << 34U,
    init = 1ULL << 35U,
    sheet = 1ULL << 36U,
    every_run = 1ULL << 40U,
    rates = 1ULL << 41U,
    run_stop = 1ULL << 44U,
    job_targets = 1ULL << 45U,
    // Apart from the others, so that these can grow.
    /// The daemon may be another machine's.
    host = 1ULL << 50U,
    pager = 1ULL << 51U,
    log = 1ULL << 52U,
    watch = 1ULL << 53U,
    history = 1ULL << 54U,
};

constexpr std::uint64_t operator|(OptionSet left, OptionSet right) noexcept
{
    return static_cast<std::uint64_t>(left) | static_cast<std::uint64_t>(right);
}
constexpr std::uint64_t operator|(std::uint64_t left, OptionSet right) noexcept
{
    return left | static_cast<std::uint64_t>(right);
}
constexpr bool contains(std::uint64_t sets, OptionSet set) noexcept
{
    return (sets & static_cast<std::uint64_t>(set)) != 0;
}

/// What a shell may offer while a value is typed. From `job_name` on, the daemon is asked for it
/// (completion.hpp).
enum class Complete {
    nothing,
    file,
    directory,
    choice,
    job_name,
    run_number,
    run_or_job,
    set_time,         ///< in the archive that the words before name
    path_in_archive,  ///< likewise
};

struct Option {
    OptionId id;
    OptionSet set;
    /// All spellings, the preferred one first: "--time,-t,--restore-time". Options of different
    /// verbs may share one, if they have as many values.
    std::string_view names;
    /// What stands for the value in texts; empty for a flag. Words apart stand for as many values.
    std::string_view value;
    Complete complete;
    /// With Complete::choice: the words, separated by "|".
    std::string_view choices;
    /// One or more sentences without the full stop at the end.
    std::string_view help;
};

struct Positional {
    std::string_view name;
    bool required;
    Complete complete;
    std::string_view help;
    /// Takes all words that are left; only the last one of a verb.
    bool many = false;
};

struct Verb {
    VerbId id;
    std::string_view name;
    std::span<const Positional> positionals;
    /// OptionSets, or-ed.
    std::uint64_t sets;
    /// One line.
    std::string_view summary;
    /// A paragraph for --help and the manual.
    std::string_view description;
    /// Not shown in help, manual and completions.
    bool hidden = false;
};

[[nodiscard]] std::span<const Verb> verbs() noexcept;
[[nodiscard]] std::span<const Option> options() noexcept;
[[nodiscard]] std::span<const OptionSet> option_sets() noexcept;

/// The heading of a set in --help and the manual.
[[nodiscard]] std::string_view title(OptionSet set) noexcept;
[[nodiscard]] const Option& option(OptionId id) noexcept;
[[nodiscard]] const Verb& verb(VerbId id) noexcept;

/// The preferred spelling: "--time".
[[nodiscard]] std::string_view main_name(const Option& option) noexcept;

/// How many words its value is.
[[nodiscard]] std::size_t value_count(const Option& option) noexcept;

/// What an exit status means; the numbers are proto's (proto::ExitCode).
struct ExitText {
    int status;
    std::string_view meaning;
};
[[nodiscard]] std::span<const ExitText> exit_texts() noexcept;

/// Variables of the environment that the client reads.
struct VariableText {
    std::string_view name;
    std::string_view meaning;
};
[[nodiscard]] std::span<const VariableText> variable_texts() noexcept;

}  // namespace duplid::ctl
