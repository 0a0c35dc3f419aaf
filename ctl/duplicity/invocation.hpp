// What one command line asks for: the parser's result, in plain values.
//
// Everything is checked and has its final form: paths of options are expanded, times are epoch
// seconds, the last of several values has won. Options that concern no part of the work here have
// been told of and left no trace.
#pragma once

#include "proto/backup.hpp"
#include "proto/restore.hpp"
#include "proto/sync.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::duplicity {

enum class Action {
    full,
    incremental,     ///< asked for by name: never becomes a full one by itself
    implied_backup,  ///< incremental if possible, else full
    restore,
    verify,
    list_current_files,
    collection_status,
    cleanup,
    remove_older_than,
    remove_all_but_n_full,
    remove_all_inc_of_but_n_full,
    replicate,
};

/// As `Main action:` has it: "full", "inc" for both kinds of incremental, "list-current", ...
[[nodiscard]] std::string_view name_of(Action action) noexcept;
[[nodiscard]] bool is_backup(Action action) noexcept;

/// What programs are told: a version is reported, and where versions disagree it decides.
struct CompatVersion {
    std::string text = "0.8.22";
    /// Usage errors, plural texts and spellings are those of 3.x.
    [[nodiscard]] bool is_modern() const noexcept { return !text.starts_with("0."); }
};

struct Invocation {
    CompatVersion compat;
    std::vector<std::string> arguments;  ///< argv as it was, for the banner

    Action action = Action::implied_backup;
    std::string local_path;  ///< source of a backup, destination of a restore, directory to verify
    std::string target;      ///< URL as typed: the cache's name comes from it
    std::string source_url;  ///< replicate: what is copied to `target`
    std::int64_t remove_time = 0;    ///< remove-older-than
    std::uint32_t remove_count = 0;  ///< remove-all-...

    // Which archive.
    std::string archive_dir;  ///< of all archives; empty: the default
    std::string name;         ///< empty: MD5 of the URL
    std::string file_prefix;
    std::string file_prefix_archive;
    std::string file_prefix_manifest;
    std::string file_prefix_signature;
    char time_separator = ':';
    bool short_filenames = false;
    bool old_filenames = false;
    std::string tempdir;
    std::uint32_t num_retries = 5;
    std::uint32_t backend_retry_delay = 30;  ///< seconds
    proto::BackendParams backend;            ///< but for the variables, which are secrets
    proto::SyncMode metadata_sync_mode = proto::SyncMode::partial;

    // How it is encrypted.
    bool encryption = true;
    std::vector<std::string> encrypt_key;
    std::vector<std::string> hidden_encrypt_key;
    std::string sign_key;
    bool use_agent = false;
    std::string gpg_binary;
    std::vector<std::string> gpg_options;
    std::string encrypt_secret_keyring;

    // What is backed up or compared, and how.
    std::vector<proto::RuleParams> rules;
    /// Lists that rules came from or name, in their order: their reading is told of.
    std::vector<std::string> rule_lists;
    bool null_separator = false;
    bool copy_links = false;
    bool allow_source_mismatch = false;
    bool compression = true;
    bool record_changes = true;
    bool print_statistics = true;
    bool asynchronous_upload = false;
    std::uint32_t concurrency = 0;  ///< 0: not given
    std::uint64_t volsize_bytes = std::uint64_t{200} << 20;
    std::uint32_t max_blocksize = 2048;
    std::optional<std::int64_t> full_if_older_than;
    bool skip_if_no_change = false;
    bool json_statistics = false;  ///< 3.x: the statistics as a JSON document

    // What is brought back, compared or listed.
    std::optional<std::int64_t> time;  ///< not set: now
    std::string path;                  ///< inside the archive, without slashes at its ends
    std::vector<proto::RenameParams> renames;
    bool restore_ownership = true;
    bool numeric_owner = false;
    bool compare_data = false;

    // Questions to collection-status.
    std::optional<std::string> file_changed;
    std::optional<std::int64_t> changes_in_set;  ///< 0: the newest; -1 (3.x): the whole chain

    // How it is done.
    bool force = false;
    bool dry_run = false;
    bool ignore_errors = false;
    bool progress = false;
    std::uint32_t progress_rate = 3;  ///< seconds

    // For test suites.
    std::optional<std::int64_t> current_time;  ///< of the set that is made
    std::uint32_t fail_on_volume = 0;
    std::uint32_t skip_volume = 0;
};

}  // namespace duplid::duplicity
