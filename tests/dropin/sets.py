"""The archives that scenarios begin with, each made by the installed duplicity in an empty stage.

Set times are given with --current-time, so names and dates are the same in every run. Each maker
leaves the source as it was at the newest set.
"""

import os
import shutil

from trees import EPOCH, noise

DAY = 86_400
# 2023-11-14 22:13:20 UTC, and then every other day at that time.
TIMES = tuple(1_700_000_000 + number * 2 * DAY for number in range(5))
STAMPS = ("20231114T221320Z", "20231116T221320Z", "20231118T221320Z", "20231120T221320Z", "20231122T221320Z")
PASSPHRASE = "duplid test passphrase"


def link(tree, name, target):
    """With a time of its own: neither program restores it, but both tell it."""
    tree.link(name, target)
    os.utime(tree.path(name), (EPOCH, EPOCH), follow_symlinks=False)


def small_tree(stage):
    tree = stage.tree
    tree.file("a.txt", b"the first text\n")
    tree.file("dir/inner.txt", b"the inner text\n", mode=0o600)
    tree.file("dir/other.txt", b"the other text\n")
    tree.file("gone.txt", b"not there for long\n")
    link(tree, "link", "a.txt")
    tree.stamp(EPOCH)
    return tree


def first_change(tree):
    tree.file("a.txt", b"the second text, which is longer\n", mtime=EPOCH + 100)
    tree.file("new.txt", b"new in the second set\n", mtime=EPOCH + 100)
    tree.remove("gone.txt")
    tree.stamp(EPOCH + 100)


def second_change(tree):
    tree.file("dir/inner.txt", b"the inner text, changed\n", mtime=EPOCH + 200)
    tree.stamp(EPOCH + 200)


def back_up(stage, number, *words, **how):
    stage.prepare(*words, "--no-print-statistics", "--current-time", str(TIMES[number]), stage.source, stage.url, **how)


def full(stage):
    """One full set."""
    small_tree(stage)
    back_up(stage, 0, "full")


def chain(stage):
    """A full set of two volumes and two increments."""
    tree = small_tree(stage)
    tree.file("big.bin", noise(1_400_000, 7))
    tree.stamp(EPOCH)
    back_up(stage, 0, "full", "--volsize", "1")
    first_change(tree)
    back_up(stage, 1, "incremental")
    second_change(tree)
    back_up(stage, 2, "incremental")


def chains(stage):
    """Two chains: a full set and an increment, twice."""
    tree = small_tree(stage)
    back_up(stage, 0, "full")
    first_change(tree)
    back_up(stage, 1, "incremental")
    back_up(stage, 2, "full")
    second_change(tree)
    back_up(stage, 3, "incremental")


def encrypted(stage):
    """A full set and an increment, encrypted with a passphrase."""
    tree = small_tree(stage)
    back_up(stage, 0, "full", plain=False, passphrase=PASSPHRASE)
    first_change(tree)
    back_up(stage, 1, "incremental", plain=False, passphrase=PASSPHRASE)


def partial(stage):
    """A full set of four volumes that ended after the third one. Also made by the program that plays: ours goes on with
    what it began itself, only."""
    tree = small_tree(stage)
    for number in range(3):
        tree.file(f"big{number}", noise(1_100_000, number))
    tree.stamp(EPOCH)
    stage.invoke("full", "--volsize", "1", "--fail-on-volume", "3", "--current-time", str(TIMES[0]), stage.source,
                 stage.url)


def partial_increment(stage):
    """A full set, and an increment of four volumes, mostly deltas, that ended after the third one."""
    tree = small_tree(stage)
    for number in range(3):
        tree.file(f"big{number}", noise(1_100_000, number))
    tree.stamp(EPOCH)
    back_up(stage, 0, "full")
    first_change(tree)
    for number in range(3):
        tree.file(f"big{number}", noise(550_000, 10 + number) + noise(1_100_000, number) + noise(550_000, 20 + number),
                  mtime=EPOCH + 100)
    tree.stamp(EPOCH + 100)
    stage.invoke("incremental", "--volsize", "1", "--fail-on-volume", "3", "--current-time", str(TIMES[1]),
                 stage.source, stage.url)


def orphaned(stage):
    """A chain, and around it what aborted runs leave: signatures and a volume of nothing."""
    full(stage)
    volume = stage.file_of_target("*.vol1.difftar.gz")
    signatures = stage.file_of_target("*-signatures.*")
    shutil.copy(volume, stage.target / "duplicity-inc.20200101T000000Z.to.20200102T000000Z.vol1.difftar.gz")
    shutil.copy(signatures,
                stage.target / "duplicity-new-signatures.20200101T000000Z.to.20200102T000000Z.sigtar.gz")
    shutil.copy(volume, stage.target / "duplicity-full.20200201T000000Z.vol1.difftar.gz")


SETS = {make.__name__: make for make in (full, chain, chains, encrypted, partial, partial_increment, orphaned)}
