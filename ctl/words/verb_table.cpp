// The table of verbs: what each is called, what it takes and what is said of it.
#include "ctl/words/option_table.hpp"

#include <algorithm>
#include <array>

namespace duplid::ctl {

namespace {

using enum Complete;

constexpr Positional source{"SOURCE", true, directory, "the directory or file to back up"};
constexpr Positional url{"URL", true, nothing,
                         "where the archive is, for example file:///media/disk/backup"};
constexpr Positional url_of_one{"URL", false, nothing,
                                "where its archive is; of several, --target says it"};
constexpr Positional destination{"DIR", true, directory, "where to restore to"};
constexpr Positional compared{"DIR", false, directory, "what to compare the backup with"};
constexpr Positional list_path{"PATH", false, path_in_archive,
                               "list only this, named relative to the source"};
constexpr Positional archive_path{"PATH", true, path_in_archive,
                                  "a file or directory, named relative to the source"};
constexpr Positional local_path{"PATH", true, file, "a file or directory below the source"};
constexpr Positional pattern{"PATTERN", false, nothing,
                             "a glob that a name, or with a slash a whole path, must match"};
constexpr Positional source_url{"SOURCE-URL", true, nothing, "the archive to copy"};
constexpr Positional destination_url{"DESTINATION-URL", true, nothing, "where to copy it to"};
constexpr Positional watched{"RUN-OR-JOB", false, run_or_job,
                             "number of a run, or name of a job; default: all runs"};
constexpr Positional logged{"RUN-OR-JOB", true, run_or_job,
                            "number of a run, or name of a job: its last backup"};
constexpr Positional run{"RUN", true, run_number,
                         "number of a run, as \"duplictl run-list\" has it"};
constexpr Positional run_to_change{"RUN", false, run_number,
                                   "number of a run, as \"duplictl run-list\" has it"};
constexpr Positional job{"JOB", true, job_name, "name of a job, as \"duplictl job-list\" has it"};
constexpr Positional some_job{"JOB", false, job_name, "name of a job; default: all"};
constexpr Positional new_job{"JOB", true, nothing, "a name for it"};
constexpr Positional some_new_job{"JOB", false, nothing, "a name for it; default: home or system"};
constexpr Positional some_source{"SOURCE", false, directory,
                                 "the directory or file to back up; asked for"};
constexpr Positional some_url{"URL", false, nothing, "where the archive is to be; asked for"};
constexpr Positional settings{"SETTING", false, nothing,
                              "schedule.every=1d, or a JSON object; without a value, a setting is "
                              "taken back",
                              true};
constexpr Positional secret{"NAME", true, nothing, "what the key ring is to know it by"};
constexpr Positional format{"FORMAT", true, nothing, "man, bash, zsh or fish"};
constexpr Positional offered{"KIND", true, nothing, "jobs, runs, runs-and-jobs, times or paths"};
constexpr Positional begun{"BEGUN", true, nothing, "the word as far as it is typed"};
constexpr Positional words_before{"WORD", false, nothing, "the words before it", true};

constexpr Positional before_time{
    "TIME", true, nothing,
    "remove chains of which the newest set is older, for example 6M or 2026-01-31"};
constexpr Positional fulls{"N", true, nothing, "how many full backups, at least 1"};

constexpr std::array backup_positionals{source, url};
constexpr std::array restore_positionals{url, destination};
constexpr std::array verify_positionals{url, compared};
constexpr std::array url_positionals{url};
constexpr std::array older_than_positionals{before_time, url};
constexpr std::array fulls_positionals{fulls, url};
constexpr std::array list_positionals{url, list_path};
constexpr std::array find_positionals{url, pattern};
constexpr std::array path_positionals{url, archive_path};
constexpr std::array compare_positionals{url, compared};
constexpr std::array why_positionals{local_path};
constexpr std::array replicate_positionals{source_url, destination_url};
constexpr std::array watch_positionals{watched};
constexpr std::array log_positionals{logged};
constexpr std::array complete_positionals{offered, begun, words_before};
constexpr std::array run_positionals{run};
constexpr std::array run_to_change_positionals{run_to_change};
constexpr std::array job_positionals{job};
constexpr std::array some_job_positionals{some_job};
constexpr std::array job_add_positionals{new_job, some_source, url_of_one};
constexpr std::array init_positionals{some_new_job, some_source, some_url};
constexpr std::array job_set_positionals{job, settings};
constexpr std::array secret_positionals{secret};
constexpr std::array generate_positionals{format};

/// Of verbs that need this machine: its files, or its terminal.
constexpr auto local_sets = OptionSet::instance | OptionSet::output;
constexpr auto resident_sets = local_sets | OptionSet::host;
/// With an answer that may be long.
constexpr auto paged_sets = resident_sets | OptionSet::pager;
constexpr auto archive_sets = local_sets | OptionSet::progress | OptionSet::archive |
                              OptionSet::target | OptionSet::encryption;

constexpr auto backup_sets = archive_sets | OptionSet::wait | OptionSet::backup |
                             OptionSet::compression | OptionSet::selection | OptionSet::dry_run;
constexpr auto new_job_sets = local_sets | OptionSet::archive | OptionSet::target |
                              OptionSet::encryption | OptionSet::backup | OptionSet::compression |
                              OptionSet::selection | OptionSet::keep | OptionSet::job_add;
constexpr auto job_add_sets = new_job_sets | OptionSet::job_targets;
/// Of verbs that look at, or change, an archive that is there.
constexpr auto known_archive_sets = archive_sets | OptionSet::job;
constexpr auto removal_sets = known_archive_sets | OptionSet::wait | OptionSet::force |
                              OptionSet::removal | OptionSet::old_chains;

constexpr std::array verb_table{
    Verb{VerbId::backup, "backup", backup_positionals, backup_sets, "back up a directory",
         "Stores what changed in SOURCE since the last backup in the archive at URL, or everything "
         "if there is none yet. A backup that was interrupted is continued."},
    Verb{VerbId::full, "full", backup_positionals, backup_sets, "back up a directory, all of it",
         "Stores everything in SOURCE and begins a new chain: \"backup --type full\"."},
    Verb{VerbId::incremental, "incremental", backup_positionals, backup_sets,
         "back up what changed in a directory",
         "Stores what changed in SOURCE since the last backup in the archive at URL, and fails if "
         "there is none: \"backup --type incremental\". \"incr\" is short for it."},
    Verb{VerbId::incremental, "incr", backup_positionals, backup_sets,
         "back up what changed in a directory", "Same as \"incremental\".", true},
    Verb{VerbId::restore, "restore", restore_positionals,
         known_archive_sets | OptionSet::wait | OptionSet::time | OptionSet::part |
             OptionSet::restore | OptionSet::force | OptionSet::dry_run,
         "restore a directory or a part of it",
         "Brings the newest state in the archive at URL, or that of another time, to DIR, which "
         "must be missing or empty unless --overwrite or --force is given. Damage in the archive "
         "costs only the files that need what is damaged: each is named, all others are "
         "restored, and the status is 15."},
    Verb{VerbId::verify, "verify", verify_positionals,
         known_archive_sets | OptionSet::wait | OptionSet::time | OptionSet::part |
             OptionSet::verify | OptionSet::selection,
         "prove a backup, and compare it with a directory",
         "Reads everything that the newest backup in the archive at URL, or that of another time, "
         "is made of, as a restore would, and compares content and metadata with the check sums "
         "and signatures that were recorded. With DIR, also compares type, permissions, owner, "
         "time, size, link and device numbers with the files there, and with --compare-data their "
         "content; each difference is a line, and the status is 1 if there is any, 15 if anything "
         "is damaged. Selection options say which files of DIR count."},
    Verb{VerbId::check, "check", url_positionals,
         known_archive_sets | OptionSet::wait | OptionSet::check, "find damage in an archive",
         "Reads all manifests in the archive at URL and compares them with the files that are "
         "there, and with --sample reads volumes and signatures back. Names every fault and the "
         "times whose state it spoils; the status is 15 if there is any. Samples rotate: what was "
         "read back is remembered in the archive dir."},
    Verb{VerbId::collection_status, "collection-status", url_positionals,
         known_archive_sets | OptionSet::changes, "show the chains and sets of an archive",
         "Lists chains and backup sets in the archive at URL. Reads names only and needs no "
         "passphrase; with --file-changed or --show-changes-in-set it reads manifests."},
    Verb{VerbId::list_current_files, "list-current-files", list_positionals,
         known_archive_sets | OptionSet::time | OptionSet::folder | OptionSet::page,
         "list the files in a backup",
         "Lists what the newest backup in the archive at URL, or that of another time, holds."},
    Verb{VerbId::remove_older_than, "remove-older-than", older_than_positionals, removal_sets,
         "remove chains that ended before a time",
         "Tells which backup chains in the archive at URL ended before TIME, and with --force "
         "deletes them. A chain goes as a whole or stays: its sets need one another. The newest "
         "chain stays, and so does the newest one of which no volume is missing. Also deletes what "
         "a removal that was interrupted has left."},
    Verb{VerbId::remove_all_but_n_full, "remove-all-but-n-full", fulls_positionals, removal_sets,
         "remove all chains but those of the newest full backups",
         "As remove-older-than, with the time of the N-th newest full backup; removes nothing when "
         "there are fewer."},
    Verb{VerbId::remove_all_inc_of_but_n_full, "remove-all-inc-of-but-n-full", fulls_positionals,
         removal_sets, "remove the increments of old chains",
         "As remove-all-but-n-full, but keeps the full backups of these chains and removes their "
         "increments only."},
    Verb{
        VerbId::prune, "prune", url_positionals, removal_sets | OptionSet::keep,
        "remove chains of which a policy keeps no set",
        "Picks the backup sets to keep by rules like those of \"restic forget\", of which at least "
        "one must be given, and tells which chains hold none of these sets; with --force it "
        "deletes them. A chain that holds one stays as a whole, because its sets need one another, "
        "and so do the newest chain and the newest one of which no volume is missing. A rule that "
        "has not found all it may keep keeps the oldest set, too."},
    Verb{VerbId::cleanup, "cleanup", url_positionals,
         known_archive_sets | OptionSet::wait | OptionSet::force | OptionSet::removal |
             OptionSet::cleanup,
         "remove what belongs to no chain",
         "Tells which files in the archive at URL are of no use, and with --force deletes them: "
         "sets without a chain, sets of interrupted backups (also of one that could still be "
         "continued from here), sets whose place another one took, signatures without a set, and "
         "second copies of files. Files that are not the archive's are never deleted."},
    Verb{VerbId::find, "find", find_positionals,
         known_archive_sets | OptionSet::time | OptionSet::find | OptionSet::page,
         "find files in backups",
         "Prints what in the newest backup, or in that of another time, matches PATTERN and the "
         "other conditions. In a pattern \"*\" stays within a name and \"**\" does not."},
    Verb{VerbId::versions, "versions", path_positionals, known_archive_sets,
         "list the versions of a file",
         "Prints which versions of a file or directory the archive at URL holds, and when it was "
         "gone, over all chains."},
    Verb{
        VerbId::compare, "compare", compare_positionals,
        known_archive_sets | OptionSet::time | OptionSet::compare | OptionSet::verify |
            OptionSet::selection,
        "compare two backups, or a backup and a directory",
        "Prints what was added, removed or changed between the state of --time and that of --with, "
        "or between a state and DIR. \"metadata\" means that only mode, owner or time differ. What "
        "the selection options exclude is not looked at."},
    Verb{VerbId::why, "why", why_positionals, local_sets | OptionSet::why | OptionSet::selection,
         "say which selection option decides about a path",
         "Prints whether a backup of --source with these selection options stores PATH, and which "
         "of "
         "them decides that. PATH need not exist."},
    Verb{
        VerbId::sync, "sync", url_positionals,
        known_archive_sets | OptionSet::wait | OptionSet::sync, "align the cache with the archive",
        "Fetches manifests and signatures that the archive dir lacks, drops those of sets that are "
        "gone, and brings catalog and index up to date. Writes nothing to the archive at URL."},
    Verb{VerbId::replicate, "replicate", replicate_positionals,
         archive_sets | OptionSet::wait | OptionSet::time | OptionSet::compression |
             OptionSet::replica_source,
         "copy an archive to another target",
         "Copies the backup sets of one archive, or those up to a time, to another target. "
         "Encryption, compression and names there are what the options without \"source\" say; "
         "where they are the source's own, files are copied as they are and their hashes compared. "
         "Sets that are there already are passed over, and nothing is ever deleted: a copy that "
         "was interrupted is continued, and one that is repeated adds what is new. A set that is "
         "damaged is not copied, nor are the increments on it."},
    Verb{VerbId::repair, "repair", url_positionals,
         known_archive_sets | OptionSet::wait | OptionSet::compression | OptionSet::repair |
             OptionSet::force,
         "find and mend damage in an archive",
         "Finds lost and damaged files, and files that make duplicity fail, in the archive at URL. "
         "With --force, manifests and signatures that are gone are put back from the cache or made "
         "again from the volumes, and files that are in the way are renamed to names that begin "
         "with \"quarantine-\". Nothing is ever deleted. What lost volumes held is listed, and "
         "the next backup by duplid stores it whole."},
    Verb{VerbId::status,
         "status",
         {},
         paged_sets,
         "show how backups stand",
         "Shows the resident daemon, its jobs with the age of their last good backup and the next "
         "run, what runs now, and what somebody should look at, each with what to do about it. "
         "--verbose adds sources and targets."},
    Verb{VerbId::watch, "watch", watch_positionals,
         resident_sets | OptionSet::progress | OptionSet::watch, "follow what runs",
         "Shows each run with phase, progress, speed, time left and its last warnings, and when "
         "nothing runs what is due next, until it is interrupted. With a job, its runs only; with "
         "a run, warnings, progress and the result of that run, to its end. If standard output is "
         "no terminal, each event is a line. Ending this command ends no run."},
    Verb{VerbId::log, "log", log_positionals, paged_sets | OptionSet::log, "show what a run said",
         "Prints the events of a run with their times: phases, notes, warnings and the end. The "
         "daemon keeps those of the last 1000 runs, at most 10000 of each."},
    Verb{VerbId::history, "history", job_positionals, paged_sets | OptionSet::history,
         "show how a job's runs went",
         "Lists the runs of a job with result, duration, files, what was stored and warnings, and "
         "draws what its backups stored, and how long they took, over time."},
    Verb{VerbId::run_list,
         "run-list",
         {},
         paged_sets,
         "list the resident daemon's runs",
         "Lists runs, those in work and those that ended."},
    Verb{VerbId::run_show, "run-show", run_positionals, paged_sets, "show one run",
         "Shows state, result and warnings of one run."},
    Verb{VerbId::run_stop, "run-stop", run_positionals, resident_sets | OptionSet::run_stop,
         "stop a run",
         "Stops a run of the resident daemon. The next backup to the same target goes on with one "
         "that was stopped; with --at volume it has nothing to send again."},
    Verb{VerbId::run_pause, "run-pause", run_to_change_positionals,
         resident_sets | OptionSet::every_run | OptionSet::pause, "have a run stand still",
         "The run finishes the file it is sending or fetching and begins nothing more until it is "
         "resumed, or the time given has passed. It keeps its locks, and ends when it is stopped. "
         "To have no new runs begin, pause the jobs."},
    Verb{VerbId::run_resume, "run-resume", run_to_change_positionals,
         resident_sets | OptionSet::every_run, "have a paused run go on",
         "Ends what run-pause began."},
    Verb{VerbId::run_limit, "run-limit", run_to_change_positionals,
         resident_sets | OptionSet::every_run | OptionSet::rates, "change how fast a run may be",
         "Sets how much a run may send and fetch a second, from now on to its end, whatever it was "
         "started with. The next run of the same job begins with what the job says. Targets that "
         "other programs serve (rclone, rsync, gio) heed it from the next file on, local ones have "
         "no limits."},
    Verb{VerbId::job_list,
         "job-list",
         {},
         paged_sets,
         "list jobs and how they stand",
         "Lists the resident daemon's jobs: state, age of the last good backup, next run. \"job "
         "list\" is the same, as with all verbs that begin with \"job-\" or \"run-\"."},
    Verb{VerbId::job_show, "job-show", job_positionals, paged_sets, "show one job",
         "Shows how a job stands, its settings and the files they come from, and what is wrong in "
         "these."},
    Verb{VerbId::job_run, "job-run", job_positionals,
         resident_sets | OptionSet::progress | OptionSet::job_run, "run a job now",
         "Starts a run of a job, whatever its schedule and its conditions say, prints the run's "
         "number and returns; with --wait it stays until the run has ended."},
    Verb{
        VerbId::job_pause, "job-pause", some_job_positionals, resident_sets | OptionSet::pause,
        "start no runs of a job for a while",
        "From now on the job, or each job, does not run by itself. A run at work goes on. A daemon "
        "that is started anew remembers this."},
    Verb{VerbId::job_resume, "job-resume", some_job_positionals, resident_sets,
         "end a pause of a job",
         "Ends what job-pause began. What was missed is made up for, once."},
    Verb{VerbId::job_add, "job-add", job_add_positionals, job_add_sets, "make a job of a backup",
         "Writes a job with these options into the daemon's configuration, and puts it in force. A "
         "job that has neither --calendar nor --every runs when it is asked to. Source, target and "
         "what to encrypt with are asked for on a terminal if they are missing. Instead of URL "
         "there may be several targets, which are given names: --target nas=sftp://nas/home "
         "--target usb=file:///media/usb/home. One that is away is caught up by a later run."},
    Verb{
        VerbId::job_set, "job-set", job_set_positionals, resident_sets | OptionSet::job_targets,
        "change settings of a job",
        "Writes the settings into a file of its own, which is laid over the job's, and puts them "
        "in "
        "force if they make sense. What people wrote, and their comments, stays as it is. Keys are "
        "those of job-show, parts of them separated by dots; lists are JSON. Of a job that has "
        "one target, --target must first give that one a name."},
    Verb{VerbId::job_edit, "job-edit", job_positionals, local_sets, "edit a job's file",
         "Opens a copy of the job's file in $VISUAL or $EDITOR, and puts it in place when it makes "
         "sense."},
    Verb{VerbId::job_remove, "job-remove", job_positionals, resident_sets, "delete a job",
         "Deletes the job's files. Its archive stays as it is, and a run at work goes on."},
    Verb{VerbId::secret_store, "secret-store", secret_positionals, 0,
         "keep a secret in the desktop's key ring",
         "Asks for a passphrase or password, or reads it from standard input if that is no "
         "terminal, and keeps it under NAME in the key ring that opens when you log in to your "
         "desktop. A job of your own daemon names it as {\"keyring\": NAME}, or is made with "
         "--passphrase-keyring NAME. Wants secret-tool (libsecret-tools)."},
    Verb{VerbId::config_check,
         "config-check",
         {},
         resident_sets,
         "find mistakes in the configuration",
         "Reads the daemon's configuration as it is on the disk, without putting it in force, and "
         "names file, line and column of each mistake, and of each source, target or secret on "
         "its machine that the daemon cannot reach with its rights and in its sandbox. The status "
         "is 1 if there is any."},
    Verb{VerbId::reload,
         "reload",
         {},
         resident_sets,
         "put the configuration in force",
         "Has the daemon read its configuration again. A job with a mistake keeps its last good "
         "version, and is told as by config-check. Runs at work keep what they began with."},
    Verb{
        VerbId::init, "init", init_positionals,
        job_add_sets | OptionSet::progress | OptionSet::init | OptionSet::sheet,
        "set up a scheduled backup, and prove it",
        "Asks what is to be backed up, where to (one place or several, all of which get the same), "
        "what to encrypt with, and when; each answer can be given as an option. Starts the "
        "resident daemon if it is not running, makes the directories of targets on this machine, "
        "writes the job, runs it once, restores one file from each target on trial and compares "
        "it, and prints how to restore the backup on a bare machine."},
    Verb{
        VerbId::recovery_sheet, "recovery-sheet", job_positionals, local_sets | OptionSet::sheet,
        "print how to restore a job's backup",
        "Prints what somebody needs to know, and to type, to restore the backup of a job on a bare "
        "machine with the distribution's own duplicity."},
    Verb{VerbId::metrics,
         "metrics",
         {},
         resident_sets,
         "print figures for monitoring",
         "Prints figures about the resident daemon's jobs and runs in the text format of "
         "OpenMetrics, which Prometheus and others read. \"metrics_file\" in duplid.json keeps a "
         "file equal to it."},
    Verb{VerbId::api,
         "api",
         {},
         static_cast<std::uint64_t>(OptionSet::api),
         "describe the control protocol",
         "Prints a JSON description of the methods, events and errors of the control socket."},
    Verb{VerbId::version, "version", {}, 0, "print the version", "Prints the version."},
    Verb{VerbId::generate, "generate", generate_positionals, 0, "print the manual or a completion",
         "Prints the manual page or the completion of a shell, for the build.", true},
    Verb{VerbId::proxy,
         "proxy",
         {},
         static_cast<std::uint64_t>(OptionSet::instance),
         "connect standard input and output with the resident daemon",
         "Copies what comes to the resident daemon, and its answers back: the other end of --host. "
         "The daemon takes it for the user who logged in."},
    Verb{VerbId::complete, "complete", complete_positionals, 0, "offer words to a shell",
         "Prints what may stand where somebody types, for the completions of shells.", true},
};

}  // namespace

std::span<const Verb> verbs() noexcept
{
    return verb_table;
}

const Verb& verb(VerbId id) noexcept
{
    return *std::ranges::find(verb_table, id, &Verb::id);
}

}  // namespace duplid::ctl
