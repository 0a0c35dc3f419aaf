#!/usr/bin/env python3
"""gio+ targets: GVfs's mounts of SFTP and WebDAV servers, in a session of the test's own.

Both are excused from "atomic-replace": nothing that GVfs can do on SFTP replaces a file by another at once.
"""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from meetings import Meeting  # noqa: E402
from servers import Flaky, Server, ServerTest  # noqa: E402
from trees import EPOCH, Tree, listing, noise  # noqa: E402
from world import DENIED, FAILED, OK, UNREACHABLE, USAGE, main  # noqa: E402

# Some programs are started for each file, so that a long listing is made of fewer.
FILES = 60
CANNOT = ("atomic-replace",)
MIB = 1 << 20
GIO = shutil.which("gio")


class GioTest(ServerTest):
    """`self.session` is the session that both programs are started in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        settings = {"GVFS_SSH_CONFIG": f"{cls.sshd.directory}/ssh_config"} if "sshd" in cls.servers else {}
        cls.session = Server("gvfs", **settings)
        cls.addClassCleanup(cls.session.stop)

    def setUp(self):
        super().setUp()
        self.bin = self.world.root / "bin"
        self.bin.mkdir()
        self.in_session = {"PATH": f"{self.bin}:{os.environ['PATH']}",
                           "DBUS_SESSION_BUS_ADDRESS": self.session["DBUS_SESSION_BUS_ADDRESS"],
                           "XDG_RUNTIME_DIR": self.session["XDG_RUNTIME_DIR"]}
        plain = self.world.environment
        self.world.environment = lambda passphrase=None: plain(passphrase) | self.in_session

    def stand_in(self, text):
        """A gio of the test's own, by which everybody calls the real one."""
        path = self.bin / "gio"
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def variables(self, **more):
        return {"HOME": str(self.world.root / "home"), **self.in_session, **more}

    def sftp_url(self, directory=""):
        server = self.sshd
        return f"gio+sftp://{server['SSH_USER']}@127.0.0.1:{server['SSH_PORT']}{server.directory}/data{directory}"

    def dav_url(self, name="DAV_BASIC_URL", directory=""):
        return self.dav[name].replace("webdav://", "gio+dav://") + directory

    def with_password(self):
        """From now on both programs find it where it belongs."""
        self.in_session["FTP_PASSWORD"] = self.dav["DAV_PASSWORD"]


class SftpTest(GioTest):
    servers = {"sshd": ("sshd", {})}

    def test_it_conforms_also_after_restarts(self):
        self.conform(self.sftp_url(), variables=self.variables(), files=FILES, exclude=CANNOT, restart=self.sshd)

    def test_it_conforms_when_gvfs_speaks_a_language_that_nobody_here_knows(self):
        self.stand_in(f"""{GIO} "$@" 2> >(sed 's/: [^/]*$/: tak ne/' >&2)""")
        self.conform(self.sftp_url(), variables=self.variables(), exclude=CANNOT, restart=self.sshd,
                     cases="a new*,what was put*,a put replaces*,a missing*,removing*,a server that was restarted*")

    def test_it_conforms_with_the_option_instead_of_the_prefix(self):
        self.conform(self.sftp_url().removeprefix("gio+"), {"gio": True}, self.variables(), exclude=CANNOT,
                     cases="what was put*,a missing file*,removing*")


class DavTest(GioTest):
    servers = {"dav": ("apache-dav", {})}

    def conform_dav(self, name, **how):
        self.conform(self.dav_url(name), variables=self.variables(FTP_PASSWORD=self.dav["DAV_PASSWORD"]),
                     exclude=CANNOT, **how)

    def test_basic_conforms_also_after_restarts(self):
        self.conform_dav("DAV_BASIC_URL", files=FILES, restart=self.dav)

    def test_digest_conforms(self):
        self.conform_dav("DAV_DIGEST_URL", cases="what was put*,a put replaces*,removing*")


class TroubleTest(GioTest):
    """What a person sees of it."""

    servers = {"sshd": ("sshd", {}), "dav": ("apache-dav", {})}

    def status(self, url, *words, expect):
        return self.world.duplictl("collection-status", url, "--num-retries", "1", *words, expect=expect)

    @staticmethod
    def unmounted(url):
        """The same place by a name under which no test could mount it."""
        return url.replace("127.0.0.1", "localhost")

    def test_without_a_session_bus_it_says_so(self):
        for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
            del self.in_session[name]
        run = self.status(self.sftp_url(), expect=UNREACHABLE)
        self.assertIn("session bus", run.text)
        self.assertIn("dbus-run-session", run.text)

    def test_the_bus_of_the_session_is_found_where_the_session_has_its_sockets(self):
        del self.in_session["DBUS_SESSION_BUS_ADDRESS"]
        self.status(self.sftp_url("/found"), expect=OK)
        self.assertTrue(Path(self.sshd.directory, "data", "found").is_dir())

    def test_what_gvfs_does_not_know_is_refused_at_once(self):
        run = self.status("gio+nonsense://host/x", expect=USAGE)
        self.assertIn("gvfs", run.text)

    def test_a_wrong_password_is_denied_at_once_and_not_shown(self):
        for name in ("DAV_BASIC_URL", "DAV_DIGEST_URL"):
            with self.subTest(name=name):
                run = self.status(self.unmounted(self.dav_url(name)).replace("duplid@", "duplid:wr0ng@"), expect=DENIED)
                self.assertIn("not accepted", run.text)
                self.assertNotIn("wr0ng", run.text)

    def test_a_missing_password_is_asked_for(self):
        run = self.status(self.unmounted(self.dav_url()), expect=DENIED)
        self.assertIn("FTP_PASSWORD", run.text)

    def test_a_password_is_neither_in_arguments_nor_in_environments(self):
        log = self.world.root / "gio.log"
        self.stand_in(f"""{{ echo "$@"; env; }} >>{log}; exec {GIO} "$@" """)
        secret = self.dav["DAV_PASSWORD"]
        self.status(self.dav_url().replace("duplid@", f"duplid:{secret.replace(' ', '%20')}@"), expect=OK)
        self.with_password()
        self.status(self.dav_url(directory="/another"), expect=OK)
        said = log.read_text()
        self.assertIn("mount", said)
        for spelling in (secret, secret.replace(" ", "%20")):
            self.assertNotIn(spelling, said)

    def test_servers_that_are_away_are_unreachable(self):
        for server, url in ((self.sshd, self.sftp_url()), (self.dav, self.dav_url())):
            with self.subTest(url=url):
                server.halt()
                try:
                    self.status(url, expect=UNREACHABLE)
                finally:
                    server.restart()

    def test_a_place_that_is_no_webdav_is_refused_at_once(self):
        run = self.status(self.dav_url().replace("/basic/backup", "/elsewhere/backup"), expect=USAGE)
        self.assertIn("WebDAV", run.text)

    def test_a_full_disk_is_told_as_such_and_leaves_nothing(self):
        small = self.world.root / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"cannot mount: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", small], check=True)
        Tree(self.world.source).file("file", noise(6 * MIB, 1), mtime=EPOCH)
        url = self.sftp_url().replace(f"{self.sshd.directory}/data", f"{small}/target")
        run = self.world.duplictl("backup", self.world.source, url, "--no-encryption", "--num-retries", "1", expect=FAILED)
        self.assertRegex(run.text, r"the target has \d+ bytes left|No space left")
        self.assertEqual([path for path in small.rglob("*") if path.is_file() and path.stat().st_size > MIB], [])

    def test_limits_of_rate_are_kept_to(self):
        log = self.world.root / "gio.log"
        self.stand_in(f"""echo "$@" >>{log}; exec {GIO} "$@" """)
        tree = Tree(self.world.source)
        tree.file("file", noise(3 * MIB, 1), mtime=EPOCH)
        tree.stamp(EPOCH)
        url = self.sftp_url("/limited")
        self.world.duplictl("backup", self.world.source, url, "--no-encryption", "--volsize", "1", "--limit-up", "20M")
        self.assertIn("save --create", log.read_text())
        self.assertNotIn("copy", log.read_text())
        self.world.duplictl("restore", url, self.world.root / "restored" / "here", "--limit-down", "20M")
        self.assert_same_tree(tree.listing(), self.world.root / "restored" / "here")


class CutTest(GioTest):
    """A connection that breaks in the middle of a file."""

    servers = {"dav": ("apache-dav", {})}

    def setUp(self):
        super().setUp()
        self.flaky = Flaky(self.dav.port)
        self.addCleanup(self.flaky.stop)
        self.with_password()
        self.url = self.flaky.through(self.dav_url(directory=f"/{self.id()}"))
        self.stored = Path(self.dav["DAV_ROOT"], "basic", "backup", self.id())
        self.tree = Tree(self.world.source)
        self.tree.file("file", noise(3 * MIB, 1), mtime=EPOCH)
        self.tree.stamp(EPOCH)

    def trouble(self, mode, **how):
        self.flaky.set(mode, **how)
        self.flaky.drop()

    def back_up(self, expect=OK):
        return self.world.duplictl("backup", self.world.source, self.url, "--no-encryption", "--volsize", "1",
                                   "--num-retries", "1", expect=expect)

    def restore(self, name, expect=OK):
        directory = self.world.root / "restored" / name
        shutil.rmtree(self.world.archive_dir, ignore_errors=True)
        self.world.duplictl("restore", self.url, directory, "--num-retries", "1", expect=expect)
        return directory

    def test_a_put_that_is_cut_leaves_no_file_under_its_name(self):
        self.world.duplictl("collection-status", self.url)
        self.trouble("cut", dir="up", after=300_000)
        self.back_up(expect=UNREACHABLE)
        self.trouble("pass")
        self.assertEqual([path.name for path in self.stored.glob("*.difftar*")], [])
        self.back_up()
        self.assert_same_tree(self.tree.listing(), self.restore("after"))

    def test_a_get_that_is_cut_is_unreachable_and_never_short(self):
        self.back_up()
        self.trouble("cut", dir="down", after=300_000)
        self.restore("cut", expect=UNREACHABLE)
        self.trouble("pass")
        self.assert_same_tree(self.tree.listing(), self.restore("whole"))


class InteropTest(GioTest):
    """duplicity's own gio backend on the same mounts; what one writes, the other continues and restores."""

    servers = {"sshd": ("sshd", {}), "dav": ("apache-dav", {})}

    def meet(self, url):
        for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
            meeting = Meeting(self, f"{url}/{first}-first")
            meeting.check(meeting.write((first, second, first)))

    def test_chains_are_written_in_turn_over_sftp(self):
        self.meet(self.sftp_url())

    def test_chains_are_written_in_turn_on_webdav(self):
        self.with_password()
        self.meet(self.dav_url())

    def test_the_drop_in_does_what_deja_dup_asks_it_to(self):
        (self.bin / "duplicity").symlink_to(self.world.duplictl_program)
        tree = Tree(self.world.source)
        tree.file("letter.txt", b"dear reader\n", mtime=EPOCH)
        tree.file("folder/picture.bin", noise(300_000, 3), mtime=EPOCH)
        tree.stamp(EPOCH)
        url = self.sftp_url("/deja-dup")
        words = ["--no-encryption", "--verbosity=9", "--timeout=120", f"--archive-dir={self.world.archive_dir}",
                 f"--tempdir={self.world.root / 'tmp'}"]
        for target in (url, url.removeprefix("gio+")):
            ours = [*words] if target == url else ["--gio", *words]
            with self.world.new_set():
                self.world.command([self.bin / "duplicity", "full", self.world.source, target, *ours])
        # Both sets are in one place, which the reference's other backend reads.
        stored = Path(self.sshd.directory, "data", "deja-dup")
        self.assertEqual(len(list(stored.glob("duplicity-full.*.manifest"))), 2)
        directory = self.world.root / "restored" / "theirs"
        self.world.duplicity("restore", f"file://{stored}", directory, "--no-encryption")
        self.assert_same_tree(tree.listing(), directory)
        self.world.command([self.bin / "duplicity", "restore", url, self.world.root / "restored" / "ours", *words])
        self.assert_same_tree(listing(directory), self.world.root / "restored" / "ours")


if __name__ == "__main__":
    main()
