#!/usr/bin/env python3
"""Damage on the target is noticed, named, and costs only the sets that need what is damaged."""

import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import DAMAGED, MODES, PLAIN, WorldTest, main

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


if __name__ == "__main__":
    main()
