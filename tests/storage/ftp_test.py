#!/usr/bin/env python3
"""FTP targets on ProFTPD: clear text, explicit and implicit TLS, passive and active.

Excused from names with bytes that FTP gives a meaning of its own: control characters, and 255.
"""

import shutil
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from meetings import Meeting
from servers import ServerTest
from world import DENIED, OK, UNREACHABLE, main

CANNOT = ("control-bytes", "newlines", "other-bytes")


def with_password(url, password):
    return url.replace("duplid@", f"duplid:{urllib.parse.quote(password)}@")


class FtpConformance(ServerTest):
    def conform_ftp(self, server, url, *, regular=False, **how):
        options = {"ssl_cacert_file": server["FTP_CA"], "ftp_regular": regular}
        self.conform(url, options, {"FTP_PASSWORD": server["FTP_PASSWORD"]}, CANNOT, **how)


class PassiveTest(FtpConformance):
    servers = {"ftp": ("ftp", {})}

    def test_passive_conforms_also_when_the_server_is_restarted(self):
        self.conform_ftp(self.ftp, self.ftp["FTP_URL"], files=100, restart=self.ftp)


class ClearTextTest(FtpConformance):
    servers = {"ftp": ("ftp", {})}

    def test_a_thousand_files_are_listed(self):
        self.conform_ftp(self.ftp, self.ftp["FTP_URL"], files=1000, cases="a long listing*")

    def test_active_conforms(self):
        self.conform_ftp(self.ftp, self.ftp["FTP_URL"], regular=True, files=100)

    def test_a_path_from_the_root_conforms(self):
        url = self.ftp["FTP_URL"].replace("/backup", "/") + self.ftp["FTP_ROOT"] + "/a%20b/c"
        self.conform_ftp(self.ftp, url, files=20)
        self.assertTrue((Path(self.ftp["FTP_ROOT"]) / "a b" / "c").is_dir())


class TlsTest(FtpConformance):
    servers = {
        "ftp": ("ftp", {"FTP_REQUIRE_TLS": "on"}),
        # Data connections must continue the session of the control connection.
        "strict": ("ftp", {"FTP_REQUIRE_TLS": "on", "FTP_TLS_OPTIONS": ""}),
    }

    def test_explicit_tls_conforms(self):
        self.conform_ftp(self.ftp, self.ftp["FTPES_URL"], files=100)

    def test_implicit_tls_conforms(self):
        self.conform_ftp(self.ftp, self.ftp["FTPS_URL"], files=100)

    def test_explicit_tls_with_sessions_reused_conforms(self):
        self.conform_ftp(self.strict, self.strict["FTPES_URL"], files=100)

    def test_implicit_tls_with_sessions_reused_conforms_also_where_active_is_asked_for(self):
        self.conform_ftp(self.strict, self.strict["FTPS_URL"], regular=True, files=100)


class TroubleTest(ServerTest):
    """What a person sees of it."""

    servers = {"ftp": ("ftp", {}), "secure": ("ftp", {"FTP_REQUIRE_TLS": "on"})}

    def status(self, url, *words, expect):
        return self.world.duplictl("collection-status", url, "--num-retries", "1", *words, expect=expect)

    def test_a_wrong_password_is_denied_and_not_shown(self):
        run = self.status(with_password(self.ftp["FTP_URL"], "wr0ng"), expect=DENIED)
        self.assertIn("530", run.text)
        self.assertNotIn("wr0ng", run.text)

    def test_a_server_that_wants_encryption_denies_clear_text(self):
        url = with_password(self.secure["FTP_URL"], self.secure["FTP_PASSWORD"])
        self.assertIn("ftpes", self.status(url, expect=DENIED).text)

    def test_a_certificate_of_an_unknown_authority_is_denied(self):
        for name in ("FTPES_URL", "FTPS_URL"):
            url = with_password(self.secure[name], self.secure["FTP_PASSWORD"])
            self.assertIn("certificate", self.status(url, expect=DENIED).text)
            self.status(url, "--ssl-cacert-file", self.secure["FTP_CA"], expect=OK)
            self.status(url, "--ssl-no-check-certificate", expect=OK)

    def test_a_server_that_is_away_is_unreachable(self):
        self.ftp.halt()
        try:
            self.status(with_password(self.ftp["FTP_URL"], self.ftp["FTP_PASSWORD"]), expect=UNREACHABLE)
        finally:
            self.ftp.restart()


class HugeFileTest(ServerTest):
    servers = {"ftp": ("ftp", {})}

    def test_a_file_of_five_gigabytes_goes_there_and_comes_back(self):
        self.conform_huge(self.ftp["FTP_URL"], self.ftp["FTP_ROOT"],
                          variables={"FTP_PASSWORD": self.ftp["FTP_PASSWORD"]})


class InteropTest(ServerTest):
    """duplicity 0.8.22 hands ftp: to lftp, and ncftp+ftp: to ncftp."""

    servers = {"ftp": ("ftp", {})}

    def meet(self, scheme, directory, server_name="ftp", *options):
        server = getattr(self, server_name)
        url = with_password(server["FTP_URL"], server["FTP_PASSWORD"])
        url = f"{scheme}:{url.partition(':')[2]}/{directory}"
        # lftp's first command in a new directory fails (backends.md 3.4).
        meeting = Meeting(self, url, *options, "--num-retries", "3", theirs=("--backend-retry-delay", "0"))
        for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
            meeting.url = meeting.their_url = f"{url}-{first}"
            meeting.check(meeting.write((first, second, first)))

    def test_chains_are_written_in_turn_in_clear_text(self):
        self.assertTrue(shutil.which("lftp"))
        self.meet("ftp", "clear")

    def test_chains_are_written_in_turn_over_explicit_tls(self):
        self.meet("ftpes", "tls", "ftp", "--ssl-cacert-file", self.ftp["FTP_CA"])

    def test_ncftp_reads_what_was_written(self):
        self.assertTrue(shutil.which("ncftpget"))
        url = with_password(self.ftp["FTP_URL"], self.ftp["FTP_PASSWORD"]) + "/nc"
        meeting = Meeting(self, url, their_url="ncftp+" + url, theirs=("--num-retries", "2"))
        meeting.check(meeting.write(("duplid", "duplid")))


if __name__ == "__main__":
    main()
