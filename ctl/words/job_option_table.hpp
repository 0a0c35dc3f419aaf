// Options of verbs about jobs: rows of the one table (option_table.hpp).
#pragma once

#include "ctl/words/option_table.hpp"

#include <array>

namespace duplid::ctl {

inline constexpr std::array job_option_table{
    Option{
        OptionId::job, OptionSet::job, "--job", "NAME", Complete::job_name, "",
        "The archive of this job of the resident daemon, with the job's options, in place of URL. "
        "The command itself works with your own rights, and asks for the passphrase unless "
        "PASSPHRASE is set, or the job has it in a file that you may read or in your key ring"},
    Option{
        OptionId::job_target, OptionSet::job, "--target", "NAME", Complete::nothing, "",
        "With --job, of a job that has several targets: this one. Default: the first that the last "
        "backup left whole"},
    Option{OptionId::task, OptionSet::job_run, "--task", "TASK", Complete::choice,
           "backup|full|verify|check",
           "What to do: a backup (the default), one that is a full set, or the job's verify or "
           "check"},
    Option{
        OptionId::refill, OptionSet::job_run, "--refill", "NAME", Complete::nothing, "",
        "This one of the job's targets is empty on purpose, and is filled again from the others. "
        "May be given again"},
    Option{OptionId::wait, OptionSet::job_run, "--wait", "", Complete::nothing, "",
           "Stay until the run has ended, show what it says and end with its status. Ending this "
           "command does not end the run"},
    Option{OptionId::pause_for, OptionSet::pause, "--for", "SPAN", Complete::nothing, "",
           "For this long, for example 2h or 3D"},
    Option{OptionId::pause_until, OptionSet::pause, "--until", "TIME", Complete::nothing, "",
           "Until this time, for example 2026-12-01. Default: until it is resumed"},
    Option{
        OptionId::calendar, OptionSet::job_add, "--calendar", "WHEN", Complete::nothing, "",
        "Run at these times, in the form of systemd's OnCalendar=: daily, \"Mon..Fri 12:30\". May "
        "be given again"},
    Option{OptionId::every, OptionSet::job_add, "--every", "SPAN", Complete::nothing, "",
           "Run when the last good backup is this old: 6h, 1d"},
    Option{OptionId::random_delay, OptionSet::job_add, "--random-delay", "SPAN", Complete::nothing,
           "", "Put each run off by a random part of this"},
    Option{OptionId::stale_after, OptionSet::job_add, "--stale-after", "SPAN", Complete::nothing,
           "", "Call the job stale when its last good backup is older: 3d"},
    Option{OptionId::passphrase_file, OptionSet::job_add, "--passphrase-file", "FILE",
           Complete::file, "",
           "The passphrase is the content of this file, which only the daemon's user may "
           "read"},
    Option{OptionId::target_password_file, OptionSet::job_add, "--target-password-file", "FILE",
           Complete::file, "",
           "The same of the password that URL leaves out; with --target NAME=FILE, for each that "
           "has one"},
    Option{OptionId::add_target, OptionSet::job_targets, "--target", "NAME=URL", Complete::nothing,
           "",
           "One of several targets, which get the same backups, and the name it is to have; in "
           "place of URL. May be given again. \"job-set\" adds it to those there are, or changes "
           "its URL; NAME= alone takes it away"},
    Option{OptionId::required_target, OptionSet::job_targets, "--required", "NAME",
           Complete::nothing, "",
           "The backup must be on this one of the targets, or it has failed. Without any, one "
           "target is enough, and those that lack it are a warning. May be given again"},
    Option{OptionId::optional_target, OptionSet::job_targets, "--optional", "NAME",
           Complete::nothing, "",
           "It need not, and a backup without it ends with warnings: takes --required back. May be "
           "given again"},
    Option{OptionId::passphrase_keyring, OptionSet::job_add, "--passphrase-keyring", "NAME",
           Complete::nothing, "",
           "The passphrase is what your desktop's key ring keeps under this name "
           "(\"duplictl secret-store\"); for your own daemon, not the system's"},
    Option{OptionId::target_password_keyring, OptionSet::job_add, "--target-password-keyring",
           "NAME", Complete::nothing, "",
           "The same of the password that URL leaves out; with --target TARGET=NAME"},
    Option{OptionId::older_than, OptionSet::job_add, "--older-than", "SPAN", Complete::nothing, "",
           "After each backup, remove chains that ended longer ago: 6M"},
    Option{OptionId::keep_full, OptionSet::job_add, "--keep-full", "N", Complete::nothing, "",
           "After each backup, remove all chains but those of the newest N full backups"},
    Option{OptionId::run_now, OptionSet::job_add, "--run-now", "", Complete::nothing, "",
           "Run it at once, too"},
    Option{OptionId::filesystem, OptionSet::job_add, "--filesystem", "UUID", Complete::nothing, "",
           "The target is on the file system with this UUID, as \"lsblk -f\" shows it: while that "
           "is not mounted the job waits, and an empty mount point is never taken for the target. "
           "\"auto\" is the one that the target is on now, \"none\" any. With --target "
           "NAME=UUID, for each that is on one; \"auto\" alone is for all of them"},
    Option{OptionId::generate_passphrase, OptionSet::job_add, "--generate-passphrase", "",
           Complete::nothing, "",
           "Make a passphrase and keep it in a file that only the daemon may read"},

    Option{OptionId::yes, OptionSet::init, "--yes,-y", "", Complete::nothing, "",
           "Ask nothing, and take what would be proposed: all of the home directory, or of the "
           "machine for root, a passphrase that is made, every day, and nothing is removed"},
    Option{OptionId::no_first_run, OptionSet::init, "--no-first-run", "", Complete::nothing, "",
           "Run nothing yet, and restore nothing on trial"},
    Option{OptionId::unit_dir, OptionSet::init, "--unit-dir", "DIR", Complete::directory, "",
           "Where the drop-in goes that lets the system's service write to a target on this "
           "machine. Default: /etc/systemd/system"},
    Option{OptionId::sheet, OptionSet::sheet, "--sheet", "FILE", Complete::file, "",
           "Write the recovery sheet into this file, too. Default of init: recovery/JOB.txt in the "
           "directory of the configuration"},
    Option{OptionId::with_secret, OptionSet::sheet, "--with-secret", "", Complete::nothing, "",
           "Put the passphrase, and passwords of the target, on the recovery sheet"},
};

}  // namespace duplid::ctl
