#!/usr/bin/env python3
"""kill -9 in the middle of a backup: earlier sets stay restorable by both programs, what is left of
the broken set is told, and the next backup works without a person's help."""

import os
import shutil
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

import midway
from processes import alive, release
from trees import EPOCH
from world import OK, WorldTest, main, wait_until


class KilledTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = midway.make_large(self.world.source)
        self.first = self.world.back_up("duplid", "--include", self.world.source / "small",
                                        "--exclude", self.world.source / "**", kind="full")
        self.first_rows = [row for row in self.tree.listing() if not row[7].startswith("large")]
        self.tree.file("small", b"changed since", mtime=EPOCH + 10)
        self.tree.stamp(EPOCH + 10)

    def earlier_set_is_restorable(self):
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                self.assert_same_tree(self.first_rows, self.world.restore(program, time=self.first))

    def next_backup_works(self, kind):
        self.world.back_up("duplid", "--volsize", "1", kind=kind)
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program, after="the next backup"):
                self.assert_same_tree(self.tree.listing(), self.world.restore(program))

    def kill_daemon(self):
        with self.world.new_set():
            client, daemon = midway.started(self.world)
            os.kill(daemon, signal.SIGKILL)
            run = self.world.finish(client)
        self.assertNotEqual(run.status, OK)
        self.assertIn("daemon", run.out)

    def test_after_the_daemon_was_killed_the_next_full_backup_works(self):
        self.kill_daemon()
        self.earlier_set_is_restorable()
        self.next_backup_works("full")
        self.earlier_set_is_restorable()

    def test_after_the_daemon_was_killed_the_next_incremental_continues_the_earlier_chain(self):
        self.kill_daemon()
        self.next_backup_works("incremental")

    def test_after_the_daemon_was_killed_a_lost_cache_does_no_harm(self):
        self.kill_daemon()
        shutil.rmtree(self.world.archive_dir)
        self.earlier_set_is_restorable()
        self.assertIn("incomplete", self.world.duplictl("collection-status", self.world.url).out.lower())
        self.next_backup_works(None)

    def test_when_the_client_is_killed_its_private_daemon_ends_too(self):
        with self.world.new_set():
            client, daemon = midway.started(self.world)
            client.kill()
            client.wait()
            release(daemon)
            wait_until("the daemon has ended", lambda: not alive(daemon))
        self.earlier_set_is_restorable()
        self.next_backup_works("full")


if __name__ == "__main__":
    main()
