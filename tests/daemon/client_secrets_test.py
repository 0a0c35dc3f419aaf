"""What a caller's environment and command line hold for a target is in no process's environment and no
process list (feature-goals.md R52), neither for duplictl nor for the drop-in."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from processes import below, daemon_of, hold
from world import PASSPHRASE, WorldTest, main, wait_until

# Names: command-line.md 8.3 and 9.1.
SECRETS = {name: f"geheim-{name.lower()}-91c3" for name in (
    "PASSPHRASE", "SIGN_PASSPHRASE", "FTP_PASSWORD", "IMAP_PASSWORD", "RSYNC_PASSWORD", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "GS_SECRET_ACCESS_KEY", "AZURE_CONNECTION_STRING", "AZURE_ACCOUNT_KEY", "SWIFT_PASSWORD",
    "SWIFT_PREAUTHTOKEN", "PCA_PASSWORD", "CLOUDFILES_APIKEY", "DPBX_ACCESS_TOKEN", "OAUTH2_REFRESH_TOKEN",
    "GOOGLE_DRIVE_ACCOUNT_KEY", "RCLONE_CONFIG_PASS")}
# Not secret, so that it shows that environments could be read at all.
WITNESS = {"AWS_ACCESS_KEY_ID": "kennung-7718"}
URL_PASSWORD = "geheim-url-4fe2"


def content(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


class Environment(WorldTest):
    def environment(self):
        return {**self.world.environment(), **SECRETS, **WITNESS}

    def look_at(self, words):
        """Runs `words`, holds client and daemon still in the middle, and returns what all their processes show."""
        process = subprocess.Popen([os.fspath(word) for word in words], env=self.environment(), cwd=self.world.root,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        daemon = wait_until("its daemon runs", lambda: daemon_of(process), process)
        # gpg is started when there is something to encrypt.
        wait_until("gpg runs", lambda: below(daemon), process)
        for pid in (process.pid, daemon):
            hold(pid)
        seen = {}
        for pid in (process.pid, *below(process.pid)):
            seen[pid] = content(pid, "environ") + content(pid, "cmdline")
        for pid in (daemon, process.pid):
            os.kill(pid, signal.SIGCONT)
        self.assertEqual(process.wait(timeout=120), 0)
        self.assertIn(WITNESS["AWS_ACCESS_KEY_ID"].encode(), seen[process.pid])
        return seen

    def check(self, words):
        self.world.source.mkdir(exist_ok=True)
        (self.world.source / "noise").write_bytes(os.urandom(48 << 20))
        for pid, text in self.look_at(words).items():
            for secret in SECRETS.values():
                self.assertNotIn(secret.encode(), text, pid)

    def test_duplictl_leaves_no_secret_in_any_environment(self):
        self.check([self.world.duplictl_program, "backup", self.world.source, self.world.url])

    def test_the_drop_in_leaves_no_secret_in_any_environment(self):
        program = self.world.duplictl_program.parent / "drop-in" / "duplicity"
        self.check([program, "full", self.world.source, self.world.url])

    @unittest.skipIf(os.geteuid() != 0, "only root may read the environment of a process that cannot be dumped")
    def test_rdiffdir_leaves_no_secret_in_any_environment(self):
        program = self.world.duplictl_program.parent / "drop-in" / "rdiffdir"
        self.world.source.mkdir()
        # It waits for a delta on its standard input meanwhile.
        process = subprocess.Popen([program, "patch", self.world.source, "-"], env=self.environment(),
                                   cwd=self.world.root, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        daemon = wait_until("its daemon runs", lambda: daemon_of(process), process)
        for pid in (process.pid, daemon):
            shown = content(pid, "environ")
            self.assertIn(WITNESS["AWS_ACCESS_KEY_ID"].encode(), shown)
            for secret in SECRETS.values():
                self.assertNotIn(secret.encode(), shown, pid)


class CommandLine(WorldTest):
    """A password in a URL, looked for while the program waits for an answer on its terminal."""

    def at_prompt(self, words, prompt):
        """(cmdline, environ) of a program on a terminal of its own, once it shows `prompt`."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.world.root)
            os.execve(words[0], [os.fspath(word) for word in words],
                      {**self.world.environment(), "PASSPHRASE": PASSPHRASE})
        try:
            shown = b""
            end = time.monotonic() + 60
            while prompt not in shown:
                self.assertLess(time.monotonic(), end, shown)
                if select.select([terminal], [], [], 1)[0]:
                    shown += os.read(terminal, 4096)
            return content(pid, "cmdline"), content(pid, "environ")
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(terminal)

    def check(self, words, prompt):
        command_line, environment = self.at_prompt(words, prompt)
        self.assertIn(b"me:" + b"*" * len(URL_PASSWORD) + b"@host", command_line)
        self.assertNotIn(URL_PASSWORD.encode(), command_line)
        self.assertNotIn(PASSPHRASE.encode(), environment)

    def test_duplictl_overwrites_a_password_in_a_url(self):
        self.check([self.world.duplictl_program, "replicate", f"ftp://me:{URL_PASSWORD}@host/a", "ftp://me@there/b"],
                   b"Password for 'me@there': ")

    def test_the_drop_in_overwrites_a_password_in_a_url(self):
        program = self.world.duplictl_program.parent / "drop-in" / "duplicity"
        self.check([program, "replicate", f"par2+webdavs://me:{URL_PASSWORD}@host/a", "imap://me@there/b"],
                   b"Enter account password: ")

    def test_no_password_is_asked_for_that_the_environment_or_the_url_has(self):
        self.world.source.mkdir()
        for url, variable in (("ftp://me:x@127.0.0.1:1/b", {}), ("ftp://me@127.0.0.1:1/b", {"FTP_PASSWORD": ""}),
                              ("imap://me@127.0.0.1:1/b", {"IMAP_PASSWORD": "x"})):
            with self.subTest(url=url):
                pid, terminal = pty.fork()
                if pid == 0:
                    os.execve(self.world.duplictl_program,
                              ["duplictl", "collection-status", "--private", "--num-retries", "1", url],
                              {**self.world.environment(), **variable})
                shown = b""
                while True:
                    try:
                        part = os.read(terminal, 4096)
                    except OSError:  # the end of a terminal
                        break
                    if not part:
                        break
                    shown += part
                os.close(terminal)
                self.assertNotEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
                self.assertNotIn(b"assword", shown)


if __name__ == "__main__":
    main()
