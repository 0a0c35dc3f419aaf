"""An idle daemon costs next to nothing: a few megabytes, no threads that wait for work, no wake-ups
(feature-goals.md, "Speed and size goals").

What it costs is what the kernel says: anonymous pages in smaps_rollup (proc(5)), context switches of each thread, and
strace for the system calls. Memory does not come back at once: it is looked at until it has, for a minute at most.
"""

import glob
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from support import PATIENCE, DaemonTest, wait_for

MIB = 1 << 20
GOAL = 8 * MIB
# The loop, and the one that writes the history.
THREADS_OF_ITS_OWN = 2
MINUTE = 60


@unittest.skipUnless(os.getuid() == 0, "only root may look at the pages of a process that cannot be dumped")
@unittest.skipIf(os.environ.get("DUPLID_SANITIZE"), "sanitizers keep shadows of all memory")
class IdleTest(DaemonTest):
    def start(self):
        self.start_daemon("--config-dir", self.path("config"), env={**os.environ, "HOME": self.root})
        return self.client()

    def put(self, name, content):
        path = self.path("config", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)

    def put_jobs(self, count):
        """Jobs that have to do tomorrow."""
        moment = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(time.time() + 86400))
        for number in range(count):
            self.put(f"jobs.d/job{number}.json", {
                "source": self.source, "target": "file://" + self.path(f"target{number}"), "encryption": False,
                "schedule": {"calendar": [moment]}, "retention": {"keep_full": 3}, "stale_after": "30d"})

    def anonymous(self):
        """Bytes in pages that are no file's."""
        with open(f"/proc/{self.daemon.pid}/smaps_rollup", encoding="ascii") as rollup:
            line = next(line for line in rollup if line.startswith("Anonymous:"))
        return int(line.split()[1]) * 1024

    def threads(self):
        return len(os.listdir(f"/proc/{self.daemon.pid}/task"))

    def assert_small(self):
        started = time.monotonic()
        try:
            wait_for(lambda: self.anonymous() < GOAL, "memory to come back")
        finally:
            print(f"{self.anonymous() / MIB:.1f} MiB after {time.monotonic() - started:.0f} s")

    def back_up_noise(self, client, mebibytes, **more):
        """So much that differs all over, as far as deflate can see."""
        noise = os.urandom(16 * MIB)
        with open(self.path("source", "noise"), "wb") as file:
            for start in range(0, mebibytes, 16):
                file.write(noise[:min(16, mebibytes - start) * MIB])
        done = client.outcome(self.backup(client, type="full", **more))
        self.assertEqual(done["state"], "done")
        return done


class Idle(IdleTest):
    def test_one_that_has_had_nothing_to_do_is_small(self):
        self.put_jobs(20)
        client = self.start()
        self.assertEqual(len(client.call("job-list")["jobs"]), 20)
        self.assert_small()

    def test_threads_and_memory_of_a_run_and_of_a_question_are_given_back(self):
        client = self.start()
        for number in range(2000):
            self.write(f"d{number // 100}/f{number}", b"%d" % number)
        run = self.back_up_noise(client, 64)["run"]
        self.assertGreater(self.threads(), THREADS_OF_ITS_OWN)
        wait_for(lambda: self.threads() == THREADS_OF_ITS_OWN, "threads to end")
        self.assert_small()

        self.assertEqual(client.call("list-current-files", **self.archive())["files"], 2022)
        wait_for(lambda: self.threads() == THREADS_OF_ITS_OWN, "threads to end")
        self.assert_small()

        # What was given back is there again when it is wanted.
        self.assertEqual(client.watch(run)[-1]["state"], "done")
        self.write("new", b"new")
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        self.assertEqual(self.restore(client, "out")["state"], "done")
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))


class Long(IdleTest):
    def test_a_minute_after_a_gigabyte_it_is_small_again(self):
        client = self.start()
        secret = "ein Geheimnis"
        for number in range(20_000):
            self.write(f"d{number // 300}/f{number}", b"%d" % number)
        done = client.outcome(client.call("backup", source=self.source, target="file://" + self.path("secret"),
                                          passphrase=secret, concurrency=4)["run"])
        self.assertEqual(done["state"], "done")
        self.back_up_noise(client, 960, concurrency=4)  # 10^9 bytes
        self.assertGreater(self.memory_peak(), GOAL)
        # PATIENCE is a minute.
        self.assertEqual(PATIENCE, MINUTE)
        self.assert_small()

    def test_with_as_many_runs_as_it_remembers_it_is_small(self):
        client = self.start()
        self.write("a", b"x")
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        self.assertEqual(self.end_daemon(), 0)
        history = sqlite3.connect(self.path("state", "history.db"))
        with history:
            (ended, record), = history.execute("SELECT ended, record FROM runs WHERE run = 1")
            for number in range(2, 1001):
                again = json.loads(record)
                again["run"] = number
                history.execute("INSERT INTO runs VALUES (?, ?, ?)", (number, ended, json.dumps(again)))
        history.close()
        client = self.start()
        self.assertEqual(client.call("run-list", limit=1)["runs"][0]["run"], 1000)
        self.assert_small()

    def switches(self):
        """Of each thread, how often it has given up the processor or lost it."""
        counts = {}
        for path in glob.glob(f"/proc/{self.daemon.pid}/task/*/status"):
            with open(path, encoding="ascii") as status:
                counts[path] = [line for line in status if "ctxt_switches" in line]
        return counts

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_nothing_wakes_it_for_a_minute(self):
        self.put_jobs(20)
        client = self.start()
        self.back_up_noise(client, 32)
        # Also when somebody is connected and says nothing, and a run is remembered.
        wait_for(lambda: self.threads() == THREADS_OF_ITS_OWN, "it to have rested")
        calls = self.path("calls")
        tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", calls, "-p", str(self.daemon.pid)])
        self.addCleanup(tracer.kill)
        wait_for(lambda: self.traced_by() == tracer.pid, "strace to be attached to each thread")
        before = self.switches()
        end = time.monotonic() + MINUTE
        while time.monotonic() < end:
            time.sleep(1)
            self.assertIsNone(tracer.poll())
        after = self.switches()
        tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=PATIENCE)
        with open(calls, encoding="ascii") as file:
            # The calls that it sleeps in are never completed: strace leaves them "<detached ...>".
            woken = [line for line in file if "<detached" not in line and "<unfinished" not in line]
        self.assertEqual(woken, [])
        self.assertEqual(after, before)
        client.call("status")

    def traced_by(self):
        """The process that traces all threads, or nothing as long as there is not one of each."""
        tracers = set()
        for path in glob.glob(f"/proc/{self.daemon.pid}/task/*/status"):
            with open(path, encoding="ascii") as status:
                tracers.add(int(next(line for line in status if line.startswith("TracerPid")).split()[1]))
        return tracers.pop() if len(tracers) == 1 else None


if __name__ == "__main__":
    unittest.main()
