#!/usr/bin/env python3
"""Files whose offsets need more than 32 bits and whose block numbers more than four digits: both programs
read what the other wrote (feature-goals.md R34, R45; long).

Method: files that are holes but for a few islands, so that the source and our restores cost no disk;
duplicity's restores are written out in full and removed at once. cmp(1) compares.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

import world as support
from trees import EPOCH, noise
from world import WorldTest, main

MIB = 1 << 20
BLOCK = 65536
# duplicity writes some of these for minutes.
support.COMMAND_SECONDS_MAX = 1500


class LargeFileTest(WorldTest):
    def make(self, size, islands):
        self.world.source.mkdir(exist_ok=True)
        self.file = self.world.source / "large"
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.truncate(size)
            for offset, data in islands.items():
                file.seek(offset)
                file.write(data)
        os.utime(self.file, (EPOCH + len(islands), EPOCH + len(islands)))

    def keep(self):
        """A copy of the source as it is now, holes included."""
        kept = self.world.root / f"kept-{len(list(self.world.root.glob('kept-*')))}"
        subprocess.run(["cp", "--sparse=always", self.file, kept], check=True)
        return kept

    def check_restore(self, program, expected, time=None):
        with self.subTest(restored_by=program, time=time):
            directory = self.world.restore(program, time=time)
            self.assertEqual(subprocess.run(["cmp", directory / "large", expected], check=False).returncode, 0)
            if program == "duplid":
                self.assertLess((directory / "large").stat().st_blocks * 512, 64 * MIB)
            shutil.rmtree(directory)

    def around_ten_thousand_blocks(self):
        return {0: noise(1000, 1), 9998 * BLOCK + 7: noise(3 * BLOCK, 2), 11_000 * BLOCK: noise(1000, 3)}

    def test_blocks_beyond_the_ten_thousandth_of_ours_are_read_by_both(self):
        self.make(11_200 * BLOCK, self.around_ten_thousand_blocks())
        full, first = self.world.back_up("duplid", kind="full"), self.keep()
        self.make(11_200 * BLOCK, {10_500 * BLOCK + 1: noise(5000, 4)})
        increment, second = self.world.back_up("duplid", kind="incremental"), self.keep()
        for program in ("duplid", "duplicity"):
            self.check_restore(program, first, full)
            self.check_restore(program, second, increment)

    def test_blocks_beyond_the_ten_thousandth_of_duplicitys_are_read_by_us(self):
        self.make(11_200 * BLOCK, self.around_ten_thousand_blocks())
        full, first = self.world.back_up("duplicity", kind="full"), self.keep()
        self.make(11_200 * BLOCK, {10_500 * BLOCK + 1: noise(5000, 4)})
        increment, second = self.world.back_up("duplicity", kind="incremental"), self.keep()
        # Dense, since duplicity does not say what was a hole.
        for time, expected in ((full, first), (increment, second)):
            directory = self.world.restore("duplid", time=time)
            self.assertEqual(subprocess.run(["cmp", directory / "large", expected], check=False).returncode, 0)
            shutil.rmtree(directory)

    def test_what_lies_beyond_four_gibibytes_is_stored_changed_and_restored_by_both(self):
        size = (4 << 30) + 100 * MIB + 1
        self.make(size, {0: noise(1000, 1), (4 << 30) - 5: noise(100, 2), (4 << 30) + 50 * MIB: noise(200_000, 3)})
        full, first = self.world.back_up("duplid", kind="full"), self.keep()
        # One island moves by a byte, so that the delta copies from and to places beyond 32 bits.
        self.make(size, {(4 << 30) + 50 * MIB: b"+" + noise(200_000, 3), (4 << 30) + 99 * MIB: noise(50, 4)})
        increment, second = self.world.back_up("duplid", kind="incremental"), self.keep()
        for name in self.world.target_names(r"duplicity-inc\..*difftar"):
            self.assertLess((self.world.target / name).stat().st_size, MIB)
        for program in ("duplid", "duplicity"):
            self.check_restore(program, first, full)
            self.check_restore(program, second, increment)
        self.world.duplictl("verify", self.world.url, self.world.source, "--compare-data")

    def test_twenty_gibibytes_of_nothing_take_no_disk(self):
        size = 20 << 30
        self.make(size, {14 << 30: noise(100_000, 1)})
        self.world.back_up("duplid", kind="full")
        directory = self.world.restore("duplid")
        facts = (directory / "large").stat()
        self.assertEqual(facts.st_size, size)
        self.assertLess(facts.st_blocks * 512, MIB)
        with open(directory / "large", "rb") as file:
            file.seek(14 << 30)
            self.assertEqual(file.read(100_001), noise(100_000, 1) + b"\0")
            file.seek(-1, os.SEEK_END)
            self.assertEqual(file.read(2), b"\0")


if __name__ == "__main__":
    main()
