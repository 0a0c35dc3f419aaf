#!/usr/bin/env python3
"""Damage on the target is noticed, named, and costs only the sets that need what is damaged."""

import gzip
import io
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, differences, listing, noise
from world import DAMAGED, MODES, OK, PASSPHRASE, PLAIN, WARNINGS, WorldTest, main

MIB = 1 << 20


class DamageTest(WorldTest):
    """A full set, an incremental, and a second full set; then one file of one of them is hurt."""

    def build(self, mode=PLAIN):
        self.mode = mode
        tree = Tree(self.world.source)
        self.points = []
        for step, kind in enumerate(("full", "incremental", "full")):
            tree.file("big", noise(2 * MIB + MIB // 2, step), mtime=EPOCH + step)
            tree.file("small", b"step %d" % step, mtime=EPOCH + step)
            tree.file("untouched", b"the same all the time")
            tree.stamp(EPOCH + step)
            time = self.world.back_up("duplid", "--volsize", "1", mode=mode, kind=kind)
            self.points.append((time, tree.listing()))

    def only(self, pattern):
        """The one file of the target whose name has `pattern`; of two full sets, the newer one's."""
        return self.world.target / self.world.target_names(pattern)[-1]

    def restores(self, *numbers):
        for number in numbers:
            time, expected = self.points[number]
            with self.subTest(set=number):
                self.assert_same_tree(expected, self.world.restore("duplid", mode=self.mode, time=time))
        for number in numbers[:1]:
            time, expected = self.points[number]
            self.assert_same_tree(expected, self.world.restore("duplicity", mode=self.mode, time=time))

    def refuses(self, number, path, naming=None):
        """Restoring that set ends with "damaged" and says which file it is."""
        self.refusals = getattr(self, "refusals", 0) + 1
        directory = self.world.root / "restored" / f"damaged-{self.refusals}"
        run = self.world.duplictl("restore", self.world.url, directory, "--time", str(self.points[number][0]),
                                  mode=self.mode, expect=DAMAGED)
        self.assertRegex(run.text, naming or re.escape(path.name))

    @staticmethod
    def flip(path):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x10
        path.write_bytes(data)

    def test_a_flipped_byte_in_a_volume_of_the_newest_set_is_named(self):
        self.build()
        volume = self.only(r"-full\..*vol2\.")
        self.flip(volume)
        self.refuses(2, volume)
        self.restores(0, 1)

    def test_a_flipped_byte_in_an_increment_leaves_the_full_sets_restorable(self):
        self.build()
        volume = self.only(r"-inc\..*vol1\.")
        self.flip(volume)
        self.refuses(1, volume)
        self.restores(0, 2)

    def test_a_flipped_byte_in_an_encrypted_volume_is_damage_and_no_wrong_passphrase(self):
        self.build(MODES["passphrase"])
        volume = self.only(r"-full\..*vol1\.")
        self.flip(volume)
        self.refuses(2, volume)
        self.restores(0, 1)

    def test_a_missing_volume_is_named(self):
        self.build()
        volume = self.only(r"-full\..*vol2\.")
        volume.unlink()
        # A file that is not there has no name to quote; its place in the archive is named instead.
        self.refuses(2, volume, rf"volume 2\b.*{re.escape(volume.name.split('.')[1])}")
        self.restores(0, 1)

    def test_a_missing_manifest_of_an_increment_is_told_with_and_without_the_cache(self):
        self.build()
        self.only(r"-inc\..*manifest").unlink()
        for cache in ("kept", "lost"):
            with self.subTest(cache=cache):
                restored = self.world.restore("duplid", time=self.points[1][0], expect=WARNINGS)
                self.assert_same_tree(self.points[0][1], restored)
                shutil.rmtree(self.world.archive_dir)
        self.restores(2)

    def test_a_missing_volume_that_a_file_does_not_need_is_not_missed(self):
        self.build()
        self.only(r"-full\..*vol2\.").unlink()
        restored = self.world.restore("duplid", "--file-to-restore", "small")
        self.assertEqual(restored.read_bytes(), b"step 2")

    def test_a_truncated_manifest_is_named(self):
        self.build()
        manifest = self.only(r"-full\..*manifest")
        data = manifest.read_bytes()
        # Into the middle of volume 2's record: its EndingPath and its hash are gone.
        manifest.write_bytes(data[:data.index(b"StartingPath", data.index(b"Volume 2:")) + len(b"StartingPath   ")])
        shutil.rmtree(self.world.archive_dir)
        self.refuses(2, manifest)
        self.restores(0, 1)

    def test_a_truncated_encrypted_manifest_is_named(self):
        self.build(MODES["passphrase"])
        manifest = self.only(r"-full\..*manifest")
        manifest.write_bytes(manifest.read_bytes()[:-20])
        shutil.rmtree(self.world.archive_dir)
        self.refuses(2, manifest)
        self.restores(0, 1)

    def test_a_new_full_set_is_good_whatever_is_damaged(self):
        self.build()
        self.flip(self.only(r"-full\..*vol1\."))
        self.world.back_up("duplid", kind="full")
        self.assert_same_tree(self.points[2][1], self.world.restore("duplid"))
        self.assert_same_tree(self.points[2][1], self.world.restore("duplicity"))


class EachFileTest(WorldTest):
    """Each file of each set in turn is flipped, cut or removed; then every state is restored without
    a cache. The witness of what depends on a volume are the volumes' own tars, read by tarfile before
    anything is hurt: a state needs, of each file, the newest snapshot and the deltas behind it."""

    def build(self, mode):
        self.mode = mode
        tree = Tree(self.world.source)
        self.points = []
        for step, kind in enumerate(("full", "incremental", "incremental", "full")):
            big = bytearray(noise(1_300_000, 1))
            big[1000 * step:1000 * step + 4] = b"%04d" % step
            tree.file("big", bytes(big), mtime=EPOCH + step)
            tree.file("d/changing", b"%d" % step + noise(300_000, 2), mtime=EPOCH + step)
            tree.file(f"d/new-{step}", noise(500_000, 10 + step), mtime=EPOCH + step)
            tree.file("untouched", noise(200_000, 3))
            tree.file("z", b"step %d" % step, mtime=EPOCH + step)
            if step == 2:
                tree.remove("d/new-0")
            if step == 0:
                tree.link("link", "big")
                tree.directory("empty")
            tree.stamp(EPOCH + step)
            time = self.world.back_up("duplid", "--volsize", "1", mode=mode, kind=kind)
            self.points.append((time, tree.listing()))
        self.entries = [self.entries_of(names) for names in self.volumes_by_set()]
        self.kept = self.world.root / "kept"
        shutil.copytree(self.world.target, self.kept)

    def volumes_by_set(self):
        """The names of volumes, a list for each set, oldest set first."""
        sets = {}
        for name in self.world.target_names(r"\.difftar"):
            stamps = re.findall(r"\d{8}T\d{6}Z", name)
            sets.setdefault(stamps[-1], []).append(name)
        return [sorted(sets[stamp], key=lambda name: int(re.search(r"vol(\d+)", name)[1])) for stamp in sorted(sets)]

    def plain_bytes(self, name):
        data = (self.world.target / name).read_bytes()
        if name.endswith(".gpg"):
            done = subprocess.run(["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", PASSPHRASE,
                                   "-d"], input=data, env=self.world.environment(), check=True, capture_output=True)
            return done.stdout
        return gzip.decompress(data) if name.endswith(".gz") else data

    def entries_of(self, names):
        """For each path of a set: its kind, and the volumes it lies in."""
        entries = {}
        for name in names:
            for member in tarfile.open(fileobj=io.BytesIO(self.plain_bytes(name))):
                kind, _, path = member.name.partition("/")
                if kind.startswith("multivol_"):
                    kind, path = kind[len("multivol_"):], path.rpartition("/")[0]
                if member.isreg():
                    entries.setdefault(path, (kind, set()))[1].add(name)
        return entries

    def lost(self, state, volume):
        """The files that a state cannot have without that volume."""
        sets = [3] if state == 3 else range(state, -1, -1)
        lost = set()
        for path in {path for number in sets for path in self.entries[number]}:
            needed = set()
            for number in sets:
                kind, volumes = self.entries[number].get(path, (None, set()))
                if kind == "deleted":
                    break
                needed |= volumes
                if kind == "snapshot":
                    break
            if volume in needed:
                lost.add(path)
        return lost

    def hurt(self, name, how):
        path = self.world.target / name
        data = path.read_bytes()
        if how == "removed":
            path.unlink()
        elif how == "cut":
            path.write_bytes(data[:len(data) // 2])
        else:
            DamageTest.flip(path)

    def heal(self, name):
        shutil.copy2(self.kept / name, self.world.target / name)

    def restore_state(self, state):
        shutil.rmtree(self.world.archive_dir, ignore_errors=True)
        directory = self.world.root / "restored" / "each"
        shutil.rmtree(directory, ignore_errors=True)
        run = self.world.duplictl("restore", self.world.url, directory, "--time", str(self.points[state][0]),
                                  mode=self.mode, expect=(OK, WARNINGS, DAMAGED))
        return run, directory

    def check_volume_damage(self, name, how):
        hurt_set = next(number for number, names in enumerate(self.volumes_by_set_before) if name in names)
        for state, (_, expected) in enumerate(self.points):
            with self.subTest(file=name, how=how, state=state):
                run, directory = self.restore_state(state)
                lost = self.lost(state, name)
                self.ever_lost |= lost
                self.assertEqual(set(re.findall(r"warning: (\S+) cannot be restored", run.err)), lost)
                kept = [row for row in expected if row[7] not in lost]
                self.assertEqual(differences(kept, listing(directory)), [])
                needed = hurt_set == 3 if state == 3 else hurt_set <= state
                self.assertEqual(run.status, DAMAGED if lost else WARNINGS if needed else OK)
                if needed:
                    number = re.search(r"vol(\d+)", name)[1]
                    self.assertRegex(run.err, re.escape(name) + rf"|volume {number} of the set")

    def check_signature_damage(self, name, how):
        for state, (_, expected) in enumerate(self.points):
            with self.subTest(file=name, how=how, state=state):
                run, directory = self.restore_state(state)
                self.assertEqual((run.status, differences(expected, listing(directory))), (OK, []))

    def check_manifest_damage(self, name, how):
        """States of other sets are whole; of an increment's, the state before is restored and said."""
        hurt_set = next(number for number, names in enumerate(self.volumes_by_set_before)
                        if names[0].split(".vol")[0] == name.split(".manifest")[0])
        # A full set's manifest that is there and torn ends a restore of its chain; one that is gone
        # leaves the other chain.
        for state in range(4):
            with self.subTest(file=name, how=how, state=state):
                run, directory = self.restore_state(state)
                in_chain = (state == 3) == (hurt_set == 3)
                if not in_chain or hurt_set > state:
                    self.assertEqual((run.status, differences(self.points[state][1], listing(directory))), (OK, []))
                elif hurt_set in (0, 3) and how == "cut":
                    self.assertEqual((run.status, directory.exists()), (DAMAGED, False))
                else:
                    other = {0: 3, 3: 2}.get(hurt_set, hurt_set - 1)
                    self.assertEqual((run.status, differences(self.points[other][1], listing(directory))),
                                     (WARNINGS, []))

    def check_finds(self, name):
        """check names the file, or the volume's number, or its set, and nothing else."""
        run = self.world.duplictl("check", self.world.url, "--sample", "all", mode=self.mode, expect=DAMAGED)
        faults = re.findall(r"warning: (.*)", run.err)
        if "manifest" in name:
            # The set of a manifest that is gone, and those that build on it.
            self.assertTrue(faults)
            self.assertTrue(any(name in fault or "manifest is missing" in fault for fault in faults), faults)
            self.assertTrue(all("manifest" in fault or "no chain leads to it" in fault for fault in faults), faults)
            return
        self.assertEqual(len(faults), 1, faults)
        number = re.search(r"vol(\d+)", name)
        self.assertRegex(faults[0], re.escape(name) + (rf"|volume {number[1]} " if number else "|the signatures of"))

    def each_file(self, mode, hows, names="."):
        self.build(mode)
        self.volumes_by_set_before = self.volumes_by_set()
        self.ever_lost = set()
        for name in self.world.target_names(names):
            for how in hows:
                if "manifest" in name and how == "flipped":
                    continue  # an unencrypted one has no check sum
                self.hurt(name, how)
                kind = "volume" if "difftar" in name else "signature" if "sigtar" in name else "manifest"
                getattr(self, f"check_{kind}_damage")(name, how)
                # An uncompressed sigtar has no check sum: of a flipped bit in it only a verify knows.
                if not (name.endswith(".sigtar") and how == "flipped"):
                    with self.subTest(file=name, how=how, by="check"):
                        self.check_finds(name)
                self.heal(name)
        self.assertIn("big", self.ever_lost)
        if names == ".":
            self.assertLessEqual({"big", "d/changing", "d/new-2", "untouched", "z"}, self.ever_lost)
        self.world.duplictl("check", self.world.url, "--sample", "all", mode=mode)

    def test_in_gzip_archives(self):
        self.each_file(PLAIN, ("flipped", "cut", "removed"))

    def test_in_uncompressed_archives(self):
        self.each_file(MODES["uncompressed"], ("flipped",))

    def test_in_archives_with_a_passphrase(self):
        # gpg takes its time: the first volume of each set.
        self.each_file(MODES["passphrase"], ("flipped",), r"vol1\.")


if __name__ == "__main__":
    main()
