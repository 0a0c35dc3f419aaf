#!/usr/bin/env python3
"""WebDAV targets on Apache (mod_dav) and lighttpd (mod_webdav).

Apache is excused from "atomic-replace": it asks for a file's size before it opens the file, so that a
reader whom a replacement overtakes in between gets an answer that is too short, or the new file cut to
the old one's size. lighttpd is excused from names that it refuses in any request: control characters,
and what is no UTF-8.
"""

import re
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from meetings import Meeting
from servers import ServerTest
from trees import EPOCH, Tree
from world import DENIED, OK, UNREACHABLE, main

APACHE_CANNOT = ("atomic-replace",)
LIGHTTPD_CANNOT = ("atomic-replace", "control-bytes", "newlines", "other-bytes")


def with_password(url, password):
    return url.replace("duplid@", f"duplid:{urllib.parse.quote(password)}@")


def password_of(server):
    return {"FTP_PASSWORD": server["DAV_PASSWORD"]}


def authority_of(server):
    return {"ssl_cacert_file": server["DAV_CA"]}


class ApacheTest(ServerTest):
    servers = {"dav": ("apache-dav", {})}

    def conform_apache(self, url, **how):
        self.conform(url, authority_of(self.dav), password_of(self.dav), APACHE_CANNOT, **how)

    def test_basic_conforms_also_when_connections_break(self):
        self.conform_apache(self.dav["DAV_BASIC_URL"], files=1000, flaky_port=self.dav.port, restart=self.dav)

    def test_digest_conforms(self):
        self.conform_apache(self.dav["DAV_DIGEST_URL"], files=100)

    def test_basic_over_tls_conforms(self):
        self.conform_apache(self.dav["DAVS_BASIC_URL"], files=100)

    def test_digest_over_tls_by_its_other_name_conforms(self):
        self.conform_apache(self.dav["DAVS_DIGEST_URL"].replace("webdavs:", "https:"), files=100)

    def test_a_collection_that_has_moved_conforms(self):
        self.conform_apache(self.dav["DAV_MOVED_URL"], files=100)


class LighttpdTest(ServerTest):
    servers = {"dav": ("webdav", {})}

    def conform_lighttpd(self, url, **how):
        self.conform(url, authority_of(self.dav), password_of(self.dav), LIGHTTPD_CANNOT, **how)

    def test_basic_conforms_also_when_connections_break(self):
        self.conform_lighttpd(self.dav["DAV_BASIC_URL"], files=1000, flaky_port=self.dav.port, restart=self.dav)

    def test_digest_over_tls_conforms(self):
        self.conform_lighttpd(self.dav["DAVS_DIGEST_URL"], files=100)


class Http2Test(ServerTest):
    servers = {"dav": ("webdav", {"DAV_HTTP2": "on"})}

    def versions(self, url, variables):
        log = Path(self.dav.directory, "access.log")
        self.dav.restart()  # it writes its log out when it ends
        seen = log.stat().st_size
        self.conform(url, authority_of(self.dav), variables, LIGHTTPD_CANNOT, cases="what was put*")
        self.dav.restart()
        return set(re.findall(r" (HTTP/[0-9.]+)\"", log.read_text()[seen:]))

    def test_where_the_server_speaks_http_2_it_is_spoken_but_with_no_password(self):
        url = self.dav["DAVS_BASIC_URL"]
        nobodys = url.replace("duplid@", "").replace("/basic/", "/open/")
        self.assertIn("HTTP/2.0", self.versions(nobodys, {}))
        # Its library keeps what it has sent (tests/daemon/secret_memory_test.py).
        self.assertEqual(self.versions(url, password_of(self.dav)), {"HTTP/1.1"})


class TroubleTest(ServerTest):
    """What a person sees of it."""

    servers = {"dav": ("apache-dav", {})}

    def status(self, url, *words, expect):
        return self.world.duplictl("collection-status", url, *words, expect=expect)

    def test_a_wrong_password_is_denied_at_once_and_not_shown(self):
        for name in ("DAV_BASIC_URL", "DAV_DIGEST_URL"):
            run = self.status(with_password(self.dav[name], "wr0ng"), expect=DENIED)
            self.assertIn("401", run.text)
            self.assertNotIn("wr0ng", run.text)

    def test_a_certificate_of_an_unknown_authority_is_denied(self):
        url = with_password(self.dav["DAVS_BASIC_URL"], self.dav["DAV_PASSWORD"])
        self.assertIn("certificate", self.status(url, expect=DENIED).text)
        self.status(url, "--ssl-cacert-file", self.dav["DAV_CA"], expect=OK)

    def test_authorities_can_be_a_directory_that_openssl_has_hashed(self):
        url = with_password(self.dav["DAVS_BASIC_URL"], self.dav["DAV_PASSWORD"])
        directory = self.world.root / "authorities"
        directory.mkdir()
        shutil.copy(self.dav["DAV_CA"], directory / "ours.pem")
        self.status(url, "--ssl-cacert-path", directory, expect=DENIED)
        subprocess.run(["openssl", "rehash", directory], check=True, capture_output=True)
        self.status(url, "--ssl-cacert-path", directory, expect=OK)

    def test_an_unknown_authority_can_be_let_pass(self):
        url = with_password(self.dav["DAVS_BASIC_URL"], self.dav["DAV_PASSWORD"])
        self.status(url, "--ssl-no-check-certificate", expect=OK)

    def test_a_server_that_is_busy_is_asked_again_and_then_said_to_be_unreachable(self):
        run = self.status(with_password(self.dav["DAV_BUSY_URL"], self.dav["DAV_PASSWORD"]), "--num-retries", "1",
                          "--backend-retry-delay", "1", expect=UNREACHABLE)
        self.assertIn("503", run.text)

    def test_a_server_that_is_away_is_unreachable(self):
        self.dav.halt()
        try:
            self.status(with_password(self.dav["DAV_BASIC_URL"], self.dav["DAV_PASSWORD"]), "--num-retries", "1",
                        expect=UNREACHABLE)
        finally:
            self.dav.restart()

    def test_headers_are_sent_with_every_request(self):
        Tree(self.world.source).file("file", b"content", mtime=EPOCH)
        url = self.dav["DAV_BASIC_URL"].replace("duplid@", "")
        # Of "duplid:dav secret", by base64(1).
        headers = "Authorization,Basic ZHVwbGlkOmRhdiBzZWNyZXQ="
        self.status(url, expect=DENIED)
        self.world.duplictl("backup", self.world.source, url, "--webdav-headers", headers)
        self.world.duplictl("restore", url, self.world.root / "restored" / "here", "--webdav-headers", headers)
        self.assertEqual((self.world.root / "restored" / "here" / "file").read_bytes(), b"content")


class InteropTest(ServerTest):
    """duplicity 0.8.22 speaks Basic only, and lists on Apache only."""

    servers = {"dav": ("apache-dav", {})}

    def meet(self, name, *options):
        for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
            url = with_password(self.dav[name], self.dav["DAV_PASSWORD"]) + f"/{first}-first"
            meeting = Meeting(self, url, *options)
            meeting.check(meeting.write((first, second, first)))

    def test_chains_are_written_in_turn_in_clear_text(self):
        self.meet("DAV_BASIC_URL")

    def test_chains_are_written_in_turn_over_tls(self):
        self.meet("DAVS_BASIC_URL", "--ssl-cacert-file", self.dav["DAV_CA"])


if __name__ == "__main__":
    main()
