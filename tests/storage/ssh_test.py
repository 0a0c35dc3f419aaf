#!/usr/bin/env python3
"""Targets reached by ssh: OpenSSH's server and rclone's, our own connection and the ssh program.

`paramiko+` in a URL means our own connection, `pexpect+` the program, neither whatever is needed.
"""

import json
import os
import pwd
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from logins import aliased_ssh_words, ssh_words  # noqa: E402
from servers import ServerTest  # noqa: E402
from trees import EPOCH, Tree, noise  # noqa: E402
from world import USAGE, main  # noqa: E402

OWN, PROGRAM = "paramiko+", "pexpect+"
MIB = 1 << 20


class SshTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.home = self.world.root / "home"
        (self.home / ".ssh").mkdir(mode=0o700)

    def options(self, *how):
        return {"ssh_options": ssh_words(*how)}

    def variables(self, **more):
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], **more}

    def aliased(self, server):
        return {"ssh_options": aliased_ssh_words(server)}

    def works(self, url, options, **variables):
        """One case of the suite that stores, lists and reads."""
        self.conform(url, options, self.variables(**variables), cases="what was put*")

    def refusal(self, url, options, cases="a new target*", large=6 * MIB, **variables):
        """What is said where nothing works."""
        done = subprocess.run(
            [os.environ["DUPLID_CONFORMANCE_BIN"], "--reporters=xml", f"--test-case={cases}"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False,
            env=self.world.environment() | {
                "DUPLID_CONFORMANCE_URL": url,
                "DUPLID_CONFORMANCE_OPTIONS": json.dumps({"timeout": 20} | options),
                "DUPLID_CONFORMANCE_VARIABLES": json.dumps(self.variables(**variables)),
                "DUPLID_CONFORMANCE_LARGE": str(large)})
        report = xml.etree.ElementTree.fromstring(done.stdout)
        said = [found.text for found in report.iter("Exception")]
        self.assertTrue(said, f"{url} worked\n{os.fsdecode(done.stdout)}")
        return " ".join(said)


def fingerprint(path):
    """As ssh-keygen has it."""
    shown = subprocess.run(["ssh-keygen", "-l", "-f", path], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]


def url_of(server, engine="", protocol="sftp"):
    return f"{engine}{protocol}://{server['SSH_USER']}@127.0.0.1:{server['SSH_PORT']}/{server.directory}/data"


class OwnConnectionTest(SshTest):
    servers = {"sshd": ("sshd", {})}

    def test_it_conforms(self):
        self.conform(url_of(self.sshd, OWN), self.aliased(self.sshd), self.variables(), files=1500,
                     flaky_port=self.sshd.port, restart=self.sshd)

    def test_compressed_it_carries_the_same_bytes(self):
        self.works(url_of(self.sshd, OWN), self.options(self.sshd, "user_ed25519", "known_hosts", "-C"))


class ProgramTest(SshTest):
    servers = {"sshd": ("sshd", {})}

    def test_it_conforms(self):
        self.conform(url_of(self.sshd, PROGRAM), self.aliased(self.sshd), self.variables(), files=300,
                     flaky_port=self.sshd.port, restart=self.sshd)


class CipherTest(SshTest):
    servers = {"sshd": ("sshd", {"SSHD_LOG": "DEBUG1"})}

    def agreed(self, *words):
        """What the server has agreed to, by its own log."""
        log = Path(self.sshd.directory, "sshd.log")
        seen = log.stat().st_size
        self.conform(url_of(self.sshd, PROGRAM), self.options(self.sshd, "user_ed25519", "known_hosts", *words),
                     self.variables(), cases="a new target*")
        return set(re.findall(r"kex: client->server cipher: (\S+)", log.read_text()[seen:]))

    def test_the_program_asks_for_a_cipher_that_the_processor_has(self):
        flags = Path("/proc/cpuinfo").read_text().split()
        quick = {"aes", "pclmulqdq"} <= set(flags) or {"aes", "pmull"} <= set(flags)
        self.assertEqual(self.agreed(), {"aes128-gcm@openssh.com" if quick else "chacha20-poly1305@openssh.com"})

    def test_a_choice_of_the_callers_counts(self):
        self.assertEqual(self.agreed("-oCiphers=aes256-ctr"), {"aes256-ctr"})


class PoorServersTest(SshTest):
    servers = {
        "poor": ("sshd", {"SFTP_DENY": "posix-rename,statvfs,fsync,limits"}),
        "shell": ("sshd", {"SSHD_SFTP": "off"}),
    }

    def test_a_server_without_extensions_conforms_but_for_replacing_at_once(self):
        self.conform(url_of(self.poor), self.options(self.poor), self.variables(),
                     exclude=["atomic-replace"], files=200)

    def test_a_server_without_sftp_conforms_through_its_shell(self):
        self.conform(url_of(self.shell, "", "scp"), self.aliased(self.shell), self.variables(), files=100,
                     flaky_port=self.shell.port)

    def test_use_scp_and_fish_and_the_program_use_the_shell_too(self):
        self.works(url_of(self.shell), self.options(self.shell) | {"use_scp": True})
        self.works(url_of(self.shell, PROGRAM, "scp"), self.options(self.shell))
        self.works(url_of(self.shell, "", "fish"), self.options(self.shell))
        self.works(url_of(self.shell, "lftp+", "fish"), self.options(self.shell))

    def test_sftp_alone_says_what_to_write_instead(self):
        for engine in ("", PROGRAM):
            with self.subTest(engine=engine):
                self.assertIn("no sftp server", self.refusal(url_of(self.shell, engine), self.options(self.shell)))

    def test_scp_uses_sftp_where_there_is_one(self):
        self.works(url_of(self.poor, "", "scp"), self.options(self.poor))


class OwnCommandsTest(SshTest):
    """--sftp-command and --scp-command: programs that somebody must use."""

    servers = {"sshd": ("sshd", {})}

    def stand_in(self, name):
        """A program that notes that it was used and is `name` otherwise."""
        path, seen = self.world.root / f"our-{name}", self.world.root / f"{name}-was-used"
        path.write_text(f'#!/bin/sh\necho "$@" >>{seen}\nexec /usr/bin/{name} "$@"\n')
        path.chmod(0o755)
        return str(path), seen

    def test_an_sftp_of_the_callers_conforms(self):
        program, seen = self.stand_in("sftp")
        # A line break ends a command of sftp's, however it is quoted.
        self.conform(url_of(self.sshd), self.options(self.sshd) | {"sftp_command": program}, self.variables(),
                     exclude=["newlines"], restart=self.sshd,
                     cases="what was put*,names may*,a put replaces*,a missing*,removing*,where files*,a spool of*,"
                           "while a file*,a server that was*")
        self.assertTrue(seen.exists())

    def test_a_directory_whose_name_is_a_pattern_is_itself(self):
        program, _ = self.stand_in("sftp")
        place = Path(self.sshd.directory) / "data" / "a [b] {c,d} *"
        (Path(self.sshd.directory) / "data" / "a b c x").mkdir()
        self.works(f"{url_of(self.sshd)}/a%20%5Bb%5D%20%7Bc,d%7D%20*",
                   self.options(self.sshd) | {"sftp_command": program})
        self.assertTrue(place.is_dir())

    def test_a_name_that_its_listings_show_as_another_one_is_refused(self):
        program, _ = self.stand_in("sftp")
        self.world.source.mkdir()
        run = self.world.duplictl("backup", self.world.source, url_of(self.sshd) + "/prefixed", "--sftp-command",
                                  program, "--ssh-options", ssh_words(self.sshd), "--file-prefix", r"\303\251-",
                                  expect=USAGE)
        self.assertIn("show such a name as another one", run.text)

    def test_an_scp_of_the_callers_moves_the_files_of_scp_targets(self):
        program, seen = self.stand_in("scp")
        options = self.options(self.sshd) | {"scp_command": program}
        self.works(url_of(self.sshd), options)
        self.assertFalse(seen.exists())
        self.works(url_of(self.sshd, PROGRAM, "scp"), options)
        self.assertIn("-q", seen.read_text())


class LoginTest(SshTest):
    servers = {"sshd": ("sshd", {}), "rsa": ("sshd", {"SSHD_KEYS": "user_rsa"})}

    def test_a_locked_key_is_opened_by_the_password_as_its_passphrase(self):
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                self.works(url_of(self.sshd, engine), self.options(self.sshd, "user_pass"),
                           FTP_PASSWORD=self.sshd["SSH_KEY_LOCKED_PHRASE"])

    def test_a_locked_key_without_passphrase_is_named(self):
        url, options = url_of(self.sshd, OWN), self.options(self.sshd, "user_pass")
        self.assertIn("user_pass (locked)", self.refusal(url, options))
        wrong = self.refusal(url, options, FTP_PASSWORD="no phrase")
        self.assertIn("user_pass (its passphrase is another one)", wrong)
        self.assertNotIn("no phrase", wrong)

    def test_an_agent_is_asked_first(self):
        socket = str(self.world.root / "agent")
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)
        subprocess.run(["sh", "-c", 'while [ ! -S "$1" ]; do sleep 0.05; done', "sh", socket], check=True, timeout=60)
        subprocess.run(["ssh-add", "-q", f"{self.sshd.directory}/user_ed25519"], check=True,
                       env={"SSH_AUTH_SOCK": socket, "PATH": os.environ["PATH"]})
        known = f"-F none -oUserKnownHostsFile={self.sshd.directory}/known_hosts"
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                self.works(url_of(self.sshd, engine), {"ssh_options": known}, SSH_AUTH_SOCK=socket)
        self.assertIn("would take", self.refusal(url_of(self.sshd, OWN), {"ssh_options": known}))

    def test_an_account_with_an_rsa_key_is_reached_by_the_program(self):
        self.works(url_of(self.rsa), self.options(self.rsa, "user_rsa"))
        said = self.refusal(url_of(self.rsa, OWN), self.options(self.rsa, "user_rsa"))
        self.assertIn("user_rsa is an RSA key", said)

    def test_a_key_that_is_not_wanted_is_named(self):
        said = self.refusal(url_of(self.sshd, OWN), self.options(self.sshd, "user_other"))
        self.assertIn("user_other", said)
        self.assertIn("publickey", said)
        self.assertIn("Permission denied", self.refusal(url_of(self.sshd, PROGRAM),
                                                        self.options(self.sshd, "user_other")))

    def test_nobody_listens(self):
        port = self.sshd.port + 50
        url = f"{OWN}sftp://root@127.0.0.1:{port}/x"
        self.assertIn("Connection refused", self.refusal(url, self.options(self.sshd)))
        self.assertIn("Connection refused", self.refusal(url.replace(OWN, PROGRAM), self.options(self.sshd)))


class PasswordTest(SshTest):
    """rclone's server takes a password and no key, and has none of OpenSSH's extensions."""

    servers = {"rclone": ("rclone-serve", {"RCLONE_SERVE": "sftp"})}

    def url(self, engine="", password="rclone%20secret"):
        return f"{engine}sftp://duplid:{password}@127.0.0.1:{self.rclone.port}/backup"

    def known(self):
        return {"ssh_options": f"-F none -oUserKnownHostsFile={self.rclone['SSH_KNOWN_HOSTS']}"}

    def test_another_kind_of_server_conforms(self):
        # rclone keeps names that are no UTF-8 only in part, and says so in its documentation.
        self.conform(self.url(), self.known(), self.variables(), files=200,
                     exclude=["atomic-replace", "other-bytes", "long-names"])

    def test_a_password_of_the_url_or_of_the_environment_opens(self):
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                self.works(self.url(engine), self.known())
                self.works(self.url(engine, "").replace(":@", "@"), self.known(),
                           FTP_PASSWORD=self.rclone["RCLONE_PASSWORD"])

    def test_a_wrong_password_is_refused_and_not_shown(self):
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                said = self.refusal(self.url(engine, "wrong-Secret"), self.known())
                self.assertRegex(said, "lets duplid not in|Permission denied")
                self.assertNotIn("wrong-Secret", said)

    def test_the_program_is_not_told_the_password_by_arguments_or_environment(self):
        programs = self.world.root / "programs"
        programs.mkdir()
        seen = self.world.root / "seen"
        stand_in = programs / "ssh"
        stand_in.write_text(f'#!/bin/sh\n{{ env; printf "%s\\n" "$@"; }} >>{seen}\nexec /usr/bin/ssh "$@"\n')
        stand_in.chmod(0o755)
        self.works(self.url(PROGRAM), self.known(), PATH=f"{programs}:{os.environ['PATH']}")
        told = seen.read_text()
        self.assertIn("SSH_ASKPASS=", told)
        self.assertNotIn(self.rclone["RCLONE_PASSWORD"], told)


class HostKeyTest(SshTest):
    servers = {"sshd": ("sshd", {}), "rsa": ("sshd", {"SSHD_HOST_KEYS": "host_rsa"})}

    def test_an_unknown_key_is_refused_with_its_fingerprint(self):
        prints = [fingerprint(f"{self.sshd.directory}/{name}.pub") for name in ("host_ed25519", "host_ecdsa")]
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                said = self.refusal(url_of(self.sshd, engine), self.options(self.sshd, "user_ed25519", "none"))
                self.assertIn("is not known", said)
                self.assertTrue(any(known in said for known in prints), said)

    def test_a_changed_key_is_refused_loudly(self):
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                said = self.refusal(url_of(self.sshd, engine),
                                    self.options(self.sshd, "user_ed25519", "known_hosts.wrong"))
                self.assertIn("HAS CHANGED", said)
                self.assertIn(fingerprint(f"{self.sshd.directory}/host_ed25519.pub"), said)
                self.assertIn("known_hosts.wrong:1", said)

    def test_a_key_is_taken_on_trust_where_that_is_asked_for_and_known_from_then_on(self):
        name = "new_known_hosts"
        accept = "-oStrictHostKeyChecking=accept-new"
        self.works(url_of(self.sshd, OWN), self.options(self.sshd, "user_ed25519", name, accept))
        written = Path(self.sshd.directory, name).read_text()
        keys = [Path(self.sshd.directory, f"{key}.pub").read_text().split()[1]
                for key in ("host_ed25519", "host_ecdsa", "host_rsa")]
        self.assertTrue(any(key in written for key in keys), written)
        # ssh itself agrees with what was written.
        self.works(url_of(self.sshd, PROGRAM), self.options(self.sshd, "user_ed25519", name))
        self.works(url_of(self.sshd, OWN), self.options(self.sshd, "user_ed25519", name))

    def test_hashed_names_and_any_one_key_on_file_are_enough(self):
        lines = Path(self.sshd.directory, "known_hosts").read_text().splitlines()
        for number, line in enumerate(lines[:2]):
            name = f"known_{number}"
            path = Path(self.sshd.directory, name)
            path.write_text(line + "\n")
            subprocess.run(["ssh-keygen", "-H", "-f", path], check=True, capture_output=True)
            with self.subTest(line=line[:40]):
                self.assertIn("|1|", path.read_text())
                self.works(url_of(self.sshd, OWN), self.options(self.sshd, "user_ed25519", name))

    def test_a_server_with_an_rsa_key_only_is_reached_by_the_program(self):
        self.works(url_of(self.rsa), self.options(self.rsa))
        self.assertIn("ssh-rsa", self.refusal(url_of(self.rsa, OWN), self.options(self.rsa)))
        nobody = self.refusal(url_of(self.rsa), self.options(self.rsa, "user_ed25519", "none"))
        self.assertIn(fingerprint(f"{self.rsa.directory}/host_rsa.pub"), nobody)


class ConfigurationTest(SshTest):
    servers = {"sshd": ("sshd", {})}

    def configure(self, more=""):
        directory = self.sshd.directory
        (self.home / ".ssh" / "config").write_text(
            f"Host store\n  HostName 127.0.0.1\n  Port {self.sshd.port}\n  User {self.sshd['SSH_USER']}\n"
            f"  IdentityFile {directory}/user_ed25519\n  IdentitiesOnly yes\n{more}"
            f"Host *\n  UserKnownHostsFile {directory}/known_hosts\n")

    def test_names_and_keys_of_ssh_config_are_used(self):
        self.configure()
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                self.works(f"{engine}sftp://store/{self.sshd.directory}/data", {})

    def test_a_jump_host_is_passed_by_the_program(self):
        self.configure(f"Host inner\n  HostName 127.0.0.1\n  Port {self.sshd.port}\n"
                       f"  User {self.sshd['SSH_USER']}\n  ProxyJump store\n"
                       f"  IdentityFile {self.sshd.directory}/user_ed25519\n")
        url = f"sftp://inner/{self.sshd.directory}/data"
        before = self.sshd.log().count("Accepted publickey")
        self.works(url, {})
        # Through the jump host and then to the server, which are one here.
        self.assertGreaterEqual(self.sshd.log().count("Accepted publickey") - before, 2)
        self.assertIn("ProxyJump", self.refusal(OWN + url, {}))

    def test_the_login_directory_is_where_relative_paths_begin(self):
        self.configure()
        place = Path(pwd.getpwuid(os.getuid()).pw_dir) / f"duplid-test-{os.getpid()}"
        self.addCleanup(subprocess.run, ["rm", "-rf", place], check=True)
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                self.works(f"{engine}sftp://store/{place.name}/below", {})
        self.assertTrue((place / "below").is_dir())

    def test_options_that_nobody_knows_are_named(self):
        said = self.refusal(url_of(self.sshd), self.options(self.sshd, "user_ed25519", "known_hosts", "-oNonsense=1"))
        self.assertRegex(said.lower(), "nonsense")
        said = self.refusal(url_of(self.sshd, OWN),
                            self.options(self.sshd, "user_ed25519", "known_hosts", "-oCiphers=aes128-ctr"))
        self.assertIn("Ciphers in --ssh-options needs the ssh program", said)


class TroubleTest(SshTest):
    servers = {"sshd": ("sshd", {}), "frozen": ("sshd", {"SFTP_READONLY": "on"}),
               "shell": ("sshd", {"SSHD_SFTP": "off"})}

    def test_a_server_that_writes_nothing_says_so(self):
        for engine in (OWN, PROGRAM):
            with self.subTest(engine=engine):
                said = self.refusal(url_of(self.frozen, engine) + "/new", self.options(self.frozen))
                self.assertRegex(said, "making directory .*: Permission denied")

    def test_a_full_disk_is_told_as_such_and_leaves_nothing(self):
        small = self.world.root / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"cannot mount: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", small], check=True)
        for server, protocol, words in ((self.sshd, "sftp", r"the target has \d+ bytes left"),
                                        (self.shell, "scp", "No space left on device")):
            with self.subTest(protocol=protocol):
                url = f"{protocol}://{server['SSH_USER']}@127.0.0.1:{server['SSH_PORT']}/{small}/target"
                self.assertRegex(self.refusal(url, self.options(server), "what was put*"), words)
                left = [path for path in small.rglob("*") if path.is_file() and path.stat().st_size > MIB]
                self.assertEqual(left, [])


class HugeFileTest(SshTest):
    servers = {"sshd": ("sshd", {})}

    def test_a_file_of_five_gigabytes_goes_there_and_comes_back(self):
        self.conform_huge(url_of(self.sshd, OWN), self.sshd.directory, self.options(self.sshd), self.variables())


class InteropTest(SshTest):
    """The reference's engine that runs here is pexpect's; what one writes, the other restores."""

    servers = {"sshd": ("sshd", {})}

    def test_both_programs_write_and_read_one_target(self):
        self.world.target = Path(self.sshd.directory, "data", "chain")
        self.world.__class__ = type("SshWorld", (type(self.world),), {"url": url_of(self.sshd, PROGRAM) + "/chain"})
        ssh = ("--ssh-options", ssh_words(self.sshd))
        tree = Tree(self.world.source)
        tree.file("first", noise(3 * MIB, 1))
        tree.stamp(EPOCH)
        self.world.back_up("duplid", "--volsize", "1", *ssh)
        tree.file("second", noise(MIB, 2), mtime=EPOCH + 10)
        self.world.back_up("duplicity", "--volsize", "1", *ssh)
        tree.file("third", noise(MIB, 3), mtime=EPOCH + 20)
        self.world.back_up("duplid", *ssh)
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                self.assert_same_tree(tree.listing(), self.world.restore(program, *ssh))
        self.assertEqual(self.world.target_names(r"^\.duplid"), [])


if __name__ == "__main__":
    main()
