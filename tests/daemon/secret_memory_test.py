"""Where a daemon has its secrets while a run is in the middle of its work, and afterwards (feature-goals.md R52).

The runs back up noise and, behind it, a hole of 100 GiB: once the first volume is on the target, the daemon is held
still and its memory is read as root reads it. Then the run is stopped, and the memory is read again.
"""

import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from dav import Dav
from logins import ssh_words
from memory_image import places
from processes import daemon_of, hold, release
from servers import Server
from support import PATIENCE, DaemonTest, wait_for
from world import main, wait_until

DUPLICTL = os.environ["DUPLICTL_BIN"]
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


class Passphrases(MemoryTest):
    def run_is_clean(self, client, run, *hidden):
        self.hold_in_the_middle(client, run, self.local_volumes)
        for secret in hidden:
            self.check_one_guarded(secret)
        self.check_hidden(*hidden)
        self.stop(client, run)
        for secret in hidden:
            self.check_gone(secret)
        said = str([client.heard, self.client().watch(run), client.call("run-show", run=run), client.call("run-list")])
        for secret in hidden:
            self.assertNotIn(secret, said)
        # All that it ever writes.
        self.end_daemon()
        self.check_hidden(*hidden)

    def test_those_of_a_request_are_once_in_locked_memory_and_nowhere_after_the_run(self):
        passphrase, sign_passphrase = planted("phrase"), planted("sign")
        key = self.signing_key(sign_passphrase)
        client = self.start()
        run = client.call("backup", source=self.source, target="file://" + self.path("target"), passphrase=passphrase,
                          sign_passphrase=sign_passphrase, sign_key=key, gpg_home=self.gpg_home,
                          volsize_bytes=MIB)["run"]
        client.call("run-watch", run=run)
        self.run_is_clean(client, run, passphrase, sign_passphrase)

    def test_those_of_a_job_are_fetched_when_it_runs_and_are_nowhere_after_the_run(self):
        passphrase, sign_passphrase = planted("phrase"), planted("sign")
        sources = {}
        for name, secret in (("passphrase", passphrase), ("sign_passphrase", sign_passphrase)):
            path = self.path("planted-" + name)
            Path(path).write_text(secret + "\n", encoding="ascii")
            os.chmod(path, 0o600)
            sources[name] = {"file": path}
        os.makedirs(self.path("config/jobs.d"))
        key = self.signing_key(sign_passphrase)
        Path(self.path("config/jobs.d/home.json")).write_text(json.dumps({
            "source": self.source, "target": "file://" + self.path("target"), "volsize": "1M", "sign_key": key,
            "gpg_home": self.gpg_home, "secrets": sources}), encoding="ascii")
        client = self.start()
        self.check_gone(passphrase)
        run = client.call("job-run", job="home")["run"]
        self.run_is_clean(client, run, passphrase, sign_passphrase)

    def test_a_backup_a_listing_a_restore_and_a_failed_one_leave_nothing_behind(self):
        passphrase, wrong = planted("phrase"), planted("wrong")
        os.unlink(self.path("source", "b"))
        client = self.start()
        archive = {"target": "file://" + self.path("target"), "gpg_home": self.gpg_home}
        run = client.call("backup", source=self.source, passphrase=passphrase, **archive)["run"]
        self.assertEqual(client.outcome(run)["state"], "done")
        client.call("list-current-files", passphrase=passphrase, **archive)
        self.assertIn("a", str(client.heard))
        for phrase, state in ((wrong, "failed"), (passphrase, "done")):
            run = client.call("restore", destination=self.path("out"), passphrase=phrase, **archive)["run"]
            self.assertEqual(client.outcome(run)["state"], state)
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))
        self.check_gone(passphrase)
        self.check_gone(wrong)

    def test_a_request_that_is_refused_leaves_nothing_behind(self):
        passphrase = planted("refused")
        client = self.start()
        # Well-formed but for a word, not JSON at all, and cut off in the middle.
        for line in (f'{{"jsonrpc":"2.0","id":9,"method":"backup","params":{{"passphrase":"{passphrase}","taget":1}}}}',
                     f'{{"jsonrpc":"2.0","id":9,"method":"backup","params":{{"passphrase":"{passphrase}",,}}}}'):
            client.socket.sendall(line.encode() + b"\n")
            self.assertIn("error", client.read())
        self.check_gone(passphrase)
        other = self.client()
        other.socket.sendall(f'{{"params":{{"passphrase":"{passphrase}"'.encode())
        other.close()
        self.clients.remove(other)
        wait_for(lambda: client.call("status")["connections"] == 1, "the other connection to be gone")
        self.check_gone(passphrase)


class Client(MemoryTest):
    def test_duplictl_and_its_private_daemon_have_a_passphrase_once_each_and_their_environments_have_it_not(self):
        passphrase = planted("client")
        environment = {**os.environ, "HOME": self.root, "GNUPGHOME": self.gpg_home, "TMPDIR": self.path("tmp"),
                       "XDG_CACHE_HOME": self.path("cache"), "XDG_STATE_HOME": self.path("state"),
                       "PASSPHRASE": passphrase}
        client = subprocess.Popen([DUPLICTL, "backup", "--private", "--volsize", "1", self.source,
                                   "file://" + self.path("target")], env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        wait_until("the first volume", self.local_volumes, client)
        daemon = daemon_of(client)
        for pid in (client.pid, daemon):
            hold(pid)
        for pid in (client.pid, daemon):
            self.check_one_guarded(passphrase, pid)
        self.check_hidden(passphrase)
        for pid in (daemon, client.pid):
            release(pid)
        os.truncate(self.path("source", "b"), 10)
        client.send_signal(signal.SIGINT)
        self.assertEqual(client.wait(timeout=PATIENCE), 130)


class Transports(MemoryTest):
    """libcurl keeps a password in each handle and each connection, and there is no other way to log in by it: so
    many copies more there may be meanwhile. libssh2 is done with it once it is logged in."""

    def check(self, password, is_storing, copies_max, hidden=True, **request):
        client = self.start()
        run = client.call("backup", source=self.source, encryption=False, volsize_bytes=MIB, num_retries=1,
                          **request)["run"]
        self.hold_in_the_middle(client, run, is_storing)
        found = self.find(password)
        told = "\n".join(map(str, found))
        self.assertEqual(len([place for place in found if place.is_guarded]), 1, told)
        self.assertLessEqual(len(found) - 1, copies_max, told)
        if hidden:
            self.check_hidden(password)
        self.stop(client, run)
        self.check_gone(password)

    def variables(self, password):
        return [{"name": "FTP_PASSWORD", "variable_value": password}]

    def test_ftp(self):
        password = planted("ftp")
        with Server("ftp", FTP_PLANTED_PASSWORD=password) as server:
            root = Path(server["FTP_ROOT"])
            self.check(password, lambda: any(root.rglob("*difftar*")), CURL_COPIES_MAX, target=server["FTP_URL"],
                       variables=self.variables(password))

    def test_webdav(self):
        password = planted("dav")
        dav = Dav(login=f"me:{password}")
        self.addCleanup(dav.close)
        self.check(password, dav.volumes, CURL_COPIES_MAX, target=dav.url_of("me"), variables=self.variables(password))
        # As it is sent.
        self.check_gone(base64.b64encode(f"me:{password}".encode()).decode())

    def test_sftp_with_a_password(self):
        with Server("rclone-serve", RCLONE_SERVE="sftp") as server:
            root = Path(server["RCLONE_ROOT"])
            # The server's own arguments have it.
            self.check(server["RCLONE_PASSWORD"], lambda: any(root.rglob("*difftar*")), 0, hidden=False,
                       target=server["SFTP_URL"], variables=self.variables(server["RCLONE_PASSWORD"]),
                       ssh_options=f"-F none -oUserKnownHostsFile={server['SSH_KNOWN_HOSTS']}")

    def test_sftp_with_the_passphrase_of_a_key(self):
        password = planted("sftp")
        with Server("sshd") as server:
            key = Path(server.directory, "planted")
            shutil.copy(Path(server.directory, "user_pass"), key)
            subprocess.run(["ssh-keygen", "-q", "-p", "-P", "key phrase", "-N", password, "-f", key], check=True,
                           capture_output=True)
            shutil.copy(Path(server.directory, "user_pass.pub"), f"{key}.pub")
            data = Path(server.directory, "data")
            self.check(password, lambda: any(data.rglob("*difftar*")), 0, target=server["SFTP_URL"] + "/backup",
                       ssh_options=ssh_words(server, "planted"), variables=self.variables(password))


@unittest.skipUnless(shutil.which("gcore"), "there is no gdb")
class Image(MemoryTest):
    """The same, as the debugger sees it."""

    def occurrences(self, *options, secret):
        path = self.path("image")
        subprocess.run(["gcore", *options, "-o", path, str(self.daemon.pid)], check=True, capture_output=True,
                       stdin=subprocess.DEVNULL)
        image = Path(f"{path}.{self.daemon.pid}")
        try:
            return image.read_bytes().count(secret.encode())
        finally:
            image.unlink()

    def test_a_memory_image_has_a_passphrase_in_its_locked_pages_only_which_a_core_dump_leaves_out(self):
        passphrase = planted("core")
        client = self.start()
        run = client.call("backup", source=self.source, target="file://" + self.path("target"), passphrase=passphrase,
                          gpg_home=self.gpg_home, volsize_bytes=MIB)["run"]
        self.hold_in_the_middle(client, run, self.local_volumes)
        self.assertEqual(self.occurrences(secret=passphrase), 0)
        self.assertEqual(self.occurrences("-a", secret=passphrase), 1)
        self.stop(client, run)
        self.assertEqual(self.occurrences("-a", secret=passphrase), 0)


if __name__ == "__main__":
    main()
