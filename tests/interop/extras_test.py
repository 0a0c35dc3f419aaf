#!/usr/bin/env python3
"""What duplicity drops is kept: hard links, extended attributes, access lists, capabilities, holes,
nanoseconds, checksums of content.

Goal: a restore by duplid brings all of it back, and duplicity never notices that it is there. Method:
a tree with all of it, restored by both; the system calls of Python tell what came out, the listing of
trees.py what duplicity restores, `duplicity verify` and its silence what it thinks of the archive.
"""

import errno
import gzip
import hashlib
import io
import os
import re
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

for folder in ("support/python", "fault"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / folder))

from hostile_archive import STAMP, member, root, write_set
from trees import EPOCH, ROOT, Tree, noise
from world import DAMAGED, MODES, OK, PLAIN, WARNINGS, WorldTest, main

MIB = 1 << 20


def access_list(*users):
    """system.posix_acl_access: version 2, then tag, permissions and id of each entry, little-endian.

    The owner reads and writes, each of `users` reads, group and mask read, others nothing.
    """
    everyone = 0xFFFFFFFF
    entries = [(0x01, 6, everyone), *((0x02, 4, user) for user in users),
               (0x04, 4, everyone), (0x10, 4, everyone), (0x20, 0, everyone)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


# security.capability, revision 2, effective: cap_net_raw (bit 13) permitted.
NET_RAW = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)


def attributes_of(path):
    """Name and value of every attribute duplid promises to keep, of the object itself."""
    kept = {}
    for name in os.listxattr(path, follow_symlinks=False):
        if name.startswith(("user.", "trusted.", "system.posix_acl_")) or name == "security.capability":
            kept[name] = os.getxattr(path, name, follow_symlinks=False)
    return kept


def what_is_there(folder):
    """Of each object below `folder`: attributes, nanoseconds, and with whom it shares its inode."""
    by_inode = {}
    rows = {}
    folder = os.fsencode(folder)
    for here, folders, files in os.walk(folder):
        for name in [b"", *files, *(one for one in folders if os.path.islink(os.path.join(here, one)))]:
            path = os.path.join(here, name) if name else here
            relative = os.path.relpath(path, folder)
            info = os.lstat(path)
            rows[relative] = [attributes_of(path), info.st_mtime_ns]
            if not stat.S_ISDIR(info.st_mode):
                by_inode.setdefault(info.st_ino, []).append(relative)
    for names in by_inode.values():
        for name in names:
            rows[name].append(sorted(names))
    return rows


class ExtrasTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)

    def require(self, what, call):
        try:
            call()
        except OSError as error:
            if error.errno in (errno.ENOTSUP, errno.EPERM):
                self.skipTest(f"no {what} here")
            raise

    def set(self, name, attribute, value):
        path = self.tree.path(name)
        self.require(attribute, lambda: os.setxattr(path, attribute, value, follow_symlinks=False))

    def make_all(self):
        tree = self.tree
        tree.file("plain", b"nothing special")
        tree.file("text", b"has text attributes")
        tree.file("binary", noise(200_000, 1))
        tree.file("program", b"#!/bin/sh\n", 0o755)
        tree.file("shared/readonly", b"for some", 0o640)
        tree.file("first", noise(100_000, 2))
        os.makedirs(tree.path("names"), exist_ok=True)
        os.link(tree.path("first"), tree.path("names/second"))
        os.link(tree.path("first"), tree.path("zz-third"))
        tree.file("same-content", noise(100_000, 2))
        tree.link("link", "plain")
        os.link(tree.path("link"), tree.path("link2"), follow_symlinks=False)
        tree.fifo("fifo")
        tree.file("closed/inside", b"in a folder nobody may write to")
        self.set("text", "user.comment", "žluťoučký\nkůň".encode())
        self.set("text", "user.empty", b"")
        self.set("text", "user.odd = name %41", b"x")
        self.set("binary", "user.binary", bytes(range(256)))
        self.set("binary", "user.long", b"l" * 2000)
        self.set("closed", "user.folder", b"of a folder")
        self.set("shared", "user.folder", b"of another")
        self.set("closed/inside", "user.inside", b"y")
        self.set("shared/readonly", "system.posix_acl_access", access_list(1, 1234))
        self.set("shared", "system.posix_acl_default", access_list(1))
        if ROOT:
            self.set("program", "security.capability", NET_RAW)
            self.set("link", "trusted.of-the-link", b"t\0t")
            os.chown(tree.path("program"), 1, 1)  # which takes the capability away ...
            self.set("program", "security.capability", NET_RAW)  # ... so it is given after it
        self.make_sparse("holes", 20 * MIB, {0: b"begin", 10 * MIB + 5: b"middle"})
        tree.file("dense-zeros", bytes(MIB))
        os.chmod(tree.path("closed"), 0o555)
        for number, (here, folders, files) in enumerate(os.walk(tree.root, topdown=False)):
            for name in sorted([*files, *folders]):
                os.utime(os.path.join(here, name), ns=(0, (EPOCH + number) * 10**9 + 123456789),
                         follow_symlinks=False)
        os.utime(tree.root, ns=(0, EPOCH * 10**9 + 1))

    def make_sparse(self, name, size, data, mtime=EPOCH):
        path = self.tree.path(name)
        with open(path, "wb") as file:
            for offset, content in data.items():
                os.pwrite(file.fileno(), content, offset)
            os.truncate(file.fileno(), size)
        os.utime(path, (mtime, mtime))

    def restored(self, **how):
        return self.world.restore("duplid", **how)

    def assert_all_back(self, directory):
        self.assertEqual(what_is_there(directory), what_is_there(self.world.source))

    def entries(self):
        """Names of the members of the newest increment's volume, read by tarfile."""
        newest = sorted(self.world.target_names(r"^duplicity-inc.*vol.*difftar"))[-1]
        content = gzip.decompress((self.world.target / newest).read_bytes())
        if not content.strip(b"\0"):
            return []
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            return [info.name for info in tar]

    def assert_duplicity_content(self):
        """duplicity restores the tree as it always did, says nothing of it, and finds it equal."""
        run = self.world.duplicity("verify", "--compare-data", self.world.url, self.world.source)
        self.assertIn("0 differences found", run.out)
        self.assertEqual(run.err, "")
        self.assertNotRegex(run.text, "(?i)xattr|pax|warning|error: ")
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplicity"))


class RoundTripTest(ExtrasTest):
    def test_everything_comes_back_by_duplid_and_duplicity_does_not_notice(self):
        self.make_all()
        for mode in (PLAIN, MODES["passphrase"]):
            with self.subTest(mode=mode.name):
                self.world.back_up("duplid", "--volsize", "1", kind="full", mode=mode)
                directory = self.restored(mode=mode)
                self.assert_same_tree(self.tree.listing(), directory)
                self.assert_all_back(directory)
                run = self.world.duplicity("verify", "--compare-data", self.world.url, self.world.source, mode=mode)
                self.assertIn("0 differences found", run.out)
                self.world.target.rename(self.world.root / ("target-" + mode.name))
                self.world.archive_dir.rename(self.world.root / ("archive-dir-" + mode.name))

    def test_duplicity_restores_what_it_always_did(self):
        self.make_all()
        self.world.back_up("duplid", "--volsize", "1", kind="full")
        self.assert_duplicity_content()

    def test_holes_come_back_as_holes_and_zeros_as_zeros(self):
        self.make_all()
        self.world.back_up("duplid", kind="full")
        directory = self.restored()
        used = os.stat(directory / "holes").st_blocks * 512
        self.assertLessEqual(used, os.stat(self.tree.path("holes")).st_blocks * 512 + 64 * 1024)
        self.assertGreaterEqual(os.stat(directory / "dense-zeros").st_blocks * 512, MIB)

    def test_changed_sparse_files_keep_their_holes_in_an_increment(self):
        self.make_sparse("holes", 30 * MIB, {5: b"x"})
        self.world.back_up("duplid", kind="full")
        self.make_sparse("holes", 40 * MIB, {5: b"x", 25 * MIB: b"new"}, EPOCH + 10)
        self.world.back_up("duplid", kind="incremental")
        directory = self.restored()
        self.assertEqual((directory / "holes").read_bytes(), Path(os.fsdecode(self.tree.path("holes"))).read_bytes())
        self.assertLess(os.stat(directory / "holes").st_blocks * 512, MIB)
        self.assert_duplicity_content()

    def test_one_of_several_names_restored_alone_is_a_whole_file(self):
        self.make_all()
        self.world.back_up("duplid", kind="full")
        file = self.world.restore("duplid", "--file-to-restore", "names/second")
        self.assertEqual(file.read_bytes(), noise(100_000, 2))
        self.assertEqual(os.stat(file).st_nlink, 1)

    def test_a_large_hole_takes_no_room_on_the_way(self):
        self.make_sparse("vast", 400 * MIB, {399 * MIB: b"end"})
        self.world.back_up("duplid", kind="full")
        file = self.restored() / "vast"
        self.assertEqual(os.stat(file).st_size, 400 * MIB)
        self.assertLess(os.stat(file).st_blocks * 512, MIB)
        with open(file, "rb") as content:
            content.seek(399 * MIB)
            self.assertEqual(content.read(3), b"end")


class ChainTest(ExtrasTest):
    def test_a_change_of_attributes_alone_is_stored_and_an_unchanged_tree_is_not(self):
        self.make_all()
        first = self.world.back_up("duplid", kind="full")
        before = what_is_there(self.world.source)
        times = {name: os.lstat(self.tree.path(name)).st_mtime_ns for name in ("text", "shared", "link")}
        self.set("text", "user.comment", b"another")
        self.set("shared", "user.folder", b"another")
        if ROOT:
            self.set("link", "trusted.of-the-link", b"another")
        for name, time in times.items():
            self.assertEqual(os.lstat(self.tree.path(name)).st_mtime_ns, time)
        self.world.back_up("duplid", kind="incremental")
        links = ["snapshot/link", "snapshot/link2"] if ROOT else []
        self.assertEqual(self.entries(), [*links, "snapshot/shared", "diff/text"])
        self.assert_all_back(self.restored())
        self.assertEqual(what_is_there(self.restored(time=first)), before)

        self.world.back_up("duplid", kind="incremental")
        self.assertEqual(self.entries(), [])
        self.assert_all_back(self.restored())
        self.assert_duplicity_content()

    def test_attributes_that_are_taken_away_stay_away(self):
        self.make_all()
        self.world.back_up("duplid", kind="full")
        os.removexattr(self.tree.path("text"), "user.comment")
        os.removexattr(self.tree.path("binary"), "user.long")
        os.removexattr(self.tree.path("binary"), "user.binary")
        self.world.back_up("duplid", kind="incremental")
        self.assert_all_back(self.restored())

    def test_links_made_and_broken_between_sets_are_as_they_were_at_each_time(self):
        tree = self.tree
        tree.file("a", b"content", mtime=EPOCH + 1)
        tree.file("b", b"content", mtime=EPOCH + 1)
        points = []

        def keep(kind):
            tree.stamp(EPOCH)
            time = self.world.back_up("duplid", kind=kind)
            points.append((time, what_is_there(self.world.source)))

        keep("full")
        os.link(tree.path("a"), tree.path("c"))  # a was stored when it had one name
        keep("incremental")
        tree.remove("b")
        os.link(tree.path("a"), tree.path("b"))
        keep("incremental")
        tree.file("b", b"all three", mtime=EPOCH + 2)
        keep("incremental")
        tree.remove("a")
        tree.file("a", b"all three", mtime=EPOCH + 2)  # equal, but an object of its own again
        keep("incremental")
        for number, (time, expected) in enumerate(points):
            with self.subTest(set=number):
                self.assertEqual(what_is_there(self.restored(time=time)), expected)
        self.assert_duplicity_content()

    def test_duplicity_goes_on_with_the_chain_and_we_go_on_after_it(self):
        self.make_all()
        first = self.world.back_up("duplid", kind="full")
        all_of_it = what_is_there(self.world.source)
        # What duplicity stores has none of the extras; what it leaves alone keeps them.
        self.tree.file("plain", b"changed", mtime=EPOCH + 100)
        self.tree.stamp(EPOCH + 100)
        self.world.back_up("duplicity", kind="incremental")
        directory = self.restored()
        self.assert_same_tree(self.tree.listing(), directory)
        self.assertEqual(attributes_of(directory / "text"), attributes_of(self.tree.path("text")))
        self.assertEqual(os.stat(directory / "first").st_nlink, 3)

        self.tree.file("plain", b"changed again", mtime=EPOCH + 200)
        self.set("plain", "user.new", b"new")
        self.tree.stamp(EPOCH + 200)
        self.world.back_up("duplid", kind="incremental")
        directory = self.restored()
        self.assert_same_tree(self.tree.listing(), directory)
        self.assertEqual(attributes_of(directory / "plain"), {"user.new": b"new"})
        self.assert_duplicity_content()
        self.assertEqual(what_is_there(self.restored(time=first)), all_of_it)

    def test_a_lost_cache_does_not_make_attributes_and_links_look_changed(self):
        self.make_all()
        self.world.back_up("duplid", kind="full")
        subprocess.run(["rm", "-r", self.world.archive_dir], check=True)
        self.world.back_up("duplid", kind="incremental")
        self.assertEqual(self.entries(), [])
        self.set("text", "user.comment", b"another")
        subprocess.run(["rm", "-r", self.world.archive_dir], check=True)
        self.world.back_up("duplid", kind="incremental")
        self.assertEqual(self.entries(), ["diff/text"])

    def test_an_edit_that_leaves_size_and_second_alone_is_found(self):
        path = self.tree.path("f")
        self.tree.file("f", b"one")
        os.utime(path, ns=(0, EPOCH * 10**9 + 1))
        self.world.back_up("duplid", kind="full")
        self.tree.file("f", b"two")
        os.utime(path, ns=(0, EPOCH * 10**9 + 2))
        self.world.back_up("duplid", kind="incremental")
        self.assertEqual((self.restored() / "f").read_bytes(), b"two")
        # Even with the very same time: only the change time tells.
        self.tree.file("f", b"six")
        os.utime(path, ns=(0, EPOCH * 10**9 + 2))
        self.world.back_up("duplid", kind="incremental")
        self.assertEqual((self.restored() / "f").read_bytes(), b"six")


class ChecksumTest(ExtrasTest):
    def records(self, pattern):
        """pax records of each member of the volumes whose names match, in order."""
        found = []
        for name in self.world.target_names(pattern):
            with tarfile.open(self.world.target / name) as tar:
                found += [(info.name, info.pax_headers) for info in tar]
        return found

    def test_every_file_states_the_sha256_that_its_content_has(self):
        self.tree.file("empty")
        self.tree.file("small", b"small")
        self.tree.file("k64", noise(65536, 1))
        self.tree.file("k200", noise(200_000, 2))
        self.world.back_up("duplid", kind="full")
        self.tree.file("k64", noise(65536, 1) + b"more", mtime=EPOCH + 1)
        self.tree.file("k200", noise(300_000, 3), mtime=EPOCH + 1)
        self.tree.file("small", b"", mtime=EPOCH + 1)
        contents = {"empty": b"", "small": b"small", "k64": noise(65536, 1), "k200": noise(200_000, 2)}
        for kind in ("full", "incremental"):
            with self.subTest(kind=kind):
                if kind == "incremental":
                    self.world.back_up("duplid", kind=kind)
                    contents = {"small": b"", "k64": noise(65536, 1) + b"more", "k200": noise(300_000, 3)}
                pattern = "^duplicity-" + ("full[.]" if kind == "full" else "inc")
                volume = self.records(pattern + ".*vol.*difftar")
                stated = {re.sub(r"^(multivol_)?(snapshot|diff)/|/\d+$", "", name): pax["DUPLID.sha256"]
                          for name, pax in volume if "DUPLID.sha256" in pax}
                expected = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
                self.assertEqual(stated, expected)
                self.assertEqual(sum("DUPLID.sha256" in pax for _, pax in volume), len(contents))
                # duplicity keeps signatures under another name: the set's, with both its times.
                names = "^duplicity-" + ("full" if kind == "full" else "new") + "-signatures"
                signatures = {name.removeprefix("signature/"): pax["DUPLID.sha256"]
                              for name, pax in self.records(names) if name.startswith("signature/")}
                self.assertEqual(signatures, expected)

    def attack(self, *members, expect, hashed=True):
        write_set(self.world.target, [root(), *members], hashed=hashed)
        destination = self.world.root / "destination"
        run = self.world.duplictl("restore", self.world.url, destination, expect=expect)
        return destination, run

    @staticmethod
    def with_records(one, **records):
        info, data = one
        info.pax_headers = {key.replace("__", "."): value for key, value in records.items()}
        return info, data

    def test_without_hashes_of_volumes_content_with_another_sum_is_damage_and_does_not_get_its_name(self):
        right = hashlib.sha256(b"good").hexdigest()
        destination, run = self.attack(
            self.with_records(member("snapshot/bad", data=b"baad"), DUPLID__sha256=right),
            self.with_records(member("snapshot/good", data=b"good"), DUPLID__sha256=right),
            self.with_records(member("snapshot/odd", data=b"good"), DUPLID__sha256="x"),
            expect=DAMAGED, hashed=False)
        self.assertEqual(os.listdir(destination), ["good"])
        self.assertIn("bad", run.text)
        self.assertIn(right, run.text)

    def test_the_sum_on_the_last_of_several_blocks_counts(self):
        block = noise(65536, 1)
        for name, data, expect in (("right", block + b"end", OK), ("wrong", block + b"END", DAMAGED)):
            with self.subTest(name):
                self.world.target.mkdir(exist_ok=True)
                subprocess.run(["rm", "-rf", self.world.root / "destination"], check=True)
                destination, _ = self.attack(
                    member("multivol_snapshot/f/1", data=block),
                    self.with_records(member("multivol_snapshot/f/2", data=data[65536:]),
                                      DUPLID__sha256=hashlib.sha256(block + b"end").hexdigest()),
                    expect=expect, hashed=False)
                self.assertEqual((destination / "f").exists(), expect == OK)

    def test_a_restore_believes_the_hash_of_a_volume_and_verify_looks_at_the_content_all_the_same(self):
        wrong = hashlib.sha256(b"another").hexdigest()
        destination, _ = self.attack(
            self.with_records(member("snapshot/f", data=b"content"), DUPLID__sha256=wrong), expect=OK)
        self.assertEqual((destination / "f").read_bytes(), b"content")
        run = self.world.duplictl("verify", self.world.url, expect=DAMAGED)
        self.assertIn(wrong, run.text)

    def test_what_is_patched_together_is_compared_with_its_sum(self):
        for content, expect in ((b"patched", OK), (b"PATCHED", DAMAGED)):
            with self.subTest(content):
                subprocess.run(["rm", "-rf", self.world.target, self.world.root / "destination"], check=True)
                # A delta of one literal, and its end (archive-format.md 6).
                delta = bytes.fromhex("72730236") + bytes([len(content)]) + content + b"\0"
                write_set(self.world.target, [root(), self.with_records(
                    member("diff/f", data=delta), DUPLID__sha256=hashlib.sha256(b"patched").hexdigest())],
                    kind=f"inc.{STAMP}.to.20240102T000000Z")
                destination, _ = self.attack(member("snapshot/f", data=b"old"), expect=expect)
                self.assertEqual((destination / "f").exists(), expect == OK)

    def test_records_that_mean_nothing_are_passed_over(self):
        records = {
            "DUPLID.link": "../../outside", "DUPLID.sparse": "\x01", "DUPLID.unknown": "x" * 100_000,
            "SCHILY.xattr.user.%00": "x", "SCHILY.xattr.../..": "x", "SCHILY.xattr.": "x",
            "LIBARCHIVE.xattr.user.a": "not base64", "SCHILY.xattr.security.selinux": "x",
            "mtime": f"{1704067200}.{'9' * 100}"}
        info, data = member("snapshot/f", data=b"content")
        info.pax_headers = records
        destination, run = self.attack((info, data), expect=OK)
        self.assertEqual((destination / "f").read_bytes(), b"content")
        self.assertEqual(attributes_of(destination / "f"), {})

    def test_an_entry_with_more_records_than_a_header_may_have_is_damage(self):
        info, data = member("snapshot/f", data=b"content")
        info.pax_headers = {f"SCHILY.xattr.user.{number}": "x" * 60_000 for number in range(20)}
        self.attack((info, data), expect=DAMAGED)


class OtherFileSystemTest(ExtrasTest):
    def restore_to(self, directory):
        run = self.world.duplictl("restore", self.world.url, directory / "restored", expect=(OK, WARNINGS))
        return directory / "restored", run

    def test_tmpfs_keeps_what_it_can_and_each_kind_that_it_cannot_is_one_warning(self):
        if not os.path.ismount("/dev/shm"):
            self.skipTest("no tmpfs at /dev/shm")
        self.make_all()
        for number in range(3):
            self.tree.file(f"more{number}", b"x")
            self.set(f"more{number}", "user.more", b"y")
        self.world.back_up("duplid", kind="full")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
            directory, run = self.restore_to(Path(scratch))
            self.assert_same_tree(self.tree.listing(), directory)
            restored = what_is_there(directory)
            supports_user = True
            try:
                os.setxattr(scratch, "user.probe", b"x")
            except OSError:
                supports_user = False
            for name, (attributes, mtime, *names) in what_is_there(self.world.source).items():
                expected = {key: value for key, value in attributes.items()
                            if supports_user or not key.startswith("user.")}
                self.assertEqual(restored[name], [expected, mtime, *names], name)
            self.assertEqual(len(re.findall(r"user\.\*", run.text)), 0 if supports_user else 1, run.text)

    def test_attributes_too_large_for_the_destination_are_one_warning_and_the_files_are_there(self):
        """ext4 keeps attributes in one block of 4 KiB; tmpfs takes more."""
        with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
            source = Path(scratch) / "source"
            source.mkdir()
            for number in range(3):
                (source / f"f{number}").write_bytes(b"content")
                self.require("user attributes on tmpfs",
                             lambda number=number: os.setxattr(source / f"f{number}", "user.large", b"l" * 20_000))
            if not self.refuses_large():
                self.skipTest("the temporary directory's file system takes large attributes")
            self.world.source.rmdir()
            self.world.source = source
            self.world.back_up("duplid", kind="full")
            directory, run = self.restore_to(self.world.root)
        for number in range(3):
            self.assertEqual((directory / f"f{number}").read_bytes(), b"content")
        self.assertEqual(run.status, WARNINGS)
        self.assertEqual(len(re.findall(r"user\.\*", run.text)), 1, run.text)

    def refuses_large(self):
        probe = self.world.root / "probe"
        probe.write_bytes(b"")
        try:
            os.setxattr(probe, "user.large", b"l" * 20_000)
        except OSError:
            return True
        return False


if __name__ == "__main__":
    main()
