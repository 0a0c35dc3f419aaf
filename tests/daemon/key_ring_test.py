"""Secrets in a desktop's key ring: the real gnome-keyring, unlocked, on a bus of the test's own, and the real
secret-tool, before which stands one that writes down what it was called with."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from support import PATIENCE, DaemonTest, wait_for
from world import main

DUPLICTL = os.environ["DUPLICTL_BIN"]
SECRET = "Mauersegler-41d7"
RECORDER = """#!/bin/sh
{{ printf '%s\\n' "$@"; env; }} >> {log}
exec {program} "$@"
"""


@unittest.skipUnless(shutil.which("gnome-keyring-daemon") and shutil.which("secret-tool"),
                     "there is no gnome-keyring, or no secret-tool")
class KeyRing(DaemonTest):
    def setUp(self):
        super().setUp()
        self.write("a/file", b"what is to be kept\n" * 1000)
        for name in ("runtime", "bin", "data"):
            os.mkdir(self.path(name), 0o700)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")},
            "HOME": self.root, "XDG_RUNTIME_DIR": self.path("runtime"), "XDG_DATA_HOME": self.path("data"),
            "XDG_CACHE_HOME": self.path("xdg-cache"), "XDG_STATE_HOME": self.path("xdg-state"),
            "PATH": self.path("bin") + ":" + os.environ["PATH"]}
        self.log = self.path("calls")
        with open(self.path("bin/secret-tool"), "w", encoding="ascii") as file:
            file.write(RECORDER.format(log=self.log, program=shutil.which("secret-tool")))
        os.chmod(self.path("bin/secret-tool"), 0o755)
        self.start_bus()
        self.start_key_ring()

    def spawn(self, *words, **more):
        process = subprocess.Popen(words, env=self.environment, stderr=subprocess.DEVNULL, cwd=self.root, **more)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def start_bus(self):
        bus = self.spawn("dbus-daemon", "--session", "--nofork", "--print-address", stdout=subprocess.PIPE)
        self.addCleanup(bus.stdout.close)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()

    def start_key_ring(self):
        daemon = self.spawn("gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets",
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        daemon.stdin.write(b"of the owner")
        daemon.stdin.close()
        asked = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                 "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
        wait_for(lambda: b"true" in subprocess.run(asked, env=self.environment, capture_output=True,
                                                   check=True).stdout, "the key ring")

    def duplictl(self, *words, status=0, given=None, **environment):
        done = subprocess.run([DUPLICTL, *words], env={**self.environment, **environment}, input=given, text=True,
                              stdin=subprocess.DEVNULL if given is None else None, capture_output=True, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def kept(self, name):
        """What the key ring has, by the program itself."""
        words = [shutil.which("secret-tool"), "lookup", "application", "duplid", "name", name]
        return subprocess.run(words, env=self.environment, capture_output=True, check=False, text=True).stdout

    def start_with_job(self, name):
        os.makedirs(self.path("config/jobs.d"))
        with open(self.path("config/jobs.d/home.json"), "w", encoding="ascii") as file:
            json.dump({"source": self.source, "target": "file://" + self.path("target"),
                       "secrets": {"passphrase": {"keyring": name}}}, file)
        self.start_daemon("--config-dir", self.path("config"), env=self.environment)
        return self.client()

    def test_a_job_finds_there_what_duplictl_has_put_there_and_no_program_is_told_it_in_words(self):
        said = self.duplictl("secret-store", "home", given=SECRET + "\n")
        self.assertIn('"keyring": "home"', said)
        self.assertEqual(self.kept("home"), SECRET)
        client = self.start_with_job("home")
        done = client.outcome(client.call("job-run", job="home")["run"])
        self.assertEqual(done["state"], "done", done)
        restored = subprocess.run(
            ["duplicity", "restore", "--archive-dir", self.path("duplicitys"), "file://" + self.path("target"),
             self.path("restored")], env={**self.environment, "PASSPHRASE": SECRET}, capture_output=True, check=False,
            text=True)
        self.assertEqual(restored.returncode, 0, restored.stdout + restored.stderr)
        self.assertEqual(self.tree(self.path("restored")), self.tree(self.source))
        with open(self.log, encoding="utf-8") as log:
            calls = log.read()
        self.assertIn("store\n", calls)
        self.assertIn("lookup\n", calls)
        self.assertNotIn(SECRET, calls)
        # Neither does duplictl ask, with the same rights.
        self.duplictl("restore", "--job", "home", self.path("out"), "--socket", self.socket_path)
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))

    def test_a_name_that_is_not_there_ends_the_run_before_anything_is_written_and_says_what_to_do(self):
        client = self.start_with_job("hoem")
        done = client.outcome(client.call("job-run", job="home")["run"])
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "not_found"))
        self.assertIn("secret-store hoem", done["error"]["hint"])
        self.assertEqual(self.names_on_target(), [])

    def test_a_secret_is_replaced_and_a_job_can_be_made_that_names_it(self):
        self.duplictl("secret-store", "home", given="another")
        self.duplictl("secret-store", "home", given=SECRET)
        self.assertEqual(self.kept("home"), SECRET)
        self.start_daemon("--config-dir", self.path("config"), env=self.environment)
        self.duplictl("job", "add", "home", self.source, "file://" + self.path("target"), "--passphrase-keyring",
                      "home", "--socket", self.socket_path)
        with open(self.path("config/jobs.d/home.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["secrets"], {"passphrase": {"keyring": "home"}})
        client = self.client()
        done = client.outcome(client.call("job-run", job="home")["run"])
        self.assertEqual(done["state"], "done", done)

    def test_nothing_a_bad_name_and_a_machine_without_secret_tool_are_refused(self):
        self.assertIn("nothing to keep", self.duplictl("secret-store", "home", given="\n", status=12))
        self.assertIn("letters", self.duplictl("secret-store", "-", given=SECRET, status=2))
        self.assertIn("libsecret-tools",
                      self.duplictl("secret-store", "home", given=SECRET, status=10, PATH=self.path("runtime")))
        self.assertEqual(self.kept("home"), "")

    def test_on_a_terminal_it_is_asked_for_until_both_entries_agree(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(DUPLICTL, ["duplictl", "secret-store", "home"], self.environment)
        shown = b""
        for prompt, answer in ((b'Secret "home": ', SECRET), (b"again: ", "something else"), (b"start over", ""),
                               (b'Secret "home": ', SECRET), (b"again: ", SECRET), (b"Kept", None)):
            end = time.monotonic() + PATIENCE
            while prompt not in shown:
                self.assertLess(time.monotonic(), end, shown)
                if select.select([terminal], [], [], 1)[0]:
                    shown += os.read(terminal, 4096)
            self.assertNotIn(SECRET.encode(), shown)
            shown = shown[shown.index(prompt) + len(prompt):]
            if answer is not None:
                os.write(terminal, answer.encode() + b"\n")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        os.close(terminal)
        self.assertEqual(self.kept("home"), SECRET)


if __name__ == "__main__":
    main()
