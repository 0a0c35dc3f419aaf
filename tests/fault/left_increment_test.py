#!/usr/bin/env python3
"""R8 for increments: duplicity begins one and is ended in the middle, and duplid goes on with it.

Method: duplicity is told to fail after a volume (its own switch for test suites), or is killed; the source
is left alone or edited; duplid backs up. Then both programs restore each time there is a set of, and what
they bring is compared with the tree of that time. A set that was gone on with holds, of each object, one of
the two versions there were; the increment after it is the source exactly, which duplicity could not restore
if a signature told of other bytes than are stored.
"""

import os
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from resume_test import BLOCK, MIB, ResumeTest, make_tree
from trees import EPOCH, differences, listing, noise
from world import MODES, PLAIN, main

# archive-format.md 15: duplicity's status when it was told to fail.
DUPLICITY_FAILED = 30
LARGE = tuple(f"b/large{number:02}" for number in range(3))


def content(tree, name):
    with open(tree.path(name), "rb") as file:
        return file.read()


def change(tree):
    """What an increment can hold: deltas longer than a volume, with copies before, between and behind
    their new bytes; one that copies everything; files, folders and links that come, go and change kind."""
    for number, name in enumerate(LARGE):
        old = content(tree, name)
        new = noise(2 * MIB + 999 * number, 200 + number)
        tree.file(name, old[:MIB // 2] + new[:MIB] + old[MIB:2 * MIB] + new[MIB:] + old[2 * MIB:], mtime=EPOCH + 50)
    tree.file("a/65537", content(tree, "a/65537"), mode=0o600, mtime=EPOCH + 50)
    tree.file("a/655360", content(tree, "a/655360")[100:] + b"shifted", mtime=EPOCH + 50)
    tree.remove("a/131072")
    tree.remove("b/large00.d")
    tree.file("b/large00.d", b"a file now", mtime=EPOCH + 50)
    tree.remove("b/large01.d/5")
    tree.file("b/large01.d/5/inside", b"a folder now", mtime=EPOCH + 50)
    tree.file("b/new", noise(MIB, 300), mtime=EPOCH + 50)
    tree.link("b/link", "new")
    tree.file("c", b"", mtime=EPOCH + 50)
    tree.stamp(EPOCH + 100)


class LeftIncrement(ResumeTest):
    """Its tests are in the classes below."""

    base_program = "duplicity"

    def begin(self, mode=PLAIN):
        """A full set, then changes that nobody has stored yet."""
        self.mode = mode
        self.tree = make_tree(self.world, 3 * len(LARGE))
        self.states = {}
        self.stored(self.base_program, "full")
        change(self.tree)
        self.before = self.tree.listing()

    def stored(self, program, kind):
        """A set of the source as it is, in one volume."""
        time = self.world.back_up(program, kind=kind, mode=self.mode)
        self.states[time] = self.tree.listing()

    def left_after(self, count):
        """duplicity ends when so many volumes of an increment are on the target; which they are."""
        older = set(self.volumes())
        with self.world.new_set():
            self.world.duplicity("incremental", self.world.source, self.world.url, "--volsize", "1",
                                 "--fail-on-volume", str(count), mode=self.mode, expect=DUPLICITY_FAILED)
        names = [name for name in self.volumes() if name not in older]
        self.assertEqual(len(names), count)
        self.assertTrue(any(part.startswith("duplicity-inc.") for part in self.parts()))
        return {name: (self.world.target / name).read_bytes() for name in names}

    def volumes_of_a_whole_one(self):
        """How many volumes the increment has if nobody ends it: made elsewhere, by duplicity."""
        target, name, older = self.world.target, self.world.name, len(self.volumes())
        self.world.target, self.world.name = self.world.root / "elsewhere", "elsewhere"
        shutil.copytree(target, self.world.target)
        shutil.copytree(self.world.archive_dir / name, self.world.archive_dir / self.world.name)
        self.world.back_up("duplicity", "--volsize", "1", kind="incremental", mode=self.mode)
        count = len(self.volumes()) - older
        self.world.target, self.world.name = target, name
        return count

    def backed_up(self, *more):
        """By duplid. The volume at which it went on, 0 for none, and the time of the set."""
        times = self.world.set_times()
        run = self.back_up(*more)
        resumed = re.search(r"(?m)^Resumed at volume (\d+)\.$", run.text)
        (time,) = self.world.set_times() - times
        self.assertEqual(self.parts(), [])
        return int(resumed[1]) if resumed else 0, time

    def is_kept(self, files, count):
        """The first `count` volumes are those that duplicity stored."""
        for name, stored in files.items():
            if int(re.search(r"\.vol(\d+)\.", name)[1]) <= count:
                self.assertEqual((self.world.target / name).read_bytes(), stored, name)

    def damaged(self, name):
        """A bit of that file is another one now."""
        path = self.world.target / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        return bytes(data)

    def each_time_is_restored(self):
        for time, expected in self.states.items():
            for program in ("duplid", "duplicity"):
                with self.subTest(time=time, restored_by=program):
                    self.assert_same_tree(expected, self.world.restore(program, mode=self.mode, time=time))

    def is_one_of(self, time, before, after):
        """At `time` each object is as it was before or as it was after; to both programs the same."""
        versions = {tuple(row[:1] + row[5:]) for row in before + after}
        trees = [listing(self.world.restore(program, mode=self.mode, time=time))
                 for program in ("duplid", "duplicity")]
        self.assertEqual(differences(*trees), [])
        for row in trees[0]:
            self.assertIn(tuple(row[:1] + row[5:]), versions)

    def chain_goes_on(self, whole=True):
        """duplid's next increment is the source, then duplicity's is. `whole`: nothing was put aside, so
        that there is nothing to clean up."""
        if whole:
            run = self.world.duplicity("collection-status", self.world.url, mode=self.mode)
            self.assertIn("No orphaned or incomplete backup sets found.", run.text)
        self.stored("duplid", "incremental")
        for name in LARGE:
            if os.path.isfile(self.tree.path(name)):
                self.tree.file(name, b"put before" + content(self.tree, name), mtime=EPOCH + 200)
        self.tree.stamp(EPOCH + 200)
        self.stored("duplicity", "incremental")
        self.each_time_is_restored()

    def verified(self):
        """duplid compares what is restored with the signatures, of which some are of its own making here."""
        self.world.duplictl("verify", self.world.url, mode=self.mode)


class GoneOnWithTest(LeftIncrement):
    """The source does not change before duplid comes: what it makes of the set is the source."""

    def goes_on_behind(self, count, stored=None):
        stored = stored or self.left_after(count)
        resumed, time = self.backed_up()
        self.assertEqual(resumed, count + 1)
        self.is_kept(stored, count)
        self.states[time] = self.before
        self.verified()
        self.chain_goes_on()

    def test_behind_its_first_volume(self):
        self.begin()
        self.goes_on_behind(1)

    def test_behind_its_second_volume(self):
        self.begin()
        self.goes_on_behind(2)

    def test_behind_its_last_volume(self):
        self.begin()
        count = self.volumes_of_a_whole_one()
        self.assertGreater(count, 6)
        self.goes_on_behind(count)

    def test_killed_in_the_middle(self):
        self.begin()
        self.left_after_volumes(4)
        resumed, time = self.backed_up()
        self.assertIn(resumed, (4, 5))
        self.states[time] = self.before
        self.chain_goes_on()

    def test_uncompressed(self):
        self.begin(MODES["uncompressed"])
        self.goes_on_behind(4)

    def test_with_a_passphrase(self):
        self.begin(MODES["passphrase"])
        self.goes_on_behind(4)

    def test_for_a_public_key(self):
        self.begin(MODES["public-key"])
        self.goes_on_behind(4)

    def test_signed(self):
        """Each volume carries the signature that is asked for, which reading it proves."""
        self.begin(MODES["signed"])
        self.goes_on_behind(4)

    def test_on_a_set_of_ours(self):
        self.base_program = "duplid"
        self.begin()
        self.goes_on_behind(4)

    def test_on_increments_of_both(self):
        self.begin()
        for number, program in enumerate(("duplid", "duplicity", "duplid")):
            for name in LARGE:
                self.tree.file(name, content(self.tree, name) + noise(5000, number), mtime=EPOCH + 60 + number)
            self.stored(program, "incremental")
        for name in LARGE:
            old = content(self.tree, name)
            self.tree.file(name, old[:MIB] + noise(MIB, 9) + old[MIB:], mtime=EPOCH + 80)
        self.tree.stamp(EPOCH + 100)
        self.before = self.tree.listing()
        self.goes_on_behind(2)

    def test_with_a_catalog_that_was_lost(self):
        self.begin()
        stored = self.left_after(4)
        for path in (self.world.archive_dir / self.world.name).glob("*.db*"):
            path.unlink()
        self.goes_on_behind(4, stored)

    def test_blocks_that_are_repeated(self):
        """Which of equal blocks a delta names is up to its writer, so that ours may not go on with duplicity's
        where a volume ended inside it."""
        self.begin()
        zeros = bytes(2 * MIB)
        self.tree.file("d", zeros)
        self.tree.stamp(EPOCH + 100)
        self.stored("duplicity", "incremental")
        self.tree.file("d", noise(MIB, 1) + zeros[:MIB] + noise(MIB, 2) + zeros + noise(MIB, 3), mtime=EPOCH + 50)
        self.tree.stamp(EPOCH + 100)
        self.left_after(2)
        resumed, time = self.backed_up()
        self.states[time] = self.tree.listing()
        self.chain_goes_on(whole=resumed > 0)

    def test_four_volumes_at_a_time(self):
        self.begin()
        self.left_after(3)
        resumed, time = self.backed_up("--concurrency", "4")
        self.assertEqual(resumed, 4)
        self.states[time] = self.before
        self.chain_goes_on()

    def test_ours_is_killed_in_turn_and_gone_on_with_by_either(self):
        for program in ("duplid", "duplicity"):
            with self.subTest(program=program):
                self.setUp()
                self.begin()
                self.left_after(3)
                self.killed_after_volumes(2, "--concurrency", "1")
                if program == "duplid":
                    resumed, time = self.backed_up()
                    self.assertGreaterEqual(resumed, 5)
                    self.states[time] = self.before
                else:
                    with self.world.new_set():
                        run = self.world.duplicity(self.world.source, self.world.url, "--volsize", "1")
                    self.assertRegex(run.text, r"(?m)^Restarting after volume \d+, file ")
                    self.states[max(self.world.set_times())] = self.before
                self.chain_goes_on()


class EditedTest(LeftIncrement):
    """What was edited meanwhile is in the set, or in the next one; no object is ever a mixture. Volumes 1 to 3 hold
    the delta of large00, 3 to 5 that of large01, 5 to 7 that of large02."""

    def edited(self, edit, mode=PLAIN):
        """At which volume it was gone on with."""
        self.begin(mode)
        stored = self.left_after(6)
        edit(self.tree)
        self.tree.stamp(EPOCH + 150)
        after = self.tree.listing()
        resumed, time = self.backed_up()
        if resumed:
            self.is_kept(stored, resumed - 1)
            self.is_one_of(time, self.before, after)
        else:
            self.states[time] = after
        self.verified()
        self.chain_goes_on(whole=resumed > 0)
        return resumed

    def test_the_new_bytes_of_a_delta_change(self):
        """They are in the volumes; what the delta copies is where it was."""
        def edit(tree):
            old = content(tree, LARGE[0])
            tree.file(LARGE[0], old[:MIB] + b"other" + old[MIB + 5:], mtime=EPOCH + 120)
        self.assertEqual(self.edited(edit), 7)

    def test_the_old_bytes_of_a_delta_change(self):
        """The first volume that has it is the first to be made anew."""
        def edit(tree):
            tree.file(LARGE[1], b"other" + content(tree, LARGE[1])[5:], mtime=EPOCH + 120)
        self.assertEqual(self.edited(edit), 3)

    def test_nothing_but_content_tells_of_the_change(self):
        def edit(tree):
            for name in LARGE[1:]:
                tree.file(name, b"other" + content(tree, name)[5:], mtime=EPOCH + 50)
        self.assertEqual(self.edited(edit), 3)

    def test_a_file_with_a_delta_grows(self):
        def edit(tree):
            tree.file(LARGE[0], content(tree, LARGE[0]) + b"more", mtime=EPOCH + 120)
        self.assertEqual(self.edited(edit), 7)

    def test_the_file_at_the_border_grows(self):
        """The border before it is used."""
        def edit(tree):
            tree.file(LARGE[2], content(tree, LARGE[2]) + b"more", mtime=EPOCH + 120)
        self.assertEqual(self.edited(edit), 5)

    def test_files_with_deltas_go(self):
        def edit(tree):
            for name in LARGE:
                tree.remove(name)
        self.assertEqual(self.edited(edit), 0)

    def test_files_with_deltas_become_folders_and_links(self):
        def edit(tree):
            for number, name in enumerate(LARGE[1:]):
                tree.remove(name)
                if number % 2:
                    tree.link(name, "../c")
                else:
                    tree.file(f"{name}/inside", noise(3 * BLOCK, number), mtime=EPOCH + 120)
        self.assertEqual(self.edited(edit), 3)

    def test_everything_is_as_it_was_in_the_full_set(self):
        def edit(tree):
            for name in os.listdir(tree.root):
                tree.remove(name)
            make_tree(self.world, 3 * len(LARGE))
        self.assertEqual(self.edited(edit), 0)

    def test_what_was_not_changed_does_and_what_was_deleted_is_back(self):
        def edit(tree):
            tree.file("a/131072", b"back", mtime=EPOCH + 120)
            tree.file("a/1", b"new, before the point", mtime=EPOCH + 120)
            tree.file("a/65535", b"changed, before the point", mtime=EPOCH + 120)
            tree.remove("a/empty")
        self.assertEqual(self.edited(edit), 7)

    def test_with_a_passphrase(self):
        def edit(tree):
            old = content(tree, LARGE[1])
            tree.file(LARGE[1], old[:MIB // 4] + b"inserted" + old[MIB // 4:], mtime=EPOCH + 120)
            tree.file("a/65535", b"changed, before the point", mtime=EPOCH + 120)
        self.assertGreater(self.edited(edit, MODES["passphrase"]), 1)


class GoneOnWithBeforeTest(LeftIncrement):
    """duplicity had gone on with the set itself before it was ended once more: what its first run stored is kept, as
    its second one may have put the end of a file as it is now behind the beginning of it as it was."""

    def left_twice(self, count, edit):
        """It ends when so many volumes are there, and again one further on; the volumes of its first run."""
        stored = self.left_after(count)
        edit(self.tree)
        self.tree.stamp(EPOCH + 150)
        with self.world.new_set():
            run = self.world.duplicity("incremental", self.world.source, self.world.url, "--volsize", "1",
                                       "--fail-on-volume", str(count + 1), expect=DUPLICITY_FAILED)
        self.assertIn(f"Restarting after volume {count - 1}", run.text)
        return stored

    def goes_on(self, stored, at):
        resumed, time = self.backed_up()
        self.assertEqual(resumed, at)
        self.is_kept(stored, at - 1)
        self.is_one_of(time, self.before, self.tree.listing())
        self.verified()
        self.chain_goes_on()

    def test_the_volumes_of_its_first_run_are_kept(self):
        self.begin()
        stored = self.left_twice(3, lambda tree: tree.file("a/65536", b"changed", mtime=EPOCH + 120))
        self.goes_on(stored, 3)

    def test_a_file_that_changed_between_its_runs_is_no_mixture(self):
        """Volumes 3 to 5 hold the delta of large01, and its second run began with volume 4."""
        self.begin()
        stored = self.left_twice(4, lambda tree: tree.file(LARGE[1], content(tree, LARGE[1])[:-7] + b"another",
                                                           mtime=EPOCH + 120))
        self.goes_on(stored, 3)


class PutAsideTest(LeftIncrement):
    """What cannot be proved, or is not of this archive: a new set is made, and the old volumes stay."""

    def put_aside(self, stored, kind=None):
        with self.world.new_set():
            run = self.world.command(self.words(kind=kind), self.mode)
        self.assertNotIn("Resumed", run.text)
        self.assertEqual(self.parts(), [])
        self.is_kept(stored, len(stored))
        self.states[max(self.world.set_times())] = self.tree.listing()
        self.each_time_is_restored()

    def test_any_when_a_full_set_is_asked_for(self):
        self.begin()
        self.put_aside(self.left_after(2), kind="full")

    def test_one_whose_first_volume_is_damaged(self):
        self.begin()
        stored = self.left_after(2)
        first = next(name for name in stored if ".vol1." in name)
        stored[first] = self.damaged(first)
        self.put_aside(stored)

    def test_one_of_another_source(self):
        self.begin()
        stored = self.left_after(2)
        (part,) = (self.world.archive_dir / self.world.name).glob("*.manifest.part")
        part.write_bytes(re.sub(rb"(?m)^Localdir .*$", b"Localdir /elsewhere", part.read_bytes()))
        self.put_aside(stored)


class WitnessesTest(LeftIncrement):
    """Which of what duplicity left is believed."""

    def signatures(self):
        (path,) = (self.world.archive_dir / self.world.name).glob("*.sigtar.part")
        return path

    def test_signatures_that_it_made_anew_are_not(self):
        """It cuts them off when it goes on, and makes them of what the source then has; killed at once,
        it has told nobody."""
        self.begin()
        self.left_after(5)
        self.tree.file("a/65535", noise(BLOCK, 77), mtime=EPOCH + 120)
        self.tree.file("b/large00.d", b"another file", mtime=EPOCH + 120)
        old = self.signatures().stat()
        self.left_by_duplicity(lambda: (self.signatures().stat().st_size, self.signatures().stat().st_mtime_ns) !=
                               (old.st_size, old.st_mtime_ns))
        resumed, _ = self.backed_up()
        self.assertGreater(resumed, 1)
        self.chain_goes_on()

    def test_signatures_are_not_needed(self):
        self.begin()
        stored = self.left_after(5)
        self.signatures().unlink()
        resumed, time = self.backed_up()
        self.assertEqual(resumed, 6)
        self.is_kept(stored, 5)
        self.states[time] = self.before
        self.chain_goes_on()

    def test_a_volume_is_up_to_the_first_that_is_not_what_its_record_says(self):
        self.begin()
        stored = self.left_after(5)
        self.damaged(next(name for name in stored if ".vol3." in name))
        resumed, time = self.backed_up()
        self.assertEqual(resumed, 3)
        self.states[time] = self.before
        self.chain_goes_on()


if __name__ == "__main__":
    main()
