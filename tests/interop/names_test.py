#!/usr/bin/env python3
"""File names that duplicity once wrote and still reads, in every direction.

Method: a chain of four sets written in turn under an old style of names, and restored by both
programs with that style. The zones are those whose offsets are easy to get wrong: duplicity writes a
negative half-hour offset with the hour below it, and the minutes counted upwards from there, -09:30 as
-10:30 (archive-format.md 1.2).
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import WorldTest, main


class OldNamesTest(WorldTest):
    def chain(self, *options):
        """(time, listing) of each set."""
        tree = Tree(self.world.source)
        points = []
        for step, program in enumerate(("duplid", "duplicity", "duplid", "duplicity")):
            tree.file("file", noise(70_000 + step, step), mtime=EPOCH + step)
            tree.stamp(EPOCH)
            kind = "incremental" if step else "full"
            points.append((self.world.back_up(program, *options, kind=kind), tree.listing()))
        return points

    def check(self, points, *options):
        for program in ("duplid", "duplicity"):
            for number, (time, expected) in enumerate(points):
                with self.subTest(restored_by=program, set=number, options=options):
                    self.assert_same_tree(expected, self.world.restore(program, *options, time=time))

    def old_names_in(self, zone, offset, *options, separator=":"):
        self.world.zone = zone
        points = self.chain("--old-filenames", *options)
        names = self.world.target_names(rf"{re.escape(separator)}\d\d{offset}\.")
        self.assertEqual(names, self.world.target_names("."))
        self.check(points, "--old-filenames", *options)

    def test_old_long_names_behind_utc_by_half_hours(self):
        self.old_names_in("America/St_Johns", "-0[34]:30")

    def test_old_long_names_behind_utc_by_nine_and_a_half_hours(self):
        self.old_names_in("Pacific/Marquesas", "-10:30")

    def test_old_long_names_ahead_of_utc_by_three_quarters(self):
        self.old_names_in("Asia/Kathmandu", r"\+05:45")

    def test_old_long_names_in_utc(self):
        self.old_names_in("UTC", "Z")

    def test_old_long_names_with_another_separator_of_times(self):
        self.old_names_in("Pacific/Marquesas", "-10_30", "--time-separator", "_", separator="_")

    def test_short_names(self):
        points = self.chain("--short-filenames")
        self.assertEqual(self.world.target_names(r"^d[fin]|^dfs|^dns|^dfm"), self.world.target_names("."))
        self.check(points, "--short-filenames")

    def test_a_chain_whose_sets_have_different_styles_of_names_is_read_by_both(self):
        tree = Tree(self.world.source)
        points = []
        for step, style in enumerate(((), ("--short-filenames",), ("--old-filenames",), ())):
            tree.file("file", noise(70_000 + step, step), mtime=EPOCH + step)
            tree.stamp(EPOCH)
            points.append((self.world.back_up("duplid", *style, kind="incremental" if step else "full"), tree.listing()))
        self.check(points)


if __name__ == "__main__":
    main()
