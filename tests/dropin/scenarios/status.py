"""collection-status and list-current-files: what only asks."""

import os

from deviations import Instead
from sets import PASSPHRASE, STAMPS, TIMES
from shutil import rmtree

from scenarios import scenario


@scenario
def of_one_chain(s):
    """The tables, and at -v8 and above the records that front ends read."""
    s.begin_with("chain")
    s.run("collection-status", s.url)
    s.run("collection-status", "-v9", s.url)
    s.run("col", "-v0", s.url)
    s.run("collection-status", s.url, log=False)


@scenario
def of_two_chains(s):
    """A secondary chain and the primary one."""
    s.begin_with("chains")
    s.run("collection-status", s.url)


@scenario
def of_nothing(s):
    """A target without a backup is no error; its directory is made."""
    s.run("collection-status", s.url)
    s.run("collection-status", "--file-changed", "a.txt", s.url)
    s.run("collection-status", "--show-changes-in-set", "0", s.url)
    s.show_names()


@scenario
def of_leftovers(s):
    """Sets that belong to nothing are counted and warned of."""
    s.begin_with("orphaned")
    s.run("collection-status", s.url)


@scenario
def without_the_archive_dir(s):
    """The archive dir is neither needed nor filled."""
    s.begin_with("chain")
    rmtree(s.archive)
    s.run("collection-status", s.url)
    s.show_names(s.cache)


@scenario
def of_what_is_encrypted(s):
    """No passphrase, a wrong one and --no-encryption all show the sets as enc."""
    s.begin_with("encrypted")
    s.run("collection-status", "-v8", s.url, plain=False)
    s.run("collection-status", s.url, plain=False, passphrase="wrong")
    s.run("collection-status", s.url, passphrase="")


@scenario
def with_options_of_others(s):
    """Selection options and others that make no sense are accepted, as front ends give them."""
    s.begin_with("full")
    s.run("collection-status", f"--include={s.source}/dir", "--exclude=**", "--exclude-if-present=CACHEDIR.TAG",
          "--timeout=120", "--volsize", "50", "--full-if-older-than", "1M", "--s3-use-new-style", s.url)


@scenario
def history_of_a_file(s):
    """--file-changed tells in which sets a file changed."""
    s.begin_with("chain")
    for name in ("a.txt", "dir/inner.txt", "gone.txt", "dir", "nothing", "/new.txt/"):
        s.run("collection-status", "--file-changed", name, s.url)


@scenario
def changes_of_a_set(s):
    """--show-changes-in-set lists what a set changed, 0 the newest."""
    s.begin_with("chain")
    for number in ("0", "1", "2"):
        s.run("collection-status", "--show-changes-in-set", number, s.url)
    s.run("collection-status", "--show-changes-in-set", "3", s.url, instead=Instead("no-tracebacks", 2, "ERROR 2"))


@scenario
def list_of_files(s):
    """list-current-files at every verbosity that matters."""
    s.begin_with("chain")
    s.run("list-current-files", s.url)
    s.run("list", "-v0", s.url)
    s.run("list-current-files", "-v5", s.url)
    s.run("list-current-files", s.url, log=False)


@scenario
def list_of_files_of_old(s):
    """At a time; before the first set the oldest chain is listed with warning 11."""
    s.begin_with("chains")
    s.run("list-current-files", "--time", STAMPS[0], s.url)
    s.run("list-current-files", f"-t{TIMES[1]}", s.url)
    s.run("list-current-files", "-t", "2001-01-01", s.url)


@scenario
def list_of_odd_names(s):
    """Names with quotes, tabs, newlines and what is not ASCII."""
    tree = s.tree
    tree.file("q'uote\\tab\té€😀", b"odd")
    tree.file("new\nline", b"odder")
    tree.file(" blanks ", b"at the ends")
    tree.stamp(1_600_000_000)
    s.prepare("full", "--no-print-statistics", "--current-time", str(TIMES[0]), s.source, s.url)
    s.run("list-current-files", s.url)
    s.run("collection-status", "--show-changes-in-set", "0", s.url)


@scenario
def list_of_names_that_are_no_text(s):
    """Bytes that are no UTF-8: the reference loses the record, or crashes; ours writes them as escapes."""
    tree = s.tree
    tree.file(os.fsdecode(b"bad\xff"), b"bad")
    tree.stamp(1_600_000_000)
    s.prepare("full", "--no-print-statistics", "--current-time", str(TIMES[0]), s.source, s.url)
    listed = s.invoke("list-current-files", s.url)
    if not s.program.is_reference and b"'bad\\udcff' reg\n" not in listed.log:
        raise AssertionError("it has no record")
    s.run("collection-status", "--show-changes-in-set", "0", s.url,
          instead=Instead("names-that-are-no-text", 0, says=("bad\ufffd",)))


@scenario
def list_in_another_zone(s):
    """Dates on the terminal are the zone's, stamps in records UTC."""
    s.begin_with("chain")
    s.zone = "Asia/Kolkata"
    s.run("list-current-files", s.url)
    s.run("collection-status", s.url)


@scenario
def list_of_what_is_encrypted(s):
    """With the signatures in the archive dir nothing is asked; without them the passphrase is needed."""
    s.begin_with("encrypted")
    s.run("list-current-files", s.url, plain=False)
    s.run("list-current-files", s.url, passphrase="")
    rmtree(s.archive)
    s.run("list-current-files", s.url, plain=False)
    s.run("list-current-files", s.url, plain=False, passphrase="wrong")
    s.run("list-current-files", s.url, plain=False, passphrase=PASSPHRASE)


@scenario
def list_of_nothing(s):
    """A target without a backup: 30 CollectionsError."""
    s.run("list-current-files", s.url)


@scenario
def log_timestamps(s):
    """--log-timestamp puts time and level in front of what the terminal shows, and only there."""
    s.begin_with("full")
    s.run("list-current-files", "--log-timestamp", s.url)
    s.run("collection-status", "--log-timestamp", s.url)


@scenario
def actions_of_3(s):
    """What 3.x calls these actions."""
    s.begin_with("full")
    s.run("st", s.url, instead=Instead("words-of-3", 0, says=("Found primary backup chain",)))
    s.run("ls", s.url, instead=Instead("words-of-3", 0, says=("dir/inner.txt",)))
