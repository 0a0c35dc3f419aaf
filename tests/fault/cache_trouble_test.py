#!/usr/bin/env python3
"""The cache is older or newer than the target, another machine's, damaged, or on a disk that fails: the
target is the truth, nothing is deleted on the cache's word, and a good set is never called a failure."""

import os
import shutil
import sqlite3
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from midway import make_large, started
from processes import release
from trees import EPOCH, Tree, noise
from world import MODES, OK, PLAIN, WARNINGS, WorldTest, main


class CacheTest(WorldTest):
    """Three sets of a tree, a copy of cache and target as of each."""

    def build(self, mode=PLAIN):
        self.mode = mode
        self.tree = Tree(self.world.source)
        self.points = []
        for step in range(3):
            self.edit(step)
            time_of_set = self.world.back_up("duplid", mode=mode, kind="incremental" if step else "full")
            self.points.append((time_of_set, self.tree.listing()))
            for place in (self.world.archive_dir, self.world.target):
                shutil.copytree(place, self.world.root / "kept" / str(step) / place.name)

    def edit(self, step):
        self.tree.file("big", noise(300_000, 1) + noise(10_000, 50 + step), mtime=EPOCH + step)
        self.tree.file(f"only in {step}", b"%d" % step, mtime=EPOCH + step)
        for name in os.listdir(self.world.source):
            if name.startswith("only in ") and name != f"only in {step}":
                self.tree.remove(name)
        self.tree.stamp(EPOCH + step)

    def use(self, what, step):
        """Takes the cache or the target as it was after that set."""
        place = {"cache": self.world.archive_dir, "target": self.world.target}[what]
        shutil.rmtree(place)
        shutil.copytree(self.world.root / "kept" / str(step) / place.name, place)

    def goes_on(self, last, expect=(OK,)):
        """The next backup continues after set `last`; every point restores by both, nothing was deleted."""
        before = {path.name: path.read_bytes() for path in self.world.target.iterdir()}
        self.edit(7)
        now = self.world.back_up("duplid", mode=self.mode, kind="incremental", expect=expect)
        for name, content in before.items():
            self.assertEqual((self.world.target / name).read_bytes(), content, name)
        for number, (point, expected) in enumerate([*self.points[:last + 1], (now, self.tree.listing())]):
            for program in ("duplid", "duplicity"):
                with self.subTest(restored_by=program, point=number):
                    self.assert_same_tree(expected, self.world.restore(program, mode=self.mode, time=point))

    def older_cache(self, mode):
        self.build(mode)
        self.use("cache", 0)
        self.goes_on(2)

    def test_a_cache_that_is_older_than_a_plain_target_catches_up(self):
        self.older_cache(PLAIN)

    def test_a_cache_that_is_older_than_an_encrypted_target_catches_up(self):
        self.older_cache(MODES["passphrase"])

    def test_a_cache_that_is_newer_than_the_target_forgets_what_is_not_there(self):
        self.build()
        self.use("target", 0)
        self.edit(3)
        self.goes_on(0)

    def test_a_cache_of_another_archive_is_not_believed(self):
        self.build()
        other = self.world.root / "other"
        Tree(other / "source").file("of another machine", b"x")
        shutil.rmtree(self.world.archive_dir)
        source, target = self.world.source, self.world.target
        self.world.source, self.world.target = other / "source", other / "target"
        self.world.back_up("duplid")
        self.world.source, self.world.target = source, target
        self.goes_on(2)

    def test_a_catalog_with_damage_inside_is_made_anew(self):
        self.build()
        catalog = self.world.archive_dir / "job" / "catalog.db"
        with sqlite3.connect(catalog) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        data = bytearray(catalog.read_bytes())
        for page in range(8192, len(data), 8192):
            data[page:page + 64] = b"\xa5" * 64
        catalog.write_bytes(data)
        self.goes_on(2)


class FailingCacheTest(WorldTest):
    def test_a_set_that_is_stored_is_told_as_stored_though_the_cache_cannot_take_it(self):
        tree = Tree(self.world.source)
        tree.file("f", noise(100_000, 1))
        tree.stamp(EPOCH)
        self.world.back_up("duplid", kind="full")
        tree.file("f", noise(100_000, 2), mtime=EPOCH + 10)
        tree.stamp(EPOCH + 10)
        # Folders with the names that the cache's manifest will have: renaming onto one fails, for root too.
        cache = self.world.archive_dir / "job"
        (first,) = cache.glob("*.manifest")
        full = first.name.split(".")[1]
        in_the_way = []
        now = int(time.time())
        for second in range(now, now + 60):
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
            in_the_way.append(cache / f"duplicity-inc.{full}.to.{stamp}.manifest")
            (in_the_way[-1] / "x").mkdir(parents=True)
        with self.world.new_set():
            run = self.world.duplictl("backup", self.world.source, self.world.url, expect=WARNINGS)
        self.assertRegex(run.text, "the backup is stored and whole, but the cache could not be brought up to date")
        self.assertRegex(run.text, r"Wrote the incremental set")
        for folder in in_the_way:
            shutil.rmtree(folder)
        # It is what was told: whole, for both, and the next one builds on it.
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                self.assert_same_tree(tree.listing(), self.world.restore(program))
        tree.file("g", b"more", mtime=EPOCH + 20)
        tree.stamp(EPOCH + 20)
        self.world.back_up("duplid", kind="incremental")
        self.assertEqual(len(self.world.target_names("inc.*manifest")), 2)
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program, after="another set"):
                self.assert_same_tree(tree.listing(), self.world.restore(program))

    def test_a_cache_that_is_deleted_under_a_running_backup_fails_that_run_alone(self):
        """As front ends do that think it damaged. What is written to a deleted folder is lost without an error."""
        tree = Tree(self.world.source)
        tree.file("f", noise(100_000, 1))
        tree.stamp(EPOCH)
        first, before = self.world.back_up("duplid", kind="full"), tree.listing()
        for is_made_anew in (False, True):
            with self.subTest(is_made_anew=is_made_anew):
                make_large(self.world.source)
                self.world.next_second()
                client, daemon = started(self.world)
                shutil.rmtree(self.world.archive_dir)
                if is_made_anew:
                    (self.world.archive_dir / "job").mkdir(parents=True)
                release(daemon)
                run = self.world.finish(client)
                self.world._last_set = int(time.time())
                self.assertNotIn(run.status, (OK, WARNINGS))
                self.assertIn(str(self.world.archive_dir), run.text)
                # No set that lacks something, and the good one is as good as ever.
                self.assert_same_tree(before, self.world.restore("duplid", time=first))
                self.world.back_up("duplid")
                self.world.duplictl("verify", "--compare-data", self.world.url, self.world.source)
                self.assert_same_tree(before, self.world.restore("duplicity", time=first))


if __name__ == "__main__":
    main()
