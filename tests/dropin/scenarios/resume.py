"""Sets that were cut short, locks, and archive dirs that were lost."""

import fcntl

from deviations import Edit, Instead
from sets import TIMES, partial
from trees import EPOCH, noise

from scenarios import scenario


@scenario
def cut_short(s):
    """A test switch ends the run at a volume: 30, and the set is left in parts."""
    s.begin_with("full")
    s.run("full", "--fail-on-volume", "1", "--current-time", str(TIMES[1]), s.source, s.url)
    s.show_names()
    s.show_names(s.cache)


@scenario
def resumed(s):
    """The next backup goes on where the last one ended, under its time; the other program restores it."""
    partial(s)
    s.show_names()
    s.show_names(s.cache)
    # Ours goes on behind the last whole volume, the reference one before it.
    s.run("--volsize", "1", "--current-time", str(TIMES[1]), s.source, s.url, edits=[
        Edit("resumes-behind", "Volumes 3 to 3 failed", "Volumes 4 to 4 failed"),
        Edit("resumes-behind", "Restarting backup at volume 3", "Restarting backup at volume 4"),
        Edit("resumes-behind", "after volume 2, file big1, block 14", "after volume 3, file big2, block 13")])
    s.show_names()
    s.show_names(s.cache)
    s.restored_by_the_other()


@scenario
def resumed_what_the_other_began(s):
    """A set that duplicity began and left is gone on with, and restored by the other program."""
    s.begin_with("partial")
    s.run("full", "--volsize", "1", "--no-print-statistics", "--current-time", str(TIMES[1]), s.source, s.url, edits=[
        Edit("resumes-behind", "Volumes 3 to 3 failed", "Volumes 4 to 4 failed"),
        Edit("resumes-behind", "Restarting backup at volume 3", "Restarting backup at volume 4"),
        Edit("resumes-behind", "after volume 2, file big1, block 14", "after volume 3, file big2, block 13")])
    s.restored_by_the_other()


@scenario
def resumed_an_increment_that_the_other_began(s):
    """So is an increment, as the source still has what its deltas copy."""
    s.begin_with("partial_increment")
    s.run("full", "--volsize", "1", "--no-print-statistics", "--current-time", str(TIMES[2]), s.source, s.url, edits=[
        Edit("resumes-behind", "Volumes 3 to 3 failed", "Volumes 4 to 4 failed"),
        Edit("resumes-behind", "Restarting backup at volume 3", "Restarting backup at volume 4"),
        Edit("resumes-behind", "after volume 2, file big1, block 14", "after volume 3, file big2, block 13")])
    s.show_names()
    s.restored_by_the_other()


@scenario
def resumed_with_another_word(s):
    """An interrupted full set is continued by `incremental` too."""
    partial(s)
    s.run("incremental", "-v5", "--volsize", "1", "--current-time", str(TIMES[1]), s.source, s.url,
          instead=Instead("resumes-behind", 0,
                          says=("left a partial set, restarting", "Restarting backup at volume 4")))
    s.show_names()


@scenario
def resumed_with_other_encryption(s):
    """A set that was begun without encryption is not continued with it: 45."""
    partial(s)
    # Ours begins anew; what was stored so far is left to cleanup.
    s.run("full", "--volsize", "1", "--current-time", str(TIMES[1]), s.source, s.url, plain=False, passphrase="x",
          instead=Instead("other-encryption", 0, says=("Restart is impossible",)))


@scenario
def resumed_too_early(s):
    """Where hardly anything was stored all begins anew."""
    partial(s)
    for path in s.target.glob("*.vol[234].*"):
        path.unlink()
    # Ours can go on behind the first volume too.
    s.run("full", "--volsize", "1", "--current-time", str(TIMES[1]), s.source, s.url,
          instead=Instead("resumes-behind", 0, says=("Restarting backup at volume 2",)))


@scenario
def parts_are_shown(s):
    """Status and list take a set in parts for a whole one."""
    partial(s)
    s.run("collection-status", "-v8", s.url)
    # Ours says with it that a restore must wait.
    s.run("list-current-files", s.url, edits=[
        Edit("lists-of-parts", r"(^\. Last full backup date: .*\n)",
             r"\1\nNOTICE 1\n. This backup was interrupted. The next one goes on with it; nothing of it can be restored "
             r"before.\n")])
    s.run("collection-status", "--file-changed", "a.txt", s.url)
    s.run("collection-status", "--show-changes-in-set", "0", s.url)


@scenario
def parts_are_not_restored(s):
    """The reference restores the parts and says 0; ours restores whole sets, here none."""
    partial(s)
    s.run("restore", s.url, s.restored, instead=Instead("no-restore-of-parts", 30, "ERROR 30 CollectionsError"))


@scenario
def parts_of_an_increment(s):
    """Where whole sets are, ours lists the newest of them; status shows the parts too."""
    s.begin_with("full")
    for number in range(3):
        s.tree.file(f"big{number}", noise(1_100_000, number), mtime=EPOCH + 100)
    s.tree.stamp(EPOCH + 100)
    s.invoke("incremental", "--volsize", "1", "--fail-on-volume", "3", "--current-time", str(TIMES[1]), s.source, s.url)
    s.run("collection-status", s.url)
    s.run("collection-status", "--show-changes-in-set", "0", s.url)
    s.run("collection-status", "--show-changes-in-set", "1", s.url)
    s.run("collection-status", "--file-changed", "a.txt", s.url)
    s.run("list-current-files", s.url, edits=[Edit("lists-of-parts", r"^INFO 10 \S+ 'big\d' reg\n.*\n\n", ""),
                                              Edit("lists-of-parts", r"^INFO 10 \S+ '\.' dir\n.*$",
                                                   "INFO 10 20231114T221320Z '.' dir\n. Tue Nov 14 22:13:20 2023 .")])


@scenario
def locked(s):
    """Another holds the archive dir: 23."""
    s.begin_with("full")
    with open(s.cache / "lockfile", "w", encoding="ascii") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        s.run("collection-status", s.url)
        s.run("full", "--current-time", str(TIMES[1]), s.source, s.url)
    s.run("collection-status", s.url)
    s.show_names()


@scenario
def a_cache_that_holds_too_much(s):
    """What the target does not have is deleted from the archive dir."""
    s.begin_with("chains")
    for path in s.target.glob("*20231118*"):
        path.unlink()
    for path in s.target.glob("*20231120*"):
        path.unlink()
    s.run("list-current-files", s.url)
    s.show_names(s.cache)


@scenario
def a_cache_that_lacks_a_manifest(s):
    """Deja Dup deletes manifests from its archive dir; they come back from the target."""
    s.begin_with("chain")
    for path in s.cache.glob("duplicity-full.*.manifest"):
        path.unlink()
    s.run("full", "--no-print-statistics", "--current-time", str(TIMES[3]), s.source, s.url)
    s.show_names(s.cache)
