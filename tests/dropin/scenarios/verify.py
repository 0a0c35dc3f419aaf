"""verify, with and without --compare-data."""

import gzip
import hashlib
import os
import re

from deviations import Instead
from sets import PASSPHRASE, STAMPS
from trees import EPOCH

from scenarios import scenario


def change(s):
    """One difference of each kind."""
    tree = s.tree
    tree.file("a.txt", b"THE second text, which is longer\n", mtime=EPOCH + 100)  # data only
    os.utime(tree.path("new.txt"), (EPOCH + 999, EPOCH + 999))
    os.chmod(tree.path("dir/other.txt"), 0o600)
    tree.remove("dir/inner.txt")
    tree.file("added.txt", b"not in the backup")
    tree.remove("link")
    tree.link("link", "dir")
    tree.remove("big.bin")
    tree.directory("big.bin")
    tree.stamp(EPOCH + 200)


@scenario
def of_what_is_as_it_was(s):
    """Nothing differs: status 0."""
    s.begin_with("chain")
    s.run("verify", "-v5", s.url, s.source)
    s.run("verify", "--compare-data", s.url, s.source)


@scenario
def of_every_difference(s):
    """Every kind of difference is told: status 1 and its sentence."""
    s.begin_with("chain")
    change(s)
    s.run("verify", "--compare-data", s.url, s.source)
    s.run("verify", s.url, s.source)
    s.run("verify", "--compare-data", "-t", STAMPS[0], "--file-to-restore", "dir", s.url, s.source / "dir")


@scenario
def of_one_file(s):
    """One file compared, one difference found: singular."""
    s.begin_with("chain")
    s.run("verify", "--compare-data", "--file-to-restore", "a.txt", s.url, s.source / "a.txt")
    s.tree.file("a.txt", b"other", mtime=EPOCH)
    s.run("verify", "--compare-data", "--file-to-restore", "a.txt", s.url, s.source / "a.txt")


@scenario
def with_selection(s):
    """Selection options apply to the local side; the exclude list may be empty."""
    s.begin_with("chain")
    change(s)
    s.list = s.base / "list"
    s.list.write_text("", encoding="ascii")
    s.run("verify", "--compare-data", "--exclude", s.source / "dir", s.url, s.source)
    s.run("verify", "--exclude-filelist", s.list, s.url, s.source)


@scenario
def of_what_is_missing(s):
    """A directory that is not there: 12. The wrong way round: 2."""
    s.begin_with("full")
    s.run("verify", s.url, s.base / "nothing")
    s.run("verify", s.source, s.url)


@scenario
def with_a_passphrase(s):
    """verify needs the passphrase: right, wrong, none."""
    s.begin_with("encrypted")
    s.plain = False
    s.run("verify", s.url, s.source, passphrase=PASSPHRASE)
    s.run("verify", s.url, s.source, passphrase="wrong")
    s.run("verify", s.url, s.source)


@scenario
def of_a_damaged_volume(s):
    """A volume that is not what the manifest says: 21."""
    s.begin_with("full")
    volume = s.file_of_target("*.vol1.*")
    volume.write_bytes(volume.read_bytes()[:-1])
    # Ours names every file that is lost by it before it ends.
    s.run("verify", s.url, s.source, instead=Instead("damage-costs-its-files", 21, "ERROR 21", ("SHA1 hash mismatch",)))


@scenario
def of_a_volume_that_was_replaced(s):
    """A volume of other content under its hash: with the reference nothing is wrong with it."""
    s.begin_with("full")
    volume = s.file_of_target("*.vol1.*")
    content = gzip.decompress(volume.read_bytes()).replace(b"the first text", b"the wrong text")
    volume.write_bytes(gzip.compress(content))
    digest = hashlib.sha1(volume.read_bytes()).hexdigest().encode()
    for path in (*s.target.glob("*.manifest"), *s.cache.glob("*.manifest")):
        path.write_bytes(re.sub(rb"SHA1 [0-9a-f]{40}", b"SHA1 " + digest, path.read_bytes()))
    s.run("verify", s.url, s.source,
          instead=Instead("proof-by-content", 30, "ERROR 30 OSError", ("1 object damaged",)))


@scenario
def of_what_the_archive_lacks(s):
    """A path that is not in the archive: 19 with ours, success with the reference."""
    s.begin_with("full")
    s.run("verify", "--file-to-restore", "nothing", s.url, s.source,
          instead=Instead("verify-of-nothing", 19, "ERROR 19"))


@scenario
def as_a_dry_run(s):
    """verify --dry-run makes no sense: 2 with ours, a crash with the reference."""
    s.begin_with("full")
    s.run("verify", "--dry-run", s.url, s.source, instead=Instead("no-tracebacks", 2, "ERROR 2"))
