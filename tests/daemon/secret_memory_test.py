"""Where a daemon has its secrets while a run is in the middle of its work, and afterwards (feature-goals.md R52).

The runs back up noise and, behind it, a hole of 100 GiB: once the first volume is on the target, the daemon is held
still and its memory is read as root reads it. Then the run is stopped, and the memory is read again.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from dav import Dav
from logins import ssh_words
from memory_case import CURL_COPIES_MAX, MIB, MemoryTest, TransportTest, planted, variables_of
from processes import daemon_of, hold, release
from servers import Server
from support import PATIENCE, wait_for
from world import main, wait_until

DUPLICTL = os.environ["DUPLICTL_BIN"]


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


class Transports(TransportTest):
    """libssh2 is done with a password once it is logged in; for libcurl see the base."""

    def test_ftp(self):
        password = planted("ftp")
        with Server("ftp", FTP_PLANTED_PASSWORD=password) as server:
            root = Path(server["FTP_ROOT"])
            self.check({password: CURL_COPIES_MAX}, lambda: any(root.rglob("*difftar*")), target=server["FTP_URL"],
                       variables=variables_of({"FTP_PASSWORD": password}))

    def test_webdav(self):
        password = planted("dav")
        dav = Dav(login=f"me:{password}")
        self.addCleanup(dav.close)
        self.check({password: CURL_COPIES_MAX}, dav.volumes, target=dav.url_of("me"),
                   variables=variables_of({"FTP_PASSWORD": password}))
        # As it is sent.
        self.check_gone(base64.b64encode(f"me:{password}".encode()).decode())

    def check_davs(self, **settings):
        password = planted("davs")
        with Server("webdav", DAV_PLANTED_PASSWORD=password, **settings) as server:
            root = Path(server["DAV_ROOT"])
            self.check({password: CURL_COPIES_MAX}, lambda: any(root.rglob("*difftar*")),
                       target=server["DAVS_BASIC_URL"], ssl_cacert_file=server["DAV_CA"],
                       variables=variables_of({"FTP_PASSWORD": password}))
            self.check_gone(base64.b64encode(f"duplid:{password}".encode()).decode())

    def test_webdav_over_tls(self):
        self.check_davs()

    def test_webdav_over_http_2(self):
        self.check_davs(DAV_HTTP2="on")

    def test_sftp_with_a_password(self):
        with Server("rclone-serve", RCLONE_SERVE="sftp") as server:
            root, password = Path(server["RCLONE_ROOT"]), server["RCLONE_PASSWORD"]
            # The server's own arguments have it.
            self.check({password: 0}, lambda: any(root.rglob("*difftar*")), hidden=False, target=server["SFTP_URL"],
                       variables=variables_of({"FTP_PASSWORD": password}),
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
            self.check({password: 0}, lambda: any(data.rglob("*difftar*")), target=server["SFTP_URL"] + "/backup",
                       ssh_options=ssh_words(server, "planted"), variables=variables_of({"FTP_PASSWORD": password}))


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
