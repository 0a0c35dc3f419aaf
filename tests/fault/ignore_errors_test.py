#!/usr/bin/env python3
"""--ignore-errors goes on where a restore otherwise ends, and never makes a damaged one look good.

duplicity's option (command-line.md 9.9) passes over damaged volumes and ends with 0; here they are
always passed over, each loss is told in any case, and the option decides about the status: 3, not 15.
"""

import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, differences, listing, noise
from world import DAMAGED, FAILED, MODES, WARNINGS, WRONG_PASSPHRASE, WorldTest, main

MIB = 1 << 20


def lost_files(text):
    return set(re.findall(r"warning: (\S+) cannot be restored", text))


class DamageTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        self.points = []
        for step in range(2):
            self.tree.file("a", b"first %d" % step, mtime=EPOCH + step)
            self.tree.file("big", noise(3 * MIB, step), mtime=EPOCH + step)
            self.tree.file("z", b"last %d" % step, mtime=EPOCH + step)
            self.tree.stamp(EPOCH + step)
            time = self.world.back_up("duplid", "--volsize", "1", kind="full")
            self.points.append((time, self.tree.listing()))

    def flip(self, pattern):
        path = self.world.target / self.world.target_names(pattern)[-1]
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x10
        path.write_bytes(data)

    def restore(self, *words, expect):
        directory = self.world.root / "restored" / f"{len(words)}-{expect}"
        return self.world.duplictl("restore", self.world.url, directory, *words, expect=expect), directory

    def test_the_same_files_come_back_and_the_same_losses_are_told_with_status_3(self):
        self.flip(r"vol2\.difftar")
        without, first = self.restore(expect=DAMAGED)
        run, second = self.restore("--ignore-errors", expect=WARNINGS)
        self.assertEqual(lost_files(run.text), {"big"})
        self.assertEqual(lost_files(run.text), lost_files(without.text))
        self.assertEqual(listing(first), listing(second))
        self.assertEqual(differences([row for row in self.points[1][1] if row[7] != "big"], listing(second)), [])
        # What the reference makes of it: the other files, the damaged one in some state, and status 0.
        theirs = self.world.restore("duplicity", "--ignore-errors")
        self.assertEqual((theirs / "z").read_bytes(), (second / "z").read_bytes())

    def test_a_verify_tells_the_damage_with_status_3(self):
        self.flip(r"vol2\.difftar")
        self.assertIn("big", self.world.duplictl("verify", self.world.url, expect=DAMAGED).text)
        self.assertIn("big", self.world.duplictl("verify", self.world.url, "--ignore-errors", expect=WARNINGS).text)

    def test_a_torn_manifest_of_the_newest_full_set_gives_the_one_before(self):
        manifest = self.world.target / self.world.target_names("manifest")[-1]
        manifest.write_bytes(manifest.read_bytes()[:60])
        for cached in (self.world.archive_dir / "job").glob("*.manifest"):
            cached.unlink()
        _, nothing = self.restore(expect=DAMAGED)
        self.assertFalse(nothing.exists())
        run, directory = self.restore("--ignore-errors", expect=WARNINGS)
        self.assertIn(manifest.name, run.text)
        self.assert_same_tree(self.points[0][1], directory)

    def test_where_nothing_else_is_left_a_torn_manifest_still_ends_it(self):
        for name in self.world.target_names("manifest"):
            path = self.world.target / name
            path.write_bytes(path.read_bytes()[:60])
        for cached in (self.world.archive_dir / "job").glob("*.manifest"):
            cached.unlink()
        _, nothing = self.restore("--ignore-errors", expect=DAMAGED)
        self.assertFalse(nothing.exists())

    def test_a_wrong_passphrase_is_nothing_to_be_ignored(self):
        self.world.target = self.world.root / "encrypted"
        self.world.name = "encrypted"
        self.world.back_up("duplid", mode=MODES["passphrase"])
        nowhere = self.world.root / "nowhere"
        self.world.duplictl("restore", self.world.url, nowhere, "--ignore-errors", mode=MODES["passphrase"],
                            passphrase="another one", expect=WRONG_PASSPHRASE)
        self.assertFalse(nowhere.exists())


class DestinationTest(WorldTest):
    def test_what_has_no_room_is_left_out_and_the_rest_is_there(self):
        tree = Tree(self.world.source)
        tree.file("a", noise(MIB, 1))
        tree.file("b", noise(12 * MIB, 2))
        tree.file("c", noise(MIB, 3))
        tree.stamp(EPOCH)
        self.world.back_up("duplid")
        small = self.world.root / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"cannot mount: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", small], check=True)
        self.world.duplictl("restore", self.world.url, small / "out", expect=FAILED)
        self.assertEqual(list(small.iterdir()), [])
        run = self.world.duplictl("restore", self.world.url, small / "out", "--ignore-errors", expect=WARNINGS)
        self.assertRegex(run.text, r"b is left out: .*No space left on device")
        self.assertEqual(differences([row for row in tree.listing() if row[7] != "b"], listing(small / "out")), [])


if __name__ == "__main__":
    main()
