#!/usr/bin/env python3
"""A large tree, and a file of several volumes: both programs agree on them (long)."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, text
from world import WorldTest, main

FILES = 60_000
BIG_MEBIBYTES = 500


class LargeTreeTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        for number in range(FILES):
            self.tree.file(f"{number % 200}/{number % 11}/{number}", text(number % 997, number))
        self.tree.file("big", b"")
        with open(os.path.join(self.world.source, "big"), "wb") as big:
            for _ in range(BIG_MEBIBYTES):
                big.write(os.urandom(1 << 20))
        self.tree.stamp(EPOCH)

    def change_some(self):
        for number in range(0, FILES, 500):
            self.tree.file(f"{number % 200}/{number % 11}/{number}", text(500, number + FILES), mtime=EPOCH + 10)
        for number in range(1, FILES, 1000):
            self.tree.remove(f"{number % 200}/{number % 11}/{number}")
        with open(os.path.join(self.world.source, "big"), "r+b") as big:
            big.seek(BIG_MEBIBYTES << 19)
            big.write(os.urandom(100_000))
        self.tree.stamp(EPOCH + 10)

    def test_sixty_thousand_files_and_a_file_of_three_volumes_come_back(self):
        self.world.back_up("duplid", kind="full")
        self.assertGreaterEqual(len(self.world.target_names(r"duplicity-full\..*\.vol\d+\.difftar")), 3)
        self.change_some()
        self.world.back_up("duplid", kind="incremental")
        (volume,) = self.world.target_names(r"duplicity-inc\..*\.vol1\.difftar")
        self.assertLess(os.path.getsize(self.world.target / volume), 4_000_000)

        verified = self.world.duplicity("verify", "--compare-data", self.world.url, self.world.source)
        self.assertIn("0 differences found", verified.out)
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplid"))


if __name__ == "__main__":
    main()
