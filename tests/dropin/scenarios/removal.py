"""The three remove actions, cleanup and replicate: what deletes and what copies."""

from deviations import Edit, Instead
from sets import PASSPHRASE, STAMPS
from stage import NO_OVERRIDE

from scenarios import scenario


@scenario
def older_than_lists_only(s):
    """Without --force old chains are listed, and nothing is deleted."""
    s.begin_with("chains")
    s.run("remove-older-than", STAMPS[2], s.url)
    s.run("remove-older-than", "now", s.url)
    s.run("remove-older-than", "2001-01-01", s.url)
    s.show_names()


@scenario
def older_than_keeps_what_is_needed(s):
    """A set that newer ones need is kept and named."""
    s.begin_with("chains")
    s.run("remove-older-than", "2023-11-15", s.url)
    s.run("remove-older-than", "2023-11-15", "--force", s.url)
    s.show_names()


@scenario
def older_than_deletes(s):
    """With --force the old chain goes, on the target and in the archive dir; the newest never does."""
    s.begin_with("chains")
    s.run("remove-older-than", STAMPS[2], "--force", s.url)
    s.show_names()
    s.show_names(s.cache)
    s.run("remove-older-than", "now", "--force", s.url)
    s.show_names()
    s.restored_by_the_other()


@scenario
def all_but_n_full(s):
    """The chains of all but the newest full sets."""
    s.begin_with("chains")
    s.run("remove-all-but-n-full", "1", s.url)
    s.run("remove-all-but-n-full", "3", "--force", s.url)
    s.run("remove-all-but-n-full", "1", "--force", s.url)
    s.show_names()
    s.restored_by_the_other()


@scenario
def all_increments_of_but_n_full(s):
    """The increments of all but the newest full sets."""
    s.begin_with("chains")
    s.run("remove-all-inc-of-but-n-full", "1", s.url)
    s.run("remove-all-inc-of-but-n-full", "1", "--force", s.url)
    s.show_names()
    s.show_names(s.cache)
    s.restored_by_the_other()


@scenario
def as_a_dry_run(s):
    """--dry-run with --force says what it would do and deletes nothing."""
    s.begin_with("chains")
    s.run("remove-older-than", STAMPS[2], "--force", "--dry-run", s.url)
    s.run("remove-all-inc-of-but-n-full", "1", "--force", "--dry-run", s.url)
    s.show_names()


@scenario
def of_nothing(s):
    """A target without a backup."""
    s.run("remove-older-than", "1D", s.url)
    s.run("remove-all-but-n-full", "1", s.url)
    s.run("remove-all-inc-of-but-n-full", "1", "--force", s.url)


@scenario
def wrong_times_and_counts(s):
    """A time or count that is none: 2 with ours, a crash with the reference."""
    s.begin_with("full")
    wrong = Instead("no-tracebacks", 2, "ERROR 2")
    s.run("remove-older-than", "tomorrow", s.url, instead=wrong)
    s.run("remove-all-but-n-full", "x", s.url, instead=wrong)
    s.run("remove-all-inc-of-but-n-full", "-1", s.url)
    s.run("remove-all-but-n-full", "0", s.url)
    s.run("remove-older-than", s.url, instead=wrong)  # the URL is taken for the time
    s.show_names()


@scenario
def where_nothing_may_be_deleted(s):
    """A target that lets nobody delete: the reference warns and says 0, ours says 51."""
    s.begin_with("chains")
    s.target.chmod(0o555)
    manifest = f"'duplicity-inc.{STAMPS[0]}.to.{STAMPS[1]}.manifest'"
    s.run("remove-all-but-n-full", "1", "--force", "--num-retries", "1", s.url, before=NO_OVERRIDE,
          instead=Instead("removal-of-nothing", 51, f"ERROR 51 delete {manifest}"))
    s.target.chmod(0o755)
    s.show_names()


@scenario
def cleanup_of_leftovers(s):
    """cleanup lists what belongs to nothing, and with --force deletes it."""
    s.begin_with("orphaned")
    s.run("cleanup", s.url)
    s.show_names()
    s.run("cleanup", "--force", s.url)
    s.show_names()
    s.restored_by_the_other()


@scenario
def cleanup_of_nothing(s):
    """Nothing to delete is said."""
    s.begin_with("full")
    s.run("cleanup", s.url)
    s.run("cleanup", "--force", "-v5", s.url)
    s.run("cl", s.url)


@scenario
def cleanup_of_a_target_that_was_emptied(s):
    """The reference deletes from the archive dir what the target lost; ours does not if that is everything."""
    s.begin_with("full")
    for path in s.target.iterdir():
        path.unlink()
    s.run("cleanup", s.url, instead=Instead("emptied-targets", 0, says=("No extraneous files found",)))
    if not s.program.is_reference and len(list(s.cache.glob("duplicity-full*"))) != 2:
        raise AssertionError("signatures or manifest are gone")


@scenario
def cleanup_asks_for_the_passphrase(s):
    """cleanup wants the passphrase even where nothing needs it."""
    s.begin_with("encrypted")
    s.run("cleanup", s.url, plain=False)
    s.run("cleanup", s.url, plain=False, passphrase=PASSPHRASE)
    s.run("cleanup", "--force", s.url, plain=False, passphrase="wrong")


@scenario
def cleanup_of_a_partial_set(s):
    """A set that was cut short is listed, and deleted with --force only; the reference deletes it at once."""
    s.begin_with("partial")
    s.run("cleanup", s.url,
          instead=Instead("cleanup-of-parts", 0, says=("duplicity-full.20231114T221320Z.vol1.difftar.gz",)))
    s.run("cleanup", "--force", s.url, instead=Instead("cleanup-of-parts", 0))
    s.show_names()


@scenario
def cleanup_with_an_option_that_is_gone(s):
    """--extra-clean left duplicity with 0.8.11."""
    s.begin_with("full")
    s.run("cleanup", "--extra-clean", "--force", s.url)


# duplicity compresses the manifests of a replica, and then cannot restore from it (golden README, `replica`).
A_MANIFEST_IT_CAN_READ = Edit("replica-manifests", r"\.manifest\.gz$", ".manifest")


@scenario
def replicate(s):
    """Everything is copied set by set; a second time there is nothing to do."""
    s.begin_with("chain")
    other = f"file://{s.base}/copy"
    s.run("replicate", s.url, other)
    s.show_names(s.base / "copy", [A_MANIFEST_IT_CAN_READ])
    s.run("replicate", s.url, other)


@scenario
def replicate_up_to_a_time(s):
    """--time copies what is older."""
    s.begin_with("chains")
    other = f"file://{s.base}/copy"
    s.run("replicate", "--time", STAMPS[1], s.url, other)
    s.show_names(s.base / "copy", [A_MANIFEST_IT_CAN_READ])


@scenario
def replicate_to_what_is_no_url(s):
    """Two URLs, or nothing."""
    s.begin_with("full")
    s.run("replicate", s.url, s.base / "copy")
    s.run("replicate", s.url)


