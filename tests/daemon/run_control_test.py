"""Runs that are paused, slowed down, made to give way or stopped while they are at work. Real duplid, real duplictl;
what is stored is restored by stock duplicity.

A target that is a WebDAV collection of the test's own (dav.py) shows what is sent, and can hold it up, so that
nothing here depends on how fast anything is.
"""

import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import unittest

from dav import Dav
from support import GIB, PATIENCE, DaemonTest, Refused, wait_for

DUPLICTL = os.environ["DUPLICTL_BIN"]
USER = pwd.getpwuid(os.getuid()).pw_name
MIB = 1 << 20
# Bytes a second. Questions pass at this rate; a volume of a MiB takes longer than any test.
CRAWL = 1000


def descendants(pid):
    """Processes below `pid`, from the kernel's list of children."""
    found = []
    for listing in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(listing, encoding="ascii") as children:
                numbers = children.read().split()
        except OSError:
            continue
        for child in numbers:
            found += [int(child), *descendants(int(child))]
    return found


class ControlTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.dav = Dav()
        self.addCleanup(self.dav.close)

    def start(self, **environment):
        self.start_daemon("--config-dir", self.path("config"), env={**os.environ, "HOME": self.root, **environment})
        return self.client()

    def put(self, name, content):
        path = self.path("config", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)

    def duplictl(self, *words, status=0):
        done = subprocess.run([DUPLICTL, *words, "--socket", self.socket_path], text=True, capture_output=True,
                              env={**os.environ, "HOME": self.root}, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def write_noise(self, mebibytes=6):
        self.write("noise", os.urandom(mebibytes * MIB))

    def send(self, client, **more):
        """A backup to the collection, in volumes of a MiB."""
        return client.call("backup", source=self.source, target=self.dav.url, encryption=False, volsize_bytes=MIB,
                           **more)["run"]

    def show(self, client, run):
        return client.call("run-show", run=run)

    def restored_by_duplicity(self):
        """What stock duplicity makes of the files in the collection."""
        archive, out = self.path("fetched"), self.path("restored")
        os.mkdir(archive)
        for name, content in self.dav.files.items():
            if name.startswith("duplicity-"):
                with open(os.path.join(archive, name), "wb") as file:
                    file.write(content)
        done = subprocess.run(["duplicity", "restore", "--archive-dir", self.path("duplicitys"), "--no-encryption",
                               "file://" + archive, out], text=True, capture_output=True,
                              env={**os.environ, "HOME": self.root}, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return self.tree(out)

    def until_moving(self, client, run):
        """The run's progress, once there is any."""
        return wait_for(lambda: self.show(client, run).get("progress", {}).get("bytes_done", 0), "progress")


class Pauses(ControlTest):
    def test_a_paused_run_stands_still_until_it_is_resumed(self):
        self.write_endless()
        client = self.start()
        run = self.backup(client)
        self.until_moving(client, run)
        self.assertEqual(self.duplictl("run", "pause", str(run)), f"Run {run} is paused\n")
        shown = self.show(client, run)
        self.assertEqual((shown["state"], shown["paused"]), ("running", {"by": USER}))
        at = shown["progress"]["bytes_done"]
        # Another one, which is not paused, gets to its end meanwhile.
        self.assertEqual(client.outcome(client.call(
            "backup", source=os.path.dirname(self.socket_path), target="file://" + self.path("second"),
            encryption=False)["run"])["state"], "done")
        self.assertLess(self.show(client, run)["progress"]["bytes_done"] - at, 64 * MIB)
        self.assertIn("paused by " + USER, self.duplictl("run", "list"))
        self.assertIn("paused by " + USER, self.duplictl("status"))

        self.assertEqual(self.duplictl("run-resume", str(run)), f"Run {run} goes on\n")
        self.assertNotIn("paused", self.show(client, run))
        wait_for(lambda: self.show(client, run)["progress"]["bytes_done"] > at + 256 * MIB, "the run to go on")

    def test_a_paused_run_sends_the_volume_it_has_begun_and_no_other(self):
        self.write_noise()
        self.dav.gate.clear()
        client = self.start()
        run = self.send(client, concurrency=1)
        wait_for(lambda: self.dav.waiting == 1, "the first volume")
        client.call("run-pause", run=run)
        self.dav.gate.set()
        wait_for(lambda: self.dav.volumes() == [1], "the first volume to be stored")
        # Whatever else it may want to ask the target, it does not: after another run has done all it had to do,
        # nothing more has been begun.
        begun = list(self.dav.begun)
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        self.assertEqual(self.dav.begun, begun)
        client.call("run-resume", run=run)
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertEqual(self.restored_by_duplicity(), self.tree(self.source))

    def test_a_paused_run_that_is_stopped_ends(self):
        self.write_endless()
        client = self.start()
        run = self.backup(client)
        self.until_moving(client, run)
        client.call("run-pause", run=run)
        client.call("run-stop", run=run)
        self.assertEqual(client.outcome(run)["state"], "cancelled")
        self.assertNotIn("paused", self.show(client, run))

    def test_a_daemon_with_a_paused_run_ends_when_it_is_told_to(self):
        self.write_endless()
        client = self.start()
        run = self.backup(client)
        self.until_moving(client, run)
        client.call("run-pause", run=run)
        self.assertEqual(self.end_daemon(), 0)

    def test_a_pause_with_an_end_ends_by_itself_and_says_so(self):
        self.write_endless()
        client = self.start()
        run = self.backup(client)
        self.until_moving(client, run)
        self.duplictl("run-pause", "--all", "--for", "2s")
        self.assertGreater(self.show(client, run)["paused"]["until"], 0)
        wait_for(lambda: "paused" not in self.show(client, run), "the end of the pause")
        client.call("run-stop", run=run)
        told = [event for event in client.watch(run) if event["type"] == "state" and event.get("reason")]
        self.assertEqual([event["reason"] for event in told],
                         [f"paused by {USER}", "resumed by the clock"])
        self.assertIn("until", told[0]["paused"])
        self.assertNotIn("paused", told[1])

    def test_whoever_watches_a_run_hears_of_its_pause(self):
        self.write_endless()
        client = self.start()
        run = self.backup(client)
        self.until_moving(client, run)
        client.call("run-pause", run=run)
        client.call("run-resume", run=run)
        client.call("run-stop", run=run)
        told = self.duplictl("watch", str(run), status=130)
        self.assertIn(f"duplictl: paused by {USER}\n", told)
        self.assertIn(f"duplictl: resumed by {USER}\n", told)

    def test_all_runs_are_paused_and_resumed_at_once(self):
        self.write_endless()
        client = self.start()
        runs = [client.call("backup", source=self.source, target="file://" + self.path(name),
                            encryption=False)["run"] for name in ("one", "two", "three")]
        # One more that waits for the first: it, too.
        runs.append(client.call("backup", source=self.source, target="file://" + self.path("one"),
                                encryption=False)["run"])
        for run in runs[:3]:
            self.until_moving(client, run)
        self.duplictl("run-pause", "--all")
        self.assertEqual([("paused" in self.show(client, run)) for run in runs], [True] * 4)
        self.assertEqual(self.duplictl("run-resume", "--all"), "".join(f"Run {run} goes on\n" for run in runs))
        self.assertEqual([("paused" in self.show(client, run)) for run in runs], [False] * 4)
        self.assertEqual(self.duplictl("run-resume", "--all"), "")

    def test_what_cannot_be_paused_is_told(self):
        client = self.start()
        run = self.backup(client)
        self.assertEqual(client.outcome(run)["state"], "done")
        for method, params in (("run-pause", {}), ("run-resume", {}), ("run-limit", {"limit_up": 1})):
            with self.assertRaises(Refused) as refused:
                client.call(method, run=run, **params)
            self.assertEqual((refused.exception.name, refused.exception.object), ("invalid", str(run)))
            self.assertEqual(client.call(method, **params)["runs"], [])
        self.duplictl("run-pause", "77", status=10)
        self.duplictl("run-pause", status=2)
        self.duplictl("run-pause", "1", "--all", status=2)
        self.duplictl("run-pause", "1", "--for", "soon", status=2)
        self.duplictl("run-limit", "1", status=2)
        self.duplictl("run-limit", "1", "--upload", "fast", status=2)


class Forecast(ControlTest):
    def progress(self, client, run):
        return self.show(client, run).get("progress", {})

    def test_a_first_backup_finds_out_how_much_there_is_while_it_reads_and_the_next_one_knows(self):
        self.write("a/b", b"x" * 12345)
        self.write_endless(size=100 * GIB)
        client = self.start()
        run = self.backup(client)
        figures = wait_for(lambda: (found := self.progress(client, run)).get("eta_seconds") and found, "a forecast")
        self.assertTrue(figures["is_estimate"])
        # The source itself, a folder and two files.
        self.assertEqual((figures["files_expected"], figures["bytes_expected"]), (4, 100 * GIB + 12345))
        self.assertIn("of ~100", self.duplictl("run-show", str(run)))
        client.call("run-stop", run=run)
        self.assertEqual(client.outcome(run)["state"], "cancelled")

        os.truncate(self.path("source/endless"), 5 * MIB)
        self.assertEqual(client.outcome(self.backup(client, type="full"))["state"], "done")
        # This one is over before anybody could have looked again.
        run = self.backup(client, type="full")
        self.assertEqual(client.outcome(run)["state"], "done")
        figures = self.progress(client, run)
        self.assertEqual((figures["files_expected"], figures["bytes_expected"]), (4, 5 * MIB + 12345))
        self.assertEqual((figures["files_done"], figures["bytes_done"]), (4, 5 * MIB + 12345))

        # Of an increment it is not known how much has changed.
        run = self.backup(client, type="incremental")
        self.assertEqual(client.outcome(run)["state"], "done")
        figures = self.progress(client, run)
        self.assertEqual((figures["files_expected"], figures.get("bytes_expected", 0)), (4, 0))


class Limits(ControlTest):
    def test_a_run_without_a_share_of_the_line_waits_and_goes_on_when_it_gets_one(self):
        self.write_noise()
        client = self.start()
        run = self.send(client, limit_up=CRAWL)
        wait_for(lambda: self.dav.begun, "the first volume")
        self.assertEqual(self.show(client, run)["limit_up"], CRAWL)
        self.assertIn("1000 bytes a second", self.duplictl("run-show", str(run)))
        self.assertEqual(self.dav.stored, [])
        self.duplictl("run", "limit", str(run), "--upload", "none")
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertEqual(self.restored_by_duplicity(), self.tree(self.source))

    def test_a_run_can_be_slowed_down_to_a_stand_in_the_middle(self):
        self.write_noise()
        self.dav.gate.clear()
        client = self.start()
        run = self.send(client, concurrency=1)
        wait_for(lambda: self.dav.waiting == 1, "the first volume")
        self.duplictl("run-limit", "--all", "--upload", str(CRAWL), "--download", "2M")
        shown = self.show(client, run)
        self.assertEqual((shown["limit_up"], shown["limit_down"]), (CRAWL, 2 * MIB))
        self.dav.gate.set()
        wait_for(lambda: len(self.dav.begun) == 2, "the second volume")
        # Begun it has, but only an unlimited run would get to its end while another one does all its work.
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        self.assertEqual(self.dav.volumes(), [1])
        self.duplictl("run-limit", str(run), "--upload", "0")
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertEqual(self.restored_by_duplicity(), self.tree(self.source))

    def test_a_directory_is_held_to_it_as_well(self):
        self.write_noise()
        client = self.start()
        run = self.backup(client, encryption=False, volsize_bytes=MIB, limit_up=CRAWL)
        wait_for(self.local_volumes, "the first volume")
        # That one was early. The next has to wait for longer than another run needs for all of it.
        self.assertEqual(client.outcome(self.send(client))["state"], "done")
        self.assertEqual(self.local_volumes(), 1)
        self.assertEqual(client.state_of(run), "running")
        self.duplictl("run", "limit", str(run), "--upload", "none")
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertGreater(self.local_volumes(), 5)

    def local_volumes(self):
        return sum("difftar" in name for name in self.names_on_target())

    def test_a_limit_set_while_a_run_waits_for_its_turn_counts_when_it_begins(self):
        self.write_noise()
        self.dav.gate.clear()
        client = self.start()
        first = self.send(client)
        wait_for(lambda: self.dav.waiting > 0, "the first run")
        second = self.send(client, limit_up=CRAWL)
        self.assertEqual(client.state_of(second), "queued")
        client.call("run-limit", run=second, limit_up=0)
        self.dav.gate.set()
        self.assertEqual(client.outcome(first)["state"], "done")
        self.assertEqual(client.outcome(second)["state"], "done")
        self.assertEqual(self.show(client, second)["limit_up"], 0)

    def test_a_limit_that_says_nothing_is_refused(self):
        client = self.start()
        with self.assertRaises(Refused) as refused:
            client.call("run-limit")
        self.assertEqual(refused.exception.name, "invalid_params")


class Jobs(ControlTest):
    def job(self, **more):
        return {"source": self.source, "target": self.dav.url, "encryption": False, "volsize": "1M", **more}

    def test_a_run_at_work_keeps_the_settings_it_began_with(self):
        """feature-goals.md R64."""
        self.write_noise()
        self.write("left/out", b"by the new settings")
        self.put("jobs.d/home.json", self.job(limit_up=CRAWL))
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        wait_for(lambda: self.dav.begun, "the first volume")
        self.put("jobs.d/home.json", self.job(target="file://" + self.path("target"), select=[{"exclude": "**/left"}]))
        self.assertEqual(client.call("reload")["problems"], [])
        shown = self.show(client, run)
        self.assertEqual((shown["state"], shown["target"], shown["limit_up"]), ("running", self.dav.url, CRAWL))
        client.call("run-limit", run=run, limit_up=0)
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertEqual(self.restored_by_duplicity(), self.tree(self.source))
        self.assertEqual(self.names_on_target(), [])

        # And the next one goes by the new ones.
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "done")
        self.assertTrue(self.names_on_target())

    def threads(self):
        """Of the daemon and what it started: (nice value, class and level of I/O as ionice has them)."""
        found = []
        for process in [self.daemon.pid, *descendants(self.daemon.pid)]:
            for path in glob.glob(f"/proc/{process}/task/*/stat"):
                try:
                    with open(path, encoding="utf-8", errors="replace") as file:
                        # proc(5): the 19th field, of which the second is in brackets.
                        nice = int(file.read().rsplit(")", 1)[1].split()[16])
                except OSError:
                    continue
                thread = path.split("/")[-2]
                io = subprocess.run(["ionice", "-p", thread], capture_output=True, text=True, check=False).stdout
                found.append((process != self.daemon.pid, nice, io.strip()))
        return found

    def test_the_threads_of_a_job_and_its_programs_give_way_as_it_says(self):
        self.write_endless()
        with open(self.path("secret"), "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write("x\n")
        own = os.getpriority(os.PRIO_PROCESS, 0)
        self.put("jobs.d/home.json", {
            "source": self.source, "target": "file://" + self.path("target"), "nice": 19, "io_class": "idle",
            "secrets": {"passphrase": {"file": self.path("secret")}}})
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        self.until_moving(client, run)
        # Its own thread, those that make volumes, those that compress, and gpg.
        wait_for(lambda: sum(one == (False, 19, "idle") for one in self.threads()) >= 4, "threads that give way")
        wait_for(lambda: (True, 19, "idle") in self.threads(), "gpg to give way")
        # The daemon itself does not.
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, self.daemon.pid), own)
        client.call("run-stop", run=run)
        self.assertEqual(client.outcome(run)["state"], "cancelled")

        # Nor do runs of others, who share no thread with it.
        before = self.undisturbed()
        other = self.backup(client)
        self.until_moving(client, other)
        client.call("run-pause", run=other)
        self.assertGreaterEqual(self.undisturbed() - before, 4)

    def undisturbed(self):
        return sum(one[1:] != (19, "idle") for one in self.threads())

    def test_a_level_without_its_class_is_an_error(self):
        self.put("jobs.d/home.json", self.job(io_level=7))
        client = self.start()
        problem, = client.call("config-check")["problems"]
        self.assertIn("best-effort", problem["hint"])
        self.put("jobs.d/home.json", self.job(io_level=7, io_class="best-effort"))
        self.assertEqual(client.call("config-check")["problems"], [])


class Stops(ControlTest):
    def test_what_was_stored_before_the_daemon_was_told_to_end_is_not_sent_again(self):
        """feature-goals.md R58."""
        self.write_noise(8)
        self.dav.close_after = 3
        client = self.start()
        run = self.send(client, concurrency=1)
        wait_for(lambda: self.dav.waiting > 0, "a volume that is held up")
        client.call("run-watch", run=run)
        # kill_daemon() would end it after PATIENCE seconds; it has 20 (Instance::stop_time_max), and then ends with 1.
        self.assertEqual(self.end_daemon(signal.SIGTERM), 0)
        while (event := client.next_event(run))["type"] != "done":
            pass
        self.assertEqual(event["state"], "cancelled")
        self.assertEqual(self.dav.volumes(), [1, 2, 3])
        self.assertFalse(any("manifest" in name for name in self.dav.stored))

        self.dav.close_after = None
        self.dav.gate.set()
        client = self.start()
        self.assertEqual(client.outcome(self.send(client))["state"], "done")
        numbers = self.dav.volumes()
        self.assertEqual(sorted(numbers), list(range(1, len(numbers) + 1)))
        self.assertEqual(self.restored_by_duplicity(), self.tree(self.source))

    def test_a_backup_that_stops_at_the_border_of_a_volume_has_sent_nothing_in_vain(self):
        self.write_noise(16)
        self.dav.close_after = 2
        client = self.start()
        run = self.send(client, concurrency=1)
        wait_for(lambda: self.dav.waiting > 0, "a volume that is held up")
        self.duplictl("run", "stop", str(run), "--at", "volume")
        self.assertEqual(self.show(client, run)["state"], "running")
        self.dav.close_after = None
        self.dav.gate.set()
        done = client.outcome(run)
        self.assertEqual((done["state"], done["error"]["name"]), ("cancelled", "cancelled"))
        self.assertIn("border of a volume", done["error"]["cause"])
        stored = self.dav.volumes()
        self.assertEqual(stored, list(range(1, len(stored) + 1)))
        self.assertGreater(len(stored), 2)
        self.assertFalse(any("manifest" in name for name in self.dav.stored))

        # 16 MiB that nothing can compress are 16 volumes and more: it did not just go to the end.
        done = client.outcome(self.send(client))
        self.assertEqual((done["state"], done["backup"]["resumed_at_volume"]), ("done", len(stored) + 1))
        numbers = self.dav.volumes()
        self.assertGreater(len(numbers), len(stored) + 1)
        self.assertEqual(sorted(numbers), list(range(1, len(numbers) + 1)))
        begun = [name for name in self.dav.begun if ".vol" in name]
        self.assertEqual(len(begun), len(numbers))
        self.assertEqual(self.restored_by_duplicity(), self.tree(self.source))

    def test_a_backup_whose_end_comes_before_the_next_border_is_complete(self):
        self.write("little", os.urandom(MIB // 4))
        self.dav.gate.clear()
        client = self.start()
        run = self.send(client)
        wait_for(lambda: self.dav.waiting > 0, "a volume that is held up")
        client.call("run-stop", run=run, at="volume")
        self.dav.gate.set()
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertEqual(self.restored_by_duplicity(), self.tree(self.source))

    def test_one_that_is_to_stop_at_the_border_can_still_be_stopped_at_once(self):
        self.write_noise()
        self.dav.gate.clear()
        client = self.start()
        run = self.send(client)
        wait_for(lambda: self.dav.waiting > 0, "a volume that is held up")
        client.call("run-stop", run=run, at="volume")
        client.call("run-stop", run=run)
        self.dav.gate.set()
        done = client.outcome(run)
        self.assertEqual(done["state"], "cancelled")
        self.assertNotIn("border", done["error"]["cause"])

    def test_only_backups_stop_at_borders(self):
        client = self.start()
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        run = client.call("verify", directory=self.source, **self.archive())["run"]
        with self.assertRaises(Refused) as refused:
            client.call("run-stop", run=run, at="volume")
        self.assertEqual((refused.exception.name, refused.exception.object), ("invalid", str(run)))
        self.duplictl("run-stop", str(run), "--at", "once", status=2)
        self.duplictl("run-stop", "77", "--at", "volume", status=10)


if __name__ == "__main__":
    if shutil.which("ionice") is None:
        raise SystemExit("ionice (util-linux) is missing")
    unittest.main()
