#!/usr/bin/env python3
"""Whatever people, programs and accidents do to an archive, in whatever order, what it says it has is
what the source was.

Goal: no sequence of edits, backups by either program, kills, lost caches and removals leads to a set
that restores to something else than the source was when it was made. Method: a random walk with a
printed seed; a copied listing of the source for every set is the model. Sets made after a kill may be a
mixture in time by design (a resumed set keeps what was stored before), so such a set must restore
without damage, and the next one must equal the source again.

DUPLID_MODEL_STEPS and DUPLID_MODEL_SEED choose another walk.
"""

import contextlib
import os
import random
import re
import shutil
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from processes import daemon_of
from trees import EPOCH, Tree, noise, text
from world import MODES, OK, PLAIN, WARNINGS, WorldTest, main

STEPS = int(os.environ.get("DUPLID_MODEL_STEPS", "30"))
SEED = int(os.environ.get("DUPLID_MODEL_SEED", str(random.SystemRandom().randrange(10**9))))
NAMES = [b"a", b"a-b", b"a.txt", b"b", b"caf\xe9", b"new\nline", b"z z", b"n" * 200]


class Editor:
    """Changes a tree at random, in ways that change what a program can see from outside."""

    def __init__(self, tree, rng):
        self.tree = tree
        self.rng = rng
        self.clock = EPOCH

    def some_path(self):
        depth = self.rng.choice((1, 1, 2, 2, 3))
        return b"/".join(self.rng.choice(NAMES) for _ in range(depth))

    def clear_way(self, name):
        """Removes what stands where a directory or the object itself is wanted."""
        parts = name.split(b"/")
        for end in range(1, len(parts)):
            path = self.tree.path(b"/".join(parts[:end]))
            if os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path)):
                os.unlink(path)
        if os.path.lexists(self.tree.path(name)):
            self.tree.remove(name)

    def step(self):
        self.clock += 10
        for _ in range(self.rng.randrange(1, 6)):
            name = self.some_path()
            path = self.tree.path(name)
            what = self.rng.randrange(10)
            if what < 4:
                size = self.rng.choice((0, 1, 500, 65535, 65536, 65537, 131072, 300_000, 1_300_000))
                self.clear_way(name)
                self.tree.file(name, self.rng.choice((noise, text))(size, self.rng.randrange(10**6)), mtime=self.clock)
            elif what < 6 and os.path.isfile(path) and not os.path.islink(path):
                with open(path, "r+b") as file:
                    file.seek(self.rng.randrange(os.path.getsize(path) + 1))
                    file.write(noise(self.rng.randrange(1, 5000), self.rng.randrange(10**6)))
                os.utime(path, (self.clock, self.clock))
            elif what == 6 and os.path.lexists(path):
                self.tree.remove(name)
            elif what == 7:
                self.clear_way(name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                self.tree.link(name, self.rng.choice(NAMES))
            elif what == 8:
                self.clear_way(name)
                self.tree.directory(name)
            elif os.path.lexists(path) and not os.path.islink(path):
                # Who is not root must be able to go on below a directory.
                modes = (0o711, 0o750, 0o755, 0o700) if os.path.isdir(path) else (0o600, 0o640, 0o755, 0o700)
                os.chmod(path, self.rng.choice(modes))
        self.tree.stamp(self.clock)


class ModelTest(WorldTest):
    def walk(self, mode):
        seed = f"{SEED}-{mode.name}"
        print(f"seed {SEED}, {STEPS} steps, {mode.name}", file=sys.stderr)
        self.rng = random.Random(seed)
        self.mode = mode
        self.tree = Tree(self.world.source)
        self.editor = Editor(self.tree, self.rng)
        self.points = []  # (time, listing, exact)
        self.exact_next = True
        self.log = []
        steps = [(self.back_up, 12), (self.kill, 3), (self.lose_catalog, 1), (self.lose_cache, 1),
                 (self.restore_somewhen, 5), (self.remove_old, 1), (self.clean_up, 1), (self.verify, 1)]
        choices, weights = zip(*steps)
        self.editor.step()
        self.back_up()
        for _ in range(STEPS):
            step = self.rng.choices(choices, weights)[0]
            self.log.append(step.__name__)
            with self.subTest(steps=" ".join(self.log), seed=seed):
                step()
        # The end of every walk: two calm backups, then every point in time.
        self.back_up("duplid")
        self.back_up("duplid")
        for number, point in enumerate(self.points):
            with self.subTest("at the end", steps=" ".join(self.log), seed=seed, set=number):
                self.check(point, "duplid")
                if number % 5 == 0 or number + 1 == len(self.points):
                    self.check(point, "duplicity")

    def back_up(self, program=None):
        self.editor.step()
        program = program or self.rng.choice(("duplid", "duplid", "duplicity"))
        if program == "duplicity" and not self.exact_next:
            program = "duplid"  # duplicity's own resume is not sound; that is not what is tested here
        kind = self.rng.choice((None, None, None, None, "full"))
        time = self.world.back_up(program, "--volsize", "1", kind=kind, mode=self.mode)
        self.points.append((time, self.tree.listing(), self.exact_next))
        self.exact_next = True

    def kill(self):
        """kill -9 at a random moment. The set may have come to its end before."""
        self.editor.step()
        words = self.world.duplictl_words("backup", self.world.source, self.world.url, "--volsize", "1",
                                          mode=self.mode)
        before = set(self.manifests())
        with self.world.new_set():
            client = self.world.start(words, self.mode)
            moment = self.rng.random() * 0.25
            time.sleep(moment)  # not a wait for something: the moment is the random input
            daemon = daemon_of(client)
            for pid in filter(None, (daemon, client.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.world.finish(client)
        if set(self.manifests()) - before:
            self.points.append((self.world._last_set, self.tree.listing(), self.exact_next))
            self.exact_next = True
        else:
            self.exact_next = False

    def manifests(self):
        # Not one that was on its way, under a temporary name.
        return self.world.target_names(r"^[^.].*manifest")

    def lose_catalog(self):
        directory = self.world.archive_dir / self.world.name
        for name in os.listdir(directory) if directory.exists() else ():
            if name.endswith((".db", ".db-wal", ".db-shm")) and not name.startswith("journal"):
                (directory / name).unlink()

    def lose_cache(self):
        shutil.rmtree(self.world.archive_dir, ignore_errors=True)

    def restore_somewhen(self):
        self.check(self.rng.choice(self.points), self.rng.choice(("duplid", "duplid", "duplicity")))

    def verify(self):
        self.world.duplictl("verify", self.world.url, mode=self.mode, expect=self.good_statuses())

    def good_statuses(self):
        """A set that has signatures and no manifest may be a whole one that lost it: that is told, and a
        run that was killed before its last step cannot be told from it."""
        stamp = re.compile(r"(?:\.to)?\.(\d{8}T\d{6}Z)\.(?:sigtar|manifest)")
        signed, whole = ({found[-1] for found in map(stamp.findall, self.world.target_names(rf"^[^.].*{kind}"))
                         if found}
                         for kind in ("sigtar", "manifest"))
        return (OK, WARNINGS) if signed - whole else OK

    def remove_old(self):
        count = self.rng.choice((1, 2))
        self.world.duplictl("remove-all-but-n-full", str(count), self.world.url, "--force", mode=self.mode)
        fulls = sorted(re.findall(r"duplicity-full\.(\d{8}T\d{6}Z)\.manifest", "\n".join(self.manifests())))
        oldest = time.mktime(time.strptime(fulls[0], "%Y%m%dT%H%M%SZ")) - time.timezone
        self.points = [point for point in self.points if point[0] >= oldest]

    def clean_up(self):
        self.world.duplictl("cleanup", self.world.url, "--force", mode=self.mode)
        status = self.world.duplicity("collection-status", self.world.url, mode=self.mode).out
        self.assertIn("No orphaned or incomplete backup sets found", status)

    def check(self, point, program):
        when, expected, exact = point
        directory = self.world.restore(program, mode=self.mode, time=when,
                                       expect=self.good_statuses() if exact else (OK, WARNINGS))
        if exact:
            self.assert_same_tree(expected, directory)
        shutil.rmtree(directory, ignore_errors=True)

    def test_plain(self):
        self.walk(PLAIN)

    def test_passphrase(self):
        self.walk(MODES["passphrase"])


if __name__ == "__main__":
    main()
