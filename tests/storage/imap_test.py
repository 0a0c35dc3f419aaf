#!/usr/bin/env python3
"""IMAP targets on Dovecot: STARTTLS and implicit TLS."""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from meetings import Meeting
from servers import SCRIPTS, ServerTest
from world import DENIED, OK, UNREACHABLE, main

INSIDE = "DUPLID_TEST_IMAP_INSIDE"


def with_password(url, password):
    return url.replace("duplid@", f"duplid:{urllib.parse.quote(password)}@")


class ConformanceTest(ServerTest):
    servers = {"imap": ("imap", {"IMAP_REQUIRE_TLS": "yes"})}

    def conform_imap(self, url, *, files=100, flaky_port=None, restart=None, **options):
        # The mails of one mailbox are parted by the path, so every case has a place of its own.
        options = {"ssl_cacert_file": self.imap["IMAP_CA"], **options}
        self.conform(url, options, {"IMAP_PASSWORD": self.imap["IMAP_PASSWORD"]}, files=files,
                     flaky_port=flaky_port, restart=restart)

    def test_starttls_conforms_also_when_connections_break(self):
        self.conform_imap(self.imap["IMAP_URL"], files=500, flaky_port=self.imap.port, restart=self.imap)

    def test_implicit_tls_conforms_in_another_mailbox(self):
        self.conform_imap(self.imap["IMAPS_URL"], imap_mailbox="Backups")

    def test_a_mailbox_that_is_missing_is_made(self):
        self.conform_imap(self.imap["IMAPS_URL"], files=5, imap_mailbox='a "new" one')

    def test_the_full_address_can_be_the_user_and_the_server_another_host(self):
        name, _, domain = self.imap["IMAP_FULL_ADDRESS"].partition("@")
        variables = {"IMAP_PASSWORD": self.imap["IMAP_PASSWORD"], "IMAP_SERVER": "127.0.0.1"}
        self.conform(f"imaps://{name}@{domain}:{self.imap.port + 1}/here",
                     {"ssl_cacert_file": self.imap["IMAP_CA"], "imap_full_address": True}, variables,
                     files=5, cases="what was put*")


class TroubleTest(ServerTest):
    """What a person sees of it."""

    servers = {"imap": ("imap", {"IMAP_REQUIRE_TLS": "yes"})}

    def status(self, url, *words, expect):
        return self.world.duplictl("collection-status", url, "--num-retries", "1", *words, expect=expect)

    def test_a_wrong_password_is_denied_and_not_shown(self):
        run = self.status(with_password(self.imap["IMAPS_URL"], "wr0ng"), "--ssl-cacert-file", self.imap["IMAP_CA"],
                          expect=DENIED)
        self.assertNotIn("wr0ng", run.text)

    def test_a_certificate_of_an_unknown_authority_is_denied(self):
        for name in ("IMAP_URL", "IMAPS_URL"):
            url = with_password(self.imap[name], self.imap["IMAP_PASSWORD"])
            self.assertIn("certificate", self.status(url, expect=DENIED).text)
            self.status(url, "--ssl-cacert-file", self.imap["IMAP_CA"], expect=OK)
            self.status(url, "--ssl-no-check-certificate", expect=OK)

    def test_a_server_that_is_away_is_unreachable(self):
        self.imap.halt()
        try:
            self.status(with_password(self.imap["IMAPS_URL"], self.imap["IMAP_PASSWORD"]), expect=UNREACHABLE)
        finally:
            self.imap.restart()


class InteropTest(ServerTest):
    """duplicity 0.8.22 connects to port 143 whatever the URL says, and never encrypts there. So what is
    tested (Inside, below) runs in a network of its own, where that port is free."""

    def test_chains_are_written_in_turn(self):
        if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no right to make a network namespace")
        done = subprocess.run(["unshare", "--net", sys.executable, __file__, "Inside"],
                              env=os.environ | {INSIDE: "yes"}, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if INSIDE in os.environ:

    class Inside(ServerTest):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
                # SIOCSIFFLAGS, IFF_UP: a new network's loopback is down.
                fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))

        def test_chains_are_written_in_turn(self):
            directory = Path(tempfile.mkdtemp(prefix="duplid-imap-"))
            self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
            subprocess.run([SCRIPTS / "imap.sh", "start", directory, "143"], stdout=subprocess.DEVNULL, check=True)
            self.addCleanup(subprocess.run, [SCRIPTS / "imap.sh", "stop", directory], check=False)
            for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
                url = f"imap://duplid:imap%20secret@127.0.0.1/{first}_first"
                meeting = Meeting(self, url, own=("--ssl-cacert-file", directory / "ca.pem"))
                meeting.check(meeting.write((first, second, first)))


if __name__ == "__main__":
    main()
