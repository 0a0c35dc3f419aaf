#!/usr/bin/env python3
"""rsync: targets, of a daemon and over ssh."""

import os
import pwd
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from logins import aliased_ssh_words, ssh_words  # noqa: E402
from meetings import Meeting  # noqa: E402
from servers import ServerTest  # noqa: E402
from trees import EPOCH, Tree, noise  # noqa: E402
from world import DENIED, NOT_FOUND, UNREACHABLE, USAGE, main  # noqa: E402

# A program is started for each file, so that a long listing is made of fewer.
FILES = 60


class RsyncTest(ServerTest):
    def variables(self, **more):
        return {"PATH": os.environ["PATH"], **more}

    def meet(self, place, url, *options, **how):
        """Both orders; duplicity's rsync backend makes no directory (backends.md 3.3)."""
        for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
            if first == "duplicity":
                (place / first).mkdir()
            meeting = Meeting(self, f"{url}/{first}", *options, **how)
            meeting.check(meeting.write((first, second, first)))

    def stand_in(self, name, commands):
        """A directory for the front of PATH with a program `name`: `commands`, then the real one."""
        directory = self.world.root / f"programs-{name}"
        directory.mkdir()
        path = directory / name
        path.write_text(f'#!/bin/sh\n{commands}\nexec /usr/bin/{name} "$@"\n')
        path.chmod(0o755)
        return directory

    def backup_into_vanishing(self, place, url, *options):
        """The directory goes when the first volume is about to be sent: somebody pulled the disk."""
        Tree(self.world.source).file("file", noise(1_000, 1), mtime=EPOCH)
        place.mkdir()
        programs = self.stand_in("rsync", f'case "$*" in *vol1*) mv {place} {place}.away ;; esac')
        words = self.world.duplictl_words("backup", self.world.source, url, "--num-retries", "1", *options)
        run = self.world.command(["env", f"PATH={programs}:{os.environ['PATH']}", *words], expect=NOT_FOUND)
        self.assertIn("not there any more", run.text)
        self.assertFalse(place.exists())


class DaemonTest(RsyncTest):
    servers = {"rsyncd": ("rsyncd", {})}

    def test_a_module_with_a_password_conforms_also_when_connections_break(self):
        self.conform(self.rsyncd["RSYNC_URL"], variables=self.variables(RSYNC_PASSWORD=self.rsyncd["RSYNC_PASSWORD"]),
                     files=FILES, flaky_port=self.rsyncd.port, restart=self.rsyncd, options={"timeout": 5})

    def test_a_module_for_everybody_takes_and_gives_whatever_names_are(self):
        self.conform(self.rsyncd["RSYNC_OPEN_URL"], variables=self.variables(),
                     cases="what was put*,names may*,a missing*,removing*")

    def test_a_directory_whose_name_is_a_pattern_is_itself(self):
        # The second is what the pattern matches.
        root = Path(self.rsyncd["RSYNC_ROOT"]) / "open"
        (root / "a1 b").mkdir()
        self.conform(self.rsyncd["RSYNC_OPEN_URL"].replace("/set", "/a%5B1%5D%20b"), variables=self.variables(),
                     same_place=True, cases="what was put*")
        self.assertTrue((root / "a[1] b").is_dir())
        self.assertEqual(os.listdir(root / "a1 b"), [])

    def test_a_directory_that_vanishes_in_a_backup_is_not_made_anew(self):
        self.backup_into_vanishing(Path(self.rsyncd["RSYNC_ROOT"]) / "open" / "vanishing",
                                   self.rsyncd["RSYNC_OPEN_URL"].replace("/set", "/vanishing"))

    def test_a_module_that_takes_nothing_says_so(self):
        self.world.source.mkdir()
        run = self.world.duplictl("backup", self.world.source, self.rsyncd["RSYNC_RO_URL"], "--num-retries", "1",
                                  expect=DENIED)
        self.assertIn("read only", run.text)


class OpenModuleTest(RsyncTest):
    servers = {"rsyncd": ("rsyncd", {})}

    def test_a_module_for_everybody_conforms(self):
        self.conform(self.rsyncd["RSYNC_OPEN_URL"], variables=self.variables(), files=FILES, restart=self.rsyncd)


class OverSsh(RsyncTest):
    """No daemon: the ssh program starts rsync at the other end."""

    servers = {"sshd": ("sshd", {})}

    def url(self, directory=""):
        return (f"rsync://{self.sshd['SSH_USER']}@127.0.0.1:{self.sshd['SSH_PORT']}"
                f"/{self.sshd.directory}/data{directory}")

    def place(self, directory=""):
        return Path(f"{self.sshd.directory}/data{directory}")


class OverSshConformanceTest(OverSsh):
    """A login for each operation, fifteen hundred in all."""

    def test_it_conforms_also_when_connections_break(self):
        self.conform(self.url(), {"ssh_options": aliased_ssh_words(self.sshd), "timeout": 10}, self.variables(),
                     files=20, flaky_port=self.sshd.port, restart=self.sshd)


class OverSshTest(OverSsh):
    def works(self, url, options, **variables):
        """One case of the suite that stores, lists and reads."""
        self.conform(url, options, self.variables(**variables), cases="what was put*")

    def status(self, url, *words, expect):
        return self.world.duplictl("collection-status", url, "--num-retries", "1", *words, expect=expect)

    def test_it_stores_lists_reads_and_removes_whatever_names_are(self):
        self.conform(self.url(), {"ssh_options": ssh_words(self.sshd)}, self.variables(), restart=self.sshd,
                     cases="what was put*,names may*,a put replaces*,a missing*,removing*,a server that was*")

    def test_the_login_directory_is_where_relative_paths_begin(self):
        place = Path(pwd.getpwuid(os.getuid()).pw_dir) / f"duplid-test-{os.getpid()}"
        self.addCleanup(subprocess.run, ["rm", "-rf", place], check=True)
        url = f"rsync://{self.sshd['SSH_USER']}@127.0.0.1:{self.sshd['SSH_PORT']}/{place.name}/below"
        self.works(url, {"ssh_options": ssh_words(self.sshd)})
        self.assertTrue((place / "below").is_dir())

    def test_a_directory_whose_name_is_a_pattern_is_itself(self):
        self.place("/a1 b").mkdir()
        self.conform(self.url("/a%5B1%5D%20b"), {"ssh_options": ssh_words(self.sshd)}, self.variables(),
                     same_place=True, cases="what was put*")
        self.assertTrue(self.place("/a[1] b").is_dir())
        self.assertEqual(os.listdir(self.place("/a1 b")), [])

    def test_a_link_on_the_way_stays_a_link(self):
        self.place("/disk").mkdir()
        self.place("/link").symlink_to("disk")
        self.works(self.url("/link/new/deeper"), {"ssh_options": ssh_words(self.sshd)})
        self.assertTrue(self.place("/link").is_symlink())
        self.assertTrue(self.place("/disk/new/deeper").is_dir())

    def test_a_directory_that_vanishes_in_a_backup_is_not_made_anew(self):
        self.backup_into_vanishing(self.place("/vanishing"), self.url("/vanishing"), "--ssh-options",
                                   ssh_words(self.sshd))

    def test_a_key_that_is_not_wanted_is_denied(self):
        run = self.status(self.url(), "--ssh-options", ssh_words(self.sshd, "user_other"), expect=DENIED)
        self.assertIn("Permission denied (publickey)", run.text)

    def test_a_server_that_nobody_knows_is_denied_with_its_fingerprint(self):
        prints = [subprocess.run(["ssh-keygen", "-l", "-f", f"{self.sshd.directory}/{name}.pub"], check=True,
                                 capture_output=True, text=True).stdout.split()[1]
                  for name in ("host_ed25519", "host_ecdsa", "host_rsa")]
        run = self.status(self.url(), "--ssh-options", ssh_words(self.sshd, "user_ed25519", "none"), expect=DENIED)
        self.assertTrue(any(known in run.text for known in prints), run.text)

    def test_a_server_that_is_away_is_unreachable(self):
        self.sshd.halt()
        try:
            run = self.status(self.url(), "--ssh-options", ssh_words(self.sshd), expect=UNREACHABLE)
        finally:
            self.sshd.restart()
        self.assertIn("Connection refused", run.text)

    def test_a_server_without_rsync_is_told_as_such(self):
        run = self.status(self.url(), "--ssh-options", ssh_words(self.sshd),
                          "--rsync-options=--rsync-path=/nowhere/rsync", expect=USAGE)
        self.assertIn("has no rsync", run.text)

    def test_a_locked_key_is_opened_by_the_password_which_no_argument_and_no_environment_holds(self):
        seen = self.world.root / "seen"
        programs = self.stand_in("ssh", f'{{ env; printf "%s\\n" "$@"; }} >>{seen}')
        self.works(self.url(), {"ssh_options": ssh_words(self.sshd, "user_pass")},
                   FTP_PASSWORD=self.sshd["SSH_KEY_LOCKED_PHRASE"], PATH=f"{programs}:{os.environ['PATH']}")
        told = seen.read_text()
        self.assertIn("SSH_ASKPASS=", told)
        self.assertNotIn(self.sshd["SSH_KEY_LOCKED_PHRASE"], told)

    def test_options_reach_rsync_at_the_other_end_and_ssh_with_their_quotes(self):
        used = self.world.root / "far-end-was-used"
        far = self.world.root / "far rsync"
        far.write_text(f'#!/bin/sh\necho "$@" >>{used}\nexec rsync "$@"\n')
        far.chmod(0o755)
        keys = self.world.root / "it's a key"
        keys.write_bytes(Path(self.sshd.directory, "user_ed25519").read_bytes())
        keys.chmod(0o600)
        words = ssh_words(self.sshd).replace(f"-oIdentityFile={self.sshd.directory}/user_ed25519", f'-i "{keys}"')
        self.assertIn("it's", words)
        self.works(self.url(), {"ssh_options": words, "rsync_options": f"--rsync-path=\"'{far}'\""})
        self.assertIn("--server", used.read_text())

    def test_a_full_disk_is_told_as_such_and_leaves_nothing(self):
        small = self.world.root / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"cannot mount: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", small], check=True)
        Tree(self.world.source).file("file", noise(3_000_000, 1), mtime=EPOCH)
        url = f"rsync://{self.sshd['SSH_USER']}@127.0.0.1:{self.sshd['SSH_PORT']}/{small}/target"
        run = self.world.duplictl("backup", self.world.source, url, "--num-retries", "1", "--ssh-options",
                                  ssh_words(self.sshd), expect=None)
        self.assertNotEqual(run.status, 0)
        self.assertIn("No space left on device", run.text)
        self.assertEqual([path for path in small.rglob("*") if path.is_file()], [])


class InteropTest(RsyncTest):
    servers = {"sshd": ("sshd", {}), "rsyncd": ("rsyncd", {})}

    def test_chains_are_written_in_turn_over_ssh(self):
        place = Path(self.sshd.directory) / "data"
        self.meet(place, f"rsync://{self.sshd['SSH_USER']}@127.0.0.1:{self.sshd['SSH_PORT']}/{place}",
                  "--ssh-options", ssh_words(self.sshd))

    def test_chains_are_written_in_turn_through_a_daemon(self):
        self.meet(Path(self.rsyncd["RSYNC_ROOT"]) / "open", self.rsyncd["RSYNC_OPEN_URL"].removesuffix("/set"))


if __name__ == "__main__":
    main()
