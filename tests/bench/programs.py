"""The programs that are compared: how each makes, reads and lists a store.

A store is a directory of its own with everything the program keeps (repository and cache), so that
runs are independent. `secrecy` is plain, passphrase or public-key; each program says what it has.
"""

import os
import shutil
import subprocess
from pathlib import Path

GOLDEN_KEYS = Path(__file__).resolve().parents[1] / "golden" / "duplicity-0.8.22" / "keys"
PASSPHRASE = "a passphrase for the benchmark"


def recipient():
    text = (GOLDEN_KEYS / "fingerprints.txt").read_text(encoding="ascii")
    return dict(line.split("=") for line in text.split())["ENCRYPT"]


def environment(home):
    """The same for all programs; `home` holds their caches and a keyring with the test key."""
    home = Path(home)
    values = {
        "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"),
        "XDG_RUNTIME_DIR": str(home / "run"), "GNUPGHOME": str(home / "gnupg"), "TMPDIR": str(home / "tmp"),
        "LC_ALL": "C.UTF-8", "TZ": "UTC", "PASSPHRASE": PASSPHRASE, "RESTIC_PASSWORD": PASSPHRASE,
        "BORG_PASSPHRASE": PASSPHRASE, "BORG_BASE_DIR": str(home / "borg"),
        "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes", "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    }
    if not home.exists():
        for name in ("cache", "config", "state", "run", "gnupg", "tmp"):
            (home / name).mkdir(parents=True, mode=0o700)
        for words in (["--import", GOLDEN_KEYS / "secret-keys.asc"],
                      ["--import-ownertrust", GOLDEN_KEYS / "ownertrust.txt"]):
            subprocess.run(["gpg", "--batch", "--quiet", *words], env=values, check=True, capture_output=True)
    return values


class Program:
    name = ""
    secrecies = ("plain",)

    def available(self):
        return shutil.which(self.name) is not None

    def prepare(self, store, secrecy, values):
        """Makes the empty store; not measured."""
        store.mkdir(parents=True)

    def stored_bytes(self, store):
        """What would be on the target, caches left out."""
        target = store / "repository"
        return sum(path.lstat().st_size for path in target.rglob("*") if path.is_file())


class _Duplicities(Program):
    """What the two that share a format share on the command line."""

    secrecies = ("plain", "passphrase", "public-key")

    def _common(self, store, secrecy):
        secret = {"plain": ["--no-encryption"], "passphrase": [], "public-key": ["--encrypt-key", recipient()]}
        return [*secret[secrecy], "--archive-dir", store / "cache", "--name", "bench"]

    def _url(self, store):
        return f"file://{store / 'repository'}"

    def restore(self, store, secrecy, destination):
        return [self.program, "restore", self._url(store), destination, *self._common(store, secrecy)]

    def restore_one(self, store, secrecy, path, destination):
        return [*self.restore(store, secrecy, destination), "--file-to-restore", path]

    def list(self, store, secrecy):
        return [self.program, "list-current-files", self._url(store), *self._common(store, secrecy)]


    def status(self, store, secrecy):
        return [self.program, "collection-status", self._url(store), *self._common(store, secrecy)]


class Duplid(_Duplicities):
    name = "duplid"

    def __init__(self, build):
        self.program = Path(build).resolve() / "ctl" / "duplictl"

    def available(self):
        return self.program.exists()

    def full(self, store, secrecy, source):
        return [self.program, "backup", source, self._url(store), "--full", *self._common(store, secrecy)]

    def again(self, store, secrecy, source):
        return [self.program, "backup", source, self._url(store), "--incremental", *self._common(store, secrecy)]

    def align(self, store, secrecy):
        """What brings back a cache that was lost."""
        return [self.program, "sync", self._url(store), *self._common(store, secrecy)]

    def question(self, store, verb, *words):
        return [self.program, verb, self._url(store), *words, *self._common(store, "plain")]


class Duplicity(_Duplicities):
    name = "duplicity"
    program = "duplicity"

    def full(self, store, secrecy, source):
        return [self.program, "full", source, self._url(store), *self._common(store, secrecy)]

    def again(self, store, secrecy, source):
        return [self.program, "incremental", source, self._url(store), *self._common(store, secrecy)]

    def align(self, store, secrecy):
        """The first thing that needs signatures fetches them; collection-status does not."""
        return self.list(store, secrecy)


class Restic(Program):
    """Always encrypts; so it stands in the plain cases too, doing more work there than the others."""

    name = "restic"
    secrecies = ("plain", "passphrase")

    def _words(self, store, *words):
        return ["restic", "--quiet", "--repo", store / "repository", "--cache-dir", store / "cache", *words]

    def prepare(self, store, secrecy, values):
        store.mkdir(parents=True)
        subprocess.run(self._words(store, "init"), env=values, check=True, capture_output=True)

    def full(self, store, secrecy, source):
        return self._words(store, "backup", source)

    again = full

    def restore(self, store, secrecy, destination):
        return self._words(store, "restore", "latest", "--target", destination)

    def restore_one(self, store, secrecy, path, destination):
        return self._words(store, "restore", "latest", "--include", path, "--target", destination)

    def list(self, store, secrecy):
        return self._words(store, "ls", "latest")


class Borg(Program):
    name = "borg"
    secrecies = ("plain", "passphrase")

    def prepare(self, store, secrecy, values):
        store.mkdir(parents=True)
        kind = "none" if secrecy == "plain" else "repokey-blake2"
        subprocess.run(["borg", "init", "--encryption", kind, store / "repository"], env=values, check=True,
                       capture_output=True)

    def full(self, store, secrecy, source):
        return ["borg", "create", f"{store / 'repository'}::{{now:%Y%m%d-%H%M%S-%f}}", source]

    again = full

    def _newest(self, words):
        # borg extract wants an archive's name; the newest is asked for inside the measured command,
        # as a user would have to.
        return ["sh", "-c", 'a=$(borg list --last 1 --short "$1") && shift && ' + words]

    def restore(self, store, secrecy, destination):
        repository = store / "repository"
        return [*self._newest(f'mkdir "$1" && cd "$1" && borg extract "{repository}::$a"'), "sh", repository, destination]

    def restore_one(self, store, secrecy, path, destination):
        repository = store / "repository"
        return [*self._newest(f'mkdir "$1" && cd "$1" && borg extract "{repository}::$a" "$2"'), "sh", repository,
                destination, str(path).lstrip("/")]

    def list(self, store, secrecy):
        repository = store / "repository"
        return [*self._newest(f'borg list "{repository}::$a"'), "sh", repository]


class RdiffBackup(Program):
    name = "rdiff-backup"

    def full(self, store, secrecy, source):
        return ["rdiff-backup", "backup", source, store / "repository"]

    again = full

    def restore(self, store, secrecy, destination):
        return ["rdiff-backup", "restore", store / "repository", destination]

    def restore_one(self, store, secrecy, path, destination):
        return ["rdiff-backup", "restore", store / "repository" / path, destination]

    def list(self, store, secrecy):
        return ["rdiff-backup", "list", "files", store / "repository"]


def candidates(build):
    """duplid first: the others are told as multiples of it."""
    everyone = [Duplid(build), Duplicity(), Restic(), Borg(), RdiffBackup()]
    return [program for program in everyone if program.available()]
