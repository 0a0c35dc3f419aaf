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


class ReportedVersionTest(WorldTest):
    """Which duplicity it says to be: ours alone."""

    def said(self, program="duplicity", word="--version", **variables):
        done = subprocess.run([ours().directory / program, word], env=self.world.environment() | variables,
                              capture_output=True, timeout=COMMAND_SECONDS_MAX, check=False, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def put(self, text, below="config"):
        path = self.world.root / below / "duplid" / "compat-version"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")

    def test_it_is_the_one_that_the_archives_are_of(self):
        self.assertEqual(self.said(), "duplicity 0.8.22\n")

    def test_a_file_of_the_users_settings_names_another(self):
        self.put("2.0.0\n")
        self.assertEqual(self.said(), "duplicity 2.0.0\n")
        self.assertEqual(self.said("rdiffdir", "-V"), "rdiffdir 2.0.0\n")
        # Its spellings go with it.
        self.put("3.0.1 # for Deja Dup\n")
        self.assertEqual(self.said(), "duplicity 3.0.1\n")
        tree = Tree(self.world.source)
        tree.file("a", b"text")
        tree.file("b", b"text")
        (self.world.root / "list").write_text("a\n", encoding="ascii")
        subprocess.run([ours().duplicity, "full", "--no-encryption", "--files-from", self.world.root / "list",
                        self.world.source, self.world.url], env=self.world.environment(), capture_output=True,
                       timeout=COMMAND_SECONDS_MAX, check=True)
        self.assertEqual(self.stored(), ["a"])

    def stored(self):
        restored = self.world.root / "restored" / "x"
        subprocess.run([reference().duplicity, "restore", "--no-encryption", self.world.url, restored],
                       env=self.world.environment(), capture_output=True, timeout=COMMAND_SECONDS_MAX, check=True)
        return sorted(os.listdir(restored))

    def test_the_settings_are_below_home_where_nothing_else_is_said(self):
        self.put("2.1.4\n", "home/.config")
        self.assertEqual(self.said(), "duplicity 0.8.22\n")
        self.assertEqual(self.said(XDG_CONFIG_HOME=""), "duplicity 2.1.4\n")

    def test_a_variable_goes_before_the_file(self):
        self.put("2.0.0\n")
        self.assertEqual(self.said(DUPLID_COMPAT_VERSION="3.0.1"), "duplicity 3.0.1\n")

    def test_what_no_front_end_could_read_is_not_said(self):
        for text in ("", "new", "3", "2..0", "2.0.0-rc1", ".1"):
            with self.subTest(text):
                self.put(text)
                self.assertEqual(self.said(), "duplicity 0.8.22\n")
                self.assertEqual(self.said(DUPLID_COMPAT_VERSION=text), "duplicity 0.8.22\n")


if __name__ == "__main__":
    main()
