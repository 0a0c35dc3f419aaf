"""config-check: what the daemon cannot reach of the places that its jobs name is found before a run has to find it. In
the sandbox it is the kernel that refuses: views of the machine are made here as a service manager makes them."""

import json
import os
import subprocess
import unittest

from jobs_test import DUPLICTL, JobsTest
from support import DUPLID, wait_for

NOBODY = 65534


class PlacesTest(JobsTest):
    def check(self, status=1):
        done = subprocess.run([DUPLICTL, "config-check", "--socket", self.socket_path], text=True, capture_output=True,
                              check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stderr

    def put_lines(self, name, settings):
        """A setting a line, however deep. Returns the path, and a function from a word to its line."""
        path = self.put(name, json.dumps(settings, indent=1))
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        return path, lambda word: next(number for number, line in enumerate(lines, 1) if word in line)


class OnTheMachine(PlacesTest):
    def setUp(self):
        super().setUp()
        with open(self.path("secret"), "w", encoding="ascii") as file:
            file.write("ein Geheimnis\n")
        os.chmod(self.path("secret"), 0o600)
        with open(self.path("file"), "w", encoding="ascii") as file:
            file.write("in the way")

    def test_where_all_is_well_nothing_is_told_and_nothing_is_made(self):
        self.put("jobs.d/home.json", self.job(encryption=True, secrets={"passphrase": {"file": self.path("secret")}}))
        self.put("jobs.d/far.json", {**self.job(), "target": "sftp://nobody@127.0.0.1:1/x"})
        self.put("duplid.json", {"metrics_file": self.path("x.prom")})
        self.start()
        self.assertEqual(self.check(status=0), "")
        self.assertFalse(os.path.exists(self.path("target")))

    def test_each_place_that_cannot_be_reached_is_told_with_file_and_line(self):
        os.chmod(self.path("secret"), 0o644)
        path, line = self.put_lines("jobs.d/home.json", {
            "source": self.path("nowhere"),
            "targets": [{"name": "one", "url": "file://" + self.path("one")},
                        {"name": "two", "url": "file://" + self.path("file/two")}],
            "secrets": {"passphrase": {"file": self.path("secret")}},
            "archive_dir": self.path("file")})
        settings = self.put("duplid.json", {"metrics_file": self.path("none/x.prom")})
        self.start()
        told = self.check()
        for word, cause in (("source", "No such file or directory"), ("file/two", "Not a directory"),
                            ("passphrase", "may be read by others"), ("archive_dir", "Not a directory")):
            self.assertRegex(told, f"(?m)^{path}:{line(word)}:\\d+: .*{cause}")
        self.assertRegex(told, f"(?m)^{settings}: metrics_file: there is no directory")
        self.assertEqual(len([one for one in told.splitlines() if not one.startswith(" ")]), 5, told)

    def test_it_is_asked_for_and_puts_no_job_out_of_force(self):
        self.put("jobs.d/home.json", {**self.job(), "source": self.path("nowhere")})
        client = self.start()
        self.assertEqual(client.call("config-check")["problems"], [])
        problem, = client.call("config-check", job="home", places=True)["problems"]
        self.assertEqual(problem["job"], "home")
        self.assertEqual(client.call("reload")["problems"], [])
        self.assertEqual(self.jobs(client)["home"]["state"], "idle")

    def test_what_a_job_waits_for_is_not_missed(self):
        gone = {"source": self.path("nowhere"), "target": "file://" + self.path("file/x"), "encryption": False}
        self.put("jobs.d/path.json", {**gone, "conditions": {"path": self.path("not/mounted")}})
        self.put("jobs.d/target.json", {**gone, "source": self.source, "conditions": {"target": True}})
        self.put("jobs.d/disk.json", {**gone, "source": self.source, "conditions": {"filesystem": "no-such-disk"}})
        self.start()
        self.assertEqual(self.check(status=0), "")

    def test_a_command_is_not_run_for_it(self):
        self.put("jobs.d/home.json", self.job(encryption=True, secrets={
            "passphrase": {"command": ["touch", self.path("was-run")]}}))
        self.start()
        self.assertEqual(self.check(status=0), "")
        self.assertFalse(os.path.exists(self.path("was-run")))

    def test_job_add_tells_it_at_once(self):
        self.start()
        done = subprocess.run([DUPLICTL, "job", "add", "home", self.source, "file://" + self.path("file/x"),
                               "--no-encryption", "--socket", self.socket_path], text=True, capture_output=True,
                              env={**os.environ, "HOME": self.root}, check=True)
        self.assertIn("Not a directory", done.stderr)


@unittest.skipUnless(os.getuid() == 0, "only root can make a view of the machine")
class InTheSandbox(PlacesTest):
    def words(self):
        return [DUPLID, "--socket", self.socket_path, "--state-dir", self.path("state"), "--cache-dir",
                self.path("cache"), "--config-dir", self.path("config")]

    def start_as(self, before):
        if subprocess.run([*before, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no right to make such a view")
        self.daemon = subprocess.Popen([*before, *self.words()], env={**os.environ, "HOME": self.path("state")})
        wait_for(self.answers, "the daemon to answer")

    def view(self, script):
        return ["unshare", "--mount", "sh", "-c", script + ' && exec "$@"', self.root]

    def test_a_target_that_the_service_sees_read_only(self):
        os.mkdir(self.path("disk"))
        path, line = self.put_lines("jobs.d/home.json", {**self.job(), "target": "file://" + self.path("disk/backup")})
        self.start_as(self.view('mount --bind "$0/disk" "$0/disk" && mount -o remount,bind,ro "$0/disk"'))
        told = self.check()
        self.assertRegex(told, f"(?m)^{path}:{line('target')}:\\d+: writing to {self.path('disk')}: Read-only file system")
        self.assertIn("ReadWritePaths=" + self.path("disk"), told)

    def test_a_temporary_directory_that_is_the_services_own(self):
        own = self.path("systemd-private-0-duplid.service-x/tmp")
        os.makedirs(own)
        os.makedirs(self.path("tmp/source"))
        self.put("jobs.d/home.json", {**self.job(), "source": self.path("tmp/source"),
                                      "target": "file://" + self.path("tmp/target")})
        self.start_as(self.view('mount --bind "$0/systemd-private-0-duplid.service-x/tmp" "$0/tmp"'))
        self.assertEqual(self.check().count("a directory of its own here"), 2)
        self.assertEqual(os.listdir(own), [])

    def test_rights_are_those_of_the_daemon_and_not_those_of_its_caller(self):
        for name in ("state", "cache", "run"):
            os.mkdir(self.path(name))
            os.chown(self.path(name), NOBODY, NOBODY)
        os.chmod(self.path("source"), 0o700)
        os.mkdir(self.path("target"))
        self.put("jobs.d/home.json", self.job())
        rights = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                  "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
        self.start_as(rights)
        # It may read everything, as the service may, and write nothing of others'.
        told = self.check()
        self.assertRegex(told, f"writing to {self.path('target')}: Permission denied")
        self.assertEqual(len([one for one in told.splitlines() if not one.startswith(" ")]), 1, told)
        os.chown(self.path("target"), NOBODY, NOBODY)
        self.assertEqual(self.check(status=0), "")


if __name__ == "__main__":
    unittest.main()
