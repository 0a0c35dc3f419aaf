"""A machine in a directory: home, cache, keys, targets, and the two programs run inside it.

Every test makes its own World, so tests can run side by side and leave nothing behind. Environment
variables of the caller reach neither program.
"""

import atexit
import calendar
import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from dataclasses import dataclass
from pathlib import Path

from trees import differences, listing

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "duplicity-0.8.22"
PASSPHRASE = "duplid test passphrase"

# feature-goals.md, "Client exit codes".
OK, FAILED, USAGE, WARNINGS = 0, 1, 2, 3
NOT_FOUND, BUSY, WRONG_PASSPHRASE, DENIED, UNREACHABLE, DAMAGED = 10, 11, 12, 13, 14, 15

# archive-format.md 15: duplicity's status when another holds the archive directory's lock.
DUPLICITY_LOCKED = 23

# A passphrase hashed as often as gpg's default has it costs a fifth of a second for each file and each
# reader of it; so many times that takes, only hashing is tested. The codec's unit tests, fault/passphrase_test.py,
# interop/gpg_test.py and the golden archives have the default. (1024, which gpg's manual offers, means the default.)
QUICK_PASSPHRASES = "s2k-count 2048\n"

# No single command of these tests takes longer, however busy the machine is.
COMMAND_SECONDS_MAX = 120


def fingerprint(role):
    """The golden key of a role: ENCRYPT or SIGN."""
    text = (GOLDEN / "keys" / "fingerprints.txt").read_text(encoding="ascii")
    return dict(line.split("=") for line in text.split())[role]


def _import_keys(environment):
    keys = GOLDEN / "keys"
    for words in (["--import", keys / "secret-keys.asc"], ["--import-ownertrust", keys / "ownertrust.txt"]):
        subprocess.run(["gpg", "--batch", "--quiet", *words], env=environment, check=True, capture_output=True)


@functools.cache
def _imported_keys():
    """A directory with what gpg makes of the golden keys: importing them takes it half a second, so that is
    done once a process."""
    directory = tempfile.TemporaryDirectory(prefix="duplid-keys-")
    atexit.register(directory.cleanup)
    home, kept = Path(directory.name, "home"), Path(directory.name, "kept")
    home.mkdir(mode=0o700)
    kept.mkdir(mode=0o700)
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "GNUPGHOME": str(home)}
    _import_keys(environment)
    subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=True, capture_output=True)
    for name in ("pubring.kbx", "trustdb.gpg", "private-keys-v1.d"):  # not the agent's sockets
        (home / name).rename(kept / name)
    return kept


@dataclass(frozen=True)
class Mode:
    """One way to store a chain: the options both programs share, and what their keys need."""

    name: str
    options: tuple = ()
    passphrase: str | None = None
    keys: bool = False


MODES = {
    mode.name: mode
    for mode in (
        Mode("plain", ("--no-encryption",)),
        Mode("uncompressed", ("--no-encryption", "--no-compression")),
        Mode("passphrase", (), PASSPHRASE),
        # The golden keys have no passphrase; duplicity asks for one unless it is set, even if empty.
        Mode("public-key", ("--encrypt-key", fingerprint("ENCRYPT")), "", True),
        Mode("hidden-recipient", ("--hidden-encrypt-key", fingerprint("ENCRYPT")), "", True),
        Mode("signed", ("--encrypt-key", fingerprint("ENCRYPT"), "--sign-key", fingerprint("SIGN")), "", True),
    )
}
PLAIN = MODES["plain"]

# duplicity takes any option with any action; duplictl says that this one makes no sense elsewhere.
BACKUP_ONLY = ("--no-compression",)
BACKUP_VERBS = ("backup", "full", "incremental", "incr")


@dataclass(frozen=True)
class Run:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def text(self):
        return self.out + self.err


class World:
    def __init__(self, quick_passphrases=True):
        self.duplid = Path(os.environ["DUPLID_BIN"])
        self.duplictl_program = Path(os.environ["DUPLICTL_BIN"])
        os.umask(0o022)
        # Short, because gpg-agent's socket lies below it and socket paths end at 107 bytes.
        self.root = Path(tempfile.mkdtemp(prefix="duplid-world-"))
        self.root.chmod(0o755)
        for name in ("home", "cache", "config", "state", "data", "run", "tmp", "gnupg", "restored"):
            (self.root / name).mkdir(mode=0o700)
        if quick_passphrases:
            (self.root / "gnupg" / "gpg.conf").write_text(QUICK_PASSPHRASES, encoding="ascii")
        self.source = self.root / "source"
        self.target = self.root / "target"
        self.archive_dir = self.root / "archive-dir"
        self.name = "job"
        self.zone = "UTC"
        self._last_set = 0
        self._restores = 0
        self._has_keys = False

    def close(self):
        """Ends what still runs in here (a test that failed may have left something held still)."""
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if entry.isdigit() and Path(f"/proc/{entry}/cwd").resolve().is_relative_to(self.root):
                    os.kill(int(entry), signal.SIGKILL)
        # Only where gpg has been at work: asking all of its daemons takes longer than many a test.
        homes = (self.root / "gnupg", self.root / "home" / ".gnupg")
        if shutil.which("gpgconf") and any(path.name != "gpg.conf" for home in homes for path in home.glob("*")):
            subprocess.run(["gpgconf", "--kill", "all"], env=self.environment(), check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def url(self):
        return f"file://{self.target}"

    def environment(self, passphrase=None):
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.root / "home"),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "XDG_STATE_HOME": str(self.root / "state"),
            "XDG_DATA_HOME": str(self.root / "data"),
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "TMPDIR": str(self.root / "tmp"),
            "GNUPGHOME": str(self.root / "gnupg"),
            "TZ": self.zone,
            "LC_ALL": "C.UTF-8",
        }
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        if passphrase is not None:
            environment["PASSPHRASE"] = passphrase
            environment["SIGN_PASSPHRASE"] = passphrase
        return environment

    def import_keys(self):
        if self._has_keys:
            return
        if (self.root / "gnupg" / "pubring.kbx").exists():
            _import_keys(self.environment())
        else:
            shutil.copytree(_imported_keys(), self.root / "gnupg", dirs_exist_ok=True)
        self._has_keys = True

    # --- running ---------------------------------------------------------------------------------

    def command(self, words, mode=PLAIN, expect=OK, before=(), passphrase=None, cwd=None):
        """Runs `words` to its end. `before` are words in front of it (taskset, setpriv).

        `expect` is the status it must end with, a tuple of statuses, or None for "any". Without a
        controlling terminal, so that nothing can ask the person who runs the tests.
        """
        if mode.keys:
            self.import_keys()
        done = subprocess.run(
            [*before, *(os.fspath(word) for word in words)],
            env=self.environment(mode.passphrase if passphrase is None else passphrase),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS_MAX, check=False,
            cwd=cwd or self.root, start_new_session=True)
        run = Run(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))
        wanted = (expect,) if isinstance(expect, int) else expect
        if wanted is not None and run.status not in wanted:
            raise AssertionError(f"{' '.join(map(str, words))}\nended with {run.status}, not {expect}\n"
                                 f"--- stdout\n{run.out}--- stderr\n{run.err}")
        return run

    def start(self, words, mode=PLAIN):
        """Starts `words` and leaves it running; its output is kept in files, read with finish()."""
        if mode.keys:
            self.import_keys()
        output = tempfile.NamedTemporaryFile(dir=self.root / "tmp", delete=False)
        process = subprocess.Popen([os.fspath(word) for word in words], env=self.environment(mode.passphrase),
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   cwd=self.root, start_new_session=True)
        process.output_path = output.name
        output.close()
        return process

    def finish(self, process):
        """Waits for a started command; its Run has both streams in `out`."""
        status = process.wait(timeout=COMMAND_SECONDS_MAX)
        return Run(status, os.fsdecode(Path(process.output_path).read_bytes()), "")

    def duplicity_words(self, *words, mode=PLAIN):
        return ["duplicity", *words, "--archive-dir", self.archive_dir, "--name", self.name, *mode.options]

    def duplictl_words(self, verb, *words, mode=PLAIN):
        options = mode.options if verb in BACKUP_VERBS else [o for o in mode.options if o not in BACKUP_ONLY]
        return [self.duplictl_program, verb, *words, "--archive-dir", self.archive_dir, "--name", self.name, *options]

    def duplicity(self, *words, mode=PLAIN, **how):
        return self.command(self.duplicity_words(*words, mode=mode), mode, **how)

    def duplictl(self, *words, mode=PLAIN, **how):
        return self.command(self.duplictl_words(*words, mode=mode), mode, **how)

    # --- sets ------------------------------------------------------------------------------------

    def next_second(self):
        """Returns once the clock shows a second in which no set of this world was begun."""
        while int(time.time()) <= self._last_set:
            time.sleep(0.01)

    @contextlib.contextmanager
    def new_set(self):
        """A set made inside has a second of its own."""
        self.next_second()
        try:
            yield
        finally:
            self._last_set = int(time.time())

    def back_up(self, program, *words, kind=None, mode=PLAIN, **how):
        """One set by `program` ("duplid" or "duplicity"). Returns a time at which it is the newest: its
        own, where the names of the target tell it."""
        before = self.set_times()
        with self.new_set():
            if program == "duplid":
                kinds = {"full": ["--full"], "incremental": ["--incremental"], None: []}[kind]
                self.duplictl("backup", self.source, self.url, *kinds, *words, mode=mode, **how)
            else:
                self.duplicity(*([kind] if kind else []), self.source, self.url, *words, mode=mode, **how)
        return max(self.set_times() - before, default=self._last_set)

    def set_times(self):
        """Times of the sets whose manifests have names in the default style."""
        names = os.listdir(self.target) if os.path.isdir(self.target) else []
        # Temporary names, of what a killed run was about to put, begin with a dot.
        stamps = (re.search(r"^[^.].*\.(\d{8}T\d{6}Z)\.manifest", name) for name in names)
        return {calendar.timegm(time.strptime(stamp[1], "%Y%m%dT%H%M%SZ")) for stamp in stamps if stamp}

    def restore(self, program, *words, mode=PLAIN, time=None, expect=OK, **how):
        """Restores into a fresh directory, whose path is returned."""
        self._restores += 1
        directory = self.root / "restored" / str(self._restores)
        times = [] if time is None else ["--time", str(time)]
        run = self.duplictl if program == "duplid" else self.duplicity
        run("restore", self.url, directory, *times, *words, mode=mode, expect=expect, **how)
        return directory

    def use_golden(self, *parts):
        """Takes a copy of a golden target as this world's target."""
        shutil.copytree(GOLDEN.joinpath(*parts), self.target)

    def snapshot(self, directory):
        """Everything that a write into `directory` would change, to compare before and after."""
        rows = []
        for path in sorted(Path(directory).rglob("*")):
            info = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            rows.append((str(path), info.st_mode, info.st_size, info.st_mtime_ns, info.st_ino, content))
        return rows

    def target_names(self, pattern="."):
        return sorted(name for name in os.listdir(self.target) if re.search(pattern, name))


class WorldTest(unittest.TestCase):
    """A test with a World of its own in self.world."""

    maxDiff = None
    quick_passphrases = True

    def setUp(self):
        self.world = World(self.quick_passphrases)
        self.addCleanup(self.world.close)

    def assert_same_tree(self, expected, directory):
        """`expected`: a listing; `directory`: what was restored."""
        lines = differences(expected, listing(directory))
        if lines:
            self.fail(f"{len(lines)} differences\n" + "\n".join(lines[:20]))


def wait_until(what, condition, process=None, seconds=60):
    """Polls until `condition()` holds and returns its value; fails if `process` ends before."""
    end = time.monotonic() + seconds
    while True:
        ended = process is not None and process.poll() is not None
        if value := condition():
            return value
        if ended:
            raise AssertionError(f"the process ended with {process.returncode} before {what}")
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.002)


class TimedResult(unittest.TextTestResult):
    """Says of each test that passed how long it took, which shows what a script's time goes to."""

    def startTest(self, test):
        self._begun = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.stream.write(f"{time.monotonic() - self._begun:.1f} s ")
        super().addSuccess(test)


class TimedRunner(unittest.TextTestRunner):
    resultclass = TimedResult


def main():
    """As unittest.main(), but ends with 77 (CTest: skipped) if every single test was skipped."""
    program = unittest.main(module="__main__", exit=False, verbosity=2, testRunner=TimedRunner)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun and len(result.skipped) >= result.testsRun else 0)
