#!/usr/bin/env python3
"""par2+ in front of other targets: damage is repaired where it is read."""

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import ServerTest  # noqa: E402
from trees import EPOCH, Tree, noise  # noqa: E402
from world import WARNINGS, main  # noqa: E402

# Two programs run for each file, so that a long listing is made of fewer.
FILES = 20

DAMAGED = 15  # exit status: what was read is not what was written


class Par2Test(ServerTest):
    def setUp(self):
        super().setUp()
        self.url = f"par2+file://{self.world.target}"

    def make_tree(self):
        tree = Tree(self.world.source)
        for number in range(4):
            tree.file(f"file-{number}", noise(300_000, number), mtime=EPOCH)
        tree.stamp(EPOCH)
        return tree.listing()

    def volumes(self):
        return [self.world.target / name for name in self.world.target_names(r"difftar\.gz$")]

    def flip(self, path, at):
        content = bytearray(path.read_bytes())
        content[at] ^= 0xFF
        path.write_bytes(content)

    def restore(self, program, **how):
        to = self.world.root / "restored" / f"{program}-{len(os.listdir(self.world.root / 'restored'))}"
        run = getattr(self.world, program)("restore", self.url, to, **how)
        return to, run

    def test_each_file_has_recovery_files_that_par2_itself_accepts(self):
        self.make_tree()
        self.world.duplictl("backup", self.world.source, self.url)
        for name in self.world.target_names(r"(difftar\.gz|sigtar\.gz|manifest)$"):
            self.world.command(["par2", "verify", "-q", "-q", self.world.target / f"{name}.par2"])

    def test_a_damaged_volume_is_repaired_by_both_programs_whoever_wrote_it(self):
        expected = self.make_tree()
        for writer in ("duplictl", "duplicity"):
            if writer == "duplictl":
                self.world.duplictl("backup", self.world.source, self.url)
            else:
                self.world.duplicity("full", self.world.source, self.url)
            volume = self.volumes()[-1]
            self.flip(volume, volume.stat().st_size // 2)
            damaged = volume.read_bytes()
            for reader in ("duplictl", "duplicity"):
                with self.subTest(written_by=writer, restored_by=reader):
                    to, run = self.restore(reader, expect=WARNINGS if reader == "duplictl" else 0)
                    self.assert_same_tree(expected, to)
                    if reader == "duplictl":
                        self.assertIn("repaired", run.text)
            self.assertEqual(volume.read_bytes(), damaged, "reading has changed the target")
            self.world.next_second()
            shutil.rmtree(self.world.target)
            shutil.rmtree(self.world.archive_dir)

    def test_more_damage_than_there_is_redundancy_for_is_told(self):
        self.make_tree()
        self.world.duplictl("backup", self.world.source, self.url)
        volume = self.volumes()[0]
        half = volume.stat().st_size // 2
        volume.write_bytes(bytes(half) + volume.read_bytes()[half:])
        _, run = self.restore("duplictl", expect=DAMAGED)
        self.assertIn("recovery files do not suffice", run.text)
        self.assertIn(volume.name, run.text)

    def test_a_chain_that_both_programs_write_is_restored_by_both(self):
        tree = Tree(self.world.source)
        points = []
        for step, program in enumerate(("duplicity", "duplictl", "duplicity", "duplictl")):
            tree.file("file", noise(200_000 + step, step), mtime=EPOCH + step)
            tree.stamp(EPOCH)
            with self.world.new_set():
                if program == "duplictl":
                    self.world.duplictl("backup", self.world.source, self.url)
                else:
                    self.world.duplicity("incremental" if step else "full", self.world.source, self.url)
            points.append((max(self.world.set_times()), tree.listing()))
        for time, expected in points:
            for program in ("duplictl", "duplicity"):
                with self.subTest(restored_by=program, time=time):
                    to = self.world.root / "restored" / f"{program}-{time}"
                    getattr(self.world, program)("restore", self.url, to, "--time", str(time))
                    self.assert_same_tree(expected, to)

    def test_recovery_files_go_with_the_sets_they_belong_to(self):
        self.make_tree()
        for _ in range(2):
            with self.world.new_set():
                self.world.duplictl("backup", self.world.source, self.url, "--full")
        self.world.duplictl("remove-all-but-n-full", "1", self.url, "--force")
        left = self.world.target_names(".")
        times = {name.split(".")[1] for name in left}
        self.assertEqual(len(times), 1, left)
        self.assertTrue([name for name in left if name.endswith(".par2")])

    def test_without_the_program_nothing_is_stored(self):
        self.make_tree()
        path = self.world.root / "no-par2"
        path.mkdir()
        for program in ("gpg", "env"):
            os.symlink(f"/usr/bin/{program}", path / program)
        run = self.world.command(["env", f"PATH={path}", *self.world.duplictl_words(
            "backup", self.world.source, self.url)], expect=None)
        self.assertNotEqual(run.status, 0)
        self.assertIn("par2", run.text)
        self.assertEqual(self.world.target_names(".") if self.world.target.exists() else [], [])


class ConformanceTest(ServerTest):
    def test_a_directory_conforms(self):
        # par2 has its own way with bytes that cannot be printed, and its files have longer names. A file
        # and its recovery files are replaced one after the other.
        self.conform(f"par2+file://{self.world.target}", variables={"PATH": os.environ["PATH"]}, files=FILES,
                     exclude=("newlines", "control-bytes", "long-names", "atomic-replace"))


if __name__ == "__main__":
    main()
