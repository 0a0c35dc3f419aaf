#!/usr/bin/env python3
"""Copies of archives on other targets.

Goal: what replicate writes is a chain like any other, whatever the wrapping of source and copy.
Method: chains written by both programs in turn are copied; duplicity restores each point in time from
the copy, verifies it, and both programs make the next sets on it. The expected trees are those of the
source when each set was made.
"""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from processes import daemon_of, hold
from trees import EPOCH, Tree, golden_listing, noise
from world import (DAMAGED, FAILED, GOLDEN, MODES, OK, PASSPHRASE, PLAIN, USAGE, WRONG_PASSPHRASE, Mode, WorldTest,
                   main, wait_until)

MIB = 1 << 20
OTHER = Mode("other passphrase", (), "another passphrase altogether")
WRAPPINGS = ("plain", "uncompressed", "passphrase", "public-key", "signed")


def source_words(mode):
    """What the mode is called when it is the source's."""
    return [word.replace("--", "--source-", 1) if word.startswith("--") else word
            for word in mode.options if word != "--no-compression"]


def digests(directory):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(directory).iterdir()}


class ReplicateTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.origin = (self.world.target, self.world.name)
        self.copy = (self.world.root / "copy", "copy")

    @contextlib.contextmanager
    def at(self, place):
        """Inside, the world's target is that one."""
        before = (self.world.target, self.world.name)
        self.world.target, self.world.name = place
        try:
            yield
        finally:
            self.world.target, self.world.name = before

    def edit(self, step):
        tree = Tree(self.world.source)
        big = bytearray(noise(2 * MIB + 4321, 1))
        big[step * 1000:step * 1000 + 4] = b"%04d" % step
        tree.file("big", bytes(big), mtime=EPOCH + step)
        tree.file("a/small", b"step %d" % step, mtime=EPOCH + step)
        tree.file("a-b", b"after everything in a")
        tree.file("exact", noise(65536, 2))
        if step == 1 and not os.path.lexists(tree.path("link")):
            tree.link("link", "a/small")
        if step == 2:
            tree.remove("a-b")
        tree.stamp(EPOCH + step)
        return tree.listing()

    def build(self, mode=PLAIN, programs=("duplid", "duplicity", "duplid"), kinds=()):
        """Sets, the first of them full. Returns (time, listing) of each."""
        points = []
        for step, program in enumerate(programs):
            rows = self.edit(step)
            kind = kinds[step] if kinds else ("incremental" if step else "full")
            points.append((self.world.back_up(program, "--volsize", "1", mode=mode, kind=kind), rows))
        return points

    def words(self, source, destination, *words):
        return [self.world.duplictl_program, "replicate", f"file://{self.origin[0]}", f"file://{self.copy[0]}",
                "--archive-dir", self.world.archive_dir, "--source-name", self.origin[1], "--name", self.copy[1],
                *source_words(source), *destination.options, *words]

    def environment(self, source, destination):
        if source.keys or destination.keys:
            self.world.import_keys()
        environment = self.world.environment(destination.passphrase)
        if source.passphrase is not None:
            environment["SOURCE_PASSPHRASE"] = source.passphrase
        return environment

    def replicate(self, source=PLAIN, destination=PLAIN, *words, expect=OK):
        """The run, with SOURCE_PASSPHRASE beside the destination's own passphrase."""
        original = self.world.environment
        environment = self.environment(source, destination)
        self.world.environment = lambda *_: environment
        try:
            return self.world.command(self.words(source, destination, *words), destination, expect=expect)
        finally:
            self.world.environment = original

    def copy_names(self, pattern="."):
        with self.at(self.copy):
            return self.world.target_names(pattern)

    def check_copy(self, points, mode=PLAIN):
        with self.at(self.copy):
            for time, rows in points:
                self.assert_same_tree(rows, self.world.restore("duplicity", mode=mode, time=time))
            self.assert_same_tree(points[-1][1], self.world.restore("duplid", mode=mode))
            verified = self.world.duplicity("verify", "--compare-data", self.world.url, self.world.source, mode=mode)
            self.assertIn("0 differences found", verified.out)
            status = self.world.duplicity("collection-status", self.world.url, mode=mode).out
            self.assertIn("Found primary backup chain with matching signature chain", status)
            self.assertIn("No orphaned or incomplete backup sets found", status)

    def check_continues(self, step, mode=PLAIN):
        with self.at(self.copy):
            for program in ("duplicity", "duplid"):
                rows = self.edit(step)
                self.world.back_up(program, mode=mode, kind="incremental")
                self.assert_same_tree(rows, self.world.restore("duplicity", mode=mode))
                step += 1

    def forget_copy(self):
        shutil.rmtree(self.copy[0])
        shutil.rmtree(self.world.archive_dir / self.copy[1])


class WrappingTest(ReplicateTest):
    def every_destination_of(self, source_name):
        source = MODES[source_name]
        points = self.build(source)
        for name in WRAPPINGS:
            with self.subTest(source=source_name, destination=name):
                destination = MODES[name]
                self.replicate(source, destination)
                self.edit(2)
                self.check_copy(points, destination)
                self.check_continues(3, destination)
                self.edit(2)
                self.forget_copy()


for _name in WRAPPINGS:
    setattr(WrappingTest, f"test_a_{_name.replace('-', '_')}_chain_is_copied_into_every_wrapping",
            lambda self, name=_name: self.every_destination_of(name))


class CopyTest(ReplicateTest):
    """What is copied, what is not, and what goes wrong."""

    def test_files_of_the_same_wrapping_are_copied_byte_for_byte(self):
        self.build()
        self.replicate()
        self.assertEqual(digests(self.origin[0]), digests(self.copy[0]))

    def test_encrypted_files_are_copied_byte_for_byte_for_the_same_passphrase_and_made_anew_for_another(self):
        points = self.build(MODES["passphrase"])
        self.replicate(MODES["passphrase"], MODES["passphrase"])
        self.assertEqual(digests(self.origin[0]), digests(self.copy[0]))
        self.forget_copy()
        self.replicate(MODES["passphrase"], OTHER)
        self.assertEqual(sorted(digests(self.origin[0])), sorted(digests(self.copy[0])))
        self.assertFalse(set(digests(self.origin[0]).values()) & set(digests(self.copy[0]).values()))
        self.check_copy(points, OTHER)

    def test_files_encrypted_for_a_key_are_not_taken_for_files_of_the_passphrase_given(self):
        points = self.build(MODES["public-key"], programs=("duplid",))
        lying = Mode("as if symmetric", (), PASSPHRASE, True)
        self.replicate(lying, lying)
        for path in self.copy[0].iterdir():
            # gpg's own word on how each file opens.
            packets = self.world.command(["gpg", "--batch", "--list-packets", "--list-only", path]).text
            self.assertNotIn("pubkey enc packet", packets)
            self.assertIn("symkey enc packet", packets)
        self.check_copy(points, MODES["passphrase"])

    def test_a_second_run_puts_nothing_and_a_later_one_only_what_is_new(self):
        points = self.build()
        self.replicate(PLAIN, MODES["passphrase"])
        before = self.world.snapshot(self.copy[0])
        run = self.replicate(PLAIN, MODES["passphrase"])
        self.assertIn("Copied 0 sets", run.out)
        self.assertEqual(before, self.world.snapshot(self.copy[0]))
        rows = self.edit(3)
        points.append((self.world.back_up("duplicity", kind="incremental"), rows))
        self.assertIn("Copied 1 set ", self.replicate(PLAIN, MODES["passphrase"]).out)
        self.assertLessEqual(set(before), set(self.world.snapshot(self.copy[0])))
        self.check_copy(points, MODES["passphrase"])

    def test_only_sets_up_to_a_time_are_copied(self):
        points = self.build()
        self.replicate(PLAIN, MODES["uncompressed"], "--time", str(points[1][0]))
        self.edit(1)
        self.check_copy(points[:2], MODES["uncompressed"])

    def test_old_and_short_names_and_prefixes_become_those_of_the_destination(self):
        points = self.build()
        words = ("--short-filenames", "--file-prefix", "X-")
        self.replicate(PLAIN, PLAIN, *words)
        for name in self.copy_names():
            self.assertRegex(name, r"^X-(df|di|dfs|dns)\.[0-9a-z]+\.")
        with self.at(self.copy):
            restored = self.world.restore("duplicity", *words)
            self.assert_same_tree(points[-1][1], restored)

    def test_duplicitys_own_replica_is_read_and_its_copy_is_one_that_duplicity_can_read(self):
        self.world.use_golden("replica", "target")
        self.replicate()
        self.assertFalse(self.copy_names(r"manifest\.gz"))
        # Where it may not give files to their owners, it leaves out their times as well.
        words = [] if os.geteuid() == 0 else ["--do-not-restore-ownership"]
        with self.at(self.copy):
            self.assert_same_tree(golden_listing(GOLDEN / "replica" / "tree-20240101T000000Z.txt"),
                                  self.world.restore("duplicity", *words))

    def test_a_damaged_set_and_those_on_it_are_refused_and_other_chains_go_on(self):
        points = self.build(programs=("duplid",) * 4, kinds=("full", "incremental", "full", "incremental"))
        volume = self.origin[0] / self.world.target_names(r"-full\..*vol2\.")[0]
        data = bytearray(volume.read_bytes())
        data[1000] ^= 4
        volume.write_bytes(data)
        run = self.replicate(PLAIN, MODES["passphrase"], expect=DAMAGED)
        self.assertIn(volume.name, run.text)
        with self.at(self.copy):
            for time, rows in points[2:]:
                self.assert_same_tree(rows, self.world.restore("duplicity", mode=MODES["passphrase"], time=time))
            self.assertEqual(2, len(self.world.target_names("manifest")))

    def test_another_set_of_the_same_time_is_refused_and_left_as_it_is(self):
        self.build(programs=("duplid",))
        self.replicate()
        name = self.copy_names(r"manifest")[0]
        manifest = self.copy[0] / name
        manifest.write_bytes(re.sub(rb"SHA1 \w+", b"SHA1 " + b"0" * 40, manifest.read_bytes()))
        before = self.world.snapshot(self.copy[0])
        run = self.replicate(expect=(FAILED, USAGE))
        self.assertIn(name, run.text)
        self.assertEqual(before, self.world.snapshot(self.copy[0]))

    def test_a_destination_that_was_backed_up_to_meanwhile_is_refused(self):
        self.build(programs=("duplid",))
        self.replicate()
        with self.at(self.copy):
            self.edit(1)
            self.world.back_up("duplid", kind="incremental")
        self.edit(2)
        self.world.back_up("duplid", kind="incremental")
        before = self.world.snapshot(self.copy[0])
        self.replicate(expect=(FAILED, USAGE))
        self.assertEqual(before, self.world.snapshot(self.copy[0]))

    def test_a_wrong_passphrase_of_the_source_is_said_and_nothing_is_written(self):
        self.build(MODES["passphrase"], programs=("duplid",))
        self.replicate(OTHER, PLAIN, expect=WRONG_PASSPHRASE)
        self.assertEqual([], self.copy_names())

    def test_source_and_destination_that_are_one_are_refused(self):
        self.build(programs=("duplid",))
        self.copy = (self.origin[0], "copy")
        self.assertIn("same", self.replicate(expect=(FAILED, USAGE)).text)

    def test_an_unfinished_set_is_not_copied_and_that_is_said(self):
        self.build(programs=("duplid", "duplid"))
        os.unlink(self.origin[0] / self.world.target_names(r"-inc\..*manifest")[0])
        run = self.replicate()
        self.assertIn("1 orphaned or unfinished set", run.out)
        self.assertFalse(self.copy_names(r"-inc\."))


class KilledTest(ReplicateTest):
    def test_a_copy_that_was_killed_goes_on_with_the_volumes_that_are_missing(self):
        tree = Tree(self.world.source)
        for number in range(24):
            tree.file(f"{number:02}", noise(MIB, number))
        tree.stamp(EPOCH)
        time = self.world.back_up("duplid", "--volsize", "1", kind="full")
        destination = MODES["passphrase"]
        self.copy[0].mkdir()
        original = self.world.environment
        environment = self.environment(PLAIN, destination)
        self.world.environment = lambda *_: environment
        client = self.world.start(self.words(PLAIN, destination), destination)
        self.world.environment = original
        daemon = wait_until("its daemon runs", lambda: daemon_of(client), client)
        wait_until("some volumes are there", lambda: len(self.copy_names(r"vol\d")) >= 3, client)
        hold(daemon)
        self.assertFalse(self.copy_names("manifest"))
        os.kill(daemon, signal.SIGKILL)
        self.world.finish(client)
        there = {name: (self.copy[0] / name).stat().st_ino for name in self.copy_names(r"vol\d")}
        self.replicate(PLAIN, destination)
        again = [name for name, inode in there.items() if (self.copy[0] / name).stat().st_ino != inode]
        # The one that was under way when the journal last heard of it may be made again.
        self.assertLessEqual(len(again), 1)
        self.check_copy([(time, tree.listing())], destination)

    def test_what_another_attempt_left_is_not_mixed_with_this_one(self):
        self.build(programs=("duplid",))
        self.replicate()
        os.unlink(self.copy[0] / self.copy_names("manifest")[0])
        before = self.world.snapshot(self.copy[0])
        self.replicate(PLAIN, MODES["passphrase"], expect=(FAILED, USAGE))
        self.assertEqual(before, self.world.snapshot(self.copy[0]))
        self.replicate()
        self.assertEqual(digests(self.origin[0]), digests(self.copy[0]))


if __name__ == "__main__":
    main()
