"""Metrics: what a parser that shares no code with us (python3-prometheus-client) reads out of them, held against what
runs and jobs tell by themselves."""

import os
import stat
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

import debian

debian.need("prometheus_client")

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics  # noqa: E402
from prometheus_client.parser import text_string_to_metric_families as prometheus_text  # noqa: E402

from jobs_test import DUPLICTL, JobsTest  # noqa: E402
from support import wait_for  # noqa: E402


def samples(text, parse=None):
    """{(name, labels): value}"""
    found = {}
    for family in (parse or open_metrics)(text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, key
            found[key] = sample.value
    return found


class Metrics(JobsTest):
    def metrics(self):
        return samples(self.duplictl("metrics"))

    def value(self, name, found=None, **labels):
        return (found if found is not None else self.metrics()).get((name, tuple(sorted(labels.items()))))

    def ended(self, client, run):
        client.outcome(run)
        self.until(client, lambda one: one["state"] not in ("running", "queued"))
        return client.call("run-show", run=run)

    def test_figures_of_good_backups_are_those_of_their_runs(self):
        self.put("jobs.d/home.json", self.job(stale_after="3d"))
        client = self.start()
        before = self.metrics()
        self.assertIsNone(self.value("duplid_task_last_success_timestamp_seconds", before, job="home", task="backup"))
        self.assertEqual(self.value("duplid_job_state", before, job="home", state="idle"), 1)
        self.assertEqual(self.value("duplid_job_state", before, job="home", state="running"), 0)

        first = self.ended(client, client.call("job-run", job="home")["run"])
        wait_for(lambda: time.time() >= first["backup"]["set"]["time"] + 1.1, "the next second")
        self.write("b/new", b"more\n" * 50_000)
        os.unlink(self.path("source/a/file"))
        second = self.ended(client, client.call("job-run", job="home")["run"])
        found = self.metrics()
        job = self.jobs(client)["home"]
        self.assertEqual(self.value("duplid_task_last_success_timestamp_seconds", found, job="home", task="backup"),
                         job["last_success"])
        self.assertEqual(self.value("duplid_task_last_result", found, job="home", task="backup", result="done"), 1)
        self.assertEqual(self.value("duplid_task_last_result", found, job="home", task="backup", result="failed"), 0)
        self.assertEqual(self.value("duplid_task_last_duration_seconds", found, job="home", task="backup"),
                         second["ended_at"] - second["started_at"])
        statistics = second["backup"]["statistics"]
        for name, figure in (("files", "source_files"), ("bytes", "source_file_size"), ("new_files", "new_files"),
                             ("deleted_files", "deleted_files"), ("changed_files", "changed_files"),
                             ("stored_bytes", "total_destination_size_change")):
            self.assertEqual(self.value(f"duplid_backup_{name}", found, job="home"), statistics[figure], name)
        self.assertEqual(self.value("duplid_job_stale", found, job="home"), 0)
        # What the other program counts.
        done = subprocess.run(["duplicity", "collection-status", "--no-encryption", "--archive-dir",
                               self.path("duplicitys"), "file://" + self.path("target")], text=True,
                              env={**os.environ, "HOME": self.root}, capture_output=True, check=True)
        self.assertIn("Number of contained backup sets: 2", done.stdout)
        self.assertEqual(self.value("duplid_backup_chain_sets", found, job="home"), 2)

    def test_each_of_several_targets_has_figures_of_its_own(self):
        with open(self.path("in-the-way"), "w", encoding="ascii"):
            pass
        targets = [{"name": "nas", "url": "file://" + self.path("target")},
                   {"name": "usb", "url": "file://" + self.path("in-the-way/usb")}]
        self.put("jobs.d/home.json", {"source": self.source, "encryption": False, "targets": targets})
        client = self.start()
        self.assertEqual(self.value("duplid_target_good", job="home", target="nas"), 0)
        done = self.ended(client, client.call("job-run", job="home")["run"])
        found = self.metrics()
        self.assertEqual(self.value("duplid_target_good", found, job="home", target="nas"), 1)
        self.assertEqual(self.value("duplid_target_good", found, job="home", target="usb"), 0)
        self.assertEqual(self.value("duplid_target_last_success_timestamp_seconds", found, job="home", target="nas"),
                         done["backup"]["set"]["time"])
        self.assertIsNone(self.value("duplid_target_last_success_timestamp_seconds", found, job="home", target="usb"))

    def test_what_is_known_survives_a_restart(self):
        self.put("jobs.d/home.json", self.job(verify={}, check={"sample": "all"}))
        client = self.start()
        self.ended(client, client.call("job-run", job="home")["run"])
        wait_for(lambda: len([run for run in client.call("run-list")["runs"] if run["state"] == "done"]) == 3,
                 "verify and check")
        ours = lambda: {key: value for key, value in self.metrics().items()
                        if key[0].split("_")[1] in ("backup", "verify", "check", "task")}
        # They end a moment before the job knows.
        wait_for(lambda: ("duplid_check_total_bytes", (("job", "home"),)) in ours(), "the check's figures")
        before = ours()
        self.assertEqual(self.end_daemon(), 0)
        client = self.start()
        self.assertEqual(ours(), before)
        verify, check = (next(run for run in client.call("run-list")["runs"] if run["kind"] == kind)
                         for kind in ("verify", "check"))
        report = client.call("run-show", run=verify["run"])["verify"]
        self.assertEqual(self.value("duplid_verify_files", before, job="home"), report["files"])
        self.assertEqual(self.value("duplid_verify_damaged", before, job="home"), 0)
        report = client.call("run-show", run=check["run"])["check"]
        self.assertGreater(report["recent_bytes"], 0)
        self.assertEqual(self.value("duplid_check_read_back_ratio", before, job="home"),
                         report["recent_bytes"] / report["total_bytes"])
        on_target = sum(os.path.getsize(self.path("target", name)) for name in self.names_on_target())
        self.assertLessEqual(self.value("duplid_check_total_bytes", before, job="home"), on_target)

    def test_failures_waiting_staleness_and_mistakes_are_told(self):
        with open(self.path("no-directory"), "w", encoding="ascii"):
            pass
        self.put("jobs.d/bad.json", {**self.job(), "target": "file://" + self.path("no-directory/x")})
        self.put("jobs.d/old.json", {**self.job(stale_after="1s"), "target": "file://" + self.path("old")})
        self.put("jobs.d/broken.json", "{")
        self.put("jobs.d/disk.json", {**self.job(schedule={"every": "1d"}, conditions={"path": self.path("none")}),
                                      "target": "file://" + self.path("other")})
        client = self.start()
        client.outcome(client.call("job-run", job="bad")["run"])
        client.outcome(client.call("job-run", job="old")["run"])
        self.until(client, lambda one: one.get("last_result") == "failed", job="bad")
        self.until(client, lambda one: "stale_since" in one, job="old")
        found = self.metrics()
        self.assertEqual(self.value("duplid_task_last_result", found, job="bad", task="backup", result="failed"), 1)
        self.assertEqual(self.value("duplid_task_failures", found, job="bad", task="backup"), 1)
        self.assertIsNone(self.value("duplid_backup_files", found, job="bad"))
        self.assertEqual(self.value("duplid_job_stale", found, job="old"), 1)
        self.assertEqual(self.value("duplid_job_state", found, job="disk", state="waiting"), 1)
        self.assertEqual(self.value("duplid_job_state", found, job="broken", state="broken"), 1)
        self.assertEqual(self.value("duplid_job_problems", found, job="broken"), 1)

    def test_nobody_learns_paths_targets_or_errors_from_them(self):
        with open(self.path("nowhere-7c1"), "w", encoding="ascii"):
            pass
        self.put("jobs.d/home.json", {**self.job(), "target": "file://" + self.path("nowhere-7c1/x")})
        client = self.start()
        client.outcome(client.call("job-run", job="home")["run"])
        self.until(client, lambda one: "last_result" in one)
        text = self.duplictl("metrics")
        for secret in (self.root, "nowhere-7c1", "file:", "/"):
            self.assertNotIn(secret, text)

    def test_the_old_text_format_of_prometheus_reads_the_same(self):
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        self.ended(client, client.call("job-run", job="home")["run"])
        text = self.duplictl("metrics")
        self.assertEqual(samples(text, prometheus_text), samples(text))
        self.assertTrue(text.endswith("\n# EOF\n"))

    def test_runs_under_way_are_counted(self):
        self.write_endless("zeros")
        client = self.start()
        run = self.backup(client)
        second = self.backup(client)
        self.wait_for_state(client, run, "running")
        found = self.metrics()
        self.assertEqual(self.value("duplid_runs", found, state="running"), 1)
        self.assertEqual(self.value("duplid_runs", found, state="queued"), 1)
        info, = (key for key in found if key[0] == "duplid_build_info")
        self.assertEqual(dict(info[1])["instance"], "user")
        for number in (second, run):
            client.call("run-stop", run=number)


class MetricsFile(JobsTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("collector"))
        self.file = self.path("collector/duplid.prom")

    def in_file(self):
        with open(self.file, encoding="utf-8") as file:
            return samples(file.read())

    def test_the_file_follows_each_change_and_goes_with_its_setting(self):
        self.put("duplid.json", {"metrics_file": self.file})
        self.put("jobs.d/home.json", self.job())
        os.umask(0o077)
        self.addCleanup(os.umask, 0o022)
        client = self.start()
        wait_for(lambda: os.path.exists(self.file), "the file")
        # The collector is another user.
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o644)
        client.outcome(client.call("job-run", job="home")["run"])
        done = ("duplid_task_last_result", (("job", "home"), ("result", "done"), ("task", "backup")))
        wait_for(lambda: self.in_file().get(done) == 1, "the result")
        wait_for(lambda: self.in_file() == samples(self.duplictl("metrics")), "the file to say the same")
        client.call("job-pause", job="home")
        paused = ("duplid_job_state", (("job", "home"), ("state", "paused")))
        wait_for(lambda: self.in_file()[paused] == 1, "the pause")
        self.assertEqual(os.listdir(self.path("collector")), ["duplid.prom"])
        self.put("duplid.json", {})
        client.call("reload")
        wait_for(lambda: not os.path.exists(self.file), "the file to go")

    def test_a_reader_never_sees_a_part(self):
        self.put("duplid.json", {"metrics_file": self.file})
        for number in range(100):
            self.put(f"jobs.d/job{number}.json", self.job())
        client = self.start()
        wait_for(lambda: os.path.exists(self.file), "the file")
        for number in range(50):
            client.call("job-pause" if number % 2 == 0 else "job-resume")
            with open(self.file, encoding="utf-8") as file:
                text = file.read()
            self.assertTrue(text.startswith("# TYPE duplid_build_info") and text.endswith("\n# EOF\n"))

    def test_a_file_that_cannot_be_written_costs_nothing_else(self):
        self.put("duplid.json", {"metrics_file": self.path("no/such/directory/x.prom")})
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "done")
        self.put("duplid.json", {"metrics_file": "relative.prom"})
        problem, = client.call("config-check")["problems"]
        self.assertIn("absolute", problem["cause"])


if __name__ == "__main__":
    unittest.main()
