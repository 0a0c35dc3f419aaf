#!/usr/bin/env python3
"""The recorded answers of duplicity 0.8.22 (tests/golden/*.json), given by the drop-in's whole path.

Unit tests hold the same files against the parts. Here a command line goes in at one end, and what is
looked at comes out of the other: the names in a volume, an exit status, a machine log.
"""

import itertools
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tarfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support" / "python"))

from trees import DEVICES
from world import COMMAND_SECONDS_MAX, OK, WorldTest, main

VECTORS = HERE.parent / "golden"


def vectors(name, member):
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))[member]


class DropInTest(WorldTest):
    def setUp(self):
        super().setUp()
        (self.world.root / "bin").mkdir()
        self.program = self.world.root / "bin" / "duplicity"
        self.program.symlink_to(self.world.duplictl_program)

    def run_it(self, *words, expect=OK, **environment):
        """Runs the drop-in; returns its Run. `environment` comes on top of the world's."""
        done = subprocess.run([self.program, *map(os.fspath, words)], stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.world.environment() | environment, cwd=self.world.root,
                              timeout=COMMAND_SECONDS_MAX, check=False)
        if expect is not None:
            self.assertEqual(done.returncode, expect, done.stderr.decode() + done.stdout.decode())
        return done


class SelectionTest(DropInTest):
    """selection.json: rules are given as options and lists, and a backup stores what they select."""

    # Their results depend on the depth or the spelling of /base itself.
    OF_THIS_BASE = {f"sel-{number:03}" for number in range(60, 69)}
    # A deviation on purpose: ignorecase: works with capitals in the base.
    DEVIATION = "sel-160"

    def build(self, root, tree):
        """Builds a tree; false where this machine does not let us."""
        root.mkdir()
        for path, kind, *more in tree:
            to = root / path
            to.parent.mkdir(parents=True, exist_ok=True)
            if kind == "dir":
                to.mkdir(exist_ok=True)
            elif kind == "file":
                to.write_bytes(b"content")
                if more:
                    os.utime(to, (more[0], more[0]))
            elif kind == "symlink":
                to.symlink_to(more[0])
            elif kind == "fifo":
                os.mkfifo(to)
            elif kind in ("chardev", "blockdev"):
                if not DEVICES:
                    return False
                os.mknod(to, 0o600 | (stat.S_IFCHR if kind == "chardev" else stat.S_IFBLK), os.makedev(1, 3))
            elif kind == "socket":
                with socket.socket(socket.AF_UNIX) as one:
                    # A socket's path has to be short, however long this directory's is.
                    os.chdir(to.parent)
                    one.bind(to.name)
                    os.chdir("/")
            elif kind == "mountpoint":
                to.mkdir()
                if subprocess.run(["mount", "-t", "tmpfs", "none", to], capture_output=True, check=False).returncode:
                    return False
                self.addCleanup(subprocess.run, ["umount", to], check=True)
        return True

    def stored(self, target):
        """Paths in the volumes of the one set at `target`, the root left out."""
        names = set()
        for volume in target.glob("*.difftar"):
            with tarfile.open(volume, encoding="utf-8", errors="surrogateescape") as tar:
                for member in tar:
                    match = re.fullmatch(r"(?:snapshot|multivol_snapshot)/(.*?)(?:/1)?/?", member.name, re.DOTALL)
                    names.add(match[1])
        return names - {".", ""}

    def test_each_recorded_case_stores_what_duplicity_stored(self):
        trees = vectors("selection.json", "trees")
        roots = {}
        for name, tree in trees.items():
            root = self.world.root / name
            roots[name] = root if self.build(root, tree) else None
        target_numbers = itertools.count()
        checked = 0
        for case in vectors("selection.json", "cases"):
            root = roots[case["tree"]]
            if root is None or case["id"] == self.DEVIATION or (
                    case["id"] in self.OF_THIS_BASE and "error" not in case):
                continue
            with self.subTest(case["id"], note=case.get("note")):
                self.check(case, root, self.world.root / f"target-{next(target_numbers)}")
                checked += 1
        self.assertGreater(checked, 140)

    def check(self, case, root, target):
        def placed(text):
            # /BASE too: one rule is written in capitals, for a comparison without case.
            text = text.replace("/base", str(root)).replace("/BASE", str(root).upper())
            return text if text not in case.get("files", {}) else str(self.world.root / text.lstrip("/"))

        for name, content in case.get("files", {}).items():
            (self.world.root / name.lstrip("/")).write_bytes(placed(content).encode("utf-8", "surrogateescape"))
        arguments = [placed(word) for word in case["args"]]
        words = ["full", "--no-encryption", "--no-compression", "--archive-dir", self.world.archive_dir,
                 "--name", target.name, *arguments, placed(case["base"]), f"file://{target}"]
        log = self.world.root / "log"
        log.unlink(missing_ok=True)
        if "error" in case:
            wanted = case["error"]["exit"]
            if "original_exception" in case["error"]:
                wanted = 15
            self.run_it("--log-file", log, *words, expect=wanted)
            errors = [line.split()[:2] for line in log.read_text(encoding="utf-8").splitlines()
                      if line.startswith("ERROR ")]
            self.assertEqual(errors, [["ERROR", str(wanted)]])
            return
        self.run_it(*words)
        base = os.path.normpath(placed(case["base"]))
        expected = {os.path.relpath(placed(path), base) for path, _, _, kept in case["results"] if kept}
        found = self.stored(target)
        if "--copy-links" in case["args"]:
            # What lies behind copied links is not in the recorded list.
            found = {name for name in found if not name.startswith("ld/")}
        self.assertEqual(found, expected)
        shutil.rmtree(target)


class UrlTest(DropInTest):
    """urls.json: which words are URLs, told by the error that a path gets in a URL's place."""

    BAD_URL, USER_ERROR = 8, 23
    # command-line.md 8.1: without "//" only a scheme that there is makes a URL, and only before a slash.
    PATHS_OF_OURS = re.compile(r"(?!(?:gio\+)?file:)[A-Za-z][A-Za-z0-9+.-]*:(?!//).*", re.DOTALL)

    # Those that no test reaches out for: they are files, or refused before any server is asked. How the others are
    # taken apart is in the unit tests.
    FILES = {"file", "gio+file"}
    REFUSED = {"ad", "b2", "box", "cf+hubic", "dpbx", "gdata+gdocs", "gdocs", "gdrive", "hsi", "idrived", "jottacloud",
               "mega", "megav2", "megav3", "mf", "onedrive", "pydrive", "pydrive+gdocs", "slate", "sx", "tahoe"}

    def test_what_is_a_url_is_one_here(self):
        checked = 0
        for vector in vectors("urls.json", "vectors"):
            url = vector["url"]
            if "\0" in url:
                continue
            is_url = vector.get("is_url", True) and not self.PATHS_OF_OURS.fullmatch(url)
            if is_url and vector.get("scheme") not in self.FILES | self.REFUSED:
                continue
            with self.subTest(url):
                run = self.run_it("collection-status", "--archive-dir", self.world.archive_dir, "--name", "n",
                                  "--", self.inside(url), expect=None)
                if is_url:
                    self.assertNotEqual(run.returncode, self.BAD_URL, run.stderr)
                else:
                    self.assertEqual(run.returncode, self.BAD_URL, run.stderr)
                checked += 1
        self.assertGreater(checked, 20)

    def inside(self, url):
        """The same form of URL, of a directory in this world: a file target may be created."""
        return re.sub(r"(?i)^((?:gio\+)?file:(?://)?)/", rf"\1{self.world.root}/", url)

    def test_targets_that_there_are_none_of_are_refused_at_once(self):
        for vector in vectors("urls.json", "vectors"):
            scheme = vector.get("scheme")
            if scheme not in self.REFUSED or not vector.get("is_url"):
                continue
            if self.PATHS_OF_OURS.fullmatch(vector["url"]):
                continue
            with self.subTest(vector["url"]):
                run = self.run_it("collection-status", vector["url"], expect=self.USER_ERROR)
                self.assertNotIn(b"Traceback", run.stderr)


if __name__ == "__main__":
    main()
