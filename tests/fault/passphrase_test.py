#!/usr/bin/env python3
"""A wrong passphrase on a chain is refused before anything is written: otherwise a typo makes a chain
that no single passphrase opens."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import MODES, WRONG_PASSPHRASE, WorldTest, main

RIGHT = MODES["passphrase"]
WRONG = replace(RIGHT, passphrase="not the passphrase")
UNSET = replace(RIGHT, passphrase=None)


class PassphraseTest(WorldTest):
    quick_passphrases = False

    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        self.tree.file("file", noise(100_000, 1))
        self.tree.stamp(EPOCH)

    def begin(self, writer):
        self.world.back_up(writer, mode=RIGHT, kind="full")
        self.before = self.tree.listing()
        self.tree.file("file", noise(100_000, 2), mtime=EPOCH + 10)

    def refused(self, mode, words=()):
        target = self.world.snapshot(self.world.target)
        with self.world.new_set():
            self.world.duplictl("backup", self.world.source, self.world.url, *words, mode=mode,
                                expect=WRONG_PASSPHRASE)
        self.assertEqual(self.world.snapshot(self.world.target), target)

    def goes_on(self):
        """The right passphrase still opens and continues the chain."""
        self.world.back_up("duplid", mode=RIGHT, kind="incremental")
        for program in ("duplid", "duplicity"):
            self.assert_same_tree(self.tree.listing(), self.world.restore(program, mode=RIGHT))

    def test_a_wrong_passphrase_writes_nothing_on_our_own_chain(self):
        self.begin("duplid")
        self.refused(WRONG)
        self.refused(WRONG, ["--incremental"])
        self.goes_on()

    def test_a_wrong_passphrase_writes_nothing_on_duplicitys_chain(self):
        self.begin("duplicity")
        self.refused(WRONG)
        self.goes_on()

    def test_a_wrong_passphrase_writes_nothing_when_the_cache_is_lost(self):
        self.begin("duplid")
        shutil.rmtree(self.world.archive_dir)
        self.refused(WRONG, ["--incremental"])
        self.goes_on()

    def test_no_passphrase_at_all_is_refused_without_asking_when_nobody_is_there(self):
        self.begin("duplid")
        self.refused(UNSET)
        self.goes_on()

    def test_a_wrong_passphrase_restores_nothing(self):
        self.begin("duplid")
        shutil.rmtree(self.world.archive_dir)
        directory = self.world.restore("duplid", mode=WRONG, expect=WRONG_PASSPHRASE)
        self.assertFalse(directory.exists() and any(directory.iterdir()))


if __name__ == "__main__":
    main()
