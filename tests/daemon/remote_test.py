"""-H: the daemon of another machine, by ssh. Real duplid, real duplictl at both ends, and between them an sshd on loopback
with keys of its own; the "other machine" differs from this one by what its logins find in PATH and are told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import Server  # noqa: E402
from support import DaemonTest, wait_for  # noqa: E402

DUPLICTL = Path(os.environ["DUPLICTL_BIN"]).resolve()


class Remote(DaemonTest):
    def setUp(self):
        super().setUp()
        for name in ("bin", "over-there", "home"):
            os.mkdir(self.path(name))
        os.symlink(DUPLICTL, self.path("over-there/duplictl"))

    def serve(self, setting=""):
        """An sshd whose logins find "over-there" in PATH, and an ssh that knows it."""
        lines = [f"SetEnv PATH={self.path('over-there')}:/usr/bin:/bin", setting]
        server = Server("sshd", SSHD_EXTRA="\\n".join(line for line in lines if line))
        self.addCleanup(server.stop)
        self.ssh_config = server["SSH_CONFIG"]
        self.install_ssh()
        return server

    def install_ssh(self, config=None):
        """An ssh in PATH that notes its words and its pid, and then is the real one with our keys."""
        real = shutil.which("ssh")
        path = Path(self.path("bin/ssh"))
        path.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >{self.path('ssh.words')}\necho $$ >{self.path('ssh.pid')}\n"
                        f"exec {real} -F {config or self.ssh_config} \"$@\"\n", encoding="utf-8")
        path.chmod(0o755)

    def environment(self):
        return {"PATH": self.path("bin") + ":" + os.environ["PATH"], "HOME": self.path("home"), "LC_ALL": "C.UTF-8"}

    def words(self, *words):
        return [DUPLICTL, *words, "-H", "127.0.0.1", "--socket", self.socket_path]

    def duplictl(self, *words, status=0):
        done = subprocess.run(self.words(*words), env=self.environment(), text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def job(self, name, source):
        os.makedirs(self.path("config/jobs.d"), exist_ok=True)
        settings = {"source": source, "target": "file://" + self.path("target"), "encryption": False}
        Path(self.path("config/jobs.d", name + ".json")).write_text(json.dumps(settings), encoding="utf-8")

    def start(self):
        self.start_daemon("--config-dir", self.path("config"), env={**os.environ, "HOME": self.root})
        return self.client()


class Reached(Remote):
    def test_a_job_is_run_over_there_and_what_it_says_comes_here(self):
        self.serve()
        self.write("file", b"kept\n" * 100)
        self.job("home", self.source)
        client = self.start()
        self.assertEqual(json.loads(self.duplictl("status", "--json").stdout)["pid"], self.daemon.pid)
        done = self.duplictl("job", "run", "home", "--wait", "--json")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        # Of progress only the newest is told later.
        later = client.watch(events[0]["run"])
        self.assertEqual([event for event in events if event["type"] != "progress"],
                         [event for event in later if event["type"] != "progress"])
        self.assertEqual(events[-1]["state"], "done")
        self.assertTrue(self.names_on_target())
        self.assertIn("backup of home", self.duplictl("log", "home").stdout)
        self.assertIn("did you mean home?", self.duplictl("log", "hoem", status=10).stderr)
        words = Path(self.path("ssh.words")).read_text(encoding="utf-8").splitlines()
        self.assertEqual(words, ["-T", "--", "127.0.0.1", "duplictl", "proxy", "'--socket'", f"'{self.socket_path}'"])

    def test_an_answer_of_many_kilobytes_comes_whole(self):
        self.serve()
        for number in range(300):
            self.job(f"job-{number:03}-{'x' * 40}", self.source)
        client = self.start()
        self.assertEqual(json.loads(self.duplictl("job-list", "--json").stdout), client.call("job-list"))

    def test_a_host_with_a_port_and_a_socket_with_odd_letters_arrive_as_they_are(self):
        server = self.serve()
        self.socket_path = self.path("it's; echo x", "control sock")
        os.mkdir(os.path.dirname(self.socket_path), mode=0o700)
        self.start()
        done = subprocess.run([DUPLICTL, "-H", f"{server['SSH_USER']}@127.0.0.1:{server.port}", "status", "--socket",
                               self.socket_path], env=self.environment(), text=True, capture_output=True, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        words = Path(self.path("ssh.words")).read_text(encoding="utf-8").splitlines()
        self.assertEqual(words[:5], ["-T", "-p", str(server.port), "--", f"{server['SSH_USER']}@127.0.0.1"])


class Trouble(Remote):
    def refused(self, *words, status, **more):
        done = subprocess.run([DUPLICTL, *words], env=self.environment(), text=True, capture_output=True, timeout=120,
                              check=False, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stderr

    def test_a_connection_that_is_lost_is_told_and_the_run_over_there_goes_on(self):
        self.serve()
        self.write_endless()
        self.job("home", self.source)
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        self.wait_for_state(client, run, "running")
        watcher = subprocess.Popen(self.words("watch", str(run), "--verbose"), env=self.environment(), text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(watcher.stderr.close)
        self.addCleanup(watcher.wait)
        self.addCleanup(watcher.kill)
        self.assertIn("by ssh", watcher.stderr.readline())
        os.kill(int(Path(self.path("ssh.pid")).read_text(encoding="ascii")), signal.SIGKILL)
        errors = watcher.stderr.read()
        self.assertEqual(watcher.wait(timeout=60), 14, errors)
        self.assertIn("the connection was lost: ssh was killed by signal 9", errors)
        self.assertIn("duplictl watch", errors)
        self.assertEqual(client.state_of(run), "running")
        # What was the proxy over there has gone with it.
        wait_for(lambda: client.call("status")["connections"] == 1, "the proxy's connection to end")
        client.call("run-stop", run=run)

    def test_a_host_without_duplictl_says_what_to_install(self):
        self.serve()
        os.unlink(self.path("over-there/duplictl"))
        self.start()
        errors = self.duplictl("status", status=14).stderr
        self.assertIn("there is no duplictl on that host: 127.0.0.1", errors)
        self.assertIn("install duplid there", errors)

    def test_a_start_up_file_that_prints_is_named(self):
        # What ~/.bashrc prints comes before what the command says, on the same stream.
        self.serve("ForceCommand echo 'Welcome to the machine'; exec sh -c \"$SSH_ORIGINAL_COMMAND\"")
        self.start()
        errors = self.duplictl("status", status=14).stderr
        self.assertIn('"Welcome to the machine"', errors)
        self.assertIn("~/.bashrc", errors)

    def test_no_daemon_over_there_is_told_by_both_ends(self):
        self.serve()
        errors = self.duplictl("status", status=14).stderr
        self.assertIn("is a daemon listening there?", errors)
        self.assertIn("duplictl on that host ended: exit status 14", errors)

    def test_a_server_that_is_another_one_is_not_spoken_to(self):
        server = self.serve()
        config = self.path("wrong_config")
        text = Path(self.ssh_config).read_text(encoding="utf-8")
        Path(config).write_text(text.replace(server["SSH_KNOWN_HOSTS"], server["SSH_KNOWN_HOSTS_WRONG"]),
                                encoding="utf-8")
        self.install_ssh(config)
        self.start()
        self.assertIn("ssh cannot reach the host", self.duplictl("status", status=14).stderr)

    def test_what_is_no_host_starts_no_ssh(self):
        Path(self.path("bin/ssh")).write_text(f"#!/bin/sh\ntouch {self.path('started')}\n", encoding="utf-8")
        os.chmod(self.path("bin/ssh"), 0o755)
        for host in ("-oProxyCommand=touch x", "-l", "ada@-oX=1", ""):
            self.assertIn("this is no host", self.refused("status", f"--host={host}", status=2))
        self.assertIn("no meaning", self.refused("backup", self.source, "file:///x", "-H", "nas", status=2))
        self.assertIn("no meaning", self.refused("job", "edit", "home", "-H", "nas", status=2))
        self.assertFalse(os.path.exists(self.path("started")))
        os.unlink(self.path("bin/ssh"))
        done = subprocess.run([DUPLICTL, "status", "-H", "nas"], env={**self.environment(), "PATH": self.path("bin")},
                              text=True, capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 14)
        self.assertIn("apt install openssh-client", done.stderr)


if __name__ == "__main__":
    unittest.main()
