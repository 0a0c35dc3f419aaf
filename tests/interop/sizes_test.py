#!/usr/bin/env python3
"""Sizes at every edge of the format, and where volumes end."""

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise, text
from world import MODES, PLAIN, WorldTest, main

MIB = 1 << 20
# The block of the format is 65536 bytes (archive-format.md 4.3); a volume here is 1 MiB.
EDGES = (0, 1, 511, 512, 513, 65535, 65536, 65537, 131071, 131072, 131073)


def make_sizes(root):
    tree = Tree(root)
    for size in EDGES:
        tree.file(f"edge-{size:07}", noise(size, size))
    tree.file("larger than a volume", noise(3 * MIB + 12345, 1))
    tree.file("text, larger than a volume once deflated", text(6 * MIB, 2))
    tree.file("sparse")
    os.truncate(tree.path("sparse"), 5 * MIB)
    with open(tree.path("sparse"), "r+b") as file:
        file.seek(2 * MIB)
        file.write(b"an island")
    os.utime(tree.path("sparse"), (EPOCH, EPOCH))
    for number in range(40):
        tree.file(f"small/{number}", text(30_000, 100 + number))
    tree.file(b"m" * 255, b"the longest name")
    tree.file(b"new\nline\xff", b"an odd name")
    tree.stamp(EPOCH)
    return tree


class SizesTest(WorldTest):
    def both_restore(self, tree, mode):
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                self.assert_same_tree(tree.listing(), self.world.restore(program, mode=mode))

    def check_volumes(self, at_least):
        volumes = self.world.target_names(r"\.difftar")
        self.assertGreaterEqual(len(volumes), at_least)
        for name in volumes:
            self.assertLessEqual((self.world.target / name).stat().st_size, MIB, name)

    def full_then_every_edge_crossed(self, mode):
        tree = make_sizes(self.world.source)
        self.world.back_up("duplid", "--volsize", "1", mode=mode, kind="full")
        self.both_restore(tree, mode)
        self.check_volumes(4)
        for size in EDGES:
            # One byte more at the end, and another one in the middle.
            data = bytearray(noise(size, size) + b"+")
            data[size // 2] ^= 1
            tree.file(f"edge-{size:07}", bytes(data), mtime=EPOCH + 10)
        tree.file("larger than a volume", noise(2 * MIB, 9) + noise(3 * MIB + 12345, 1), mtime=EPOCH + 10)
        tree.stamp(EPOCH + 10)
        self.world.back_up("duplid", "--volsize", "1", mode=mode, kind="incremental")
        self.both_restore(tree, mode)
        self.check_volumes(6)

    def test_every_edge_survives_full_and_incremental_in_plain_volumes(self):
        self.full_then_every_edge_crossed(PLAIN)

    def test_every_edge_survives_full_and_incremental_in_uncompressed_volumes(self):
        self.full_then_every_edge_crossed(MODES["uncompressed"])

    def test_every_edge_survives_full_and_incremental_in_passphrase_volumes(self):
        self.full_then_every_edge_crossed(MODES["passphrase"])

    def test_an_empty_source_makes_a_set_that_both_restore(self):
        tree = Tree(self.world.source)
        tree.stamp(EPOCH)
        self.world.back_up("duplid", kind="full")
        self.world.back_up("duplid", kind="incremental")
        self.both_restore(tree, PLAIN)
        self.assertEqual(len(self.world.target_names(r"\.difftar")), 2)

    def test_a_source_that_is_a_single_file_makes_sets_that_both_restore(self):
        tree = Tree(self.world.root / "around")
        for data in (noise(70_000, 1), noise(70_000, 1) + b"more"):
            tree.file("one", data, mtime=EPOCH + len(data))
            self.world.source = self.world.root / "around" / "one"
            self.world.back_up("duplid")
            for program in ("duplid", "duplicity"):
                self.assertEqual(self.world.restore(program).read_bytes(), data)


class BordersTest(WorldTest):
    def borders(self, label, mode, before=(), options=()):
        """The manifest's ranges of a full set of the same source, made under other circumstances."""
        world = self.world
        world.target, world.name = world.root / f"target-{label}", label
        world.back_up("duplid", "--volsize", "1", *options, mode=mode, kind="full", before=before)
        # The local manifest is never encrypted (archive-format.md 2).
        (manifest,) = (world.archive_dir / label).glob("*.manifest")
        return re.findall(r"(?m)^Volume .*|^    (?:Starting|Ending)Path .*", manifest.read_text(encoding="latin-1"))

    def the_same_everywhere(self, mode):
        make_sizes(self.world.source)
        one_core = str(min(os.sched_getaffinity(0)))
        expected = self.borders("all-cores", mode)
        self.assertGreater(len(expected), 3 * 4)
        self.assertEqual(self.borders("one-core", mode, before=("taskset", "-c", one_core)), expected)
        self.assertEqual(self.borders("one-at-a-time", mode, options=("--concurrency", "1")), expected)
        self.assertEqual(self.borders("four-at-a-time", mode, options=("--concurrency", "4")), expected)

    def test_plain_volumes_end_at_the_same_places_on_one_core_and_on_all(self):
        self.the_same_everywhere(PLAIN)

    def test_passphrase_volumes_end_at_the_same_places_on_one_core_and_on_all(self):
        self.the_same_everywhere(MODES["passphrase"])


if __name__ == "__main__":
    main()
