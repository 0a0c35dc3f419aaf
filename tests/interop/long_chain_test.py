#!/usr/bin/env python3
"""A chain of a hundred increments with creations, deletions and changes of type (feature-goals.md R29):
both programs restore it, at its end and in its middle (long, since each set has a second of its own)."""

import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import WorldTest, main

INCREMENTS = 100
NAMES = ("a", "a-b", "b", "d/e", "d/f", "d/g/h", "z z")
SEED = 20261122


class LongChainTest(WorldTest):
    def edit(self, step):
        """Three objects of the tree become something else: a file, a link, a folder, a fifo or nothing."""
        for name in self.rng.sample(NAMES, 3):
            self.clear(name)
            kind = self.rng.randrange(6)
            if kind < 5:
                (self.world.source / name).parent.mkdir(parents=True, exist_ok=True)
            if kind == 0:
                self.tree.link(name, f"target {step}")
            elif kind == 1:
                self.tree.file(f"{name}/inside", b"%d" % step, mtime=EPOCH + step)
            elif kind == 2:
                self.tree.fifo(name)
            elif kind < 5:
                self.tree.file(name, noise(self.rng.randrange(100_000), step), mtime=EPOCH + step)
        # One file of several blocks changes a little each time, so that its deltas pile up.
        data = bytearray(noise(300_000, 1))
        for earlier in range(step + 1):
            data[earlier * 2500:earlier * 2500 + 4] = b"%04d" % earlier
        self.tree.file("grows", bytes(data) + b"+" * step, mtime=EPOCH + step)
        self.tree.stamp(EPOCH + step)

    def clear(self, name):
        """Removes the object, and whatever of its parents is no folder."""
        path = self.world.source
        for part in Path(name).parts[:-1]:
            path /= part
            if not path.is_dir() or path.is_symlink():
                path.unlink(missing_ok=True)
        if os.path.lexists(self.tree.path(name)):
            self.tree.remove(name)

    def test_a_hundred_increments_restore_by_both_at_any_of_their_times(self):
        self.rng = random.Random(SEED)
        self.tree = Tree(self.world.source)
        points = []
        for step in range(INCREMENTS + 1):
            self.edit(step)
            time = self.world.back_up("duplid", kind="incremental" if step else "full")
            points.append((time, self.tree.listing()))
        self.assertEqual(len(self.world.target_names("inc.*manifest")), INCREMENTS)
        for number in (0, 1, 37, 73, INCREMENTS - 1, INCREMENTS):
            time, expected = points[number]
            with self.subTest(restored_by="duplid", increment=number):
                self.assert_same_tree(expected, self.world.restore("duplid", time=time))
        for number in (50, INCREMENTS):
            time, expected = points[number]
            with self.subTest(restored_by="duplicity", increment=number):
                self.assert_same_tree(expected, self.world.restore("duplicity", time=time))
        self.world.duplictl("verify", self.world.url, self.world.source, "--compare-data")
        versions = self.world.duplictl("versions", self.world.url, "grows").out
        self.assertGreater(len(versions.splitlines()), INCREMENTS)


if __name__ == "__main__":
    main()
