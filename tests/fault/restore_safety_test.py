#!/usr/bin/env python3
"""Restore never writes outside its destination, whatever the archive or the destination holds, and
never into a directory that holds something unless it is told to.

Method: a directory `outside` stands beside the destination; whatever is tried, it must afterwards be
what it was, down to its inode numbers, link counts and times.
"""

import os
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from hostile_archive import directory, member, root, symlink, write_set
from trees import EPOCH, Tree
from world import DAMAGED, FAILED, OK, USAGE, WARNINGS, WorldTest, main

# A restore that met something it will not do says so: damaged, with warnings, or failed as a whole.
NOT_WELL = (DAMAGED, WARNINGS, FAILED)


class SafetyTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.outside = self.world.root / "outside"
        self.outside.mkdir(mode=0o700)
        (self.outside / "canary").write_bytes(b"untouched")
        (self.outside / "canary").chmod(0o600)
        self.destination = self.world.root / "destination"

    def witness(self):
        rows = []
        for path in [self.outside, *sorted(self.outside.rglob("*"))]:
            info = path.lstat()
            rows.append((str(path), info.st_mode, info.st_uid, info.st_nlink, info.st_ino, info.st_size,
                         info.st_mtime_ns, path.read_bytes() if path.is_file() else b""))
        return rows

    def attack(self, members, *words, expect=NOT_WELL):
        write_set(self.world.target, [root(), *members])
        before = self.witness()
        beside = set(os.listdir(self.world.root)) | {"destination", "archive-dir"}
        run = self.world.duplictl("restore", self.world.url, self.destination, *words, expect=expect)
        self.assertEqual(self.witness(), before)
        self.assertLessEqual(set(os.listdir(self.world.root)), beside)
        return run


class HostileArchiveTest(SafetyTest):
    def test_an_honest_archive_of_the_same_making_restores_by_both(self):
        """The witness that the other archives are refused for their sins, not for their form."""
        write_set(self.world.target, [root(), directory("d"), member("snapshot/d/f", data=b"good"),
                                      symlink("l", "d/f")])
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                restored = self.world.restore(program)
                self.assertEqual((restored / "l").read_bytes(), b"good")

    def test_a_name_that_climbs_out_is_damage(self):
        self.attack([member("snapshot/../outside/evil", data=b"evil")], expect=DAMAGED)

    def test_a_name_that_climbs_out_from_within_is_damage(self):
        self.attack([directory("a"), member("snapshot/a/../../outside/evil", data=b"evil")], expect=DAMAGED)

    def test_a_block_of_a_name_that_climbs_out_is_damage(self):
        self.attack([member("multivol_snapshot/../outside/evil/1", data=b"e" * 65536),
                     member("multivol_snapshot/../outside/evil/2", data=b"vil")], expect=DAMAGED)

    def test_an_absolute_name_stays_inside(self):
        self.attack([member(f"snapshot/{self.outside}/evil", data=b"evil")], expect=(OK, *NOT_WELL))

    def test_a_file_below_a_link_of_the_archive_is_not_written_through_it(self):
        self.attack([symlink("door", str(self.outside)), member("snapshot/door/canary", data=b"evil"),
                     member("snapshot/door/evil", data=b"evil")])

    def test_a_file_below_a_relative_link_of_the_archive_is_not_written_through_it(self):
        self.attack([symlink("door", "../outside"), member("snapshot/door/evil", data=b"evil")])

    def test_objects_of_every_kind_below_a_link_are_not_made_through_it(self):
        self.attack([symlink("door", str(self.outside)), directory("door/dir"),
                     member("snapshot/door/fifo", tarfile.FIFOTYPE), symlink("door/link", "x"),
                     member("multivol_snapshot/door/many/1", data=b"m" * 65536),
                     member("multivol_snapshot/door/many/2", data=b"")])

    def test_a_name_that_is_a_link_first_and_a_directory_then_does_not_change_what_it_points_to(self):
        self.attack([symlink("door", str(self.outside)), directory("door", 0o777),
                     member("snapshot/door/evil", data=b"evil")], expect=(OK, *NOT_WELL))

    def test_a_name_that_is_a_link_first_and_a_file_then_is_not_written_through(self):
        self.attack([symlink("file", str(self.outside / "canary")), member("snapshot/file", data=b"evil")],
                    expect=(OK, *NOT_WELL))

    def test_a_hard_link_is_refused(self):
        self.attack([member("snapshot/hard", tarfile.LNKTYPE, link=str(self.outside / "canary"))])
        self.assertFalse((self.destination / "hard").exists())

    def test_a_deletion_of_something_outside_deletes_nothing(self):
        self.attack([member("deleted/../outside/canary")], expect=DAMAGED)

    def test_a_root_that_is_a_link_does_not_send_the_restore_elsewhere(self):
        write_set(self.world.target, [symlink(".", str(self.outside)), member("snapshot/evil", data=b"evil")])
        before = self.witness()
        self.world.duplictl("restore", self.world.url, self.destination, expect=(OK, *NOT_WELL))
        self.assertEqual(self.witness(), before)


class DestinationTest(SafetyTest):
    def test_a_link_in_the_destination_where_a_directory_belongs_is_not_followed(self):
        self.destination.mkdir()
        (self.destination / "door").symlink_to(self.outside)
        self.attack([directory("door", 0o755), member("snapshot/door/canary", data=b"evil"),
                     member("snapshot/door/evil", data=b"evil")], "--force")

    def test_a_link_in_the_destination_where_a_file_belongs_is_replaced_not_written_through(self):
        self.destination.mkdir()
        (self.destination / "file").symlink_to(self.outside / "canary")
        self.attack([member("snapshot/file", data=b"restored")], "--force", expect=OK)
        self.assertFalse((self.destination / "file").is_symlink())
        self.assertEqual((self.destination / "file").read_bytes(), b"restored")

    def test_a_hard_link_in_the_destination_is_replaced_not_written_through(self):
        self.destination.mkdir()
        os.link(self.outside / "canary", self.destination / "file")
        write_set(self.world.target, [root(), member("snapshot/file", data=b"restored")])
        self.world.duplictl("restore", self.world.url, self.destination, "--force")
        self.assertEqual((self.outside / "canary").read_bytes(), b"untouched")
        self.assertEqual((self.destination / "file").read_bytes(), b"restored")

    def test_a_destination_that_is_not_empty_is_refused_and_left_alone(self):
        self.destination.mkdir()
        (self.destination / "mine").write_bytes(b"mine")
        write_set(self.world.target, [root(), member("snapshot/mine", data=b"theirs")])
        before = self.world.snapshot(self.destination)
        run = self.world.duplictl("restore", self.world.url, self.destination, expect=USAGE)
        self.assertIn("--force", run.text)
        self.assertEqual(self.world.snapshot(self.destination), before)

    def test_a_file_where_a_directory_is_to_be_restored_is_refused_and_left_alone(self):
        self.destination.write_bytes(b"mine")
        write_set(self.world.target, [root(), member("snapshot/f", data=b"theirs")])
        self.world.duplictl("restore", self.world.url, self.destination, expect=USAGE)
        self.assertEqual(self.destination.read_bytes(), b"mine")

    def test_force_writes_over_and_leaves_what_is_not_in_the_backup(self):
        tree = Tree(self.world.source)
        tree.file("in-both", b"from the backup")
        tree.stamp(EPOCH)
        self.world.back_up("duplid")
        self.destination.mkdir()
        (self.destination / "in-both").write_bytes(b"older")
        (self.destination / "mine").write_bytes(b"mine")
        self.world.duplictl("restore", self.world.url, self.destination, "--force")
        self.assertEqual((self.destination / "in-both").read_bytes(), b"from the backup")
        self.assertEqual((self.destination / "mine").read_bytes(), b"mine")

    def test_an_empty_destination_needs_no_force(self):
        tree = Tree(self.world.source)
        tree.file("f", b"data")
        tree.stamp(EPOCH)
        self.world.back_up("duplid")
        self.destination.mkdir()
        self.world.duplictl("restore", self.world.url, self.destination)
        self.assert_same_tree(tree.listing(), self.destination)


if __name__ == "__main__":
    main()
