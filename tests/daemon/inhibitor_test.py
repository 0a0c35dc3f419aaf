"""A machine that goes to sleep: the daemon asks the login manager to wait, and uses that wait to come to rest
(feature-goals.md R57). The login manager is a strict stand-in (login1.py) on a real dbus-daemon of the test's own.
"""

import os
import queue
import subprocess
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

import debian

debian.need("dbus")

from dav import Dav
from support import PATIENCE, DaemonTest, wait_for

HERE = Path(__file__).resolve().parent
MIB = 1 << 20


class Login1:
    """The stand-in. `said`: the lines it printed that nobody has waited for yet."""

    def __init__(self, directory):
        self.process = subprocess.Popen([sys.executable, HERE / "login1.py"], cwd=directory, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.said = queue.Queue()
        self.address = self.process.stdout.readline().strip()
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self):
        for line in self.process.stdout:
            self.said.put(line.strip())

    def tell(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def hear(self):
        return self.said.get(timeout=PATIENCE)

    def connections(self):
        """Others that are connected now. What else was said in between is lost."""
        self.tell("connections")
        while not (line := self.hear()).startswith("connections"):
            pass
        return int(line.split()[1])

    def end(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.thread.join()
        self.process.stdout.close()


class Sleep(DaemonTest):
    def setUp(self):
        super().setUp()
        self.dav = Dav()
        self.addCleanup(self.dav.close)
        self.login1 = Login1(self.root)
        self.addCleanup(self.login1.end)
        self.write("noise", os.urandom(4 * MIB))

    def start(self, address=None):
        self.start_daemon(env={**os.environ, "HOME": self.root,
                               "DBUS_SYSTEM_BUS_ADDRESS": address or self.login1.address})
        return self.client()

    def send(self, client):
        return client.call("backup", source=self.source, target=self.dav.url, encryption=False, volsize_bytes=MIB,
                           concurrency=1)["run"]

    def check_restorable(self):
        archive, out = self.path("fetched"), self.path("restored")
        os.mkdir(archive)
        for name, content in self.dav.files.items():
            with open(os.path.join(archive, name), "wb") as file:
                file.write(content)
        done = subprocess.run(["duplicity", "restore", "--archive-dir", self.path("duplicitys"), "--no-encryption",
                               "file://" + archive, out], text=True, capture_output=True,
                              env={**os.environ, "HOME": self.root}, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.tree(out), self.tree(self.source))

    def test_the_lock_is_held_while_a_run_is_at_work_and_an_idle_daemon_is_on_no_bus(self):
        client = self.start()
        self.assertEqual(self.login1.connections(), 0)
        self.dav.gate.clear()
        run = self.send(client)
        self.assertEqual(self.login1.hear(), "inhibit")
        self.assertEqual(self.login1.connections(), 1)
        self.dav.gate.set()
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertEqual(self.login1.hear(), "released")
        wait_for(lambda: self.login1.connections() == 0, "the daemon to leave the bus")
        # And again for the next one.
        self.assertEqual(client.outcome(self.send(client))["state"], "done")
        self.assertEqual(self.login1.hear(), "inhibit")
        self.assertEqual(self.login1.hear(), "released")

    def sleeps_between_two_volumes(self, word):
        client = self.start()
        self.dav.gate.clear()
        run = self.send(client)
        self.assertEqual(self.login1.hear(), "inhibit")
        wait_for(lambda: self.dav.waiting == 1, "the first volume")
        self.login1.tell(word + " true")
        wait_for(lambda: client.call("run-show", run=run)["held"], "the run to be held")
        # A volume is half stored: the machine has to wait.
        self.assertTrue(self.login1.said.empty())
        self.dav.gate.set()
        self.assertEqual(self.login1.hear(), "released")
        self.assertEqual(self.dav.volumes(), [1])
        begun = list(self.dav.begun)
        self.assertEqual(client.state_of(run), "running")

        self.assertEqual(self.dav.begun, begun)
        self.login1.tell(word + " false")
        self.assertEqual(self.login1.hear(), "inhibit")
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertEqual(self.login1.hear(), "released")
        self.assertGreater(len(self.dav.volumes()), 1)
        reasons = [event.get("reason", "") for event in client.watch(run) if event["type"] == "state"]
        self.assertEqual(reasons[-2:], ["held: the machine is about to sleep or to be switched off",
                                        "the machine is awake"])
        self.check_restorable()

    def test_before_sleep_a_run_ends_its_volume_and_begins_no_other_until_the_machine_is_awake(self):
        self.sleeps_between_two_volumes("sleep")

    def test_before_a_shutdown_it_does_the_same_and_goes_on_when_that_is_called_off(self):
        self.sleeps_between_two_volumes("shutdown")

    def test_a_run_that_is_paused_does_not_keep_the_machine_awake_and_stays_paused(self):
        self.write_endless()
        client = self.start()
        run = self.backup(client)
        self.assertEqual(self.login1.hear(), "inhibit")
        client.call("run-pause", run=run)
        self.login1.tell("sleep true")
        self.assertEqual(self.login1.hear(), "released")
        self.login1.tell("sleep false")
        self.assertEqual(self.login1.hear(), "inhibit")
        shown = client.call("run-show", run=run)
        self.assertIn("paused", shown)
        self.assertFalse(shown["held"])

    def test_when_the_bus_goes_nobody_is_left_standing(self):
        self.write_endless()
        client = self.start()
        run = self.backup(client)
        self.assertEqual(self.login1.hear(), "inhibit")
        self.login1.tell("sleep true")
        wait_for(lambda: client.call("run-show", run=run)["held"], "the run to be held")
        self.login1.end()
        wait_for(lambda: not client.call("run-show", run=run)["held"], "the run to go on")
        self.assertEqual(client.state_of(run), "running")

    def finishes_without_a_word(self, client):
        # A warning would be another state.
        self.assertEqual(client.outcome(self.send(client))["state"], "done")

    def test_a_login_manager_that_refuses_is_no_error(self):
        client = self.start()
        self.login1.tell("refuse")
        self.login1.connections()  # it has heard
        self.finishes_without_a_word(client)
        self.assertIn("refused sleep:shutdown duplid", self.login1.hear())

    def test_a_machine_without_a_bus_is_no_error(self):
        self.finishes_without_a_word(self.start("unix:path=" + self.path("no-bus")))


if __name__ == "__main__":
    unittest.main()
