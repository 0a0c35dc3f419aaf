#!/usr/bin/env python3
"""A target that is full: the run says so and fails, earlier sets stay, and once there is room the
next backup works without a person's help. Needs the right to mount a small file system."""

import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import FAILED, MODES, PLAIN, WorldTest, main

MIB = 1 << 20


class DiskFullTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.small = self.world.root / "small"
        self.small.mkdir()
        self.world.target = self.small / "target"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", self.small],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"cannot mount: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.small], check=True)

    def fills_up(self, mode):
        tree = Tree(self.world.source)
        tree.file("first", noise(MIB, 1))
        tree.stamp(EPOCH)
        time = self.world.back_up("duplid", "--volsize", "1", mode=mode)
        before = tree.listing()

        tree.file("second", noise(12 * MIB, 2), mtime=EPOCH + 10)
        tree.stamp(EPOCH + 10)
        with self.world.new_set():
            run = self.world.duplictl("backup", self.world.source, self.world.url, "--volsize", "1", mode=mode,
                                      expect=FAILED)
        self.assertRegex(run.text, r"duplicity-inc\.\S+\.difftar\S*: No space left on device")
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                self.assert_same_tree(before, self.world.restore(program, mode=mode, time=time))

        subprocess.run(["mount", "-o", "remount,size=64m", self.small], check=True)
        self.world.back_up("duplid", "--volsize", "1", mode=mode)
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program, after="there was room again"):
                self.assert_same_tree(tree.listing(), self.world.restore(program, mode=mode))

    def test_a_full_target_fails_the_run_and_nothing_else_in_plain_volumes(self):
        self.fills_up(PLAIN)

    def test_a_full_target_fails_the_run_and_nothing_else_in_passphrase_volumes(self):
        self.fills_up(MODES["passphrase"])


if __name__ == "__main__":
    main()
