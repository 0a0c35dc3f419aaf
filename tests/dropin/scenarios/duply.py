"""duply 2.4.1 (Debian's package), which calls `duplicity` from PATH and hands its output through."""

import subprocess

from sets import STAMPS, TIMES, first_change, second_change, small_tree
from world import fingerprint

from scenarios import scenario


class Profile:
    """A duply profile, its commands, and the tree they are about."""

    def __init__(self, s, **settings):
        self.s = s
        self.path = s.base / "home" / "profile"
        self.path.mkdir(mode=0o700)
        values = {"TARGET": s.url, "SOURCE": str(s.source), "TEMP_DIR": str(s.base / "tmp"),
                  "ARCH_DIR": str(s.base / "archive"), "VERBOSITY": "4",
                  # duply's own tries of gpg and exports of keys do not call duplicity.
                  "GPG_TEST": "disabled", "GPG_IMPORT": "disabled", "GPG_EXPORT": "disabled", **settings}
        lines = [f"{name}='{value}'\n" for name, value in values.items()]
        lines.append('DUPL_PARAMS="$DUPL_PARAMS --full-if-older-than 500Y --volsize 25 --no-print-statistics "\n')
        (self.path / "conf").write_text("".join(lines), encoding="ascii")
        (self.path / "conf").chmod(0o600)
        (self.path / "exclude").write_text(f"- {s.source}/dir/other.txt\n", encoding="ascii")
        self.tree = small_tree(s)

    def __call__(self, *words):
        return self.s.run_other("duply", self.path, *words)

    def life(self):
        """Everything a profile goes through."""
        s = self.s
        self("full", f"--current-time={TIMES[0]}")
        first_change(self.tree)
        self("incr", f"--current-time={TIMES[1]}")
        self("status")
        self("list")
        self("list", STAMPS[0])
        self("verify")
        second_change(self.tree)
        self("verify", "--compare-data")
        self("fetch", "dir/inner.txt", s.base / "fetched.txt")
        s.show_file(s.base / "fetched.txt")
        self("fetch", "gone.txt", s.base / "fetched-2.txt", STAMPS[0])
        s.show_file(s.base / "fetched-2.txt")
        self("restore", s.restored)
        s.show_tree()
        self("restore", s.base / "restored-2", STAMPS[0])
        s.show_tree(s.base / "restored-2")
        self("backup", f"--current-time={TIMES[2]}")
        self("full", f"--current-time={TIMES[3]}")
        self("purge", "1D")
        self("purgeIncr", "1", "--force")
        self("purgeFull", "1")
        self("purgeFull", "1", "--force")
        s.show_names()
        (s.target / f"duplicity-full.{STAMPS[4]}.vol1.difftar.gpg").write_bytes(b"left over")
        self("cleanup")
        self("cleanup", "--force")
        s.show_names()


@scenario
def with_a_passphrase(s):
    """A profile with nothing but a passphrase."""
    Profile(s, GPG_KEY="", GPG_PW="a passphrase").life()


@scenario
def with_a_key(s):
    """A profile that encrypts to a key and signs with another."""
    s.world.import_keys()
    # duply asks for no passphrase where an agent is at work, as one is that the keys were imported by.
    subprocess.run(["gpgconf", "--launch", "gpg-agent"], env=s.world.environment(), check=True)
    Profile(s, GPG_KEYS_ENC=fingerprint("ENCRYPT")[-16:], GPG_KEY_SIGN=fingerprint("SIGN")[-16:], GPG_PW="",
            GPG_OPTS="--pinentry-mode loopback").life()


@scenario
def without_encryption(s):
    """A profile that does not encrypt; what goes wrong is told by duply's own status."""
    profile = Profile(s, GPG_KEY="disabled")
    profile("backup", f"--current-time={TIMES[0]}")
    profile("version")
    profile("restore", s.source)
    profile("fetch", "nothing", s.base / "fetched.txt")
    profile("verifyPath", "dir/inner.txt", s.source / "dir/inner.txt")
    profile("status")
