"""Jobs: backups that are written in files and run by themselves. Real duplid, real duplictl, real clock; what is
restored is restored by stock duplicity where it says so."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import unittest

from support import DUPLID, Client, DaemonTest, Refused, wait_for

DUPLICTL = os.environ["DUPLICTL_BIN"]


class JobsTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.write("a/file", b"what is to be kept\n" * 1000)

    def start(self, **environment):
        # A home of its own: gpg keeps things there that tests at the same time would share.
        self.start_daemon("--config-dir", self.path("config"), env={**os.environ, "HOME": self.root, **environment})
        return self.client()

    def put(self, name, text):
        path = self.path("config", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def job(self, **more):
        return {"source": self.source, "target": "file://" + self.path("target"), "encryption": False, **more}

    def jobs(self, client):
        return {job["job"]: job for job in client.call("job-list")["jobs"]}

    def until(self, client, condition, job="home"):
        """The job's summary, once it fulfils the condition."""
        return wait_for(lambda: next((one for name, one in self.jobs(client).items()
                                      if name == job and condition(one)), None), f"job {job}")

    def duplictl(self, *words, status=0, **more):
        environment = {**os.environ, "HOME": self.root, "XDG_CACHE_HOME": self.path("xdg-cache"),
                       "XDG_STATE_HOME": self.path("xdg-state"), **more.pop("env", {})}
        done = subprocess.run([DUPLICTL, *words, "--socket", self.socket_path], env=environment, text=True,
                              capture_output=True, timeout=120, check=False, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def restore_with_duplicity(self, *options, **environment):
        out = self.path("restored")
        shutil.rmtree(out, ignore_errors=True)
        done = subprocess.run(["duplicity", "restore", "--archive-dir", self.path("duplicitys"), *options,
                               "file://" + self.path("target"), out], text=True, capture_output=True,
                              env={**os.environ, "HOME": self.root, **environment}, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return self.tree(out)


class Files(JobsTest):
    def test_a_file_made_by_hand_is_a_job_that_runs_and_stock_duplicity_restores_it(self):
        self.put("jobs.d/home.json", """
            // My backup.
            { "source": "%s", "target": "file://%s", /* a disk */ "encryption": false }
            """ % (self.source, self.path("target")))
        client = self.start()
        job = self.jobs(client)["home"]
        self.assertEqual(job["state"], "idle")
        self.assertNotIn("last_success", job)
        self.assertNotIn("next", job)

        run = client.call("job-run", job="home")["run"]
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertEqual(self.restore_with_duplicity("--no-encryption"), self.tree(self.source))
        job = self.until(client, lambda one: one["state"] == "idle")
        self.assertAlmostEqual(job["last_success"], time.time(), delta=100)
        self.assertEqual((job["last_result"], job["run"]), ("done", run))
        self.assertEqual(client.call("run-show", run=run)["job"], "home")

    def test_a_job_without_interval_or_calendar_is_not_run_by_itself(self):
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        client.call("reload")
        self.assertEqual(client.call("status")["running"] + client.call("status")["queued"], 0)
        self.assertEqual(client.call("run-list")["runs"], [])

    def test_a_broken_file_is_told_with_its_place_and_disturbs_no_other(self):
        self.put("jobs.d/home.json", self.job())
        path = self.put("jobs.d/other.json", '{\n  "source": "/",\n  "volzise": "5M"\n}')
        client = self.start()
        jobs = self.jobs(client)
        self.assertEqual(jobs["home"]["state"], "idle")
        self.assertEqual(jobs["other"]["state"], "broken")
        problem, = client.call("job-list")["problems"]
        self.assertEqual((problem["file"], problem["line"], problem["column"]), (path, 3, 3))
        self.assertIn("volsize", problem["hint"])
        with self.assertRaises(Refused) as refused:
            client.call("job-run", job="other")
        self.assertEqual(refused.exception.name, "invalid")
        self.assertIn(":3:3", refused.exception.object)
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "done")

    def test_what_the_daemon_would_refuse_is_found_when_the_file_is_read(self):
        self.put("jobs.d/home.json", self.job(compression="none", encryption=True, use_agent=True))
        client = self.start()
        problem, = client.call("config-check")["problems"]
        self.assertIn("without encryption", problem["cause"])

    def test_reload_puts_changes_in_force_and_keeps_the_last_good_version(self):
        self.put("jobs.d/home.json", self.job(priority=1))
        client = self.start()
        self.put("jobs.d/home.json", '{ "source": ')
        self.put("jobs.d/new.json", self.job())
        # Nothing happens until somebody says so.
        self.assertEqual(list(self.jobs(client)), ["home"])
        self.assertEqual(len(client.call("config-check")["problems"]), 1)
        self.assertEqual(client.call("reload")["problems"][0]["job"], "home")
        jobs = self.jobs(client)
        self.assertEqual(jobs["home"]["state"], "idle")
        self.assertEqual(jobs["home"]["problems"], 1)
        self.assertEqual(jobs["new"]["state"], "idle")
        self.assertEqual(client.call("job-show", job="home")["settings"]["priority"], 1)
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "done")
        os.unlink(self.path("config/jobs.d/new.json"))
        self.daemon.send_signal(signal.SIGHUP)
        wait_for(lambda: list(self.jobs(client)) == ["home"], "the job to go")

    def test_a_drop_in_is_laid_over_the_file(self):
        self.put("duplid.json", {"defaults": {"volsize": "7M"}})
        self.put("jobs.d/home.json", self.job(priority=1))
        self.put("jobs.d/home.d/x.json", {"priority": 2, "select": [{"exclude": "**/b"}]})
        self.write("a/b", b"left out")
        client = self.start()
        shown = client.call("job-show", job="home")
        self.assertEqual((shown["settings"]["priority"], shown["settings"]["volsize"]), (2, "7M"))
        self.assertEqual(len(shown["files"]), 3)
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "done")
        self.assertEqual(set(self.restore_with_duplicity("--no-encryption")), {"a/file"})

    def test_a_name_that_is_mistyped_gets_a_suggestion(self):
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        with self.assertRaises(Refused) as refused:
            client.call("job-show", job="hoem")
        self.assertEqual((refused.exception.name, refused.exception.hint), ("not_found", "did you mean home?"))

    def test_a_private_instance_has_no_jobs(self):
        self.start()
        ours, theirs = socket.socketpair()
        private = subprocess.Popen([DUPLID, "--private", "--control-fd", str(theirs.fileno())],
                                   pass_fds=[theirs.fileno()])
        theirs.close()
        client = Client(ours)
        self.clients.append(client)
        with self.assertRaises(Refused) as refused:
            client.call("job-list")
        self.assertEqual(refused.exception.name, "denied")
        ours.shutdown(2)
        private.wait(timeout=60)


class Schedule(JobsTest):
    def test_a_job_with_an_interval_runs_by_itself_and_is_idle_until_the_next_time(self):
        self.put("jobs.d/home.json", self.job(schedule={"every": "1d"}))
        client = self.start()
        job = self.until(client, lambda one: "last_success" in one and one["state"] == "idle")
        self.assertAlmostEqual(job["next"], job["last_success"] + 86400, delta=120)
        self.assertEqual(len(client.call("run-list")["runs"]), 1)
        self.assertEqual(self.restore_with_duplicity("--no-encryption"), self.tree(self.source))

    def test_a_job_with_a_calendar_runs_when_its_second_comes(self):
        moment = int(time.time()) + 12
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
        self.put("jobs.d/home.json", self.job(schedule={"calendar": [when]}))
        client = self.start()
        self.assertEqual(self.jobs(client)["home"]["next"], moment)
        job = self.until(client, lambda one: "last_success" in one)
        self.assertGreaterEqual(job["last_success"], moment)
        self.assertEqual(client.call("run-list")["runs"][0]["lifetime"], "detached")

    def test_what_is_known_of_a_job_survives_a_restart_and_it_is_not_run_again(self):
        self.put("jobs.d/home.json", self.job(schedule={"every": "1d"}))
        client = self.start()
        before = self.until(client, lambda one: "last_success" in one and one["state"] == "idle")
        self.assertEqual(self.end_daemon(), 0)
        client = self.start()
        after = self.jobs(client)["home"]
        self.assertEqual(after, before)
        self.assertEqual(len(client.call("run-list")["runs"]), 1)

    def test_a_paused_job_waits_and_goes_on_when_it_is_resumed_also_over_a_restart(self):
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        client.call("job-pause", job="home")
        self.put("jobs.d/home.json", self.job(schedule={"every": "1d"}))
        client.call("reload")
        self.assertEqual(self.jobs(client)["home"]["state"], "paused")
        self.assertEqual(self.end_daemon(), 0)
        client = self.start()
        self.assertEqual(self.jobs(client)["home"]["state"], "paused")
        self.assertNotIn("paused_until", self.jobs(client)["home"])
        self.assertEqual(client.call("run-list")["runs"], [])
        client.call("job-resume", job="home")
        self.until(client, lambda one: "last_success" in one)

    def test_a_pause_with_an_end_is_over_then(self):
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        until = int(time.time()) + 4
        client.call("job-pause", until=until)
        self.put("jobs.d/home.json", self.job(schedule={"every": "1d"}))
        client.call("reload")
        self.assertEqual(self.jobs(client)["home"]["paused_until"], until)
        self.assertGreaterEqual(self.until(client, lambda one: "last_success" in one)["last_success"], until)

    def test_a_condition_that_is_not_met_is_waited_for_and_no_failure(self):
        self.put("jobs.d/home.json", self.job(schedule={"every": "1d"}, conditions={"path": self.path("disk")}))
        client = self.start()
        job = self.until(client, lambda one: one["state"] == "waiting")
        self.assertIn("disk", job["reason"])
        self.assertEqual(client.call("run-list")["runs"], [])
        # It may be asked for all the same.
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "done")

    def test_a_job_whose_last_good_backup_is_too_old_is_stale(self):
        self.put("jobs.d/home.json", self.job(stale_after="2s"))
        client = self.start()
        client.outcome(client.call("job-run", job="home")["run"])
        job = self.until(client, lambda one: "stale_since" in one)
        self.assertGreaterEqual(job["stale_since"], job["last_success"] + 2)

    def test_a_failed_run_is_told_and_tried_again_later(self):
        with open(self.path("no-directory"), "w", encoding="ascii"):
            pass
        self.put("jobs.d/home.json", {**self.job(schedule={"every": "1d"}),
                                      "target": "file://" + self.path("no-directory/x")})
        client = self.start()
        job = self.until(client, lambda one: one.get("last_result") == "failed" and one["state"] == "idle")
        self.assertIn("cause", job["last_error"])
        self.assertNotIn("last_success", job)
        self.assertGreater(job["next"], time.time())


class Runs(JobsTest):
    def test_a_daemon_killed_in_a_jobs_run_goes_on_with_it_when_it_is_back(self):
        self.write("noise", os.urandom(20 << 20))
        self.write_endless("zeros")
        self.put("jobs.d/home.json", self.job(schedule={"every": "1d"}, volsize="1M"))
        client = self.start()
        self.until(client, lambda one: one["state"] == "running")
        wait_for(lambda: len([n for n in self.names_on_target() if "difftar" in n]) > 2, "volumes")
        self.daemon.kill()
        self.daemon.wait()
        os.truncate(self.path("source", "zeros"), 1000)

        client = self.start()
        job = self.until(client, lambda one: "last_success" in one and one["state"] == "idle")
        runs = client.call("run-list")["runs"]
        self.assertEqual([run["state"] for run in runs], ["done", "failed"])
        done = client.call("run-show", run=job["run"])
        self.assertGreater(done["backup"]["resumed_at_volume"], 1)
        self.assertEqual(self.restore_with_duplicity("--no-encryption"), self.tree(self.source))

    def test_a_daemon_that_is_stopped_in_a_jobs_run_takes_it_up_again(self):
        self.write_endless("zeros")
        self.put("jobs.d/home.json", self.job(schedule={"every": "1d"}))
        client = self.start()
        self.until(client, lambda one: one["state"] == "running")
        self.assertEqual(self.end_daemon(), 0)
        os.truncate(self.path("source", "zeros"), 1000)
        client = self.start()
        self.until(client, lambda one: "last_success" in one)

    def test_two_jobs_on_one_archive_run_one_after_the_other(self):
        self.write_endless("zeros")
        self.put("jobs.d/first.json", self.job())
        self.put("jobs.d/second.json", self.job())
        client = self.start()
        first = client.call("job-run", job="first")["run"]
        self.wait_for_state(client, first, "running")
        second = client.call("job-run", job="second")["run"]
        self.assertEqual(client.state_of(second), "queued")
        self.until(client, lambda one: one["state"] == "queued", job="second")
        client.call("run-stop", run=first)
        os.truncate(self.path("source", "zeros"), 1000)
        self.wait_for_state(client, second, "done", "warnings")
        self.until(client, lambda one: one.get("last_result") == "cancelled", job="first")

    def test_a_job_has_one_run_at_a_time(self):
        self.write_endless("zeros")
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        with self.assertRaises(Refused) as refused:
            client.call("job-run", job="home")
        self.assertEqual(refused.exception.name, "busy")
        self.assertIn(str(run), refused.exception.message)
        client.call("run-stop", run=run)

    def test_a_run_keeps_the_settings_that_it_began_with(self):
        self.write_endless("zeros")
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        self.wait_for_state(client, run, "running")
        self.put("jobs.d/home.json", {**self.job(), "target": "file://" + self.path("elsewhere")})
        self.assertEqual(client.call("reload")["problems"], [])
        self.assertEqual(client.call("run-show", run=run)["target"], "file://" + self.path("target"))
        self.assertTrue(self.jobs(client)["home"]["target"].endswith("/elsewhere"))
        os.truncate(self.path("source", "zeros"), 1000)
        self.assertIn(client.outcome(run)["state"], ("done", "warnings"))
        self.assertFalse(os.path.exists(self.path("elsewhere")))
        self.assertIn("last_success", self.until(client, lambda one: one["state"] == "idle"))

    def test_a_job_that_is_removed_in_its_run_is_gone_and_the_run_goes_on(self):
        self.write_endless("zeros")
        self.put("jobs.d/home.json", self.job())
        self.put("jobs.d/home.d/x.json", {"priority": 1})
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        self.wait_for_state(client, run, "running")
        self.assertEqual(len(client.call("job-remove", job="home")["files"]), 2)
        self.assertEqual(self.jobs(client), {})
        self.assertEqual(os.listdir(self.path("config/jobs.d")), [])
        self.assertEqual(client.state_of(run), "running")
        os.truncate(self.path("source", "zeros"), 1000)
        self.assertIn(client.outcome(run)["state"], ("done", "warnings"))

    def test_retention_and_checks_follow_a_good_backup(self):
        self.put("jobs.d/home.json", self.job(retention={"keep_full": 1}, verify={}, check={"sample": "all"}))
        client = self.start()
        first = client.outcome(client.call("job-run", job="home")["run"])["backup"]["set"]["time"]
        self.until_followed(client, 4)
        wait_for(lambda: time.time() >= first + 1.1, "the next second")
        second = client.outcome(client.call("job-run", job="home", type="full")["run"])["backup"]["set"]["time"]
        runs = self.until_followed(client, 8)
        self.assertEqual([run["kind"] for run in reversed(runs)], ["backup", "removal", "verify", "check"] * 2)
        self.assertEqual({run["state"] for run in runs}, {"done"})
        chains = client.call("collection-status", **self.archive())["chains"]
        self.assertEqual([chain["sets"][0]["time"] for chain in chains], [second])
        tasks = {task["task"]: task for task in client.call("job-show", job="home")["tasks"]}
        self.assertEqual(tasks["verify"]["last_result"], "done")
        self.assertIn("last_success", tasks["check"])

    def until_followed(self, client, count):
        def ended():
            runs = client.call("run-list")["runs"]
            over = all(run["state"] not in ("queued", "running") for run in runs)
            return runs if len(runs) == count and over else None
        return wait_for(ended, f"{count} runs")

    def test_verify_and_check_with_schedules_of_their_own_run_when_these_say_so(self):
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "done")
        self.put("jobs.d/home.json", self.job(
            verify={"with_source": True, "compare_data": True, "schedule": {"every": "1d"}},
            check={"sample": "all", "schedule": {"calendar": ["*-*-* *:*:*"]}}))
        client.call("reload")

        def tasks():
            return {one["task"]: one for one in client.call("job-show", job="home")["tasks"]}
        wait_for(lambda: all(tasks()[task].get("last_result") == "done" for task in ("verify", "check")),
                 "a verify and a check")
        # No backup was made for it, and none is due.
        kinds = [run["kind"] for run in client.call("run-list")["runs"]]
        self.assertEqual(kinds.count("backup"), 1)
        self.assertNotIn("next", tasks()["backup"])
        self.assertGreater(tasks()["verify"]["next"], time.time() + 80000)

    def test_nothing_follows_a_backup_that_failed(self):
        with open(self.path("no-directory"), "w", encoding="ascii"):
            pass
        self.put("jobs.d/home.json", {**self.job(retention={"keep_full": 1}, verify={}),
                                      "target": "file://" + self.path("no-directory/x")})
        client = self.start()
        client.outcome(client.call("job-run", job="home")["run"])
        self.until(client, lambda one: one.get("last_result") == "failed")
        self.assertEqual(len(client.call("run-list")["runs"]), 1)


class Secrets(JobsTest):
    def run_with(self, source, **environment):
        job = self.job(secrets={"passphrase": source})
        del job["encryption"]
        self.put("jobs.d/home.json", job)
        client = self.start(**environment)
        return client.outcome(client.call("job-run", job="home")["run"])

    def write_secret(self, mode=0o600):
        with open(self.path("secret"), "w", encoding="ascii") as file:
            file.write("ein Geheimnis\n")
        os.chmod(self.path("secret"), mode)
        return self.path("secret")

    def check_restorable(self):
        self.assertEqual(self.restore_with_duplicity(PASSPHRASE="ein Geheimnis"), self.tree(self.source))

    def test_a_passphrase_comes_from_a_file(self):
        self.assertEqual(self.run_with({"file": self.write_secret()})["state"], "done")
        self.check_restorable()

    def test_a_file_that_others_may_read_is_refused_before_anything_is_written(self):
        done = self.run_with({"file": self.write_secret(0o644)})
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "denied"))
        self.assertEqual(self.names_on_target(), [])

    def test_a_passphrase_comes_from_a_command(self):
        done = self.run_with({"command": ["cat", self.write_secret()]})
        self.assertEqual(done["state"], "done", done)
        self.check_restorable()

    def test_a_passphrase_comes_from_a_variable_that_no_child_sees(self):
        done = self.run_with({"env": "MY_BACKUP_PASSPHRASE"}, MY_BACKUP_PASSPHRASE="ein Geheimnis")
        self.assertEqual(done["state"], "done")
        self.check_restorable()
        # That of a process that cannot be dumped is root's alone to read.
        if os.geteuid() == 0:
            with open(f"/proc/{self.daemon.pid}/environ", "rb") as file:
                self.assertNotIn(b"Geheimnis", file.read())

    def test_a_passphrase_comes_from_a_credential_of_the_service_manager(self):
        self.write_secret()
        done = self.run_with({"credential": "secret"}, CREDENTIALS_DIRECTORY=self.root)
        self.assertEqual(done["state"], "done")
        self.check_restorable()

    def test_secrets_are_in_no_file_event_or_reply(self):
        done = self.run_with({"command": ["cat", self.write_secret()]})
        self.assertEqual(done["state"], "done", done)
        client = self.client()
        said = json.dumps([done, client.call("job-show", job="home"), client.call("job-list"),
                           client.call("run-list"), client.heard])
        self.assertNotIn("Geheimnis", said)
        os.unlink(self.path("secret"))
        self.end_daemon()
        found = subprocess.run(["grep", "-r", "-l", "ein Geheimnis", self.root], capture_output=True, check=False)
        self.assertEqual(found.stdout, b"")


class CommandLine(JobsTest):
    def test_a_job_is_added_shown_changed_and_removed_by_the_client(self):
        self.start()
        self.duplictl("job", "add", "home", self.source, "file://" + self.path("target"), "--no-encryption",
                      "--exclude", "**/b", "--exclude-caches", "--volsize", "5", "--keep-full", "2", "--every", "1d",
                      "--full-if-older-than", "1M")
        with open(self.path("config/jobs.d/home.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), {
                **self.job(), "volsize": "5M", "full_if_older_than": "1M",
                "select": [{"exclude": "**/b"}, {"exclude_caches": True}], "schedule": {"every": "1d"},
                "retention": {"keep_full": 2}})
        self.until(self.client(), lambda one: "last_success" in one)
        self.assertIn("home", self.duplictl("job", "list"))
        self.assertIn("home", self.duplictl("status"))
        self.duplictl("job", "set", "home", "schedule.every=2d", "priority=7")
        shown = json.loads(self.duplictl("job", "show", "home", "--json"))
        self.assertEqual(shown["settings"]["schedule"], {"every": "2d"})
        self.assertEqual(shown["settings"]["priority"], 7)
        self.duplictl("job", "set", "home", "priority=")
        self.assertNotIn("priority", json.loads(self.duplictl("job", "show", "home", "--json"))["settings"])
        self.duplictl("job", "pause", "home", "--for", "2h")
        self.assertEqual(self.jobs(self.client())["home"]["state"], "paused")
        self.duplictl("job", "resume")
        self.duplictl("job", "remove", "home")
        self.assertEqual(self.jobs(self.client()), {})

    def test_settings_that_make_no_sense_change_nothing(self):
        self.put("jobs.d/home.json", "// mine\n" + json.dumps(self.job()))
        client = self.start()
        self.duplictl("job", "set", "home", "volsize=huge", status=2)
        self.duplictl("job", "set", "home", "no_such_key=1", status=2)
        self.duplictl("job", "add", "home", self.source, "file:///elsewhere", "--no-encryption", status=2)
        self.duplictl("job", "add", "../home", self.source, "file:///elsewhere", "--no-encryption", status=2)
        self.duplictl("job", "set", "nobody", "priority=1", status=10)
        self.assertEqual(os.listdir(self.path("config/jobs.d")), ["home.json"])
        self.duplictl("job", "set", "home", "priority=1")
        with open(self.path("config/jobs.d/home.json"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("// mine"))
        self.assertEqual(self.jobs(client)["home"]["problems"], 0)

    def test_run_with_wait_stays_and_has_the_status_of_the_run(self):
        self.put("jobs.d/home.json", self.job())
        self.put("jobs.d/bad.json", self.job(secrets={"passphrase": {"file": self.path("none")}}, encryption=True))
        self.start()
        self.assertIn("Backup Statistics", self.duplictl("job", "run", "home", "--wait"))
        self.assertRegex(self.duplictl("job-run", "home", "--task", "full"), r"^Run \d+\n$")
        self.duplictl("job", "run", "bad", "--wait", status=10)
        self.duplictl("job", "run", "hoem", status=10)

    def test_config_check_has_a_status_and_names_the_place(self):
        self.put("jobs.d/home.json", self.job())
        self.start()
        self.duplictl("config-check")
        path = self.put("jobs.d/home.json", '{\n"sourc": "/"}')
        done = subprocess.run([DUPLICTL, "config-check", "--socket", self.socket_path], text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}:2:1:", done.stderr)
        self.assertIn("did you mean source?", done.stderr)

    def test_the_editors_text_is_put_in_place_if_it_makes_sense(self):
        self.put("jobs.d/home.json", json.dumps(self.job(priority=1)))
        client = self.start()
        self.duplictl("job", "edit", "home", env={"VISUAL": "sed -i 's/\"priority\": 1/\"priority\": 5/'"})
        self.assertEqual(client.call("job-show", job="home")["settings"]["priority"], 5)
        self.duplictl("job", "edit", "home", env={"VISUAL": "sed -i 's/priority/prio/'"}, status=2,
                      stdin=subprocess.DEVNULL)
        self.duplictl("job", "edit", "home", env={"VISUAL": "false"}, status=130)
        self.assertEqual(client.call("job-show", job="home")["settings"]["priority"], 5)

    def test_other_verbs_take_the_archive_of_a_job(self):
        with open(self.path("secret"), "w", encoding="ascii") as file:
            file.write("ein Geheimnis\n")
        os.chmod(self.path("secret"), 0o600)
        job = self.job(secrets={"passphrase": {"file": self.path("secret")}}, volsize="3M")
        del job["encryption"]
        self.put("jobs.d/home.json", job)
        client = self.start()
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "done")
        self.assertIn("a/file", self.duplictl("list-current-files", "--job", "home"))
        self.assertIn("Full", self.duplictl("collection-status", "--job=home"))
        self.duplictl("verify", "--job", "home", self.source)
        self.duplictl("restore", "--job", "home", self.path("out"))
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))
        self.duplictl("restore", "--job", "hoem", self.path("out2"), status=10)
        self.duplictl("restore", "--job", "home", "--no-encryption", self.path("out2"), status=2)


if __name__ == "__main__":
    unittest.main()
