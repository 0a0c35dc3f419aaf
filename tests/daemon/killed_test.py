"""The daemon is killed in each phase of a job's run (feature-goals.md R55). Right after its restart, the run that was at
work has failed and says why, nothing is left in the queue that nobody works on, and the job is due; then the job runs
again by itself, and what is on the target is what stock duplicity restores.

The phases are held by gates: a target that does not answer (dav.py), hooks that wait for a file. What a killed daemon
leaves behind on purpose (a hook is somebody else's program) is ended by the test.
"""

import os
import shutil
import signal
import time
import unittest
from pathlib import Path

from dav import Dav
from jobs_test import JobsTest
from run_control_test import MIB, ControlTest
from support import wait_for


class KilledTest(JobsTest):
    restored_by_duplicity = ControlTest.restored_by_duplicity

    def setUp(self):
        super().setUp()
        self.dav = Dav()
        self.addCleanup(self.dav.close)
        self.write("noise", os.urandom(4 * MIB))

    def dav_job(self, **more):
        return self.job(target=self.dav.url, schedule={"every": "1d"}, volsize="1M", concurrency=1, **more)

    def kill(self, client):
        # What was told a moment ago may not be on the disk yet, and a number that is not there is given again.
        for run in self.runs(client):
            self.until_remembered(run["run"], run["state"] not in ("queued", "running"))
        self.daemon.kill()
        self.daemon.wait()

    def gate(self, name):
        """A hook that stands until open_gate(), and leaves its number."""
        path = self.path(name)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\necho $$ >> {path}.pids\nwhile [ ! -e {path}.open ]; do sleep 0.05; done\n")
        os.chmod(path, 0o755)
        self.addCleanup(self.end_left, path)
        return {"command": [path], "time_limit": "1h"}

    def at_gate(self, name):
        """How often a hook has come to its gate."""
        try:
            return len(Path(self.path(name) + ".pids").read_text(encoding="ascii").split())
        except FileNotFoundError:
            return 0

    def open_gate(self, name):
        Path(self.path(name) + ".open").touch()

    @staticmethod
    def end_left(path):
        try:
            pids = Path(path + ".pids").read_text(encoding="ascii").split()
        except FileNotFoundError:
            return
        for pid in pids:
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if path.encode() in command:
                    os.kill(int(pid), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError):
                pass

    def runs(self, client):
        """Oldest first."""
        return client.call("run-list")["runs"][::-1]

    def assert_failed_with_the_daemon(self, client, run):
        shown = client.call("run-show", run=run)
        self.assertEqual(shown["state"], "failed")
        self.assertIn("daemon ended", shown["error"]["cause"])
        self.assertIn("ended_at", shown)
        self.assertEqual(client.watch(run)[-1]["state"], "failed")

    def assert_at_rest(self, client):
        """Nothing is queued or runs, or seems to."""
        wait_for(lambda: all(run["state"] not in ("queued", "running") for run in self.runs(client)), "rest")
        status = client.call("status")
        self.assertEqual((status["queued"], status["running"], status["runs"]), (0, 0, []))

    def until_good(self, client, since, job="home"):
        """The job's summary, once it has a good backup that began after that."""
        return self.until(client, lambda one: one.get("last_success", 0) >= since and one["state"] == "idle", job)

    def assert_restored(self):
        for left in ("fetched", "restored"):
            shutil.rmtree(self.path(left), ignore_errors=True)
        self.assertEqual(self.restored_by_duplicity(), self.tree(self.source))


class Before(KilledTest):
    def test_while_it_waits_for_a_condition(self):
        self.put("jobs.d/home.json", self.dav_job(conditions={"path": self.path("disk")}))
        client = self.start()
        reason = self.until(client, lambda one: one["state"] == "waiting")["reason"]
        self.kill(client)
        client = self.start()
        job = self.until(client, lambda one: one["state"] == "waiting")
        self.assertEqual((job["reason"], self.runs(client)), (reason, []))
        self.assertNotIn("last_result", job)
        os.mkdir(self.path("disk"))
        client.call("reload")
        self.until(client, lambda one: "last_success" in one)
        self.assert_restored()

    def test_while_it_runs_and_another_is_queued_behind_it(self):
        """Both on one archive; a third one, which has nothing to do with them, is through."""
        self.put("duplid.json", {"running_max": 2})
        self.dav.gate.clear()
        self.put("jobs.d/first.json", self.dav_job(priority=9))
        self.put("jobs.d/second.json", self.dav_job(priority=8))
        self.put("jobs.d/third.json", {**self.job(target="file://" + self.path("third")), "priority": 7})
        client = self.start()
        wait_for(lambda: self.dav.waiting > 0, "a volume that is held up")
        third = [client.call("job-run", job="third")["run"]]
        self.wait_for_state(client, third[0], "done")
        before = self.runs(client)
        self.assertEqual([run["state"] for run in before if run["job"] != "third"], ["running", "queued"])
        self.kill(client)

        self.dav.gate.set()
        began = int(time.time())
        client = self.start()
        for run in before[:2]:
            self.assert_failed_with_the_daemon(client, run["run"])
        self.assertEqual(client.state_of(third[0]), "done")
        self.until_good(client, began, "first")
        self.until_good(client, began, "second")
        self.assert_at_rest(client)
        after = self.runs(client)
        self.assertEqual([run["state"] for run in after[:3]], ["failed", "failed", "done"])
        # Each ran once more, under new numbers, and the one that had nothing to do did not.
        self.assertEqual(sorted(run["job"] for run in after[3:]), ["first", "second"])
        self.assertTrue(all(run["run"] > third[0] for run in after[3:]))
        self.assert_restored()

    def test_in_a_hook_before(self):
        self.put("jobs.d/home.json", self.dav_job(hooks={"before": [self.gate("before")]}))
        client = self.start()
        wait_for(lambda: self.at_gate("before") == 1, "the hook")
        run, = self.runs(client)
        self.assertEqual(run["state"], "running")
        self.kill(client)
        self.assertEqual(self.dav.begun, [])

        client = self.start()
        self.assert_failed_with_the_daemon(client, run["run"])
        # The job is at it again: the hook is called a second time, and still nothing is stored.
        wait_for(lambda: self.at_gate("before") == 2, "the hook")
        self.assertEqual([one["state"] for one in self.runs(client)], ["failed", "running"])
        self.assertEqual(self.dav.begun, [])
        self.open_gate("before")
        self.until(client, lambda one: "last_success" in one)
        self.assert_at_rest(client)
        self.assert_restored()


class Within(KilledTest):
    def test_while_volumes_are_stored(self):
        self.dav.close_after = 2
        self.put("jobs.d/home.json", self.dav_job())
        client = self.start()
        wait_for(lambda: self.dav.waiting > 0, "a volume that is held up")
        run, = self.runs(client)
        self.kill(client)
        self.assertEqual(self.dav.volumes(), [1, 2])

        self.dav.close_after = None
        self.dav.gate.set()
        client = self.start()
        self.assert_failed_with_the_daemon(client, run["run"])
        job = self.until(client, lambda one: "last_success" in one and one["state"] == "idle")
        self.assertGreaterEqual(client.call("run-show", run=job["run"])["backup"]["resumed_at_volume"], 3)
        self.assert_at_rest(client)
        self.assert_restored()

    def killed_while_it_is_stored(self, name):
        """The request has gone out: the target still does what it was asked for, and nobody hears of it."""
        self.put("jobs.d/home.json", self.dav_job())
        self.dav.close_at_name = name
        client = self.start()
        wait_for(lambda: self.dav.waiting > 0, "a file that is held up")
        run, = self.runs(client)
        self.kill(client)
        self.assertFalse(any(name in one for one in self.dav.stored))
        self.dav.gate.set()
        wait_for(lambda: any(name in one for one in self.dav.stored), "the file to get its place")

        client = self.start()
        self.assert_failed_with_the_daemon(client, run["run"])
        self.until(client, lambda one: "last_success" in one and one["state"] == "idle")
        self.assert_at_rest(client)
        self.assertEqual([one["state"] for one in self.runs(client)], ["failed", "done"])
        self.assert_restored()

    def test_while_the_signatures_are_stored(self):
        self.killed_while_it_is_stored("sigtar")

    def test_while_the_manifest_is_stored(self):
        self.killed_while_it_is_stored("manifest")


class Behind(KilledTest):
    def test_in_its_retention(self):
        self.put("jobs.d/home.json", self.dav_job(retention={"keep_full": 1}))
        client = self.start()
        first = self.until(client, lambda one: "last_success" in one and one["state"] == "idle")
        self.assert_at_rest(client)
        wait_for(lambda: time.time() >= first["last_success"] + 2, "another second for the set")
        # One file of the old chain goes, and the second does not any more.
        self.dav.close_at_delete = 2
        count = len(self.dav.files)
        backup = client.call("job-run", job="home", type="full")["run"]
        wait_for(lambda: self.dav.waiting > 0, "a deletion that is held up")
        removal = self.runs(client)[-1]
        self.assertEqual((removal["kind"], removal["state"], removal["job"]), ("removal", "running", "home"))
        self.assertEqual(client.state_of(backup), "done")
        good = self.jobs(client)["home"]["last_success"]
        self.kill(client)

        self.dav.gate.set()
        client = self.start()
        self.assert_failed_with_the_daemon(client, removal["run"])
        # The backup is as good as it was, and nothing is due.
        job = self.jobs(client)["home"]
        self.assertEqual((job["last_success"], job["state"], job["last_result"]), (good, "idle", "done"))
        self.assert_at_rest(client)
        self.assert_restored()

        # What was begun is ended behind the next backup.
        wait_for(lambda: time.time() >= good + 2, "another second for the set")
        client.outcome(client.call("job-run", job="home", type="full")["run"])
        wait_for(lambda: len(client.call("collection-status", target=self.dav.url, encryption=False)["chains"]) == 1,
                 "one chain")
        self.assert_at_rest(client)
        self.assertLess(len(self.dav.files), count + 2)
        self.assert_restored()

    def test_in_a_hook_after(self):
        self.put("jobs.d/home.json", self.dav_job(hooks={"after": [self.gate("after")]}))
        began = int(time.time())
        client = self.start()
        wait_for(lambda: self.at_gate("after") == 1, "the hook")
        run, = self.runs(client)
        self.assertEqual(run["state"], "running")
        self.kill(client)
        self.assert_restored()

        client = self.start()
        self.assert_failed_with_the_daemon(client, run["run"])
        # Whether somebody heard of the backup is not known: it counts as none, and is made again.
        self.assertNotIn("last_success", self.jobs(client)["home"])
        wait_for(lambda: self.at_gate("after") == 2, "the hook")
        self.open_gate("after")
        self.until_good(client, began)
        self.assert_at_rest(client)


if __name__ == "__main__":
    unittest.main()
