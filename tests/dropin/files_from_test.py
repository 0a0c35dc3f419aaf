#!/usr/bin/env python3
"""--files-from of duplicity 3.x, while that version is reported: only what is named is stored.

What it means is command-line.md 6.7, which was learnt from runs of 3.x; the version installed here has not got
it. So what must be stored is written down here, and duplicity restores it.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree
from world import COMMAND_SECONDS_MAX, WorldTest, main

MODERN = "3.0.1"
ABSOLUTE, EMPTY, CANNOT_OPEN, USAGE = 72, 73, 7, 2


class FilesFromTest(WorldTest):
    def setUp(self):
        super().setUp()
        root = self.world.root
        (root / "bin").mkdir()
        self.ours = root / "bin" / "duplicity"
        self.ours.symlink_to(self.world.duplictl_program)
        self.list = root / "list"
        self.targets = 0
        tree = Tree(self.world.source)
        for name in ("a.txt", "dir/inner/deep.txt", "dir/inner/other.txt", "dir/side.txt", "folder/inside.txt",
                     "folder/more/below.txt", " odd\nname ", "ab/c.txt"):
            tree.file(name, name.encode())
        tree.stamp(EPOCH)

    def back_up(self, *words, version=MODERN, stdin=b"", expect=0):
        self.targets += 1
        target = self.world.root / f"target-{self.targets}"
        run = subprocess.run(
            [self.ours, "full", "--no-encryption", "--no-print-statistics", "--archive-dir", self.world.archive_dir,
             "--name", target.name, *words, self.world.source, f"file://{target}"],
            env=self.world.environment() | {"DUPLID_COMPAT_VERSION": version}, input=stdin, capture_output=True,
            timeout=COMMAND_SECONDS_MAX, check=False)
        self.assertEqual(run.returncode, expect, run.stderr)
        return target, os.fsdecode(run.stdout + run.stderr)

    def stored(self, *words, **how):
        """Paths of what duplicity makes of the backup."""
        target, _ = self.back_up(*words, **how)
        restored = self.world.root / f"restored-{self.targets}"
        subprocess.run(["/usr/bin/duplicity", "restore", "--no-encryption", "--archive-dir",
                        self.world.root / "other", "--name", target.name, f"file://{target}", restored],
                       env=self.world.environment(), capture_output=True, timeout=COMMAND_SECONDS_MAX, check=True)
        return {str(path.relative_to(restored)) for path in restored.rglob("*")}

    def test_what_is_named_is_stored_with_what_leads_there_and_nothing_else(self):
        self.list.write_text("a.txt\ndir/inner/deep.txt\nfolder\nnot/there\n", encoding="ascii")
        self.assertEqual(self.stored("--files-from", self.list),
                         {"a.txt", "dir", "dir/inner", "dir/inner/deep.txt", "folder"})

    def test_names_are_taken_as_find_prints_them(self):
        self.list.write_text("./dir/side.txt\n./folder/\n\n", encoding="ascii")
        self.assertEqual(self.stored("--files-from", self.list), {"dir", "dir/side.txt", "folder"})

    def test_names_with_newlines_and_blanks_come_in_lists_with_nul(self):
        self.list.write_bytes(b" odd\nname \0a.txt\0")
        self.assertEqual(self.stored("--null-separator", "--files-from", self.list), {" odd\nname ", "a.txt"})

    def test_a_list_may_come_on_standard_input(self):
        self.assertEqual(self.stored("--files-from", "/dev/stdin", stdin=b"a.txt\nab/c.txt\n"),
                         {"a.txt", "ab", "ab/c.txt"})

    def test_the_other_rules_decide_as_well_wherever_they_stand(self):
        self.list.write_text("a.txt\ndir/inner/deep.txt\ndir/side.txt\n", encoding="ascii")
        exclude = ["--exclude", f"{self.world.source}/dir/inner"]
        for words in ([*exclude, "--files-from", self.list], ["--files-from", self.list, *exclude]):
            self.assertEqual(self.stored(*words), {"a.txt", "dir", "dir/side.txt"})

    def test_several_lists_name_what_any_of_them_names(self):
        second = self.world.root / "second"
        self.list.write_text("a.txt\n", encoding="ascii")
        second.write_text("dir\n", encoding="ascii")
        self.assertEqual(self.stored("--files-from", self.list, "--files-from", second), {"a.txt", "dir"})

    def test_absolute_names_and_lists_of_nothing_are_refused(self):
        self.list.write_text(f"a.txt\n{self.world.source}/dir\n", encoding="ascii")
        target, text = self.back_up("--files-from", self.list, expect=ABSOLUTE)
        self.assertIn(f"{self.world.source}/dir", text)
        self.assertEqual(list(target.glob("*")), [])
        for content in ("", "\n\n", ".\n"):
            self.list.write_text(content, encoding="ascii")
            self.back_up("--files-from", self.list, expect=EMPTY)
        self.back_up("--files-from", "/dev/stdin", stdin=b"", expect=EMPTY)
        self.back_up("--files-from", self.world.root / "nosuch", expect=CANNOT_OPEN)

    def test_0_8_22_does_not_know_it(self):
        self.list.write_text("a.txt\n", encoding="ascii")
        for option in ("--files-from", "--files"):
            _, text = self.back_up(option, self.list, version="0.8.22", expect=USAGE)
            self.assertIn(f"no such option: {option}", text)

    def test_duplictl_has_it_too(self):
        self.list.write_text("dir/side.txt\n", encoding="ascii")
        self.world.back_up("duplid", "--files-from", self.list)
        restored = self.world.restore("duplicity")
        self.assertEqual({str(path.relative_to(restored)) for path in restored.rglob("*")}, {"dir", "dir/side.txt"})


if __name__ == "__main__":
    main()
