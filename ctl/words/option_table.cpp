#include "ctl/words/option_table.hpp"

#include "ctl/words/job_option_table.hpp"
#include "ctl/words/run_option_table.hpp"
#include "ctl/words/target_option_table.hpp"

#include <algorithm>
#include <array>

namespace duplid::ctl {

namespace {

using enum Complete;

constexpr std::array general_option_table{
    Option{OptionId::system, OptionSet::instance, "--system", "", nothing, "",
           "Talk to the system's daemon (/run/duplid/control.sock)"},
    Option{OptionId::user, OptionSet::instance, "--user", "", nothing, "",
           "Talk to the user's own daemon ($XDG_RUNTIME_DIR/duplid/control.sock)"},
    Option{OptionId::private_instance, OptionSet::instance, "--private", "", nothing, "",
           "Start a daemon for this command alone, which ends with it"},
    Option{OptionId::socket, OptionSet::instance, "--socket", "PATH", file, "",
           "Talk to the daemon that listens on this socket"},

    Option{OptionId::host, OptionSet::host, "--host,-H", "[USER@]HOST", nothing, "",
           "Ask the daemon of another machine, by ssh (and, with HOST:PORT, that port); --system, "
           "--user and --socket then say which one there. For verbs about the daemon, its jobs and "
           "runs: other verbs are about files of this machine"},

    Option{OptionId::json, OptionSet::output, "--json", "", nothing, "",
           "Print one JSON document a line on standard output, and nothing else there"},
    Option{OptionId::quiet, OptionSet::output, "--quiet,-q", "", nothing, "",
           "Print results, warnings and errors only"},
    Option{OptionId::verbose, OptionSet::output, "--verbose,-v", "", nothing, "",
           "Also print which daemon is used and what it notes on the way"},
    Option{OptionId::no_color, OptionSet::output, "--no-color", "", nothing, "",
           "Print without colours, as with NO_COLOR in the environment"},
    Option{OptionId::no_pager, OptionSet::pager, "--no-pager", "", nothing, "",
           "Print long output as it is, also on a terminal"},
    Option{OptionId::progress, OptionSet::progress, "--progress", "", nothing, "",
           "Show progress on standard error even if that is no terminal"},
    Option{OptionId::no_progress, OptionSet::progress, "--no-progress", "", nothing, "",
           "Show no progress, not even on a terminal"},

    Option{OptionId::no_wait, OptionSet::wait, "--no-wait", "", nothing, "",
           "If another run is at work on the same archive, end with status 11 instead of waiting"},
    Option{OptionId::detach, OptionSet::wait, "--detach", "", nothing, "",
           "Leave the run to the resident daemon, print its number and return at once; \"duplictl "
           "watch\" follows it"},

    Option{OptionId::name, OptionSet::archive, "--name", "NAME", nothing, "",
           "Name of the archive's directory below the archive dir. Default: the MD5 sum of the "
           "URL, as duplicity has it"},
    Option{OptionId::archive_dir, OptionSet::archive, "--archive-dir", "DIR", directory, "",
           "Where catalogs, manifests and signatures are cached. Default: "
           "$XDG_CACHE_HOME/duplicity or ~/.cache/duplicity"},
    Option{OptionId::tempdir, OptionSet::archive, "--tempdir", "DIR", directory, "",
           "Where temporary files go. Default: $TMPDIR or /tmp"},
    Option{OptionId::num_retries, OptionSet::archive, "--num-retries", "N", nothing, "",
           "How often an operation on the target is tried before it counts as failed"},
    Option{OptionId::file_prefix, OptionSet::archive, "--file-prefix", "TEXT", nothing, "",
           "Put this before the names of all files on the target"},
    Option{OptionId::file_prefix_archive, OptionSet::archive, "--file-prefix-archive", "TEXT",
           nothing, "", "Put this, after --file-prefix, before the names of volumes"},
    Option{OptionId::file_prefix_manifest, OptionSet::archive, "--file-prefix-manifest", "TEXT",
           nothing, "", "Put this, after --file-prefix, before the names of manifests"},
    Option{OptionId::file_prefix_signature, OptionSet::archive, "--file-prefix-signature", "TEXT",
           nothing, "", "Put this, after --file-prefix, before the names of signatures"},
    Option{OptionId::short_filenames, OptionSet::archive, "--short-filenames", "", nothing, "",
           "Use duplicity's old short names on the target"},
    Option{OptionId::old_filenames, OptionSet::archive, "--old-filenames", "", nothing, "",
           "Use duplicity's old long names on the target"},
    Option{OptionId::time_separator, OptionSet::archive, "--time-separator", "CHAR", nothing, "",
           "Stands for \":\" in old file names and in times given as options"},

    Option{OptionId::no_encryption, OptionSet::encryption, "--no-encryption", "", nothing, "",
           "Neither encrypt nor expect encrypted files. Without this and without a key, files are "
           "encrypted with the passphrase"},
    Option{OptionId::encrypt_key, OptionSet::encryption, "--encrypt-key", "KEY", nothing, "",
           "Encrypt for this OpenPGP key. May be given again"},
    Option{OptionId::hidden_encrypt_key, OptionSet::encryption, "--hidden-encrypt-key", "KEY",
           nothing, "",
           "Encrypt for this OpenPGP key without naming it in the files. May be given again"},
    Option{OptionId::sign_key, OptionSet::encryption, "--sign-key", "KEY", nothing, "",
           "Sign all files with this OpenPGP key; on restore, demand its signature"},
    Option{OptionId::encrypt_sign_key, OptionSet::encryption, "--encrypt-sign-key", "KEY", nothing,
           "", "Encrypt for this OpenPGP key and sign with it"},
    Option{OptionId::use_agent, OptionSet::encryption, "--use-agent", "", nothing, "",
           "Let the running gpg-agent supply passphrases"},
    Option{OptionId::always_trust, OptionSet::encryption, "--always-trust", "", nothing, "",
           "Encrypt for the keys given even if nothing says that they belong to whom they name"},
    Option{OptionId::gpg_binary, OptionSet::encryption, "--gpg-binary", "PATH", file, "",
           "The gpg program. Default: the one in PATH"},
    Option{OptionId::gpg_home, OptionSet::encryption, "--gpg-home", "DIR", directory, "",
           "Where gpg keeps its keys. Default: $GNUPGHOME or ~/.gnupg"},
    Option{OptionId::gpg_options, OptionSet::encryption, "--gpg-options", "TEXT", nothing, "",
           "Further options for gpg, separated by blanks; quotes mean nothing. May be given again. "
           "With options that say how gpg is to compress, gpg compresses by itself, on one core"},
    Option{OptionId::encrypt_secret_keyring, OptionSet::encryption, "--encrypt-secret-keyring",
           "FILE", file, "",
           "Given to gpg as --secret-keyring when reading. GnuPG 2.1 and newer takes no notice"},

    Option{OptionId::type, OptionSet::backup, "--type", "TYPE", choice, "auto|full|incremental",
           "What to make: a full set, an incremental one, or (auto, the default) an incremental "
           "one if there is a chain to continue, else a full one"},
    Option{OptionId::full, OptionSet::backup, "--full", "", nothing, "", "Same as --type full"},
    Option{OptionId::incremental, OptionSet::backup, "--incremental", "", nothing, "",
           "Same as --type incremental: fail if there is no chain to continue"},
    Option{OptionId::volsize, OptionSet::backup, "--volsize", "MB", nothing, "",
           "Size of a volume, in units of 1048576 bytes. Default: 200"},
    Option{OptionId::max_blocksize, OptionSet::backup, "--max-blocksize", "BYTES", nothing, "",
           "Upper limit of the block length of signatures. Default: 2048"},
    Option{OptionId::concurrency, OptionSet::backup, "--concurrency", "N", nothing, "",
           "How many volumes are made or uploaded at a time"},
    Option{OptionId::compression, OptionSet::compression, "--compression", "LEVEL", choice,
           "fast|better|max", "How hard to compress. Default: fast"},
    Option{OptionId::no_compression, OptionSet::compression, "--no-compression", "", nothing, "",
           "Do not compress volumes; only with --no-encryption"},
    Option{OptionId::copy_links, OptionSet::backup, "--copy-links", "", nothing, "",
           "Store what symbolic links point to instead of the links"},
    Option{OptionId::allow_source_mismatch, OptionSet::backup, "--allow-source-mismatch", "",
           nothing, "", "Continue a chain that was begun on another host or in another directory"},
    Option{OptionId::full_if_older_than, OptionSet::backup, "--full-if-older-than", "TIME", nothing,
           "", "Make a full set if the newest one is older than this"},
    Option{OptionId::skip_if_no_change, OptionSet::backup, "--skip-if-no-change", "", nothing, "",
           "Make no incremental set if nothing has changed"},
    Option{OptionId::no_files_changed, OptionSet::backup, "--no-files-changed", "", nothing, "",
           "Do not keep the list of changed files in the manifest. \"duplicity collection-status\" "
           "then cannot tell what this set changed"},
    Option{OptionId::print_statistics, OptionSet::backup, "--print-statistics", "", nothing, "",
           "Print figures at the end, as is done by default; undoes --no-print-statistics"},
    Option{OptionId::no_print_statistics, OptionSet::backup, "--no-print-statistics", "", nothing,
           "", "Do not print figures at the end. Output of --json has them all the same"},
    Option{
        OptionId::dry_run, OptionSet::dry_run, "--dry-run", "", nothing, "",
        "Only tell what would be done: write nothing on the target, in the archive dir or in the "
        "destination"},

    Option{OptionId::include, OptionSet::selection, "--include", "GLOB", file, "",
           "Store what matches. The first selection option that matches a path decides; a path "
           "that none matches is stored"},
    Option{OptionId::exclude, OptionSet::selection, "--exclude", "GLOB", file, "",
           "Do not store what matches"},
    Option{OptionId::include_filelist, OptionSet::selection, "--include-filelist", "FILE", file, "",
           "Read globs, one a line, from a file; lines that begin with \"- \" exclude"},
    Option{OptionId::exclude_filelist, OptionSet::selection, "--exclude-filelist", "FILE", file, "",
           "Read globs, one a line, from a file; lines that begin with \"+ \" include"},
    Option{OptionId::include_regexp, OptionSet::selection, "--include-regexp", "REGEXP", nothing,
           "", "Store paths in which the regular expression is found"},
    Option{OptionId::exclude_regexp, OptionSet::selection, "--exclude-regexp", "REGEXP", nothing,
           "", "Do not store paths in which the regular expression is found"},
    Option{
        OptionId::files_from, OptionSet::selection, "--files-from", "FILE", file, "",
        "Store only what FILE lists, one name a line and relative to SOURCE, and the directories "
        "that lead there. A directory that is listed does not bring its content. The other "
        "selection options still decide"},
    Option{
        OptionId::filter_literal, OptionSet::selection, "--filter-literal", "", nothing, "",
        "In the selection options behind this one, and in their lists, patterns are plain paths: "
        "every character of them stands for itself"},
    Option{OptionId::filter_regexp, OptionSet::selection, "--filter-regexp", "", nothing, "",
           "In the selection options behind this one, and in their lists, patterns are regular "
           "expressions"},
    Option{
        OptionId::filter_globbing, OptionSet::selection, "--filter-globbing", "", nothing, "",
        "In the selection options behind this one, and in their lists, patterns are globs again"},
    Option{OptionId::filter_ignorecase, OptionSet::selection, "--filter-ignorecase", "", nothing,
           "",
           "In the selection options behind this one, and in their lists, case does not matter"},
    Option{OptionId::filter_strictcase, OptionSet::selection, "--filter-strictcase", "", nothing,
           "", "In the selection options behind this one, and in their lists, case matters again"},
    Option{OptionId::exclude_device_files, OptionSet::selection, "--exclude-device-files", "",
           nothing, "", "Do not store device files. Decides before all other selection options"},
    Option{OptionId::exclude_if_present, OptionSet::selection, "--exclude-if-present", "FILENAME",
           nothing, "",
           "Do not store directories that hold a file of this name. Decides before all other "
           "selection options"},
    Option{OptionId::exclude_other_filesystems, OptionSet::selection, "--exclude-other-filesystems",
           "", nothing, "", "Do not store what is on another file system than the source"},
    Option{OptionId::exclude_older_than, OptionSet::selection, "--exclude-older-than", "TIME",
           nothing, "", "Do not store regular files that were last changed before this time"},
    Option{OptionId::exclude_caches, OptionSet::selection, "--exclude-caches", "", nothing, "",
           "Do not store directories that hold a CACHEDIR.TAG with its signature. Decides before "
           "all other selection options"},
    Option{OptionId::exclude_larger_than, OptionSet::selection, "--exclude-larger-than", "SIZE",
           nothing, "",
           "Do not store regular files that are larger: bytes, or units of 1024 and so on with K, "
           "M, G or T"},
    Option{OptionId::exclude_nodump, OptionSet::selection, "--exclude-nodump", "", nothing, "",
           "Do not store what has the file attribute \"d\" (chattr +d). Decides before all other "
           "selection options"},
    Option{OptionId::null_separator, OptionSet::selection, "--null-separator", "", nothing, "",
           "In lists, entries end with a NUL byte instead of a line feed"},

    Option{OptionId::time, OptionSet::time, "--time,-t,--restore-time", "TIME", set_time, "",
           "The state as of this time instead of the newest"},

    Option{OptionId::file_to_restore, OptionSet::part, "--path-to-restore,-r,--file-to-restore",
           "PATH", path_in_archive, "",
           "Only this file or directory, named relative to the source"},
    Option{OptionId::ignore_errors, OptionSet::part, "--ignore-errors", "", nothing, "",
           "Go on where it would otherwise end: past files for which DIR has no room or that it "
           "cannot "
           "hold, and past a full backup whose manifest is damaged, in place of which the nearest "
           "other one is taken. Whatever is missing is warned of as always, but the status is then "
           "3, not 15"},
    Option{
        OptionId::overwrite, OptionSet::restore, "--overwrite", "WHEN", choice,
        "always|changed|newer|never",
        "Write into a destination that is not empty, and replace what stands there: always; only "
        "files whose content is another (changed), which continues an interrupted restore; only "
        "what was changed before the backup's was (newer); or never. What is not in the backup "
        "is left alone in any case"},
    Option{
        OptionId::rename, OptionSet::restore, "--rename", "ORIG NEW", nothing, "",
        "Restore what is called ORIG, and everything below it, as NEW; both are relative to what "
        "is restored. May be given again"},
    Option{OptionId::force, OptionSet::force, "--force", "", nothing, "",
           "Restore: write into a destination that exists and is not empty, as --overwrite always. "
           "Removals and cleanup: delete, where without this they only tell what would go. Repair: "
           "mend what can be mended"},
    Option{OptionId::do_not_restore_ownership, OptionSet::restore,
           "--do-not-restore-ownership,--no-restore-ownership", "", nothing, "",
           "Leave restored files to whoever restores them"},
    Option{OptionId::numeric_owner, OptionSet::restore, "--numeric-owner", "", nothing, "",
           "Restore owners by number, not by name"},

    Option{
        OptionId::include_last_chain, OptionSet::removal, "--include-last-chain", "", nothing, "",
        "Do not except the newest chain, nor the newest one of which no volume is missing. After "
        "this, there may be no backup left"},
    Option{OptionId::allow_future, OptionSet::old_chains, "--allow-future", "", nothing, "",
           "Go on although backup sets are dated in the future, where it would be an error "
           "otherwise: their chains stay, and the others are judged as if there were none"},
    Option{OptionId::keep_last, OptionSet::keep, "--keep-last", "N", nothing, "",
           "Keep the newest N backup sets"},
    Option{OptionId::keep_hourly, OptionSet::keep, "--keep-hourly", "N", nothing, "",
           "Keep the newest set of each of the last N hours that have one"},
    Option{OptionId::keep_daily, OptionSet::keep, "--keep-daily", "N", nothing, "",
           "Keep the newest set of each of the last N days that have one, by the daemon's time "
           "zone"},
    Option{OptionId::keep_weekly, OptionSet::keep, "--keep-weekly", "N", nothing, "",
           "Keep the newest set of each of the last N weeks (from Monday) that have one"},
    Option{OptionId::keep_monthly, OptionSet::keep, "--keep-monthly", "N", nothing, "",
           "Keep the newest set of each of the last N months that have one"},
    Option{OptionId::keep_yearly, OptionSet::keep, "--keep-yearly", "N", nothing, "",
           "Keep the newest set of each of the last N years that have one"},
    Option{OptionId::keep_within, OptionSet::keep, "--keep-within", "SPAN", nothing, "",
           "Keep all sets that are less than this older than the newest set, for example 30D or "
           "1Y6M"},
    Option{OptionId::extra_clean, OptionSet::cleanup, "--extra-clean", "", nothing, "",
           "Also delete the signatures of all chains but the newest. These can still be restored, "
           "but no program can list their files any more"},
    Option{OptionId::compare_data, OptionSet::verify, "--compare-data", "", nothing, "",
           "Compare the content of all files with those of DIR. Without this, verify goes by "
           "metadata, and compare reads only files whose size is the same and whose time is not"},
    Option{OptionId::sample, OptionSet::check, "--sample", "HOW-MUCH", nothing, "",
           "Also read data back: all, a share (5%), a slice (2/7: the second of seven), a size "
           "(500M) or as much as fits into a time (30min). Files that were never read back, or "
           "longest ago, come first, but in a slice the same ones each time. Default: none"},
    Option{OptionId::depth, OptionSet::folder, "--depth", "N", nothing, "",
           "Go at most so many levels below PATH"},
    Option{
        OptionId::children, OptionSet::folder, "--children", "", nothing, "",
        "List what the folder PATH holds, and neither itself nor what is below: a page of a file "
        "manager"},
    Option{OptionId::limit, OptionSet::page, "--limit", "N", nothing, "",
           "Print at most so many paths. With --json a last document says whether there are more"},
    Option{OptionId::after, OptionSet::page, "--after", "PATH", nothing, "",
           "Go on behind this path, the last one of the page before"},
    Option{OptionId::regexp, OptionSet::find, "--regexp", "", nothing, "",
           "PATTERN is a regular expression in Python's syntax, to be found anywhere in a path"},
    Option{OptionId::find_type, OptionSet::find, "--file-type", "LETTERS", nothing, "",
           "Only files (f), directories (d), symbolic links (l), fifos (p) or devices (c, b)"},
    Option{
        OptionId::size, OptionSet::find, "--size", "SIZE", nothing, "",
        "Only files of at least (+10M), at most (-10M) or exactly (10M) this size; K, M, G and T "
        "are powers of 1024. May be given twice. Of sets made by duplicity no sizes are known"},
    Option{OptionId::newer, OptionSet::find, "--newer", "TIME", nothing, "",
           "Only what was last changed after this time"},
    Option{OptionId::older, OptionSet::find, "--older", "TIME", nothing, "",
           "Only what was last changed before this time"},
    Option{OptionId::all_times, OptionSet::find, "--all-times", "", nothing, "",
           "Search every set, and say which of them hold what was found"},
    Option{OptionId::with, OptionSet::compare, "--with", "TIME", set_time, "",
           "The state to compare with, instead of the newest"},
    Option{OptionId::file_changed, OptionSet::changes, "--file-changed", "PATH", path_in_archive,
           "", "Print which sets of the newest chain changed this regular file"},
    Option{OptionId::show_changes_in_set, OptionSet::changes, "--show-changes-in-set", "N", nothing,
           "", "Print which regular files a set of the newest chain changed; 0 is the newest set"},
    Option{OptionId::why_source, OptionSet::why, "--source", "DIR", directory, "",
           "What would be backed up, written as for a backup: rules are compared with it"},
    Option{OptionId::metadata_sync_mode, OptionSet::sync, "--metadata-sync-mode", "MODE", choice,
           "partial|full", "Which chains: the newest (partial, the default) or all (full)"},

    Option{OptionId::source_name, OptionSet::replica_source, "--source-name", "NAME", nothing, "",
           "Name of the source's directory below the archive dir. Default: the MD5 sum of its URL"},
    Option{OptionId::source_no_encryption, OptionSet::replica_source, "--source-no-encryption", "",
           nothing, "", "The source is not encrypted"},
    Option{OptionId::source_encrypt_key, OptionSet::replica_source, "--source-encrypt-key", "KEY",
           nothing, "",
           "The source is encrypted for this OpenPGP key. Only if it is said for both, and is the "
           "same, are encrypted files copied as they are. May be given again"},
    Option{OptionId::source_hidden_encrypt_key, OptionSet::replica_source,
           "--source-hidden-encrypt-key", "KEY", nothing, "",
           "As --source-encrypt-key, of a key that the files do not name. May be given again"},
    Option{OptionId::source_sign_key, OptionSet::replica_source, "--source-sign-key", "KEY",
           nothing, "", "Demand the signature of this OpenPGP key on the source's files"},
    Option{OptionId::source_file_prefix, OptionSet::replica_source, "--source-file-prefix", "TEXT",
           nothing, "", "The source's --file-prefix"},
    Option{OptionId::source_file_prefix_archive, OptionSet::replica_source,
           "--source-file-prefix-archive", "TEXT", nothing, "",
           "The source's --file-prefix-archive"},
    Option{OptionId::source_file_prefix_manifest, OptionSet::replica_source,
           "--source-file-prefix-manifest", "TEXT", nothing, "",
           "The source's --file-prefix-manifest"},
    Option{OptionId::source_file_prefix_signature, OptionSet::replica_source,
           "--source-file-prefix-signature", "TEXT", nothing, "",
           "The source's --file-prefix-signature"},

    Option{OptionId::read_data, OptionSet::repair, "--read-data", "", nothing, "",
           "Also read all volumes and signatures, to find damage that names do not show"},

    Option{OptionId::schema, OptionSet::api, "--schema", "", nothing, "",
           "Print the description of all methods, events and errors"},
};

constexpr auto option_table = [] {
    constexpr auto general = general_option_table.size();
    constexpr auto before_jobs = general + target_option_table.size();
    constexpr auto before_runs = before_jobs + job_option_table.size();
    std::array<Option, before_runs + run_option_table.size()> joined{};
    std::ranges::copy(general_option_table, joined.begin());
    std::ranges::copy(target_option_table, joined.begin() + general);
    std::ranges::copy(job_option_table, joined.begin() + before_jobs);
    std::ranges::copy(run_option_table, joined.begin() + before_runs);
    return joined;
}();

constexpr std::array set_order{
    OptionSet::backup,      OptionSet::selection,
    OptionSet::compression, OptionSet::verify,
    OptionSet::check,       OptionSet::time,
    OptionSet::part,        OptionSet::restore,
    OptionSet::dry_run,     OptionSet::force,
    OptionSet::keep,        OptionSet::removal,
    OptionSet::old_chains,  OptionSet::cleanup,
    OptionSet::repair,      OptionSet::replica_source,
    OptionSet::find,        OptionSet::compare,
    OptionSet::changes,     OptionSet::why,
    OptionSet::sync,        OptionSet::folder,
    OptionSet::page,        OptionSet::encryption,
    OptionSet::archive,     OptionSet::target,
    OptionSet::wait,        OptionSet::api,
    OptionSet::job_run,     OptionSet::every_run,
    OptionSet::rates,       OptionSet::pause,
    OptionSet::job_add,     OptionSet::job,
    OptionSet::init,        OptionSet::sheet,
    OptionSet::log,         OptionSet::watch,
    OptionSet::history,     OptionSet::run_stop,
    OptionSet::output,      OptionSet::pager,
    OptionSet::progress,    OptionSet::instance,
    OptionSet::host,        OptionSet::job_targets,
};

}  // namespace

std::span<const Option> options() noexcept
{
    return option_table;
}
std::span<const OptionSet> option_sets() noexcept
{
    return set_order;
}

std::string_view title(OptionSet set) noexcept
{
    switch (set) {
    case OptionSet::instance:
        return "Which daemon";
    case OptionSet::output:
        return "Output";
    case OptionSet::progress:
        return "Progress";
    case OptionSet::wait:
        return "Waiting";
    case OptionSet::archive:
        return "Archive";
    case OptionSet::target:
        return "Target";
    case OptionSet::encryption:
        return "Encryption";
    case OptionSet::backup:
        return "Backup";
    case OptionSet::selection:
        return "File selection";
    case OptionSet::time:
        return "Time";
    case OptionSet::restore:
        return "Restore";
    case OptionSet::force:
        return "Force";
    case OptionSet::removal:
        return "Removal";
    case OptionSet::old_chains:
        return "Old chains";
    case OptionSet::keep:
        return "What to keep";
    case OptionSet::cleanup:
        return "Cleanup";
    case OptionSet::part:
        return "Restore and verify";
    case OptionSet::verify:
        return "Verify";
    case OptionSet::check:
        return "Check";
    case OptionSet::compression:
        return "Compression";
    case OptionSet::replica_source:
        return "Source";
    case OptionSet::repair:
        return "Repair";
    case OptionSet::api:
        return "Description";
    case OptionSet::dry_run:
        return "Trial";
    case OptionSet::page:
        return "Pages";
    case OptionSet::folder:
        return "Folders";
    case OptionSet::find:
        return "Search";
    case OptionSet::changes:
        return "Changes";
    case OptionSet::compare:
        return "Comparison";
    case OptionSet::why:
        return "Source";
    case OptionSet::sync:
        return "Synchronisation";
    case OptionSet::job:
        return "Job";
    case OptionSet::job_run:
        return "What to run";
    case OptionSet::pause:
        return "How long";
    case OptionSet::job_add:
        return "Schedule and retention";
    case OptionSet::job_targets:
        return "Several targets";
    case OptionSet::init:
        return "First steps";
    case OptionSet::sheet:
        return "Recovery sheet";
    case OptionSet::every_run:
        return "Which runs";
    case OptionSet::rates:
        return "How fast";
    case OptionSet::run_stop:
        return "When to stop";
    case OptionSet::log:
        return "Log";
    case OptionSet::watch:
        return "Watching";
    case OptionSet::history:
        return "History";
    case OptionSet::pager:
        return "Pager";
    case OptionSet::host:
        return "Which machine";
    }
    return "";
}

const Option& option(OptionId id) noexcept
{
    return *std::ranges::find(option_table, id, &Option::id);
}

std::string_view main_name(const Option& option) noexcept
{
    return option.names.substr(0, option.names.find(','));
}

std::size_t value_count(const Option& option) noexcept
{
    return option.value.empty()
               ? 0
               : 1 + static_cast<std::size_t>(std::ranges::count(option.value, ' '));
}

}  // namespace duplid::ctl
