#!/usr/bin/env python3
"""Times of sets: two in one second, a clock that was set back, other time zones and summer time."""

import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree
from world import OK, USAGE, WorldTest, main


class ClockTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)

    def edit(self, step):
        self.tree.file("f", b"step %d" % step, mtime=EPOCH + step)
        self.tree.stamp(EPOCH + step)

    def test_backups_one_right_after_the_other_get_seconds_of_their_own(self):
        points = []
        for step in range(3):
            self.edit(step)
            self.world.duplictl("backup", self.world.source, self.world.url)
            points.append((int(time.time()), self.tree.listing()))
        self.assertEqual(len(self.world.target_names("manifest")), 3)
        ends = sorted(re.findall(r"(\d{8}T\d{6}Z)\.manifest", " ".join(self.world.target_names("manifest"))))
        self.assertEqual(len(set(ends)), 3)
        for end, (_, expected) in zip(ends, points):
            for program in ("duplid", "duplicity"):
                with self.subTest(restored_by=program, set=end):
                    self.assert_same_tree(expected, self.world.restore(program, time=end))

    def test_where_the_newest_set_is_of_tomorrow_the_clock_is_blamed_and_nothing_is_written(self):
        self.edit(0)
        self.world.back_up("duplid")
        stamp = re.search(r"\d{8}T\d{6}Z", self.world.target_names("manifest")[0])[0]
        tomorrow = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + 86400))
        for place in (self.world.target, self.world.archive_dir / "job"):
            for path in list(place.iterdir()):
                if stamp in path.name:
                    path.rename(place / path.name.replace(stamp, tomorrow))
        names = self.world.target_names()
        for kind in ("--full", "--incremental"):
            run = self.world.duplictl("backup", self.world.source, self.world.url, kind, expect=USAGE)
            self.assertRegex(run.text, rf"{tomorrow}.* dated in the future")
            self.assertIn("clock", run.text)
        self.assertEqual(self.world.target_names(), names)
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplid"))

    def test_zones_and_summer_time_may_change_between_sets(self):
        """Zones from fourteen hours ahead to twelve behind, one of them with summer time now and one
        without, under names in UTC and under old names that carry the offset."""
        for style in ((), ("--old-filenames",)):
            with self.subTest(style=style):
                self.world.target = self.world.root / f"target{len(style)}"
                self.world.name = f"job{len(style)}"
                points = []
                zones = ("Pacific/Kiritimati", "America/New_York", "Europe/Berlin", "Australia/Sydney", "Etc/GMT+12")
                for step, zone in enumerate(zones):
                    self.world.zone = zone
                    self.edit(step)
                    program = ("duplid", "duplicity")[step % 2]
                    kind = "incremental" if step else "full"
                    points.append((self.world.back_up(program, *style, kind=kind), self.tree.listing()))
                for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
                    self.world.zone = zone
                    for point, expected in points:
                        for program in ("duplid", "duplicity"):
                            with self.subTest(restored_by=program, at=point, zone=zone):
                                self.assert_same_tree(expected, self.world.restore(program, *style, time=point))
                # A time without a zone is one of the zone in which it is said.
                self.world.zone = "Etc/GMT+12"
                point, expected = points[2]
                said = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(point - 12 * 3600))
                self.assert_same_tree(expected, self.world.restore("duplid", *style, time=said, expect=OK))


if __name__ == "__main__":
    main()
