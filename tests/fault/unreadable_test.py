#!/usr/bin/env python3
"""A source file that may not be read: the run is completed with warnings (status 3), the warning
names it, everything else is stored, and it is stored once it can be read.

Root may read anything, so as root both programs are run as the user nobody.
"""

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from figures import figures
from trees import EPOCH, ROOT, Tree, listing, noise
from world import WARNINGS, WorldTest, main

NOBODY = 65534


class UnreadableTest(WorldTest):
    def setUp(self):
        super().setUp()
        tree = Tree(self.world.source)
        tree.file("readable", noise(70_000, 1))
        tree.file("secret", b"nobody may read me", 0o000)
        tree.file("locked/inside", b"behind a locked door")
        tree.file("z-last", b"after all of them")
        tree.stamp(EPOCH)
        os.chmod(tree.path("locked"), 0o000)
        self.addCleanup(os.chmod, tree.path("locked"), 0o700)  # or it could not be removed
        self.tree = tree
        self.before = ()
        if ROOT:
            self.become_nobody()

    def become_nobody(self):
        """Hands the whole world to nobody, with copies of the programs that he can surely reach."""
        world = self.world
        programs = world.root / "bin"
        programs.mkdir()
        for program in (world.duplid, world.duplictl_program):
            shutil.copy2(program, programs / program.name)
        world.duplictl_program = programs / world.duplictl_program.name
        for folder, folders, files in os.walk(world.root):
            for name in [".", *folders, *files]:
                os.chown(os.path.join(folder, name), NOBODY, NOBODY, follow_symlinks=False)
        self.before = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")

    def back_up(self, **how):
        with self.world.new_set():
            return self.world.duplictl("backup", self.world.source, self.world.url, before=self.before, **how)

    def restored_names(self, program):
        directory = self.world.restore(program, before=self.before)
        return {row[7]: row for row in listing(directory)}

    def test_an_unreadable_file_is_warned_of_and_the_rest_is_stored(self):
        run = self.back_up(expect=WARNINGS)
        self.assertIn(str(self.world.source / "secret"), run.text)
        self.assertIn(str(self.world.source / "locked"), run.text)
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                names = self.restored_names(program)
                self.assertLessEqual({".", "readable", "z-last"}, names.keys())
                self.assertNotIn("locked/inside", names)

    def test_it_counts_in_the_statistics_as_duplicity_counts_it(self):
        world = self.world
        ours = figures(self.back_up(expect=WARNINGS).out)
        world.target, world.name = world.root / "target-duplicity", "duplicity"
        theirs = figures(world.duplicity("full", world.source, world.url, before=self.before).out)
        self.assertEqual(ours["Errors"], 2)
        self.assertEqual(ours, theirs)

    def test_it_is_stored_once_it_can_be_read(self):
        self.back_up(expect=WARNINGS)
        os.chmod(self.tree.path("secret"), 0o600)
        os.chmod(self.tree.path("locked"), 0o700)
        self.back_up()
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                names = self.restored_names(program)
                expected = {row[7]: row for row in self.tree.listing()}
                self.assertEqual(names.keys(), expected.keys())
                self.assertEqual(names["secret"][5:7], expected["secret"][5:7])


if __name__ == "__main__":
    main()
