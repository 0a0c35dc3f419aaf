#!/usr/bin/env python3
"""What the caller's surroundings do to an invocation: its terminal, umask, locale and working directory.

    DUPLID_BIN=... DUPLICTL_BIN=... tests/dropin/surroundings_test.py

Everything is done by the installed duplicity, too, and both show the same.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support" / "python")]

from stage import ours, reference
from terminals import Terminal
from trees import EPOCH, Tree
from world import COMMAND_SECONDS_MAX, World, WorldTest, main

DECRYPTION = b"GnuPG passphrase for decryption: "
CONFIRM = b"Retype passphrase for decryption to confirm: "
DIFFERENT = b"First and second passphrases do not match!  Please try again."
EMPTY = b"Cannot use empty passphrase with symmetric encryption!  Please try again."
SECRET = "a secret of somebody's"


class SurroundingsTest(WorldTest):
    def worlds(self):
        """(name, program, world) of each: both begin with the same tree."""
        for program in (reference(), ours()):
            world = World()
            self.addCleanup(world.close)
            Tree(world.source).file("dir/inner.txt", b"text", mtime=EPOCH)
            yield ("duplicity" if program.is_reference else "duplid"), program, world

    def run_it(self, world, program, *words, cwd=None, umask=0o022, **variables):
        done = subprocess.run([program.duplicity, *map(os.fspath, words)], env=world.environment() | variables,
                              stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd or world.root, umask=umask,
                              timeout=COMMAND_SECONDS_MAX, check=False, start_new_session=True)
        self.assertEqual(done.returncode, 0, done.stderr.decode() + done.stdout.decode())
        return done


class TerminalTest(SurroundingsTest):
    def on_a_terminal(self, world, program, words, answers):
        """Types each answer when its question has come; None: nothing is asked there."""
        terminal = Terminal([program.duplicity, *words], world.environment())
        self.addCleanup(terminal.close)
        seen = 0
        for question, answer in answers:
            terminal.until(lambda now: question in now.raw[seen:], question.decode())
            seen = terminal.raw.index(question, seen) + len(question)
            if answer is not None:
                terminal.type(answer + "\n")
        return terminal, terminal.end()

    def test_a_new_passphrase_is_asked_for_twice_until_both_are_equal_and_never_shown(self):
        for name, program, world in self.worlds():
            with self.subTest(name):
                terminal, status = self.on_a_terminal(
                    world, program, ["full", str(world.source), world.url],
                    [(DECRYPTION, "one"), (CONFIRM, "other"), (DIFFERENT, None), (DECRYPTION, ""), (CONFIRM, ""),
                     (EMPTY, None), (DECRYPTION, SECRET), (CONFIRM, SECRET)])
                self.assertEqual(status, 0, terminal.text)
                self.assertNotIn(SECRET.encode(), terminal.raw)
                restored = world.root / "restored" / "x"
                self.run_it(world, reference(), "restore", world.url, restored, PASSPHRASE=SECRET)
                self.assertEqual((restored / "dir" / "inner.txt").read_bytes(), b"text")

    def test_a_restore_asks_once(self):
        for name, program, world in self.worlds():
            with self.subTest(name):
                self.run_it(world, reference(), "full", world.source, world.url, PASSPHRASE=SECRET)
                restored = world.root / "restored" / "x"
                terminal, status = self.on_a_terminal(world, program, ["restore", world.url, str(restored)],
                                                      [(DECRYPTION, SECRET)])
                self.assertEqual(status, 0, terminal.text)
                self.assertNotIn(CONFIRM, terminal.raw)
                self.assertNotIn(SECRET.encode(), terminal.raw)
                self.assertEqual((restored / "dir" / "inner.txt").read_bytes(), b"text")


class ProcessTest(SurroundingsTest):
    def test_what_is_stored_has_the_modes_that_the_umask_leaves(self):
        modes = {}
        for umask in (0o022, 0o077, 0o027):
            for name, program, world in self.worlds():
                self.run_it(world, program, "full", "--no-encryption", world.source, world.url, umask=umask)
                stored = [world.target, *world.target.iterdir()]
                modes[umask, name] = {oct(path.stat().st_mode) for path in stored}
            with self.subTest(umask=oct(umask)):
                self.assertEqual(modes[umask, "duplid"], modes[umask, "duplicity"])
        self.assertNotEqual(modes[0o022, "duplid"], modes[0o077, "duplid"])

    def test_relative_names_are_relative_to_the_callers_directory(self):
        for name, program, world in self.worlds():
            with self.subTest(name):
                (world.source / "list").write_text("- **/inner.txt\n", encoding="ascii")
                Tree(world.source).file("dir/other.txt", b"other")
                common = ["--no-encryption", "--archive-dir", "../cache-here", "--name", "job"]
                self.run_it(world, program, "full", *common, "--exclude-filelist", "list", ".", "file://../target",
                            cwd=world.source)
                self.assertTrue((world.root / "cache-here" / "job").is_dir())
                self.run_it(world, program, "restore", *common, "file://../target", "../restored/x", cwd=world.source)
                self.assertEqual(sorted(path.name for path in (world.root / "restored" / "x").rglob("*")),
                                 ["dir", "list", "other.txt"])

    def test_texts_and_dates_are_the_same_in_any_locale(self):
        shown = {}
        for name, program, world in self.worlds():
            self.run_it(world, program, "full", "--no-encryption", "--current-time", "1700000000", world.source,
                        world.url)
            for locale in ("C", "C.UTF-8", "de_DE.UTF-8"):
                done = self.run_it(world, program, "list-current-files", "--no-encryption", world.url, LC_ALL=locale,
                                   LANG=locale)
                lines = done.stdout.decode().splitlines()
                shown[name, locale] = [line for line in lines if "inner.txt" in line or line.startswith("Last full")]
        for (name, locale), lines in shown.items():
            with self.subTest(name, locale=locale):
                self.assertEqual(lines, shown["duplicity", "C.UTF-8"])


if __name__ == "__main__":
    main()
