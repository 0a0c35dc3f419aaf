#!/usr/bin/env python3
"""Damage is found, and mended where that can be.

Goal: after a repair duplicity restores and continues the archive; what cannot come back is named, and
the next increment makes the chain whole again. Method: each damage is planted in a chain that both
programs wrote; after each repair every file that was there before is still there, under its own name
or in quarantine, byte for byte.
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import DAMAGED, MODES, OK, PLAIN, WRONG_PASSPHRASE, WorldTest, main

MIB = 1 << 20
HEAD = "quarantine-"


class RepairTest(WorldTest):
    def edit(self, step):
        tree = Tree(self.world.source)
        big = bytearray(noise(2 * MIB + 4321, 1))
        big[step * 1000:step * 1000 + 4] = b"%04d" % step
        tree.file("big", bytes(big), mtime=EPOCH + step)
        tree.file("changing", b"step %d" % step * 5000, mtime=EPOCH + step)
        tree.file("a/first", b"in the first volume")
        tree.file("untouched", b"the same all the time")
        tree.file("z/last", noise(300_000, 9))
        if step >= 2 and os.path.exists(tree.path("gone")):
            tree.remove("gone")
        elif step < 2:
            tree.file("gone", b"will go")
        tree.stamp(EPOCH + step)
        return tree.listing()

    def build(self, mode=PLAIN, programs=("duplid", "duplicity", "duplid")):
        self.mode = mode
        self.points = []
        for step, program in enumerate(programs):
            rows = self.edit(step)
            time = self.world.back_up(program, "--volsize", "1", mode=mode,
                                      kind="incremental" if step else "full")
            self.points.append((time, rows))

    def only(self, pattern):
        names = self.world.target_names(pattern)
        self.assertEqual(1, len(names), names)
        return self.world.target / names[0]

    def contents(self):
        """Digests by the names that files had before any quarantine."""
        kept = set()
        for path in self.world.target.iterdir():
            name = path.name.removeprefix(HEAD)
            kept.add((name, hashlib.sha256(path.read_bytes()).hexdigest()))
        return kept

    def repair(self, *words, expect=OK):
        """The report of a repair that lost no byte of the target."""
        before = self.contents()
        run = self.world.duplictl("repair", self.world.url, "--json", *words, mode=self.mode, expect=expect)
        self.assertLessEqual(before, self.contents())
        report = next(event["repair"] for event in map(json.loads, run.out.splitlines())
                      if event.get("type") == "done")
        # An empty list does not travel.
        return {"findings": [], **report}

    def kinds(self, report, state):
        return sorted(finding["kind"] for finding in report["findings"] if finding["state"] == state)

    def mends(self, kind, *words):
        """A look changes nothing and says what would be done; then it is done."""
        before = self.world.snapshot(self.world.target)
        self.assertEqual([kind], self.kinds(self.repair(*words, expect=DAMAGED), "mendable"))
        self.assertEqual(before, self.world.snapshot(self.world.target))
        self.assertEqual([kind], self.kinds(self.repair("--force", *words), "mended"))
        self.assertEqual([], self.repair(*words)["findings"])

    def is_good(self):
        """duplicity restores every point, from the target alone, and both programs continue it."""
        shutil.rmtree(self.world.archive_dir)
        for time, rows in self.points:
            self.assert_same_tree(rows, self.world.restore("duplicity", mode=self.mode, time=time))
        step = len(self.points)
        for program in ("duplicity", "duplid"):
            rows = self.edit(step)
            self.world.back_up(program, mode=self.mode, kind="incremental")
            self.assert_same_tree(rows, self.world.restore("duplicity", mode=self.mode))
            step += 1
        status = self.world.duplicity("collection-status", self.world.url, mode=self.mode).out
        self.assertIn("No orphaned or incomplete backup sets found", status)

    # --- nothing wrong --------------------------------------------------------------------------

    def test_of_a_good_archive_nothing_is_found_and_nothing_changes(self):
        self.build()
        before = self.world.snapshot(self.world.target)
        self.assertEqual([], self.repair("--force", "--read-data")["findings"])
        self.assertEqual(before, self.world.snapshot(self.world.target))

    def test_an_interrupted_set_is_left_alone(self):
        self.build()
        volume = self.world.target_names(r"-full\..*vol1\.")[0]
        shutil.copy(self.world.target / volume,
                    self.world.target / "duplicity-full.20200101T000000Z.vol1.difftar.gz")
        report = self.repair("--force")
        self.assertEqual(["set_incomplete"], self.kinds(report, "left"))
        self.assertEqual(1, report["findings_count"])

    def test_a_wrong_passphrase_is_said_and_no_damage_is_made_up(self):
        self.build(MODES["passphrase"], ("duplid",))
        self.world.duplictl("repair", self.world.url, "--force", mode=self.mode, passphrase="wrong",
                            expect=WRONG_PASSPHRASE)

    # --- manifests ------------------------------------------------------------------------------

    def test_a_lost_manifest_comes_back_from_the_cache(self):
        self.build()
        manifest = self.only(r"-full\..*manifest")
        original = manifest.read_bytes()
        manifest.unlink()
        self.mends("manifest_missing")
        self.assertEqual(original, manifest.read_bytes())
        self.is_good()

    def test_a_lost_encrypted_manifest_comes_back_from_the_cache(self):
        self.build(MODES["passphrase"])
        self.only(r"-full\..*manifest").unlink()
        self.mends("manifest_missing")
        self.is_good()

    def test_a_manifest_that_is_lost_everywhere_is_made_again_from_the_volumes(self):
        self.build()
        for path in self.world.target.glob("*manifest"):
            path.unlink()
            shutil.rmtree(self.world.archive_dir)
            os.makedirs(self.world.archive_dir)
            self.repair("--force", expect=(OK, DAMAGED))
        self.is_good()

    def test_records_made_again_say_what_the_lost_ones_said(self):
        self.build(programs=("duplicity",))
        manifest = self.only(r"-full\..*manifest")
        original = manifest.read_bytes()
        manifest.unlink()
        shutil.rmtree(self.world.archive_dir)
        self.repair("--force")
        volumes = original[original.index(b"Volume 1:"):original.index(b"Filelist")]
        self.assertIn(volumes, manifest.read_bytes())

    def test_a_set_whose_last_volume_is_lost_gets_no_manifest_that_says_it_is_whole(self):
        self.build(programs=("duplid",))
        self.only(r"-full\..*manifest").unlink()
        shutil.rmtree(self.world.archive_dir)
        last = self.world.target_names(r"vol\d+\.difftar")[-1]
        (self.world.target / last).unlink()
        report = self.repair("--force", expect=DAMAGED)
        self.assertEqual(["manifest_missing"], self.kinds(report, "lost"))
        self.assertEqual([], self.world.target_names("manifest"))

    def test_a_damaged_manifest_goes_to_quarantine_and_a_good_one_takes_its_place(self):
        self.build(MODES["passphrase"])
        manifest = self.only(r"-full\..*manifest")
        bad = manifest.read_bytes()[:-20]
        manifest.write_bytes(bad)
        self.mends("manifest_damaged")
        self.assertEqual(bad, (self.world.target / (HEAD + manifest.name)).read_bytes())
        self.is_good()

    # --- signatures -----------------------------------------------------------------------------

    def test_lost_signatures_come_back_from_the_cache(self):
        self.build()
        self.only(r"-full-signatures").unlink()
        self.mends("signatures_missing")
        self.is_good()

    def test_signatures_that_are_lost_everywhere_are_made_again_and_the_chain_goes_on(self):
        for mode in (PLAIN, MODES["passphrase"]):
            with self.subTest(mode=mode.name):
                self.build(mode)
                for path in self.world.target.glob("*signatures*"):
                    path.unlink()
                shutil.rmtree(self.world.archive_dir)
                report = self.repair("--force")
                self.assertEqual(["signatures_missing"] * 3, self.kinds(report, "mended"))
                listed = self.world.duplicity("list-current-files", self.world.url, mode=mode).out
                self.assertIn("z/last", listed)
                self.assertNotIn("gone", listed)
                self.is_good()
                # A quiet increment proves that signatures and metadata are those of the source.
                self.assertLess((self.world.target / self.world.target_names(r"-inc\..*vol1\.")[-1]).stat().st_size,
                                100_000)
                shutil.rmtree(self.world.target)
                shutil.rmtree(self.world.source)

    def test_damaged_signatures_are_found_by_reading_and_replaced(self):
        self.build()
        path = self.only(r"-full-signatures")
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x55
        path.write_bytes(data)
        self.assertEqual([], self.repair()["findings"])
        self.mends("signatures_damaged", "--read-data")
        self.assertEqual(bytes(data), (self.world.target / (HEAD + path.name)).read_bytes())
        self.is_good()

    # --- what makes duplicity fail --------------------------------------------------------------

    def test_of_two_files_of_one_volume_the_one_that_the_manifest_means_stays(self):
        self.build()
        volume = self.only(r"-full\..*vol2\.")
        good = volume.read_bytes()
        # Under the preferred name stands rubbish, the true one under another.
        volume.with_name(volume.name.replace("vol2", "vol02")).write_bytes(good)
        volume.write_bytes(b"rubbish")
        self.mends("duplicate_file")
        self.assertEqual(b"rubbish", (self.world.target / (HEAD + volume.name)).read_bytes())
        self.is_good()

    def test_stray_files_that_duplicity_stumbles_over_go_to_quarantine(self):
        self.build()
        volume = self.only(r"-full\..*vol1\.")
        shutil.copy(volume, volume.with_name(volume.name + ".tmp"))
        (self.world.target / "something else.txt").write_text("not ours")
        self.mends("stray_file")
        self.assertTrue((self.world.target / "something else.txt").exists())
        self.is_good()

    # --- what is lost ---------------------------------------------------------------------------

    def lose_volume_of_full(self, damage):
        self.build()
        volume = self.world.target / self.world.target_names(r"-full\..*vol\d+\.difftar")[-1]
        damage(volume)
        return volume

    def test_what_a_damaged_volume_held_is_listed_and_stored_whole_by_the_next_increment(self):
        volume = self.lose_volume_of_full(lambda path: path.write_bytes(path.read_bytes()[:-100] + b"x" * 100))
        report = self.repair("--force", "--read-data", expect=DAMAGED)
        self.assertEqual(1, self.kinds(report, "lost").count("volume_damaged"))
        lost = {finding["object"] for finding in report["findings"] if finding["kind"] == "path_lost"}
        self.assertIn("z/last", lost)
        self.assertIn("changing", lost)  # only changes of it are left
        self.assertNotIn("a/first", lost)
        rows = self.edit(5)
        self.world.back_up("duplid", kind="incremental")
        # What is damaged is still in the way of a plain restore; duplicity can be told to pass over it.
        self.assertTrue(volume.exists())
        self.assert_same_tree(rows, self.world.restore("duplicity", "--ignore-errors"))

    def test_a_missing_volume_is_found_without_reading_and_a_later_report_says_since_when_all_is_well(self):
        self.lose_volume_of_full(lambda path: path.unlink())
        report = self.repair("--force", expect=DAMAGED)
        self.assertEqual(1, self.kinds(report, "lost").count("volume_missing"))
        self.edit(5)
        healed = self.world.back_up("duplid", kind="incremental")
        report = self.repair(expect=DAMAGED)
        lost = {finding["object"]: finding for finding in report["findings"] if finding["kind"] == "path_lost"}
        self.assertIn("z/last", lost)
        for finding in lost.values():
            self.assertIn("until", finding)
            self.assertLessEqual(finding["until"], healed)

    # --- the cache ------------------------------------------------------------------------------

    def test_a_damaged_cache_is_fetched_again(self):
        self.build()
        cache = self.world.archive_dir / self.world.name
        manifest = next(cache.glob("*full*manifest"))
        manifest.write_bytes(manifest.read_bytes().replace(b"Hash SHA1 ", b"Hash SHA1 0", 1)[:-1])
        signatures = next(cache.glob("*full-signatures*"))
        signatures.write_bytes(signatures.read_bytes()[:50])
        self.assertEqual({"cache_stale"}, set(self.kinds(self.repair(), "left")))
        self.assertEqual({"cache_stale"}, set(self.kinds(self.repair("--force"), "mended")))
        self.assertEqual([], self.repair("--read-data")["findings"])
        rows = self.edit(5)
        self.world.back_up("duplid", kind="incremental")
        self.assert_same_tree(rows, self.world.restore("duplicity"))


if __name__ == "__main__":
    main()
