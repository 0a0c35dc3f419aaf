#!/usr/bin/env python3
"""What file systems of other kinds than the one this machine runs on keep and tell.

Method: an image in a file, mounted; skipped, and shown as such, where nobody may mount. Everything that
duplicity drops has to come back on each, as extras_test.py has it on whatever is there. btrfs besides
gives each subvolume a device number of its own, a new one with each snapshot and mount.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

for folder in ("support/python", "fault"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / folder))

from extras_test import MIB, ExtrasTest
from trees import EPOCH, ROOT, Tree, listing, noise
from world import main


class LoopTest(ExtrasTest):
    def mounted(self, kind, size, *options):
        """The place where a new file system is mounted until the end of the test."""
        make = f"/usr/sbin/mkfs.{kind}"
        if not ROOT or not os.path.exists(make):
            self.skipTest(f"no mkfs.{kind}, or no right to mount")
        self.image = self.world.root / "image"
        with open(self.image, "wb") as file:
            os.truncate(file.fileno(), size)
        subprocess.run([make, "-q", *options, self.image], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        mount = self.world.root / "mount"
        mount.mkdir()
        self.mount(mount)
        self.addCleanup(subprocess.run, ["umount", mount], check=True)
        return mount

    def mount(self, place):
        done = subprocess.run(["mount", "-o", "loop", self.image, place], check=False, capture_output=True)
        if done.returncode:
            self.skipTest(f"no right to mount: {done.stderr.decode().strip()}")

    def use(self, source):
        self.tree = Tree(source)
        self.world.source = source

    def stored_by(self, program, *words):
        """Listing of what `program` stores in a new archive."""
        target, name = self.world.target, self.world.name
        self.world.target, self.world.name = self.world.root / f"only-{program}", f"only-{program}"
        try:
            self.world.back_up(program, *words, kind="full")
            return listing(self.world.restore("duplicity"))
        finally:
            shutil.rmtree(self.world.target)
            self.world.target, self.world.name = target, name


class RoundTripTest(LoopTest):
    def on(self, kind, size, *options):
        mount = self.mounted(kind, size, *options)
        self.use(mount / "source")
        self.make_all()
        self.world.back_up("duplid", kind="full")
        directory = mount / "restored"
        self.world.duplictl("restore", self.world.url, directory)
        self.assert_same_tree(self.tree.listing(), directory)
        self.assert_all_back(directory)
        self.assertLess(os.stat(directory / "holes").st_blocks * 512, MIB)
        # Mounted again it has another device number, and nothing has changed.
        subprocess.run(["umount", mount], check=True)
        self.mount(mount)
        self.world.back_up("duplid", kind="incremental")
        self.assertEqual(self.entries(), [])
        self.assert_duplicity_content()

    def test_ext4(self):
        # Its small default blocks would leave no room for the attributes.
        self.on("ext4", 100 * MIB, "-b", "4096")

    def test_btrfs(self):
        self.on("btrfs", 300 * MIB)

    def test_xfs(self):
        self.on("xfs", 400 * MIB)


class SubvolumeTest(LoopTest):
    def setUp(self):
        super().setUp()
        self.place = self.mounted("btrfs", 300 * MIB)
        self.btrfs("subvolume", "create", self.place / "data")
        self.use(self.place / "data")
        self.tree.file("file", noise(100_000, 1))
        self.tree.file("folder/inside", noise(70_000, 2))
        os.link(self.tree.path("file"), self.tree.path("folder/second name"))
        self.btrfs("subvolume", "create", self.place / "data" / "nested")
        self.tree.file("nested/below", noise(5000, 3))
        self.tree.file("nested/folder/deep", b"deep")
        self.tree.stamp(EPOCH)

    def btrfs(self, *words):
        subprocess.run(["btrfs", *words], check=True, stdout=subprocess.DEVNULL)

    def snapshot(self):
        """A new read-only snapshot of the data, always in the same place, as a nightly script makes it."""
        place = self.place / "snapshot"
        if place.exists():
            self.btrfs("subvolume", "delete", "--commit-after", place)
            # It takes the number that has become free.
            self.btrfs("subvolume", "snapshot", "-r", self.place / "data", self.place / "holder")
        self.btrfs("subvolume", "snapshot", "-r", self.place / "data", place)
        self.world.source = place

    def back_up_snapshot(self, kind):
        """Without the folder that stands for the nested subvolume: its time is always that of the first look at it."""
        self.snapshot()
        self.world.back_up("duplid", "--exclude", self.world.source / "nested", kind=kind)

    def test_subvolumes_have_numbers_of_their_own(self):
        """What this file is about; if it fails, the other tests show nothing."""
        nested = os.stat(self.place / "data" / "nested")
        self.assertNotEqual(os.stat(self.place / "data").st_dev, nested.st_dev)
        self.assertEqual(os.stat(self.place / "data").st_ino, nested.st_ino)

    def test_an_unchanged_subvolume_makes_an_empty_increment(self):
        self.world.back_up("duplid", kind="full")
        self.world.back_up("duplid", kind="incremental")
        self.assertEqual(self.entries(), [])
        self.assert_duplicity_content()
        restored = self.restored()
        self.assertEqual(os.stat(restored / "file").st_nlink, 2)

    def test_a_new_snapshot_of_unchanged_data_makes_an_empty_increment(self):
        self.back_up_snapshot("full")
        first = os.stat(self.world.source).st_dev
        self.back_up_snapshot("incremental")
        self.assertNotEqual(os.stat(self.world.source).st_dev, first)
        self.assertEqual(self.entries(), [])
        self.assertEqual(os.stat(self.restored() / "file").st_nlink, 2)

    def test_of_a_snapshot_only_what_changed_in_the_data_is_stored(self):
        self.back_up_snapshot("full")
        # As long and, to the second, as old as before.
        path = self.tree.path("folder/inside")
        with open(path, "r+b") as file:
            file.write(b"X")
        os.utime(path, (EPOCH, EPOCH))
        self.back_up_snapshot("incremental")
        self.assertEqual(self.entries(), ["diff/folder/inside"])
        content = (self.world.source / "folder" / "inside").read_bytes()
        self.assertEqual(content[:1], b"X")
        self.assertEqual((self.restored() / "folder" / "inside").read_bytes(), content)

    def test_a_subvolume_is_another_file_system_as_to_duplicity(self):
        for source in (self.place / "data", self.place):
            with self.subTest(source=source.name):
                self.world.source = source
                trees = [self.stored_by(program, "--exclude-other-filesystems") for program in ("duplicity", "duplid")]
                self.assertEqual(trees[1], trees[0])
                whole = self.stored_by("duplid")
                self.assertLess(len(trees[0]), len(whole))

    def test_a_snapshot_has_a_folder_where_the_data_have_a_subvolume(self):
        self.snapshot()
        for words in ([], ["--exclude-other-filesystems"]):
            # Kinds, modes, owners, content, names: the folder's time is that of the first look at it.
            trees = [[row[:4] + row[5:] for row in self.stored_by(program, *words)]
                     for program in ("duplicity", "duplid")]
            self.assertEqual(trees[1], trees[0])


if __name__ == "__main__":
    main()
