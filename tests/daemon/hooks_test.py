"""Hooks around the runs of jobs, and notices of what becomes of them. Hooks are scripts that write down themselves
what they were told and when; web services are servers of this test. Of the system's instance, systemd is played by
systemd_stand_in on a bus of its own."""

import http.server
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading
import unittest
from pathlib import Path

import side_by_side
from jobs_test import JobsTest
from support import wait_for

UNITS = Path(__file__).resolve().parents[2] / "systemd"
# Of the daemon's own variables, and those that a shell makes for itself.
MAY_BE_SEEN = {"HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME",
               "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
               "SSH_AUTH_SOCK", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "PWD", "OLDPWD", "SHLVL", "_"}


def is_alive(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return False
    return text[text.rindex(")") + 2] not in "ZX"


class HooksTest(JobsTest):
    def setUp(self):
        super().setUp()
        self.records = self.path("records")
        os.mkdir(self.records)
        self.log = open(self.path("daemon.log"), "wb")  # pylint: disable=consider-using-with
        self.addCleanup(self.log.close)

    def start(self, **environment):
        self.start_daemon("--config-dir", self.path("config"), stderr=self.log,
                          env={**os.environ, "HOME": self.root, **environment})
        return self.client()

    def said(self):
        """What the daemon wrote to standard error."""
        return Path(self.log.name).read_text(encoding="utf-8")

    def script(self, name, text, directory="scripts"):
        path = self.path(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text + "\n")
        os.chmod(path, 0o755)
        return path

    def recorder(self, name, *, status=0, then="", directory="scripts"):
        """A script that writes down its variables, and that it was there."""
        return self.script(name, f"""
            env -0 >{self.records}/{name}.part
            mv {self.records}/{name}.part {self.records}/{name}
            echo {name} >>{self.records}/order
            {then}
            exit {status}""", directory)

    def order(self):
        try:
            return Path(self.records, "order").read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return []

    def told(self, name):
        """The variables that a recorder saw."""
        content = Path(self.records, name).read_bytes().decode("utf-8", "surrogateescape")
        return dict(item.split("=", 1) for item in content.split("\0") if item)

    def hooks(self, *names, **statuses):
        """Settings with a recorder for each: before, after, failed, finally."""
        return {name: [{"command": [self.recorder(name, status=statuses.get(name, 0))]}]
                for name in names or ("before", "after", "failed", "finally")}

    def run_job(self, client, job="home", **more):
        return client.outcome(client.call("job-run", job=job, **more)["run"])

    def events(self, client, job="home"):
        run = client.call("job-run", job=job)["run"]
        return client.watch(run)

    def blocked_target(self):
        """A target that no backup can be stored on."""
        with open(self.path("no-directory"), "w", encoding="ascii"):
            pass
        return "file://" + self.path("no-directory/x")


class AroundRuns(HooksTest):
    def test_hooks_run_in_their_order_and_are_told_the_facts(self):
        hooks = self.hooks("after", "failed", "finally")
        # What stands on the target before anything else happens is written down by "before" itself.
        then = f"pwd >{self.records}/cwd; ls {self.path('target')} >{self.records}/target 2>&1"
        hooks["before"] = [{"command": [self.recorder("before", then=then)]}]
        self.put("jobs.d/home.json", self.job(hooks=hooks))
        client = self.start()
        done = self.run_job(client)
        self.assertEqual(done["state"], "done", done)
        self.assertEqual(self.order(), ["before", "after", "finally"])
        self.assertIn("No such file", Path(self.records, "target").read_text(encoding="utf-8"))
        self.assertEqual(Path(self.records, "cwd").read_text(encoding="utf-8"), "/\n")
        same = {"DUPLID_JOB": "home", "DUPLID_TASK": "backup", "DUPLID_RUN": str(done["run"]),
                "DUPLID_SOURCE": self.source, "DUPLID_TARGET": "file://" + self.path("target")}
        for name in self.order():
            self.assertLessEqual(same.items(), self.told(name).items())
            self.assertEqual(self.told(name)["DUPLID_HOOK"], name)
        self.assertNotIn("DUPLID_RESULT", self.told("before"))
        content = sum(len(data) for data in self.tree(self.source).values())
        directories = sum(os.stat(path).st_size for path in (self.source, self.path("source/a")))
        after = self.told("after")
        self.assertLessEqual({"DUPLID_RESULT": "success", "DUPLID_EXIT_CODE": "0", "DUPLID_WARNINGS": "0",
                              "DUPLID_SET_TYPE": "full", "DUPLID_NEW_FILES": "3",
                              "DUPLID_SET_TIME": str(done["backup"]["set"]["time"])}.items(), after.items())
        self.assertIn(int(after["DUPLID_SOURCE_BYTES"]), (content, content + directories))
        volumes = [name for name in self.names_on_target() if "difftar" in name]
        self.assertEqual(after["DUPLID_VOLUMES"], str(len(volumes)))
        self.assertEqual(self.restore_with_duplicity("--no-encryption"), self.tree(self.source))

    def test_a_hook_before_that_fails_vetoes_the_run_and_nothing_is_written(self):
        self.put("jobs.d/home.json", self.job(hooks=self.hooks(before=7)))
        client = self.start()
        done = self.run_job(client)
        self.assertEqual((done["state"], done["error"]["name"], done["error"]["detail"]),
                         ("failed", "denied", "vetoed"))
        self.assertIn("status 7", done["error"]["cause"])
        self.assertFalse(os.path.exists(self.path("target")))
        self.assertEqual(self.order(), ["before", "failed", "finally"])
        for name in ("failed", "finally"):
            told = self.told(name)
            self.assertEqual((told["DUPLID_RESULT"], told["DUPLID_EXIT_CODE"], told["DUPLID_ERROR_KIND"]),
                             ("failed", "13", "denied"))
            self.assertIn("status 7", told["DUPLID_ERROR"])
        self.until(client, lambda one: one.get("last_result") == "failed")
        self.duplictl("job", "run", "home", "--wait", status=13)

    def test_of_several_hooks_before_the_first_that_fails_is_the_last(self):
        hooks = {"before": [{"command": [self.recorder("first")]}, {"command": [self.recorder("second", status=1)]},
                            {"command": [self.recorder("third")]}]}
        self.put("jobs.d/home.json", self.job(hooks=hooks))
        done = self.run_job(self.start())
        self.assertEqual(done["state"], "failed")
        self.assertIn("before[1]", done["error"]["cause"])
        self.assertEqual(self.order(), ["first", "second"])

    def test_a_hook_that_is_not_there_vetoes_as_well(self):
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"command": [self.path("none")]}]}))
        done = self.run_job(self.start())
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "not_found"))
        self.assertFalse(os.path.exists(self.path("target")))

    def test_hooks_after_it_that_fail_make_it_completed_with_warnings(self):
        for name in ("after", "finally"):
            with self.subTest(hook=name):
                shutil.rmtree(self.path("target"), ignore_errors=True)
                shutil.rmtree(self.path("cache"), ignore_errors=True)
                self.put("jobs.d/home.json", self.job(hooks=self.hooks("after", "finally", **{name: 9})))
                if self.daemon is not None:
                    self.end_daemon()
                client = self.start()
                run = client.call("job-run", job="home")["run"]
                events = client.watch(run)
                self.assertEqual(events[-1]["state"], "warnings")
                warning, = [event["warning"] for event in events if event["type"] == "warning"]
                self.assertIn(f"hook {name}", warning["cause"])
                self.assertEqual(warning["detail"], "hook_failed")
                self.assertEqual(self.told("finally")["DUPLID_RESULT"], "warnings" if name == "after" else "success")
                # It is a good backup all the same.
                self.assertIn("last_success", self.until(client, lambda one: one["state"] == "idle"))
                self.assertEqual(self.restore_with_duplicity("--no-encryption"), self.tree(self.source))
        self.duplictl("job", "run", "home", "--wait", status=3)

    def test_a_run_that_fails_calls_failed_and_finally(self):
        self.put("jobs.d/home.json", {**self.job(hooks=self.hooks()), "target": self.blocked_target()})
        done = self.run_job(self.start())
        self.assertEqual(done["state"], "failed")
        self.assertEqual(self.order(), ["before", "failed", "finally"])
        self.assertIn(done["error"]["cause"], self.told("failed")["DUPLID_ERROR"])
        self.assertEqual(self.told("finally")["DUPLID_RESULT"], "failed")

    def test_a_run_that_is_stopped_calls_finally_only(self):
        self.write_endless("zeros")
        self.put("jobs.d/home.json", self.job(hooks=self.hooks()))
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        wait_for(lambda: self.order() == ["before"], "the hook before")
        client.call("run-stop", run=run)
        self.assertEqual(client.outcome(run)["state"], "cancelled")
        self.assertEqual(self.order(), ["before", "finally"])
        self.assertEqual(self.told("finally")["DUPLID_RESULT"], "cancelled")

    def test_hooks_are_around_the_tasks_that_are_named(self):
        hooks = {**self.hooks("before", "after"), "tasks": ["verify", "removal"]}
        self.put("jobs.d/home.json", self.job(hooks=hooks, verify={}, retention={"cleanup": True}))
        client = self.start()
        self.assertEqual(self.run_job(client)["state"], "done")
        wait_for(lambda: len(self.order()) == 4, "the hooks of two runs")
        self.assertEqual(self.order(), ["before", "after"] * 2)
        self.assertEqual(self.told("after")["DUPLID_TASK"], "verify")

    def test_a_run_that_never_began_calls_no_hook(self):
        self.write_endless("zeros")
        self.put("jobs.d/first.json", self.job())
        self.put("jobs.d/home.json", self.job(hooks=self.hooks()))
        client = self.start()
        first = client.call("job-run", job="first")["run"]
        self.wait_for_state(client, first, "running")
        second = client.call("job-run", job="home")["run"]
        client.call("run-stop", run=second)
        self.assertEqual(client.outcome(second)["state"], "cancelled")
        self.assertEqual(self.order(), [])
        client.call("run-stop", run=first)

    def test_no_secret_reaches_a_hook(self):
        with open(self.path("secret"), "w", encoding="ascii") as file:
            file.write("ein Geheimnis\n")
        os.chmod(self.path("secret"), 0o600)
        secrets = {"passphrase": {"env": "MY_BACKUP_PASSPHRASE"}, "sign_passphrase": {"file": self.path("secret")}}
        job = self.job(secrets=secrets, hooks=self.hooks())
        del job["encryption"]
        self.put("jobs.d/home.json", job)
        client = self.start(MY_BACKUP_PASSPHRASE="ein Geheimnis", PASSPHRASE="ein Geheimnis",
                            AWS_SECRET_ACCESS_KEY="ein Geheimnis", SOME_TOKEN="ein Geheimnis")
        self.assertEqual(self.run_job(client)["state"], "done")
        for name in self.order():
            seen = self.told(name)
            self.assertNotIn("Geheimnis", json.dumps(seen))
            self.assertLessEqual({word for word in seen if not word.startswith("DUPLID_")}, MAY_BE_SEEN)

    def test_names_and_programs_belong_to_their_instances(self):
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"name": "mount"}]}))
        problem, = self.start().call("config-check")["problems"]
        self.assertIn("command", problem["hint"])
        self.assertEqual(problem["line"], 1)


class Trouble(HooksTest):
    """R65: hooks that hang, fork, print gigabytes."""

    def test_what_a_hook_writes_is_in_the_runs_log_line_by_line(self):
        text = r"printf 'one\ntwo \033[31mred\nnot UTF-8: \377\nlast'; echo to standard error >&2"
        self.put("jobs.d/home.json", self.job(hooks={"after": [{"command": [self.script("talk", text)]}]}))
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        notes = [event["text"] for event in client.watch(run) if event["type"] == "note"]
        notes = [note.removeprefix("hook after: ") for note in notes if note.startswith("hook after: ")]
        self.assertEqual(notes, ["one", "two ?[31mred", "not UTF-8: \ufffd", "lastto standard error"])
        # And is there after a restart.
        self.end_daemon()
        kept = [event.get("text", "") for event in self.start().watch(run)]
        self.assertIn("hook after: one", kept)

    def test_one_that_prints_gigabytes_is_cut_with_one_line_saying_so(self):
        flood = self.script("flood", "echo first; yes 'a line that is printed again and again' | head -c 2000000000")
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"command": [flood]}]}))
        client = self.start()
        events = self.events(client)
        self.assertEqual(events[-1]["state"], "done")
        notes = [event["text"] for event in events if event["type"] == "note" and "hook before" in event["text"]]
        self.assertEqual(notes[0], "hook before: first")
        self.assertLess(len(notes), 1100)
        self.assertEqual([note for note in notes if "left out" in note], notes[-1:])
        self.assertLess(self.memory_peak(), 200 << 20)

    def test_one_that_hangs_is_killed_with_what_it_started(self):
        hang = self.script("hang", f"trap '' TERM; sleep 1000 & echo $! $$ >{self.records}/pids; wait; wait")
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"command": [hang], "time_limit": "1s"}]}))
        self.put("jobs.d/late.json", self.job(hooks={"finally": [{"command": [hang], "time_limit": "1s"}]}))
        client = self.start()
        for job, state in (("home", "failed"), ("late", "warnings")):
            with self.subTest(job=job):
                done = self.run_job(client, job)
                self.assertEqual(done["state"], state)
                pids = Path(self.records, "pids").read_text(encoding="ascii").split()
                wait_for(lambda pids=pids: not any(is_alive(pid) for pid in pids), "the hook to be gone")
                self.assertEqual(os.path.exists(self.path("target")), job == "late")
                if job == "home":
                    self.assertEqual(done["error"]["name"], "unreachable")
                    self.assertIn("hook before", done["error"]["cause"])

    def test_one_that_forks_into_the_background_does_not_hold_the_run(self):
        # The child keeps the pipe, and writes to it later.
        fork = self.script("fork", f"(while :; do sleep 0.1; echo still here; done) & echo $! >{self.records}/pid; echo up")
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"command": [fork]}]}))
        client = self.start()
        done = self.run_job(client)
        pid = Path(self.records, "pid").read_text(encoding="ascii").strip()
        self.addCleanup(lambda: is_alive(pid) and os.kill(int(pid), signal.SIGKILL))
        self.assertEqual(done["state"], "done")

    def test_a_stop_ends_a_hook_before_at_once(self):
        hang = self.script("hang", f"echo $$ >{self.records}/pid; exec sleep 1000")
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"command": [hang]}]}))
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        pid = wait_for(lambda: os.path.exists(f"{self.records}/pid")
                       and Path(self.records, "pid").read_text(encoding="ascii").strip(), "the hook")
        client.call("run-stop", run=run)
        self.assertEqual(client.outcome(run)["state"], "cancelled")
        self.assertFalse(is_alive(pid))

    def test_a_daemon_that_is_stopped_does_not_wait_for_a_hook_that_hangs(self):
        hang = self.script("hang", f"echo $$ >{self.records}/pid; exec sleep 1000")
        self.put("jobs.d/home.json", self.job(hooks={"finally": [{"command": [hang]}]}))
        client = self.start()
        client.call("job-run", job="home")
        pid = wait_for(lambda: os.path.exists(f"{self.records}/pid")
                       and Path(self.records, "pid").read_text(encoding="ascii").strip(), "the hook")
        self.assertEqual(self.end_daemon(), 0)
        self.assertFalse(is_alive(pid))


class Service(http.server.ThreadingHTTPServer):
    """A web service that writes down who calls. `statuses` are what it answers, the last one ever again."""

    daemon_threads = True

    def __init__(self, *statuses):
        self.calls = []
        self.statuses = list(statuses) or [200]
        self.hold = threading.Event()
        self.hold.set()
        super().__init__(("127.0.0.1", 0), Caller)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def close(self):
        self.hold.set()
        self.shutdown()
        self.server_close()


class Caller(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        service = self.server
        service.calls.append((self.command, self.path, body))
        service.hold.wait()
        status = service.statuses.pop(0) if len(service.statuses) > 1 else service.statuses[0]
        self.send_response(status)
        self.send_header("Content-Length", "2")
        try:
            self.end_headers()
            self.wfile.write(b"OK")
        except ConnectionError:
            pass  # of who did not wait for it

    do_GET = do_POST = answer

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class Webhooks(HooksTest):
    def service(self, *statuses):
        service = Service(*statuses)
        self.addCleanup(service.close)
        return service

    def until_called(self, service, count):
        wait_for(lambda: len(service.calls) >= count, f"{count} calls")
        return service.calls

    def test_a_service_hears_of_start_and_success_in_the_manner_of_healthchecks(self):
        service = self.service()
        self.put("jobs.d/home.json", self.job(notify=[{"webhook": {"url": service.url("/ping/some-uuid?create=1")}}]))
        client = self.start()
        done = self.run_job(client)
        start, success = self.until_called(service, 2)
        self.assertEqual(start[:2], ("POST", "/ping/some-uuid/start?create=1"))
        self.assertEqual(success[:2], ("POST", "/ping/some-uuid?create=1"))
        self.assertIn("DUPLID_EVENT=start\n", start[2])
        self.assertIn(f"DUPLID_RUN={done['run']}\n", success[2])
        self.assertIn("DUPLID_RESULT=success\n", success[2])
        self.assertNotIn(self.root, start[2] + success[2])

    def test_a_service_hears_of_failures_and_each_url_may_be_its_own(self):
        service = self.service()
        webhook = {"start": {"url": service.url("/begins")}, "fail": {"url": service.url("/broken")}, "method": "get"}
        self.put("jobs.d/home.json", self.job(notify=[{"when": "always", "webhook": webhook}],
                                              hooks=self.hooks("before", before=1)))
        self.assertEqual(self.run_job(self.start())["state"], "failed")
        self.assertEqual(self.until_called(service, 2), [("GET", "/begins", ""), ("GET", "/broken", "")])

    def test_a_service_that_is_busy_is_called_again(self):
        service = self.service(503, 503, 200)
        self.put("jobs.d/home.json", self.job(notify=[{"webhook": {"success": {"url": service.url("/x")}}}]))
        self.assertEqual(self.run_job(self.start())["state"], "done")
        self.assertEqual(len(self.until_called(service, 3)), 3)
        self.end_daemon()
        self.assertNotIn("webhook", self.said())

    def test_a_service_that_says_no_is_not_called_again_and_told_in_the_log(self):
        service = self.service(404)
        self.put("jobs.d/home.json", self.job(notify=[{"webhook": {"success": {"url": service.url("/geheim")}}}]))
        self.assertEqual(self.run_job(self.start())["state"], "done")
        wait_for(lambda: "notify[0].webhook.success" in self.said(), "a line in the log")
        self.assertIn("404", self.said())
        self.assertEqual(len(service.calls), 1)
        self.assertNotIn("geheim", self.said())

    def test_a_service_that_is_away_neither_fails_nor_holds_the_run(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{probe.getsockname()[1]}/geheim"
            self.put("jobs.d/home.json", self.job(notify=[{"webhook": {"success": {"url": url}}}]))
            client = self.start()
            self.assertEqual(self.run_job(client)["state"], "done")
            # Once all attempts have been made.
            wait_for(lambda: "notify[0].webhook.success" in self.said(), "a line in the log")
        self.assertNotIn("geheim", self.said())
        self.assertEqual(self.end_daemon(), 0)

    def test_a_service_that_hangs_holds_neither_the_run_nor_the_daemons_end(self):
        service = self.service()
        service.hold.clear()
        self.put("jobs.d/home.json", self.job(notify=[{"webhook": {"url": service.url("/x")}}]))
        client = self.start()
        self.assertEqual(self.run_job(client)["state"], "done")
        self.until_called(service, 1)
        self.assertEqual(self.end_daemon(), 0)

    def test_a_url_is_a_secret_that_is_shown_nowhere(self):
        service = self.service()
        with open(self.path("url"), "w", encoding="ascii") as file:
            file.write(service.url("/the-geheim-part") + "\n")
        os.chmod(self.path("url"), 0o600)
        self.put("jobs.d/home.json", self.job(notify=[
            {"webhook": {"file": self.path("url")}}, {"webhook": {"env": "MY_URL"}},
            {"webhook": {"fail": {"url": service.url("/the-geheim-part")}}}]))
        client = self.start(MY_URL=service.url("/the-geheim-part/env"))
        done = self.run_job(client)
        paths = {path for _, path, _ in self.until_called(service, 4)}
        self.assertEqual(paths, {"/the-geheim-part" + rest for rest in ("", "/start", "/env", "/env/start")})
        shown = client.call("job-show", job="home")
        self.assertEqual(shown["settings"]["notify"][2]["webhook"]["fail"]["url"], service.url("/..."))
        said = json.dumps([done, shown, client.call("job-list"), client.call("run-list"), client.heard])
        said += self.duplictl("job", "show", "home")
        if os.geteuid() == 0:  # nobody else may read that of a process that cannot be dumped
            with open(f"/proc/{self.daemon.pid}/environ", "rb") as file:
                said += file.read().decode("utf-8", "replace")
        self.end_daemon()
        self.assertNotIn("geheim", said + self.said())
        os.unlink(self.path("url"))
        os.unlink(self.path("config/jobs.d/home.json"))
        found = subprocess.run(["grep", "-r", "-l", "the-geheim-part", self.root], capture_output=True, check=False)
        self.assertEqual(found.stdout, b"")


class Notices(HooksTest):
    def test_a_program_is_told_of_failures_and_not_of_good_runs(self):
        self.put("jobs.d/bad.json", {**self.job(notify=[{"command": [self.recorder("bad")]}]),
                                     "target": self.blocked_target()})
        self.put("jobs.d/home.json", self.job(notify=[{"command": [self.recorder("good")]},
                                                      {"when": "always", "command": [self.recorder("all")]}]))
        client = self.start()
        self.assertEqual(self.run_job(client, "home")["state"], "done")
        done = self.run_job(client, "bad")
        wait_for(lambda: len(self.order()) == 2, "the programs")
        self.assertEqual(set(self.order()), {"bad", "all"})
        bad = self.told("bad")
        self.assertLessEqual({"DUPLID_EVENT": "failure", "DUPLID_JOB": "bad", "DUPLID_RESULT": "failed",
                              "DUPLID_FAILURES": "1", "DUPLID_RUN": str(done["run"])}.items(), bad.items())
        self.assertIn(done["error"]["cause"], bad["DUPLID_ERROR"])
        self.assertEqual(self.told("all")["DUPLID_EVENT"], "success")

    def test_a_veto_is_told_as_a_failure(self):
        self.put("jobs.d/home.json", self.job(hooks=self.hooks("before", before=1),
                                              notify=[{"command": [self.recorder("notice")]}]))
        self.run_job(self.start())
        wait_for(lambda: "notice" in self.order(), "the notice")
        self.assertIn("hook before", self.told("notice")["DUPLID_ERROR"])

    def test_failures_are_in_the_daemons_log_unless_nobody_wants_to_hear_of_them(self):
        self.put("jobs.d/home.json", {**self.job(), "target": self.blocked_target()})
        self.put("jobs.d/quiet.json", {**self.job(notify=[{"when": "never"}]), "target": self.blocked_target()})
        client = self.start()
        self.run_job(client, "quiet")
        self.run_job(client, "home")
        wait_for(lambda: "job home: backup: failed" in self.said(), "a line in the log")
        self.assertNotIn("quiet", self.said())

    def test_a_program_that_fails_or_hangs_is_told_in_the_log_and_disturbs_nothing(self):
        fails, hangs = self.script("fails", "echo oh dear; exit 4"), self.script("hangs", "exec sleep 1000")
        self.put("jobs.d/home.json", self.job(notify=[
            {"when": "always", "command": [fails]}, {"when": "always", "command": [hangs], "time_limit": "1s"},
            {"when": "always", "command": [self.path("none")]}]))
        client = self.start()
        self.assertEqual(self.run_job(client)["state"], "done")
        for words in ("notify[0]: oh dear", "notify[0]: it ended with status 4", "notify[1]: it had not ended",
                      "notify[2]: "):
            wait_for(lambda words=words: words in self.said(), words)

    def test_a_job_that_becomes_stale_is_told_once_over_restarts_and_again_when_it_is_not(self):
        service = Service()
        self.addCleanup(service.close)
        recorder = self.script("recorder", f'env -0 >{self.records}/last; echo "$DUPLID_EVENT" >>{self.records}/order')
        notify = [{"when": "stale", "command": [recorder]}, {"when": "failures", "journal": True},
                  {"when": "stale", "webhook": {"url": service.url("/x")}}]
        self.put("jobs.d/home.json", self.job(stale_after="6s", notify=notify))
        client = self.start()
        self.assertEqual(self.run_job(client)["state"], "done")
        wait_for(lambda: self.order() == ["stale"], "the job to be stale")
        job = self.jobs(client)["home"]
        told = self.told("last")
        self.assertEqual(told["DUPLID_LAST_SUCCESS"], str(job["last_success"]))
        self.assertEqual(told["DUPLID_STALE_SINCE"], str(job["stale_since"]))
        wait_for(lambda: "its last good backup is too old" in self.said(), "a line in the log")
        self.assertEqual(self.end_daemon(), 0)

        # It is as stale as before, which everybody knows; then there is a good backup, and it ages again.
        client = self.start()
        self.assertIn("stale_since", self.jobs(client)["home"])
        self.assertEqual(self.run_job(client)["state"], "done")
        wait_for(lambda: len(self.order()) == 3, "three notices")
        self.assertEqual(self.order(), ["stale", "recovered", "stale"])
        wait_for(lambda: len(service.calls) == 3, "three calls")
        self.assertEqual([path for _, path, _ in service.calls], ["/x/fail", "/x", "/x/fail"])
        self.assertEqual(self.said().count("its last good backup is too old"), 2)

    def test_a_job_that_never_had_a_backup_becomes_stale_as_well(self):
        self.put("jobs.d/home.json", self.job(stale_after="1s",
                                              notify=[{"when": "stale", "command": [self.recorder("notice")]}]))
        self.start()
        wait_for(lambda: self.order() == ["notice"], "the notice")
        self.assertNotIn("DUPLID_LAST_SUCCESS", self.told("notice"))


@unittest.skipUnless(os.getuid() == 0, "the system's instance serves root")
@unittest.skipUnless(shutil.which("dbus-daemon"), "dbus-daemon is not installed")
class SystemTest(HooksTest):
    """The system's instance, systemd played by systemd_stand_in: no systemd runs where tests do."""

    def setUp(self):
        super().setUp()
        self.hooks_directory = self.path("etc-hooks")
        os.mkdir(self.hooks_directory)
        self.commands_directory = self.path("etc-commands")
        os.mkdir(self.commands_directory)
        address = "unix:path=" + self.path("bus")
        config = self.path("bus.conf")
        Path(config).write_text(f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
            "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
            <allow own="org.freedesktop.systemd1"/></policy></busconfig>""", encoding="ascii")
        # It says that it may not have as many descriptors as it likes.
        bus = self.spawn(["dbus-daemon", "--nofork", "--nosyslog", "--print-address=1", "--config-file", config],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # The socket is there a moment before anybody listens to it; this is said behind that.
        self.assertIn(self.path("bus").encode(), bus.stdout.readline())
        bus.stdout.close()
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": address}
        self.facts_directory = self.path("run/hooks")

    def spawn(self, words, **more):
        process = subprocess.Popen(words, **more)  # pylint: disable=consider-using-with
        self.addCleanup(lambda: (process.kill(), process.wait()))
        return process

    def start_manager(self):
        manager = self.spawn([os.environ["DUPLID_SYSTEMD_STAND_IN"], str(UNITS / "duplid-hook"), self.facts_directory,
                              self.hooks_directory, self.commands_directory, self.path("run/output.sock")],
                             env={**os.environ, **self.environment}, stdout=subprocess.PIPE)
        self.assertEqual(manager.stdout.readline(), b"ready\n")
        manager.stdout.close()

    def start(self, **environment):
        self.start_daemon("--system", "--config-dir", self.path("config"), stderr=self.log,
                          env={**os.environ, "HOME": self.root, **self.environment, **environment})
        return self.client()


class System(SystemTest):
    """Hooks as units."""

    def named(self, *names, **statuses):
        for name in names:
            self.recorder(name, status=statuses.get(name, 0), directory="etc-hooks")
        return {name: [{"name": name}] for name in names}

    def test_hooks_run_as_units_in_their_order_and_are_told_the_facts(self):
        self.put("jobs.d/home.json", self.job(hooks=self.named("before", "after", "finally")))
        self.start_manager()
        client = self.start()
        done = self.run_job(client)
        self.assertEqual(done["state"], "done", done)
        self.assertEqual(self.order(), ["before", "after", "finally"])
        self.assertLessEqual({"DUPLID_JOB": "home", "DUPLID_RESULT": "success", "DUPLID_HOOK": "after",
                              "DUPLID_RUN": str(done["run"])}.items(), self.told("after").items())
        # They were no children of the daemon's: HOME is one of its variables.
        self.assertNotIn("HOME", self.told("after"))
        self.assertEqual(os.listdir(self.facts_directory), [])
        self.assertEqual(stat.S_IMODE(os.stat(self.facts_directory).st_mode), 0o700)

    def test_a_unit_that_fails_vetoes_and_its_status_is_told(self):
        self.put("jobs.d/home.json", self.job(hooks=self.named("before", "failed", before=23)))
        self.start_manager()
        done = self.run_job(self.start())
        self.assertEqual((done["state"], done["error"]["detail"]), ("failed", "vetoed"))
        self.assertIn("status 23", done["error"]["cause"])
        self.assertEqual(self.order(), ["before", "failed"])
        self.assertFalse(os.path.exists(self.path("target")))

    def test_a_unit_that_is_killed_has_the_signals_status(self):
        self.script("before", "kill -9 $$", "etc-hooks")
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"name": "before"}]}))
        self.start_manager()
        self.assertIn("status 137", self.run_job(self.start())["error"]["cause"])

    def test_a_hook_that_hangs_is_stopped(self):
        self.script("hang", f"echo $$ >{self.records}/pid; exec sleep 1000", "etc-hooks")
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"name": "hang", "time_limit": "1s"}]}))
        self.start_manager()
        done = self.run_job(self.start())
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "unreachable"))
        pid = Path(self.records, "pid").read_text(encoding="ascii").strip()
        wait_for(lambda: not is_alive(pid), "the hook to be gone")

    def test_a_run_that_is_stopped_stops_its_unit(self):
        self.script("hang", f"echo $$ >{self.records}/pid; exec sleep 1000", "etc-hooks")
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"name": "hang"}]}))
        self.start_manager()
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        pid = wait_for(lambda: os.path.exists(f"{self.records}/pid")
                       and Path(self.records, "pid").read_text(encoding="ascii").strip(), "the hook")
        client.call("run-stop", run=run)
        self.assertEqual(client.outcome(run)["state"], "cancelled")
        wait_for(lambda: not is_alive(pid), "the hook to be gone")

    def test_two_jobs_with_one_hook_take_turns(self):
        self.recorder("both", then="sleep 0.3", directory="etc-hooks")
        for job in ("one", "two"):
            self.put(f"jobs.d/{job}.json", {**self.job(hooks={"before": [{"name": "both"}]}),
                                            "target": "file://" + self.path(f"target-{job}")})
        self.start_manager()
        client = self.start()
        runs = [client.call("job-run", job=job)["run"] for job in ("one", "two")]
        # The stand-in refuses to start a unit twice at once.
        self.assertEqual([client.outcome(run)["state"] for run in runs], ["done", "done"])
        self.assertEqual(self.order(), ["both", "both"])

    def test_a_hook_that_is_not_there_is_told_as_such(self):
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"name": "none"}]}))
        self.start_manager()
        done = self.run_job(self.start())
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "not_found"))
        self.assertIn("/etc/duplid/hooks", done["error"]["hint"])

    def test_without_polkits_leave_the_rule_is_named(self):
        hooks = self.named("before")
        Path(self.hooks_directory, "DENY").touch()
        self.put("jobs.d/home.json", self.job(hooks=hooks))
        self.start_manager()
        done = self.run_job(self.start())
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "denied"))
        self.assertIn("duplid-hook.rules", done["error"]["hint"])
        self.assertEqual(self.order(), [])

    def test_without_systemd_a_hook_fails_and_says_why(self):
        self.put("jobs.d/home.json", self.job(hooks=self.named("before")))
        done = self.run_job(self.start())
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "unreachable"))

    def test_a_notice_goes_out_by_a_unit_too(self):
        self.named("notice")
        self.put("jobs.d/home.json", self.job(notify=[{"when": "always", "name": "notice"}]))
        self.start_manager()
        self.run_job(self.start())
        wait_for(lambda: self.order() == ["notice"], "the notice")
        self.assertEqual(self.told("notice")["DUPLID_EVENT"], "success")

    def test_programs_in_settings_are_refused(self):
        self.put("jobs.d/home.json", self.job(hooks={"before": [{"command": ["/bin/true"]}]}))
        problem, = self.start().call("config-check")["problems"]
        self.assertIn("/etc/duplid/hooks", problem["hint"])


class Units(HooksTest):
    def test_the_wrapper_of_units_takes_no_variable_but_ours(self):
        program = self.script("program", "env -0")
        facts = self.path("facts")
        Path(facts).write_text("DUPLID_JOB=home sweet $HOME `id` \"quoted\" \\\n"
                               "LD_PRELOAD=/evil.so\nPATH=/evil\nBASH_ENV=/evil\nDUPLID_X;id=1\nDUPLID_lower=1\n"
                               "DUPLID_=1\n  DUPLID_Y=1\nDUPLID_NO_VALUE\nDUPLID_EMPTY=\nDUPLID_A=b=c\n", encoding="ascii")
        done = subprocess.run([UNITS / "duplid-hook", facts, program], env={"PATH": "/usr/bin:/bin"}, check=True,
                              capture_output=True, text=True)
        seen = dict(item.split("=", 1) for item in done.stdout.split("\0") if item)
        self.assertEqual({name: value for name, value in seen.items() if name not in ("PWD", "OLDPWD", "_", "SHLVL")},
                         {"PATH": "/usr/bin:/bin", "DUPLID_JOB": "home sweet $HOME `id` \"quoted\" \\",
                          "DUPLID_EMPTY": "", "DUPLID_A": "b=c"})

    def test_the_wrapper_goes_on_without_facts_and_keeps_the_status(self):
        done = subprocess.run([UNITS / "duplid-hook", self.path("none"), self.script("program", "exit 9")], check=False)
        self.assertEqual(done.returncode, 9)

    def test_the_rule_lets_the_daemons_user_start_hooks_and_nothing_else(self):
        """Its one regular expression; who and what stand beside it in plain words."""
        rule = (UNITS / "duplid-hook.rules").read_text(encoding="ascii")
        expression = re.compile(re.search(r"/(\^duplid-.*\$)/\.test\(unit\)", rule)[1])
        for unit in ("duplid-hook@mount.service", "duplid-hook@a.b_c-d.service", "duplid-command@dump.service"):
            self.assertTrue(expression.search(unit), unit)
        for unit in ("ssh.service", "duplid-hook@.service", "duplid-hook@../x.service", "duplid-hook@a.service.socket",
                     "x-duplid-hook@a.service", "duplid-hook@a.timer", "duplid-hook@a\\x2fb.service",
                     "duplid-hook@a.service\nssh.service", "duplid-hook@..service", "duplid-job@a.service",
                     "duplid-command@../x.service", "duplid-output.socket"):
            self.assertFalse(expression.search(unit), unit)
        self.assertIn('subject.user == "duplid"', rule)
        self.assertIn('"org.freedesktop.systemd1.manage-units"', rule)


if __name__ == "__main__":
    # A service that is away is tried for 20 seconds, and no test works for as long.
    side_by_side.main(at_once=8, first=[Webhooks, Notices, Trouble])
