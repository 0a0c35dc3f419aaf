"""Disks of the daemon's own that are full: that of its state, that of its caches (feature-goals.md R63). A backup is
made all the same or says why it is not, what was there before stays good, and with room again all goes on by itself.
Needs the right to mount small file systems.
"""

import errno
import os
import subprocess
import unittest
from pathlib import Path

from support import DaemonTest, wait_for

MIB = 1 << 20


class FullDiskTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.log = open(self.path("stderr"), "wb")  # pylint: disable=consider-using-with
        self.addCleanup(self.log.close)
        self.write("first", os.urandom(300_000))

    def mount(self, name, size):
        place = self.path(name)
        os.mkdir(place, 0o700)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", place], capture_output=True,
                              check=False)
        if done.returncode != 0:
            self.skipTest("no right to mount")
        # Before the daemon's own clean-up, which runs later: a lazy one does not mind.
        self.addCleanup(subprocess.run, ["umount", "--lazy", place], check=True)
        return place

    def start(self):
        self.start_daemon("--config-dir", self.path("config"), stderr=self.log, env={**os.environ, "HOME": self.root})
        return self.client()

    def fill(self, place):
        """Not a byte is left."""
        with open(os.path.join(place, "filler"), "wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError as error:
                    self.assertEqual(error.errno, errno.ENOSPC)

    @staticmethod
    def make_room(place):
        os.unlink(os.path.join(place, "filler"))

    def said(self):
        return Path(self.log.name).read_text(encoding="utf-8")

    def assert_good(self, client, name):
        self.assertEqual(self.restore(client, name)["state"], "done")
        self.assertEqual(self.tree(self.path(name)), self.tree(self.source))

    def test_a_full_disk_of_state_costs_the_memory_of_runs_and_no_backup(self):
        place = self.mount("state", "2m")
        client = self.start()
        first = self.backup(client)
        self.assertEqual(client.outcome(first)["state"], "done")
        self.until_remembered(first)
        self.fill(place)
        self.write("second", os.urandom(300_000))
        second = self.backup(client)
        self.assertEqual(client.outcome(second)["state"], "done")
        self.assert_good(client, "restored")
        self.make_room(place)
        third = self.backup(client)
        self.assertEqual(client.outcome(third)["state"], "done")
        self.assertEqual(self.end_daemon(), 0)
        # Said once, not with each event.
        self.assertEqual(self.said().count("the history is not kept"), 1)
        client = self.start()
        self.assertEqual([client.state_of(run) for run in (first, second, third)], ["done", "done", "done"])

    def test_a_full_disk_of_caches_fails_a_backup_with_the_reason_and_spoils_none(self):
        place = self.mount("cache", "24m")
        client = self.start()
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        before = self.names_on_target()
        self.fill(place)
        # Signatures of so much do not fit into what an open database may still have of its own.
        self.write("second", os.urandom(20 * MIB))
        done = client.outcome(self.backup(client))
        self.assertEqual(done["state"], "failed")
        self.assertEqual(done["error"]["name"], "no_space", done["error"])
        self.assertIn(self.path("cache"), done["error"]["cause"] + done["error"].get("object", ""))
        self.assertLessEqual(set(before), set(self.names_on_target()))
        os.rename(self.path("source/second"), self.path("second"))
        self.make_room(place)
        self.assert_good(client, "restored-first")
        os.rename(self.path("second"), self.path("source/second"))
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        self.assert_good(client, "restored")


if __name__ == "__main__":
    unittest.main()
