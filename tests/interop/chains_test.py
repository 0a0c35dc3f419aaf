#!/usr/bin/env python3
"""The two programs take turns on one target and one archive directory.

Goal: nobody can tell from a chain who wrote which of its sets. Method: six sets of a tree with
everything in it, edited between sets, written in turn; then each program restores each point in time
and the result is compared with what the source was; duplicity also verifies the newest.
"""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import edit, make_everything
from world import MODES, PLAIN, WorldTest, main

SETS = 6


class ChainTest(WorldTest):
    def build(self, mode, first, second):
        """A chain written in turn. Returns (time, listing) of each set."""
        tree = make_everything(self.world.source)
        points = []
        for step in range(SETS):
            if step:
                edit(tree, step)
            # Said explicitly: a program that cannot continue the chain must fail, not start anew.
            time = self.world.back_up((first, second)[step % 2], "--volsize", "1", mode=mode,
                                      kind="incremental" if step else "full")
            points.append((time, tree.listing()))
        return points

    def check(self, mode, points):
        for program in ("duplid", "duplicity"):
            for number, (time, expected) in enumerate(points):
                with self.subTest("restored by " + program, set=number):
                    self.assert_same_tree(expected, self.world.restore(program, mode=mode, time=time))

        verified = self.world.duplicity("verify", "--compare-data", self.world.url, self.world.source, mode=mode)
        self.assertIn("0 differences found", verified.out)
        status = self.world.duplicity("collection-status", self.world.url, mode=mode).out
        self.assertIn("Number of contained backup sets: 6", status)
        self.assertIn("Found primary backup chain with matching signature chain", status)
        self.assertIn("No orphaned or incomplete backup sets found", status)
        self.world.duplictl("collection-status", self.world.url, mode=mode)

    def starts(self, mode, first, second):
        self.check(mode, self.build(mode, first, second))


def sentence(mode_name, starter):
    return f"test_{mode_name.replace('-', '_')}_when_{starter}_starts"


for _mode in MODES.values():
    setattr(ChainTest, sentence(_mode.name, "duplid"), lambda self, mode=_mode: self.starts(mode, "duplid", "duplicity"))
    setattr(ChainTest, sentence(_mode.name, "duplicity"),
            lambda self, mode=_mode: self.starts(mode, "duplicity", "duplid"))


class LostCacheTest(WorldTest):
    """The archive directory is disposable: both programs rebuild it from the target."""

    def lose_cache_between(self, mode, order):
        tree = make_everything(self.world.source)
        points = []
        for step, program in enumerate(order):
            if step:
                edit(tree, step)
                shutil.rmtree(self.world.archive_dir)
            time = self.world.back_up(program, mode=mode, kind="incremental" if step else "full")
            points.append((time, tree.listing()))
        shutil.rmtree(self.world.archive_dir)
        for time, expected in points:
            self.assert_same_tree(expected, self.world.restore("duplid", mode=mode, time=time))
        self.assert_same_tree(points[-1][1], self.world.restore("duplicity", mode=mode))

    def test_a_plain_chain_is_continued_after_the_cache_was_lost(self):
        self.lose_cache_between(PLAIN, ("duplid", "duplid", "duplicity", "duplid"))

    def test_a_passphrase_chain_is_continued_after_the_cache_was_lost(self):
        self.lose_cache_between(MODES["passphrase"], ("duplicity", "duplid", "duplicity"))


if __name__ == "__main__":
    main()
