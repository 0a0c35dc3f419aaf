"""Sets that were cut short, locks, and archive dirs that were lost."""

import fcntl

from sets import TIMES

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
    s.begin_with("partial")
    s.show_names()
    s.show_names(s.cache)
    s.run("--volsize", "1", "--current-time", str(TIMES[1]), s.source, s.url)
    s.show_names()
    s.show_names(s.cache)
    s.restored_by_the_other()


@scenario
def resumed_with_another_word(s):
    """An interrupted full set is continued by `incremental` too."""
    s.begin_with("partial")
    s.run("incremental", "-v5", "--volsize", "1", "--current-time", str(TIMES[1]), s.source, s.url)
    s.show_names()


@scenario
def resumed_with_other_encryption(s):
    """A set that was begun without encryption is not continued with it: 45."""
    s.begin_with("partial")
    s.run("full", "--volsize", "1", "--current-time", str(TIMES[1]), s.source, s.url, plain=False, passphrase="x")
    s.show_names()


@scenario
def resumed_too_early(s):
    """Where hardly anything was stored all begins anew."""
    s.begin_with("partial")
    for path in s.target.glob("*.vol[234].*"):
        path.unlink()
    s.run("full", "--volsize", "1", "--current-time", str(TIMES[1]), s.source, s.url)


@scenario
def parts_are_shown(s):
    """Status and list take a set in parts for a whole one."""
    s.begin_with("partial")
    s.run("collection-status", "-v8", s.url)
    s.run("list-current-files", s.url)


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
    s.run("cleanup", "--dry-run", s.url)
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
