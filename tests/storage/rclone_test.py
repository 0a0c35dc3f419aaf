#!/usr/bin/env python3
"""rclone: targets: a directory of this machine, and one behind WebDAV, each a remote of rclone's own configuration."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from meetings import Meeting  # noqa: E402
from servers import ServerTest  # noqa: E402
from trees import EPOCH, Tree, noise  # noqa: E402
from world import DENIED, UNREACHABLE, USAGE, main  # noqa: E402

# A program is started for each file, so that a long listing is made of fewer.
FILES = 20

# rclone itself writes other bytes in place of some, and its moveto takes away what it replaces before it
# renames.
RCLONE_CANNOT = ("newlines", "other-bytes", "long-names", "control-bytes", "atomic-replace")


class RcloneTest(ServerTest):
    servers = {"dav": ("apache-dav", {})}

    def configure(self, text):
        """Where rclone looks for its file, of both programs."""
        directory = self.world.root / "config" / "rclone"
        directory.mkdir()
        (directory / "rclone.conf").write_text(text)

    def dav_settings(self, password=None):
        """The settings of a remote on the WebDAV server."""
        hidden = subprocess.run(["rclone", "obscure", password or self.dav["DAV_PASSWORD"]], check=True,
                                capture_output=True, text=True)
        return {"type": "webdav", "url": f"http://127.0.0.1:{self.dav.port}/basic", "vendor": "other",
                "user": self.dav["DAV_USER"], "pass": hidden.stdout.strip()}

    def configure_dav(self, **how):
        self.configure("[dav]\n" + "".join(f"{name} = {value}\n" for name, value in self.dav_settings(**how).items()))


class RcloneConformance(RcloneTest):
    def variables(self, **more):
        # Its own place for a configuration, so that there is none.
        return {"PATH": os.environ["PATH"], "HOME": str(self.world.root / "home"), **more}


class LocalTest(RcloneConformance):
    servers = {}

    def test_a_directory_of_this_machine_conforms(self):
        self.conform(f"rclone://here:/{self.world.root}/target", files=FILES, exclude=RCLONE_CANNOT,
                     variables=self.variables(RCLONE_CONFIG_HERE_TYPE="local"))


class DavTest(RcloneConformance):
    def test_a_server_with_webdav_conforms_also_when_connections_break(self):
        settings = {f"RCLONE_CONFIG_DAV_{name.upper()}": value for name, value in self.dav_settings().items()}
        self.conform("rclone://dav:/backup", files=FILES, exclude=RCLONE_CANNOT, variables=self.variables(**settings),
                     flaky_port=self.dav.port, restart=self.dav)


class TroubleTest(RcloneTest):
    def status(self, url, expect):
        return self.world.duplictl("collection-status", url, "--num-retries", "1", expect=expect)

    def test_a_remote_that_is_not_configured_is_told_as_such(self):
        self.configure("")
        self.assertIn("rclone listremotes", self.status("rclone://nowhere:/backup", USAGE).text)

    def test_a_url_without_a_remote_is_refused(self):
        self.assertIn("rclone://REMOTE:/DIR", self.status("rclone:///backup", USAGE).text)

    def test_a_wrong_password_is_denied_and_not_shown(self):
        self.configure_dav(password="wr0ng")
        run = self.status("rclone://dav:/backup", DENIED)
        self.assertIn("401", run.text)
        self.assertNotIn("wr0ng", run.text)

    def test_a_server_that_is_away_is_unreachable(self):
        self.configure_dav()
        self.dav.halt()
        try:
            self.status("rclone://dav:/backup", UNREACHABLE)
        finally:
            self.dav.restart()

    def test_without_the_program_nothing_is_stored(self):
        Tree(self.world.source).file("file", noise(1_000, 1), mtime=EPOCH)
        path = self.world.root / "no-rclone"
        path.mkdir()
        for program in ("gpg", "env"):
            os.symlink(f"/usr/bin/{program}", path / program)
        run = self.world.command(["env", f"PATH={path}", *self.world.duplictl_words(
            "backup", self.world.source, "rclone://dav:/backup")], expect=None)
        self.assertNotEqual(run.status, 0)
        self.assertIn("rclone", run.text)


class InteropTest(RcloneTest):
    def meet(self, url, place, *programs):
        place.mkdir()
        place.chmod(0o777)
        meeting = Meeting(self, url)
        meeting.check(meeting.write(programs))

    def test_chains_are_written_in_turn_on_this_machine(self):
        self.configure("[here]\ntype = local\n")
        for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
            place = self.world.root / f"{first}-first"
            self.meet(f"rclone://here:/{place}", place, first, second, first)

    def test_chains_are_written_in_turn_on_a_server_with_webdav(self):
        self.configure_dav()
        for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
            place = Path(self.dav["DAV_ROOT"]) / "basic" / f"{first}-first"
            self.meet(f"rclone://dav:/{place.name}", place, first, second, first)


if __name__ == "__main__":
    main()
