"""A stage: one directory in which a program plays a scenario, and what was seen of it.

All scenarios of a process share one root, wiped between them, so that the paths in commands, in texts and
in manifests are the same whoever plays and whenever; transcripts show it as /base.

The archives that scenarios begin with ("sets") are always made by the installed duplicity, each once a
process, and copied in: so ours is asked about archives that are right beyond doubt. What a scenario itself
makes is made by the program that plays.
"""

import contextlib
import os
import shutil
import subprocess
import unittest
from dataclasses import dataclass
from pathlib import Path

import masks
import transcript
from processes import inside
from trees import EPOCH, Tree, listing
from world import COMMAND_SECONDS_MAX, World

REFERENCE = Path("/usr/bin")
LOG_FD = 97  # one that no program opens by itself, so that transcripts and `Args:` always show the same
NO_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


@dataclass(frozen=True)
class Program:
    """A directory with `duplicity` and `rdiffdir` in it, put first in PATH."""

    directory: Path
    is_reference: bool

    @property
    def duplicity(self):
        return self.directory / "duplicity"


def reference():
    return Program(REFERENCE, True)


def ours():
    return Program(Path(os.environ["DUPLICTL_BIN"]).resolve().parent / "drop-in", False)


@dataclass
class Outcome:
    """What one invocation did; the three texts as they came."""

    words: list
    status: int
    out: bytes
    err: bytes
    log: bytes


class Stage:
    def __init__(self, world, program, sets):
        self.world = world
        self.program = program
        self.base = world.root
        self.sets = sets
        self.masks = masks.Masks(self.base)
        self.sections = []
        self.passphrase = None
        self.plain = True
        self.zone = "UTC"
        self.clean()

    def clean(self):
        for name in os.listdir(self.base):
            if name != "gnupg" and not name.startswith("sets-"):
                path = self.base / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        for name in ("home", "cache", "config", "state", "data", "run", "tmp"):
            (self.base / name).mkdir(mode=0o700)

    # --- names -----------------------------------------------------------------------------------

    @property
    def source(self):
        return self.base / "source"

    @property
    def target(self):
        return self.base / "target"

    @property
    def restored(self):
        return self.base / "restored"

    @property
    def archive(self):
        return self.base / "archive"

    @property
    def cache(self):
        return self.archive / "job"

    @property
    def url(self):
        return f"file://{self.target}"

    @property
    def tree(self):
        return Tree(self.source)

    # --- preparing -------------------------------------------------------------------------------

    def begin_with(self, name):
        """The state that a set of archives (sets.py) leaves: source, target and archive dir."""
        kept = self.base / f"sets-{name}"
        if not kept.exists():
            maker = Stage(self.world, reference(), self.sets)
            self.sets[name](maker)
            kept.mkdir()
            for part in ("source", "target", "archive"):
                subprocess.run(["cp", "-a", self.base / part, kept / part], check=True)
            self.clean()
        for part in ("source", "target", "archive"):
            shutil.rmtree(self.base / part, ignore_errors=True)
            subprocess.run(["cp", "-a", kept / part, self.base / part], check=True)

    @contextlib.contextmanager
    def small_disk(self, size):
        """A directory on a file system with room for `size`."""
        place = self.base / "small"
        place.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True,
                                 check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest("cannot mount")
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)

    def file_of_target(self, pattern):
        """The one file of the target that the pattern finds."""
        (found,) = self.target.glob(pattern)
        return found

    def environment(self, passphrase, more):
        values = self.world.environment()
        values["PATH"] = f"{self.program.directory}:{values['PATH']}"
        values["TZ"] = self.zone
        if passphrase is not None:
            values["PASSPHRASE"] = passphrase
        values.update(more)
        return {name: value for name, value in values.items() if value is not None}

    # --- playing ---------------------------------------------------------------------------------

    def words(self, words, plain=None, archive=True):
        """The words with what nearly every call has behind them."""
        words = [os.fspath(word) for word in words]
        if archive:
            words += ["--archive-dir", str(self.archive), "--name", "job"]
        if self.plain if plain is None else plain:
            words += ["--no-encryption"]
        return words

    def invoke(self, *words, program=None, passphrase=None, environment=(), log=True, cwd=None, before=(), stdin=b"",
               plain=None, archive=True):
        """Runs an invocation to its end. Not in the transcript: preparation, or asked by other means."""
        program = program or self.program
        words = self.words(words, plain, archive)
        path = self.base / "log"
        path.write_bytes(b"")
        with open(path, "ab") as stream:
            if log:
                os.dup2(stream.fileno(), LOG_FD)
                words += ["--log-fd", str(LOG_FD)]
            try:
                done = subprocess.run(
                    [*before, program.duplicity, *words],
                    env=self.environment(self.passphrase if passphrase is None else passphrase, dict(environment)),
                    input=stdin, capture_output=True, timeout=4 * COMMAND_SECONDS_MAX, check=False, cwd=cwd or self.base,
                    start_new_session=True, pass_fds=(LOG_FD,) if log else ())
            finally:
                if log:
                    os.close(LOG_FD)
        outcome = Outcome(words, done.returncode, done.stdout, done.stderr, path.read_bytes())
        path.unlink()
        return outcome

    def prepare(self, *words, **how):
        """An invocation that must succeed and is not looked at."""
        outcome = self.invoke(*words, **how)
        if outcome.status != 0:
            raise AssertionError(f"preparing: {words} ended with {outcome.status}\n"
                                 f"{os.fsdecode(outcome.out + outcome.err)}")
        return outcome

    def run(self, *words, instead=None, edits=(), **how):
        """An invocation that the transcript tells.

        `instead` (deviations.Instead) is what ours does where that has nothing to do with what the
        reference does; `edits` (deviations.Edit) turn the reference's transcript into ours where they
        differ in a detail.
        """
        outcome = self.invoke(*words, **how)
        lines = transcript.of(outcome, self.masks, logged=how.get("log", True))
        self.sections.append(transcript.Section(lines, outcome, instead, tuple(edits)))
        return outcome

    def run_other(self, name, *words, **environment):
        """Another program that calls `duplicity` from PATH; its streams are the transcript."""
        done = subprocess.run([name, *map(os.fspath, words)], env=self.environment(self.passphrase, environment),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=4 * COMMAND_SECONDS_MAX,
                              check=False, cwd=self.base, start_new_session=True)
        outcome = Outcome([os.fspath(word) for word in words], done.returncode, done.stdout, done.stderr, b"")
        self.sections.append(transcript.Section(transcript.of(outcome, self.masks, logged=False, name=name), outcome))
        return outcome

    def leftovers(self):
        """What an invocation must not leave behind: temporary files, processes. gpg's agent of the caller's own
        keys outlives gpg on purpose."""
        running = [words for _, words in inside(self.base) if "gpg-agent" not in words]
        return running + [f"tmp/{name}" for name in os.listdir(self.base / "tmp")]

    # --- looking ---------------------------------------------------------------------------------

    def note(self, title, rows, edits=()):
        """A section of its own."""
        lines = [f"== {self.masks.line(title)}", *(self.masks.line(row) for row in rows)]
        self.sections.append(transcript.Section(lines, edits=tuple(edits)))

    def show_tree(self, path=None, title=None):
        """Everything below a directory: kind, mode, time, size, digest, name and what is special.

        Owners are left out, because they are whoever runs the tests, and the times of links,
        because neither program restores them.
        """
        path = Path(path or self.restored)
        rows = []
        if path.is_symlink() or path.exists():
            for kind, mode, _, _, mtime, size, digest, name, extra in listing(path):
                rows.append(" ".join((kind, mode, mtime, size, digest[:12], name, extra)))
        self.note(title or f"tree {path}", rows or ["(nothing)"])

    def show_names(self, path=None, edits=()):
        """The names in a directory, the target by default. One that is missing counts as empty: whether a command that is
        refused has made the target before is nobody's business."""
        path = Path(path or self.target)
        names = sorted(os.listdir(path)) if path.exists() else []
        self.note(f"names in {path}", [name for name in names if not masks.NAMES_DROPPED.match(name)], edits)

    def show_file(self, path):
        self.note(f"file {path}", Path(path).read_text(encoding="utf-8").splitlines())

    def restored_by_the_other(self, *words, passphrase=None):
        """What the other program makes of the target, from nothing but the target."""
        other = ours() if self.program.is_reference and "DUPLICTL_BIN" in os.environ and ours().directory.is_dir() \
            else reference()
        directory = self.base / "elsewhere"
        words = self.words(["restore", *words, self.url, directory], archive=False)
        words += ["--archive-dir", str(self.base / "other-archive")]
        done = self.invoke(*words, program=other, passphrase=passphrase, archive=False, plain=False, log=False)
        if done.status != 0:
            raise AssertionError(f"the other program does not restore it: {os.fsdecode(done.out + done.err)}")
        self.show_tree(directory, "restored by the other program")
        if directory.is_dir():
            shutil.rmtree(directory)
        else:
            directory.unlink()


__all__ = ["EPOCH", "LOG_FD", "NO_OVERRIDE", "Outcome", "Program", "Stage", "World", "ours", "reference"]
