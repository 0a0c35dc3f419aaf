#!/usr/bin/env python3
"""What a restore does in a destination that is not empty, under other names, in a dry run, and when
it is continued. The witness is a copied tree and the files' inode numbers: a file that was not
written keeps its own."""

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, ROOT, Tree, listing, noise
from world import FAILED, OK, USAGE, WARNINGS, WorldTest, main


class RestoreTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        self.tree.file("a/same", noise(300_000, 1))
        self.tree.file("a/other", noise(300_000, 2))
        self.tree.file("a/b/deep", b"deep")
        self.tree.file("older", b"in the backup", mtime=EPOCH + 100)
        self.tree.file("newer", b"in the backup", mtime=EPOCH - 100)
        self.tree.file("split", noise(200_000, 3))
        self.tree.file("gone", b"gone")
        self.tree.link("link", "a/same")
        self.tree.stamp(EPOCH)
        self.world.back_up("duplid")
        self.destination = self.world.root / "destination"

    def occupy(self):
        """A destination in which some is right, some is not, some is missing and some is foreign."""
        shutil.copytree(self.world.source, self.destination, symlinks=True)
        there = Tree(self.destination)
        there.file("a/other", noise(299_000, 2) + noise(1000, 9))  # same size and time, another content
        there.file("older", b"there", mtime=EPOCH)
        there.file("newer", b"there", mtime=EPOCH)
        there.file("split", noise(200_000, 3) + b"longer")
        there.remove("gone")
        there.file("mine", b"mine")
        there.stamp(EPOCH)
        return there

    def inodes(self):
        return {str(path.relative_to(self.destination)): path.lstat().st_ino
                for path in self.destination.rglob("*")}

    def restore_here(self, *words, expect=OK):
        return self.world.duplictl("restore", self.world.url, self.destination, *words, expect=expect)

    def content(self, name):
        return (self.destination / name).read_bytes()

    def summary(self, run):
        return json.loads(run.out.splitlines()[-1])["restore"]


class OverwriteTest(RestoreTest):
    def test_always_replaces_everything_and_leaves_what_is_foreign(self):
        self.occupy()
        before = self.inodes()
        self.restore_here("--overwrite", "always")
        self.assertEqual(self.content("mine"), b"mine")
        (self.destination / "mine").unlink()
        os.utime(self.destination, (EPOCH, EPOCH))
        self.assert_same_tree(self.tree.listing(), self.destination)
        self.assertNotEqual(self.inodes()["a/same"], before["a/same"])

    def test_changed_writes_only_what_is_not_right_and_trusts_neither_size_nor_time(self):
        self.occupy()
        before = self.inodes()
        report = self.summary(self.restore_here("--overwrite", "changed", "--json"))
        (self.destination / "mine").unlink()
        os.utime(self.destination, (EPOCH, EPOCH))
        self.assert_same_tree(self.tree.listing(), self.destination)
        kept = {name for name, inode in self.inodes().items() if before.get(name) == inode}
        self.assertEqual(kept, {"a", "a/b", "a/same", "a/b/deep", "link"})
        # Two files in part the same, three small ones; what was right was not written.
        self.assertEqual(report["bytes"], 300_000 + 200_000 + 3 * 13 - 9)
        self.assertEqual(report["unchanged"], 3)

    def test_changed_brings_metadata_back_without_writing_content(self):
        self.occupy()
        self.restore_here("--overwrite", "changed")
        os.chmod(self.destination / "a/same", 0o600)
        os.utime(self.destination / "a/same", (1, 1))
        (self.destination / "mine").unlink()
        report = self.summary(self.restore_here("--overwrite", "changed", "--json"))
        self.assertEqual(report["bytes"], 0)
        self.assert_same_tree(self.tree.listing(), self.destination)

    def test_changed_never_touches_a_file_that_has_another_name_elsewhere(self):
        self.occupy()
        outside = self.world.root / "outside"
        os.link(self.destination / "a/same", outside)
        os.chmod(outside, 0o600)
        self.restore_here("--overwrite", "changed")
        self.assertEqual(outside.stat().st_mode & 0o777, 0o600)
        self.assertNotEqual(outside.stat().st_ino, (self.destination / "a/same").stat().st_ino)

    def test_newer_replaces_only_what_is_older_than_in_the_backup(self):
        self.occupy()
        self.restore_here("--overwrite", "newer")
        self.assertEqual((self.content("older"), self.content("newer"), self.content("gone")),
                         (b"in the backup", b"there", b"gone"))

    def test_never_only_adds(self):
        self.occupy()
        before = self.inodes()
        report = self.summary(self.restore_here("--overwrite", "never", "--json"))
        after = self.inodes()
        self.assertEqual(self.content("gone"), b"gone")
        self.assertEqual({name for name in after if before.get(name) != after[name]}, {"gone"})
        self.assertEqual((report["made"], report["replaced"]), (1, 0))

    def test_force_with_another_rule_contradicts_it(self):
        self.occupy()
        self.restore_here("--overwrite", "never", "--force", expect=USAGE)
        self.restore_here("--overwrite", "sometimes", expect=USAGE)


class DryRunTest(RestoreTest):
    def test_it_tells_what_the_restore_then_does_and_does_nothing(self):
        for rule in ("always", "changed", "newer", "never"):
            with self.subTest(rule=rule):
                shutil.rmtree(self.destination, ignore_errors=True)
                self.occupy()
                before = self.world.snapshot(self.destination)
                dry = self.restore_here("--overwrite", rule, "--dry-run", "--json")
                self.assertEqual(self.world.snapshot(self.destination), before)
                told = self.summary(dry)
                done = self.summary(self.restore_here("--overwrite", rule, "--json"))
                for count in ("files", "made", "replaced", "unchanged", "left"):
                    self.assertEqual(told[count], done[count], count)
                effects = {event["path"]: event["effect"] for event in map(json.loads, dry.out.splitlines())
                           if event.get("type") == "object"}
                self.assertEqual(len(effects), told["files"])
                self.assertEqual(effects["gone"], "made")
                self.assertEqual(effects["newer"], "left" if rule in ("newer", "never") else "replaced")

    def test_nothing_is_made_where_nothing_is(self):
        run = self.restore_here("--dry-run")
        self.assertIn("made       a/b/deep\n", run.out)
        self.assertFalse(self.destination.exists())

    def test_a_destination_that_is_not_empty_is_refused_all_the_same(self):
        self.occupy()
        self.restore_here("--dry-run", expect=USAGE)


class RenameTest(RestoreTest):
    def test_the_result_is_duplicitys_for_the_same_renames(self):
        words = ["--rename", "a/b", "n/m", "--rename", "a", "z", "--rename", "link", "zz"]
        ours = self.world.restore("duplid", *words)
        theirs = self.world.restore("duplicity", *words)
        # Folders that the backup does not have get whatever owner, mode and time.
        mine = [row for row in listing(ours) if row[7] not in (".", "n")]
        others = [row for row in listing(theirs) if row[7] not in (".", "n")]
        self.assertEqual(mine, others)
        self.assertEqual((ours / "n/m/deep").read_bytes(), b"deep")

    def test_parents_are_made_and_two_names_can_be_exchanged(self):
        restored = self.world.restore("duplid", "--rename", "older", "p/q/r", "--rename", "newer", "gone",
                                      "--rename", "gone", "newer")
        self.assertEqual((restored / "p/q/r").read_bytes(), b"in the backup")
        self.assertEqual(((restored / "gone").read_bytes(), (restored / "newer").read_bytes()),
                         (b"in the backup", b"gone"))

    def test_folders_keep_their_time_and_mode_whatever_is_put_into_them_later(self):
        os.chmod(self.tree.path("a/b"), 0o555)
        self.tree.stamp(EPOCH)
        self.world.back_up("duplid")
        restored = self.world.restore("duplid", "--rename", "split", "a/b/split", "--rename", "gone", "a/gone")
        self.assertEqual((restored / "a/b/split").stat().st_size, 200_000)
        for name in ("a", "a/b", "."):
            self.assertEqual((restored / name).stat().st_mtime, EPOCH, name)
        self.assertEqual((restored / "a/b").stat().st_mode & 0o777, 0o555)

    def test_it_counts_from_what_is_restored(self):
        restored = self.world.restore("duplid", "--file-to-restore", "a", "--rename", "b", "q")
        self.assertEqual((restored / "q/deep").read_bytes(), b"deep")

    def test_renames_that_lead_out_or_make_no_sense_are_refused(self):
        for words in (["a", "../out"], ["..", "b"], ["/", "x"], ["a", "."]):
            with self.subTest(rename=words):
                self.world.restore("duplid", "--rename", *words, expect=USAGE)
        self.world.restore("duplid", "--rename", "a", "x", "--rename", "a", "y", expect=USAGE)


class ContinueTest(RestoreTest):
    def test_a_restore_that_was_cut_short_goes_on_where_it_was(self):
        self.destination.mkdir()
        (self.destination / "a").mkdir()
        shutil.copy2(self.tree.path("a/same"), os.fsencode(self.destination / "a/same"))
        (self.destination / ".duplid-tmp-1-0").write_bytes(noise(1000, 2))  # what a killed run leaves
        report = self.summary(self.restore_here("--overwrite", "changed", "--json"))
        total = sum(row.stat().st_size for row in self.world.source.rglob("*")
                    if row.is_file() and not row.is_symlink())
        self.assertEqual(report["bytes"], total - 300_000)
        (self.destination / ".duplid-tmp-1-0").unlink()
        os.utime(self.destination, (EPOCH, EPOCH))
        self.assert_same_tree(self.tree.listing(), self.destination)
        again = self.summary(self.restore_here("--overwrite", "changed", "--json"))
        self.assertEqual(again["bytes"], 0)


class RoomTest(RestoreTest):
    def mount(self, size):
        small = self.world.root / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", small],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"cannot mount: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", small], check=True)
        return small

    def test_too_little_room_is_seen_before_anything_is_written(self):
        small = self.mount("512k")
        run = self.world.duplictl("restore", self.world.url, small / "here", expect=FAILED)
        self.assertRegex(run.err, "there is room for")
        self.assertEqual(os.listdir(small), [])

    def test_a_full_disk_ends_the_restore_at_once(self):
        small = self.mount("512k")
        (small / "here").mkdir()
        (small / "here" / "mine").write_bytes(b"mine")
        run = self.world.duplictl("restore", self.world.url, small / "here", "--force", expect=FAILED)
        self.assertRegex(run.err, "No space left on device")
        self.assertNotIn(".duplid-tmp", "".join(os.listdir(small / "here")))

    def test_a_large_hole_needs_no_room(self):
        small = self.mount("4m")
        self.tree.file("hole", b"")
        os.truncate(self.tree.path("hole"), 64 << 20)
        self.world.back_up("duplid", kind="full")
        self.world.duplictl("restore", self.world.url, small / "here")
        self.assertEqual((small / "here/hole").stat().st_size, 64 << 20)


class TimeTest(RestoreTest):
    def test_a_time_before_the_first_backup_gives_the_oldest_and_says_so(self):
        restored = self.world.restore("duplid", "--time", "2001-01-01", expect=WARNINGS)
        self.assert_same_tree(self.tree.listing(), restored)


if __name__ == "__main__":
    main()
