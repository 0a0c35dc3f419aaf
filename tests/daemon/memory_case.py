"""Tests that read the memory of a daemon that is held still in the middle of a backup.

The backup is of noise and, behind it, a hole of 100 GiB, so that it is in its middle once the first volume is on the
target, and stays there.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from memory_image import places
from processes import hold, release
from support import DaemonTest, wait_for

MIB = 1 << 20
# Three or four of a connection (seen: libcurl 7.88), of which a run has as many as it has transfers at once.
CURL_COPIES_MAX = 16


def planted(kind):
    """Looked for in whole processes, so that no two tests may share one."""
    return f"geheim-{kind}-{secrets.token_hex(8)}"


def content(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


@unittest.skipIf(os.environ.get("DUPLID_SANITIZE"), "a sanitizer locks nothing, and keeps memory of its own")
@unittest.skipIf(os.geteuid() != 0, "only root may read the memory of a process that cannot be dumped")
class MemoryTest(DaemonTest):
    def setUp(self):
        super().setUp()
        # Short, for the sockets of gpg's agent.
        self.gpg_home = tempfile.mkdtemp(prefix="duplid-gpg-")
        self.addCleanup(shutil.rmtree, self.gpg_home, ignore_errors=True)
        self.addCleanup(self.end_agent)
        os.mkdir(self.path("tmp"))
        self.write("a", os.urandom(3 * MIB))
        self.write_endless("b")

    def end_agent(self):
        subprocess.run(["gpgconf", "--homedir", self.gpg_home, "--kill", "all"], capture_output=True, check=False)

    def start(self):
        with open(self.path("log"), "wb") as log:
            self.start_daemon("--config-dir", self.path("config"), stderr=log,
                              env={**os.environ, "HOME": self.root, "TMPDIR": self.path("tmp")})
        return self.client()

    def signing_key(self, passphrase):
        """A key that signs, and wants this passphrase for it."""
        environment = {**os.environ, "GNUPGHOME": self.gpg_home}
        subprocess.run(["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase-fd", "0",
                        "--quick-generate-key", "signer", "ed25519", "sign"], input=passphrase.encode() + b"\n",
                       env=environment, capture_output=True, check=True)
        listed = subprocess.run(["gpg", "--batch", "--with-colons", "--list-secret-keys"], env=environment,
                                capture_output=True, check=True, text=True).stdout
        # The agent remembers what it was told when it made the key.
        self.end_agent()
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))

    def hold_in_the_middle(self, client, run, is_storing):
        wait_for(lambda: is_storing() or client.state_of(run) not in ("queued", "running"), "the first volume")
        self.assertEqual(client.state_of(run), "running", client.call("run-show", run=run))
        hold(self.daemon.pid)

    def stop(self, client, run):
        release(self.daemon.pid)
        os.truncate(self.path("source", "b"), 10)
        client.call("run-stop", run=run)
        # Had it ended by itself, it would not have been in the middle.
        self.assertEqual(client.outcome(run)["state"], "cancelled")

    def local_volumes(self):
        return any("difftar" in name for name in self.names_on_target())

    def find(self, secret, pid=None):
        return places(pid or self.daemon.pid, secret.encode())

    def check_one_guarded(self, secret, pid=None):
        found = self.find(secret, pid)
        self.assertEqual(len(found), 1, "\n".join(map(str, found)))
        self.assertTrue(found[0].is_guarded, found[0])

    def check_gone(self, secret):
        self.assertEqual([str(place) for place in self.find(secret)], [])

    def check_hidden(self, *hidden):
        """In no process's words and environment, and in no file of this test's."""
        texts = {path: content(path) for name in ("cmdline", "environ")
                 for path in (f"/proc/{entry}/{name}" for entry in os.listdir("/proc") if entry.isdigit())}
        texts |= {path: content(path) for folder, _, names in os.walk(self.root) if not folder.startswith(self.source)
                  for path in (os.path.join(folder, name) for name in names)
                  if not os.path.basename(path).startswith("planted-") and os.path.isfile(path)}
        # Names are texts, too.
        texts["names"] = "\n".join(path for path, *_ in os.walk(self.root)).encode() + "\n".join(texts).encode()
        for secret in hidden:
            self.assertEqual([path for path, text in texts.items() if secret.encode() in text], [])


class TransportTest(MemoryTest):
    """libcurl keeps a password in each handle and each connection, and a token in each request, and there is no other
    way to log in by it: so many copies more there may be meanwhile."""

    def check(self, copies_max, is_storing, hidden=True, guarded=1, **request):
        """`copies_max`: of each secret, beside those in memory that is `guarded`. `is_storing`: whether a volume is on
        the target."""
        client = self.start()
        run = client.call("backup", source=self.source, encryption=False, volsize_bytes=MIB, num_retries=1,
                          **request)["run"]
        self.hold_in_the_middle(client, run, is_storing)
        for secret, most in copies_max.items():
            found = self.find(secret)
            self.assertEqual(len([place for place in found if place.is_guarded]), guarded, "\n".join(map(str, found)))
        self.check_copies(copies_max)
        if hidden:
            self.check_hidden(*copies_max)
        self.stop(client, run)
        # A thread that carried files may have it on its stack until it ends, which those without work soon do.
        for secret in copies_max:
            wait_for(lambda secret=secret: not self.find(secret), "a secret to be nowhere")

    def check_copies(self, copies_max):
        """A thread may have been stopped just when it signed, with a key in its hands; it is let go on for that. What
        is there to stay does not go away."""
        def too_many():
            unguarded = {secret: [place for place in self.find(secret) if not place.is_guarded] for secret in copies_max}
            return [str(place) for secret, found in unguarded.items() if len(found) > copies_max[secret]
                    for place in found]

        if found := too_many():
            release(self.daemon.pid)
            wait_for(lambda: not too_many(), "\n".join(["copies of secrets to go:", *found]))
            hold(self.daemon.pid)


def variables_of(values):
    """As a request has them."""
    return [{"name": name, "variable_value": value} for name, value in values.items()]
