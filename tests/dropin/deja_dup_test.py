#!/usr/bin/env python3
"""Deja Dup 44 itself, on a display and a session bus of its own, with our drop-in first in PATH.

A person's way through its windows: a first backup, a changed one, a restore, a backup that is to be resumed
later, one that is cancelled; without a password and with one. Witness: the installed duplicity restores what
was stored, and what Deja Dup keeps of the last program's log.

    DUPLID_DROPIN_PROGRAM=/usr/bin tests/dropin/deja_dup_test.py     the same with the installed duplicity
"""

import os
import shutil
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support" / "python")]

from desktop import PATIENCE_SECONDS, Desktop
from processes import inside
from stage import ours, reference
from trees import EPOCH, Tree, listing, noise
from world import WorldTest, main, wait_until

OURS = os.environ.get("DUPLID_DROPIN_PROGRAM", "") != "/usr/bin"
NEEDED = ("deja-dup", "Xvfb", "dbus-daemon", "xdotool", "gsettings")
PASSWORD = "secret7"


@unittest.skipIf(any(shutil.which(program) is None for program in NEEDED), f"needs {', '.join(NEEDED)}")
class DejaDupTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.program = ours() if OURS else reference()
        self.documents = self.world.root / "home" / "Documents"
        self.world.target = self.world.root / "home" / "backups"
        self.tree = Tree(self.documents)
        self.tree.file("letter.txt", b"dear reader\n")
        self.tree.file("odd [name]* ü.txt", b"odd\n")
        self.tree.file("folder/picture.bin", noise(1_500_000, 1))
        self.tree.stamp(EPOCH)
        environment = self.world.environment()
        # Volumes of 1 MiB, so that there is a middle to cancel in.
        environment.update(PATH=f"{self.program.directory}:{environment['PATH']}", DEJA_DUP_TESTING="1")
        self.desktop = Desktop(self.world.root / "run", environment)
        self.addCleanup(self.desktop.close)
        for key in (("org.gnome.DejaDup", "backend", "local"), ("org.gnome.DejaDup", "include-list", f"['{self.documents}']"),
                    ("org.gnome.DejaDup", "exclude-list", "[]"),
                    ("org.gnome.DejaDup.Local", "folder", str(self.world.target))):
            self.assertIsNotNone(self.desktop.run("gsettings", "set", *key))

    # --- a person's way through the windows --------------------------------------------------------

    def start(self, *words):
        return self.desktop.start("deja-dup", *words)

    def ends(self, process):
        """Deja Dup ends by itself after a backup that went well, and what it started with it."""
        self.assertEqual(process.wait(timeout=PATIENCE_SECONDS), 0)
        wait_until("nothing of the program runs on", lambda: not self.running())

    def running(self):
        return [words for _, words in inside(self.world.root)
                if "duplicity" in words.split("\0")[0] or "/duplicity " in words or "duplid" in words.split(" ")[0]]

    def first_backup(self, password):
        process = self.start("--backup")
        self.desktop.wait_for("^Back Up$", process)
        self.forward_to("Require Password", process)
        if password:
            self.desktop.write(password, password)
        else:
            self.desktop.press("Password-protect your backup", process, role="switch")
        self.desktop.press("_Forward Forward", process)
        return process

    def forward_to(self, title, process):
        """Presses Forward until a page has that title."""
        while not any(title in found for found in self.desktop.titles()):
            self.assertIsNone(process.poll())
            if not any("Back Up" in found or "Storage" in found for found in self.desktop.titles()):
                self.desktop.wait_for(f"{title}|Back Up|Storage", process)
                continue
            self.desktop.press("_Forward Forward", process)
            self.desktop.wait_for(".", process)

    def give_password(self, password, process):
        if password:
            self.desktop.wait_for("Encryption Password Needed", process)
            self.desktop.write(password)
            self.desktop.press("_Forward Forward", process)

    def later_backup(self, password):
        process = self.start("--backup")
        self.give_password(password, process)
        return process

    def restore(self, path, password):
        process = self.start("--restore", str(path))
        for title in ("Restore From When", "^Restore$|Restore to Where"):
            self.desktop.wait_for(title, process)
            self.desktop.press("_Forward Forward", process)
        self.desktop.wait_for("Summary", process)
        self.desktop.press("_Restore Restore", process)
        self.give_password(password, process)
        self.desktop.wait_for("Restore Finished|Restored", process)
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)

    # --- witnesses -----------------------------------------------------------------------------------

    def assert_stored(self, password):
        """What the installed duplicity restores from the target is what is in the documents."""
        directory = self.world.root / "restored" / "all"
        shutil.rmtree(directory, ignore_errors=True)
        self.world.command(["duplicity", "restore", "--file-to-restore", str(self.documents)[1:], self.world.url, directory,
                            "--archive-dir", self.world.root / "archive", *([] if password else ["--no-encryption"])],
                           passphrase=password or "")
        self.assert_same_tree(listing(self.documents), directory)

    def assert_our_program_was_asked(self):
        """Deja Dup keeps the last records of the program's log; among them is what it is, besides 0.8.22."""
        text = (self.world.root / "cache" / "deja-dup" / "duplicity.log").read_text(encoding="utf-8", errors="replace")
        self.assertIn("duplicity 0.8.22", text)
        (self.assertIn if OURS else self.assertNotIn)("duplid 0.", text)

    def sets(self, kind):
        return self.world.target_names(rf"^duplicity-{kind}\..*manifest") if self.world.target.exists() else []

    # --- what happens --------------------------------------------------------------------------------

    def from_first_to_restore(self, password):
        self.ends(self.first_backup(password))
        self.assertEqual(len(self.sets("full")), 1)
        self.assert_stored(password)
        self.assert_our_program_was_asked()

        self.tree.file("letter.txt", b"dear reader, once more\n", mtime=EPOCH + 10)
        self.tree.remove("folder/picture.bin")
        self.tree.stamp(EPOCH + 10)
        self.ends(self.later_backup(password))
        self.assertEqual((len(self.sets("full")), len(self.sets("inc"))), (1, 1))
        self.assert_stored(password)

        letter = self.documents / "letter.txt"
        letter.write_bytes(b"spoilt")
        self.restore(letter, password)
        self.assertEqual(letter.read_bytes(), b"dear reader, once more\n")

    def test_first_backup_changed_backup_and_restore_without_a_password(self):
        self.from_first_to_restore("")

    def test_first_backup_changed_backup_and_restore_with_a_password(self):
        self.from_first_to_restore(PASSWORD)

    def midway(self, password):
        """A first backup that has put some volumes on the target and has many to go."""
        for number in range(40):
            self.tree.file(f"large/{number}", noise(5 << 20, 100 + number))
        self.tree.stamp(EPOCH)
        process = self.first_backup(password)
        wait_until("volumes are on the target", lambda: self.world.target.exists() and len(
            self.world.target_names(r"vol\d+\.difftar")) > 3, process, PATIENCE_SECONDS)
        self.assertEqual([], self.sets("full"))
        return process

    def cancelled(self, password):
        process = self.midway(password)
        self.desktop.press("_Cancel Cancel", process)
        process.wait(timeout=PATIENCE_SECONDS)
        # Deja Dup cleans up behind itself: SIGKILL, then `cleanup --force`.
        wait_until("nothing of the program runs on", lambda: not self.running())
        wait_until("the target is clean", lambda: not self.world.target_names("^duplicity"))

    def test_a_cancelled_backup_leaves_nothing_without_a_password(self):
        self.cancelled("")

    def test_a_cancelled_backup_leaves_nothing_with_a_password(self):
        self.cancelled(PASSWORD)

    def resumed(self, password):
        process = self.midway(password)
        self.desktop.press("_Resume Later Resume Later", process)
        process.wait(timeout=PATIENCE_SECONDS)
        wait_until("nothing of the program runs on", lambda: not self.running())
        self.assertEqual([], self.sets("full"))
        before = {name for name in self.world.target_names(r"vol1\.difftar")}
        self.ends(self.later_backup(password))
        self.assertEqual(before, {name for name in self.world.target_names(r"vol1\.difftar")})
        self.assert_stored(password)

    def test_a_backup_to_be_resumed_later_is_resumed_without_a_password(self):
        self.resumed("")

    def test_a_backup_to_be_resumed_later_is_resumed_with_a_password(self):
        self.resumed(PASSWORD)


if __name__ == "__main__":
    main()
