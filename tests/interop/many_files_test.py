#!/usr/bin/env python3
"""Many small files: duplicity is content with what duplid wrote of them."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, text
from world import WorldTest, main

FILES = 3000


class ManyFilesTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        for number in range(FILES):
            self.tree.file(f"{number % 60}/{number % 7}/{number}", text(number % 997, number))
        self.tree.stamp(EPOCH)

    def change_some(self):
        for number in range(0, FILES, 50):
            self.tree.file(f"{number % 60}/{number % 7}/{number}", text(500, number + FILES), mtime=EPOCH + 10)
        for number in range(1, FILES, 100):
            self.tree.remove(f"{number % 60}/{number % 7}/{number}")
        self.tree.stamp(EPOCH + 10)

    def listed_by_duplicity(self):
        """Paths, which follow the 24 characters of the time (command-line.md 5.3)."""
        lines = self.world.duplicity("list-current-files", self.world.url).out.splitlines()
        return [line[25:] for line in lines if line[20:24].isdigit() and line[24:25] == " "]

    def test_three_thousand_small_files_are_stored_listed_and_verified(self):
        self.world.back_up("duplid", kind="full")
        self.change_some()
        self.world.back_up("duplid", kind="incremental")

        verified = self.world.duplicity("verify", "--compare-data", self.world.url, self.world.source)
        self.assertIn("0 differences found", verified.out)
        self.assertEqual(sorted(self.listed_by_duplicity()), sorted(row[7] for row in self.tree.listing()))
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplicity"))
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplid"))

    def test_an_increment_without_a_change_holds_no_entries(self):
        self.world.back_up("duplid", kind="full")
        self.world.back_up("duplid", kind="incremental")
        (volume,) = self.world.target_names(r"duplicity-inc\..*\.vol1\.difftar")
        self.assertLess(os.path.getsize(self.world.target / volume), 100)
        self.world.back_up("duplicity", kind="incremental")
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplicity"))


if __name__ == "__main__":
    main()
