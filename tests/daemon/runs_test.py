"""Runs: who waits for whom, who dies with whom, and what is left when the daemon is killed."""

import fcntl
import os
import signal
import time
import unittest

from support import DaemonTest, Refused, wait_for


class Runs(DaemonTest):
    def setUp(self):
        super().setUp()
        self.start_daemon()

    def test_what_was_backed_up_comes_back(self):
        self.write("a/b", os.urandom(100_000))
        self.write("caf\udce9", b"latin-1")
        client = self.client()
        done = client.outcome(self.backup(client))
        self.assertEqual(done["state"], "done")
        self.assertEqual(done["backup"]["set"]["type"], "full")
        done = self.restore(client, "out")
        self.assertEqual(done["state"], "done")
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))

    def test_a_daemon_killed_in_a_backup_costs_only_that_backup(self):
        self.write("first", os.urandom(300_000))
        client = self.client()
        first = client.outcome(self.backup(client))["backup"]["set"]["time"]
        before = self.tree(self.source)

        # The next set must have a later second than the first.
        wait_for(lambda: time.time() >= first + 1.1, "the next second")
        self.write("noise", os.urandom(20 << 20))
        self.write_endless("zeros")
        run = self.backup(client, volsize_bytes=1 << 20)
        count = len([name for name in self.names_on_target() if "difftar" in name])
        wait_for(lambda: len([n for n in self.names_on_target() if "difftar" in n]) > count + 1,
                 "volumes of the second set")
        self.daemon.kill()
        self.daemon.wait()

        os.truncate(self.path("source", "zeros"), 1000)
        self.start_daemon()
        client = self.client()
        interrupted = client.call("run-show", run=run)
        self.assertEqual(interrupted["state"], "failed")
        self.assertIn("daemon ended", interrupted["error"]["cause"])
        self.assertEqual(client.watch(run)[-1]["state"], "failed")
        self.assertEqual(client.call("status")["running"], 0)

        next_run = self.backup(client)
        self.assertGreater(next_run, run)
        self.assertEqual(client.outcome(next_run)["state"], "done")
        self.assertEqual(self.restore(client, "newest")["state"], "done")
        self.assertEqual(self.tree(self.path("newest")), self.tree(self.source))
        self.assertEqual(self.restore(client, "oldest", time=first)["state"], "done")
        self.assertEqual(self.tree(self.path("oldest")), before)

    def test_a_second_run_on_one_archive_waits_or_ends_as_busy(self):
        self.write_endless()
        client = self.client()
        first = self.backup(client)
        self.wait_for_state(client, first, "running")
        second = self.backup(client)
        reason = client.call("run-watch", run=second) and client.next_event(second)["reason"]
        self.assertEqual(reason, f"waiting for run {first}")
        with self.assertRaises(Refused) as refused:
            self.backup(client, no_wait=True)
        self.assertEqual(refused.exception.name, "busy")
        # Another spelling of the target, and another cache, are still the same archive.
        with self.assertRaises(Refused) as refused:
            client.call("backup", source=self.source, target="file://" + self.path("target") + "//",
                        name="other", encryption=False, no_wait=True)
        self.assertEqual(refused.exception.name, "busy")
        # A look at the collection waits for nobody.
        self.assertEqual(client.call("collection-status", **self.archive())["chains"], [])

        os.truncate(self.path("source", "endless"), 10)
        client.call("run-stop", run=first)
        self.wait_for_state(client, first, "cancelled")
        self.wait_for_state(client, second, "done")

    def hold_duplicitys_lock(self):
        """As duplicity does it: lockf() on the file `lockfile` (archive-format.md 2)."""
        directory = self.path("cache", "held")
        os.makedirs(directory)
        lock = open(os.path.join(directory, "lockfile"), "w", encoding="ascii")
        self.addCleanup(lock.close)
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock

    def test_duplicity_at_work_in_the_cache_makes_an_impatient_run_end_as_busy(self):
        self.hold_duplicitys_lock()
        client = self.client()
        done = client.outcome(self.backup(client, name="held", no_wait=True))
        self.assertEqual(done["state"], "failed")
        self.assertEqual(done["error"]["name"], "busy")
        self.assertEqual(self.names_on_target(), [])

    def test_duplicity_at_work_in_the_cache_is_waited_for(self):
        lock = self.hold_duplicitys_lock()
        client = self.client()
        run = self.backup(client, name="held")
        client.call("run-watch", run=run)
        reasons = iter(lambda: client.next_event(run).get("reason", ""), None)
        self.assertTrue(any("another program is at work" in reason for reason in reasons))
        self.assertEqual(client.state_of(run), "queued")
        fcntl.lockf(lock, fcntl.LOCK_UN)
        self.assertEqual(client.outcome(run)["state"], "done")

    def test_a_run_that_waits_for_duplicity_can_be_stopped(self):
        self.hold_duplicitys_lock()
        client = self.client()
        run = self.backup(client, name="held")
        client.call("run-stop", run=run)
        self.assertEqual(client.outcome(run)["state"], "cancelled")

    def test_the_archive_is_locked_against_duplicity_while_a_run_works(self):
        self.write_endless()
        client = self.client()
        run = self.backup(client, name="ours")
        self.wait_for_state(client, run, "running")
        with open(self.path("cache", "ours", "lockfile"), "r+", encoding="ascii") as lock:
            with self.assertRaises(OSError):
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_an_attached_run_stops_when_its_connection_goes(self):
        self.write_endless()
        client, other = self.client(), self.client()
        run = self.backup(client)
        self.wait_for_state(other, run, "running")
        client.socket.shutdown(2)
        self.wait_for_state(other, run, "cancelled")

    def test_a_client_killed_in_the_queue_takes_its_run_with_it(self):
        self.write_endless()
        client, other = self.client(), self.client()
        first = self.backup(other)
        self.wait_for_state(other, first, "running")
        second = self.backup(client)
        client.socket.shutdown(2)
        self.wait_for_state(other, second, "cancelled")
        self.assertEqual(other.state_of(first), "running")

    def test_a_detached_run_goes_on_and_is_picked_up_again_at_any_event(self):
        self.write("a", os.urandom(1 << 20))
        client = self.client()
        run = self.backup(client, lifetime="detached")
        client.socket.shutdown(2)
        other = self.client()
        self.wait_for_state(other, run, "done")
        events = [event for event in other.watch(run) if event["type"] != "progress"]
        self.assertEqual([event["type"] for event in events[:2]], ["state", "state"])
        self.assertEqual(events[-1]["type"], "done")
        middle = events[len(events) // 2]["seq"]
        again = [event for event in self.client().watch(run, middle) if event["type"] != "progress"]
        self.assertEqual(again, [event for event in events if event["seq"] >= middle])

        # And after a restart.
        self.assertEqual(self.end_daemon(), 0)
        self.start_daemon()
        client = self.client()
        self.assertEqual(client.watch(run), events)
        self.assertEqual(client.call("run-show", run=run)["backup"]["set"]["type"], "full")

    def test_a_run_whose_client_stands_still_is_held_and_goes_on_with_it(self):
        self.write_endless()
        client, other = self.client(), self.client()
        run = self.backup(client)
        self.assertFalse(client.call("lease", seconds=1)["held"])
        wait_for(lambda: other.call("run-show", run=run)["held"], "the run to be held")
        at = other.call("run-show", run=run)["progress"]["bytes_done"]
        # Another run on another archive is not.
        self.assertEqual(other.outcome(other.call(
            "backup", source=self.socket_path.rsplit("/", 1)[0],
            target="file://" + self.path("second"), encryption=False)["run"])["state"], "done")
        self.assertLess(other.call("run-show", run=run)["progress"]["bytes_done"] - at, 64 << 20)
        self.assertTrue(client.call("lease", seconds=60)["held"])
        wait_for(lambda: other.call("run-show", run=run)["progress"]["bytes_done"] > at + (256 << 20),
                 "the run to go on")
        self.assertFalse(other.call("run-show", run=run)["held"])

    def test_a_held_run_ends_with_its_client(self):
        self.write_endless()
        client, other = self.client(), self.client()
        run = self.backup(client)
        client.call("lease", seconds=1)
        wait_for(lambda: other.call("run-show", run=run)["held"], "the run to be held")
        client.socket.shutdown(2)
        self.wait_for_state(other, run, "cancelled")

    def test_told_to_end_under_load_the_daemon_ends_in_time_and_the_next_backup_works(self):
        self.write("noise", os.urandom(8 << 20))
        self.write_endless("zeros")
        client = self.client()
        run = self.backup(client, volsize_bytes=1 << 20)
        self.until_storing(client, run)
        client.call("run-watch", run=run)
        began = time.monotonic()
        self.assertEqual(self.end_daemon(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - began, 20)
        # The client heard how it ended before the connection went.
        while (event := client.next_event(run))["type"] != "done":
            pass
        self.assertEqual(event["state"], "cancelled")

        os.truncate(self.path("source", "zeros"), 1000)
        self.start_daemon()
        client = self.client()
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        self.assertEqual(self.restore(client, "out")["state"], "done")
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))

    def test_shutdown_by_request_is_answered_first(self):
        client = self.client()
        self.assertEqual(client.call("shutdown"), {})
        self.assertEqual(self.daemon.wait(timeout=20), 0)
        self.assertFalse(os.path.exists(self.socket_path))

    def test_a_rule_that_can_match_nothing_is_told_as_that(self):
        self.write("good", b"x")
        client = self.client()
        run = self.backup(client, rules=[{"kind": "exclude", "value": "/somewhere/else"}])
        done = client.outcome(run)
        self.assertEqual(done["error"]["name"], "invalid")
        self.assertEqual(done["error"]["detail"], "cannot_match")


if __name__ == "__main__":
    unittest.main()
