#!/usr/bin/env python3
"""Two writers on one archive: the second waits or ends with the documented status, also when one of
them is duplicity. Method: the first is stopped (SIGSTOP) in the middle of its backup, so the two
surely meet."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

import midway
from processes import release
from world import BUSY, DUPLICITY_LOCKED, OK, WorldTest, main


class TwoWritersTest(WorldTest):
    def started(self):
        self.tree = midway.make_large(self.world.source)
        return midway.started(self.world)

    def started_duplicity(self):
        self.tree = midway.make_large(self.world.source, 8)
        return midway.started_duplicity(self.world)

    def second(self, *words):
        return self.world.duplictl_words("backup", self.world.source, self.world.url, "--volsize", "1", *words)

    def finish_well(self, *processes):
        for process in processes:
            run = self.world.finish(process)
            self.assertEqual(run.status, OK, run.out)

    def check_archive(self, sets):
        self.assertEqual(len(midway.manifests(self.world)), sets)
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                self.assert_same_tree(self.tree.listing(), self.world.restore(program))

    def assert_waits(self, process):
        """It would be over in a fraction of this second if it did not wait for the first."""
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(timeout=1)

    def test_a_second_duplid_ends_as_busy_when_told_not_to_wait(self):
        client, daemon = self.started()
        self.world.command(self.second("--no-wait"), expect=BUSY)
        release(daemon)
        self.finish_well(client)
        self.check_archive(1)

    def test_a_second_duplid_waits_for_the_first_and_then_continues_its_chain(self):
        client, daemon = self.started()
        waiting = self.world.start(self.second())
        self.assert_waits(waiting)
        release(daemon)
        self.finish_well(client, waiting)
        self.check_archive(2)

    def test_duplicity_is_locked_out_while_duplid_writes(self):
        client, daemon = self.started()
        self.world.duplicity("incremental", self.world.source, self.world.url, expect=DUPLICITY_LOCKED)
        release(daemon)
        self.finish_well(client)
        self.check_archive(1)

    def test_duplid_ends_as_busy_while_duplicity_writes_when_told_not_to_wait(self):
        process = self.started_duplicity()
        self.world.command(self.second("--no-wait"), expect=BUSY)
        release(process.pid)
        self.finish_well(process)
        self.check_archive(1)

    def test_duplid_waits_for_duplicity_and_then_continues_its_chain(self):
        process = self.started_duplicity()
        waiting = self.world.start(self.second())
        self.assert_waits(waiting)
        release(process.pid)
        self.finish_well(process, waiting)
        self.check_archive(2)

    def test_another_archive_directory_does_not_get_round_the_lock(self):
        client, daemon = self.started()
        first_directory, self.world.archive_dir = self.world.archive_dir, self.world.root / "other-archive-dir"
        self.world.command(self.second("--no-wait"), expect=BUSY)
        self.world.archive_dir = first_directory
        release(daemon)
        self.finish_well(client)
        self.check_archive(1)


if __name__ == "__main__":
    main()
