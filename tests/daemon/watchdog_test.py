"""The service manager's watchdog: armed while runs are there, fed as long as they live (feature-goals.md R68).

The test is the service manager: it listens on NOTIFY_SOCKET, all the time, since whoever tells it something waits for
that when ten messages are unread. That something is *not* said can only be shown by
waiting for it in vain, here for several times the span within which it would be said.
"""

import fcntl
import glob
import os
import queue
import signal
import socket
import threading
import unittest

from dav import Dav
from support import DaemonTest, wait_for

PERIOD = 1_000_000  # microseconds
IN_VAIN = 2.0       # seconds: eight times the span in which the daemon looks


def children(pid):
    found = []
    for listing in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(listing, encoding="ascii") as file:
                found += [int(number) for number in file.read().split()]
        except OSError:
            pass
    return found


class Watchdog(DaemonTest):
    def setUp(self):
        super().setUp()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(self.path("notify"))
        self.messages = queue.SimpleQueue()
        listener = threading.Thread(target=self.listen)
        listener.start()
        self.addCleanup(listener.join)
        self.addCleanup(self.end_listening)
        self.errors = open(self.path("errors"), "w+", encoding="utf-8")
        self.addCleanup(self.errors.close)
        self.start_daemon(stderr=self.errors, env={**os.environ, "HOME": self.root,
                                                   "NOTIFY_SOCKET": self.path("notify"),
                                                   "WATCHDOG_USEC": str(PERIOD)})
        self.assertEqual(self.hear("READY=1"), ["WATCHDOG_USEC=0", "STATUS=idle"])

    def end_listening(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.path("notify"))

    def listen(self):
        while message := self.manager.recv(4096).decode():
            self.messages.put(message)

    def hear(self, wanted, times=1):
        """What was said before `wanted` was said for the n-th time."""
        said = []
        while times > 0:
            message = self.messages.get(timeout=60)
            if message == wanted:
                times -= 1
            said.append(message)
        return said[:-1]

    def said_in_vain(self):
        """What is said now, and until nothing was for a while."""
        said = []
        try:
            while True:
                said.append(self.messages.get(timeout=IN_VAIN))
        except queue.Empty:
            return said

    def forget(self):
        """Reads what was said up to now."""
        while not self.messages.empty():
            self.messages.get()

    def hears_it_live(self):
        self.forget()
        self.hear("WATCHDOG=1", 4)

    def complaints(self):
        with open(self.path("errors"), encoding="utf-8") as file:
            return file.read()

    def test_an_idle_daemon_says_nothing_and_is_not_watched(self):
        client = self.client()
        client.call("status")
        self.assertEqual(self.said_in_vain(), [])
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        self.hear(f"WATCHDOG_USEC={PERIOD}")
        self.assertNotIn("WATCHDOG=1", self.said_after("WATCHDOG_USEC=0"))

    def said_after(self, message):
        self.hear(message)
        return self.said_in_vain()

    def test_a_run_that_moves_feeds_it(self):
        self.write_endless()
        client = self.client()
        run = self.backup(client)
        self.assertNotIn("WATCHDOG=1", self.hear(f"WATCHDOG_USEC={PERIOD}"))
        self.hear("WATCHDOG=1", 4)
        client.call("run-stop", run=run)
        self.assertNotIn("WATCHDOG=1", self.said_after("WATCHDOG_USEC=0"))

    def test_a_run_that_is_paused_feeds_it(self):
        self.write_endless()
        client = self.client()
        run = self.backup(client)
        self.wait_for_state(client, run, "running")
        client.call("run-pause", run=run)
        self.hears_it_live()

    def test_a_run_whose_client_does_not_answer_feeds_it(self):
        self.write_endless()
        client, other = self.client(), self.client()
        run = self.backup(client)
        client.call("lease", seconds=1)
        wait_for(lambda: other.call("run-show", run=run)["held"], "the run to be held")
        self.hears_it_live()

    def test_a_run_that_waits_for_duplicity_feeds_it(self):
        directory = self.path("cache", "held")
        os.makedirs(directory)
        with open(os.path.join(directory, "lockfile"), "w", encoding="ascii") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            client = self.client()
            run = self.backup(client, name="held")
            client.call("run-watch", run=run)
            while "another program" not in client.next_event(run).get("reason", ""):
                pass
            self.hears_it_live()

    def test_a_target_that_does_not_answer_is_its_own_time_outs_business(self):
        dav = Dav()
        self.addCleanup(dav.close)
        dav.gate.clear()
        self.write("noise", os.urandom(2 << 20))
        client = self.client()
        run = client.call("backup", source=self.source, target=dav.url, encryption=False)["run"]
        wait_for(lambda: dav.waiting > 0, "an upload without an answer")
        self.hears_it_live()
        dav.gate.set()
        self.assertEqual(client.outcome(run)["state"], "done")

    def test_a_run_that_hangs_starves_it_and_is_named(self):
        self.write_endless()
        client = self.client()
        run = client.call("backup", source=self.source, target="file://" + self.path("target"),
                          passphrase="x")["run"]
        wait_for(lambda: client.call("run-show", run=run).get("progress", {}).get("bytes_done", 0) > 0
                 and children(self.daemon.pid), "gpg")

        def stop_all():
            for child in children(self.daemon.pid):
                os.kill(child, signal.SIGSTOP)
            return self.complaints()

        self.addCleanup(self.wake_all)
        complaint = wait_for(stop_all, "the daemon to see that its run hangs")
        self.assertIn(f"run {run} does nothing and waits for nothing", complaint)
        self.forget()
        self.assertEqual(self.said_in_vain(), [])
        # The daemon itself is well.
        self.assertEqual(client.state_of(run), "running")
        self.wake_all()
        self.hears_it_live()

    def wake_all(self):
        for child in children(self.daemon.pid):
            os.kill(child, signal.SIGCONT)


if __name__ == "__main__":
    unittest.main()
