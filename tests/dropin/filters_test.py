#!/usr/bin/env python3
"""--filter-literal and its like of duplicity 3.x, while that version is reported.

The installed 0.8.22 has not got them, but other words for the same: wildcards in brackets for a literal
path, --include-regexp for a pattern that is an expression, `ignorecase:` and `(?i)` for either case. It
backs up by those, ours by the filters, and both must have stored the same.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree
from world import COMMAND_SECONDS_MAX, WorldTest, main

THEIRS = "/usr/bin/duplicity"
MODERN = "3.0.1"
REDUNDANT, TRAILING, USAGE = 70, 71, 2


class FiltersTest(WorldTest):
    def setUp(self):
        super().setUp()
        root = self.world.root
        (root / "bin").mkdir()
        self.ours = root / "bin" / "duplicity"
        self.ours.symlink_to(self.world.duplictl_program)
        self.list = root / "list"
        self.targets = 0
        self.base = str(self.world.source)
        tree = Tree(self.world.source)
        for name in ("a[1].txt", "a1.txt", "A[1].TXT", "what?", "whats", "star*/in/side", "star*/Other", "starry/in",
                     "Dir/photo.JPG", "dir/photo.jpg", "dir/deep/x1", "dir/deep/x22", "ignorecase:/x",
                     "\u00c9t\u00e9/f"):
            tree.file(name, name.encode())
        tree.stamp(EPOCH)

    def back_up(self, program, *words, version=MODERN, expect=0):
        self.targets += 1
        target = self.world.root / f"target-{self.targets}"
        run = subprocess.run(
            [program, "full", "--no-encryption", "--no-print-statistics", "--archive-dir", self.world.archive_dir,
             "--name", target.name, *words, self.base, f"file://{target}"],
            env=self.world.environment() | {"DUPLID_COMPAT_VERSION": version}, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=COMMAND_SECONDS_MAX, check=False)
        self.assertEqual(run.returncode, expect, run.stderr)
        return target, os.fsdecode(run.stdout + run.stderr)

    def stored(self, program, *words):
        """Paths of what duplicity makes of the backup."""
        target, _ = self.back_up(program, *words)
        restored = self.world.root / f"restored-{self.targets}"
        subprocess.run([THEIRS, "restore", "--no-encryption", "--archive-dir", self.world.root / "other", "--name",
                        target.name, f"file://{target}", restored],
                       env=self.world.environment(), capture_output=True, timeout=COMMAND_SECONDS_MAX, check=True)
        return {str(path.relative_to(restored)) for path in restored.rglob("*")}

    def assert_same(self, filtered, plain):
        """Ours by `filtered` stores what theirs stores by `plain`, which is neither nothing nor everything."""
        expected = self.stored(THEIRS, *plain)
        self.assertEqual(self.stored(self.ours, *filtered), expected)
        self.assertTrue(expected)
        self.assertLess(len(expected), sum(1 for _ in Path(self.base).rglob("*")))

    def test_literal_patterns_are_paths_and_what_is_below_them(self):
        base = self.base
        self.assert_same(["--filter-literal", "--exclude", f"{base}/a[1].txt", "--exclude", f"{base}/what?",
                          "--exclude", f"{base}/star*"],
                         ["--exclude", f"{base}/a[[]1].txt", "--exclude", f"{base}/what[?]", "--exclude",
                          f"{base}/star[*]"])

    def test_a_literal_include_brings_the_folders_above_it(self):
        base = self.base
        self.assert_same(["--filter-literal", "--include", f"{base}/star*/in", "--exclude", base],
                         ["--include", f"{base}/star[*]/in", "--exclude", base])

    def test_patterns_may_be_regular_expressions(self):
        self.assert_same(["--filter-regexp", "--exclude", r"x\d$", "--exclude", r"\*/O"],
                         ["--exclude-regexp", r"x\d$", "--exclude-regexp", r"\*/O"])

    def test_case_may_be_of_no_matter(self):
        base = self.base
        self.assert_same(["--filter-ignorecase", "--exclude", "**.jpg", "--exclude", "**/\u00e9T\u00c9/F",
                          "--exclude-regexp", "OTHER"],
                         ["--exclude", "ignorecase:**.jpg", "--exclude", "ignorecase:**/\u00e9T\u00c9/F",
                          "--exclude-regexp", "(?i)OTHER"])
        self.assert_same(["--filter-ignorecase", "--filter-literal", "--exclude", f"{base}/A[1].txt",
                          "--filter-strictcase", "--exclude", f"{base}/DIR"],
                         ["--exclude", f"{base}/a[[]1].txt", "--exclude", f"{base}/A[[]1].TXT",
                          "--exclude", f"{base}/DIR"])

    def test_the_lines_of_lists_are_what_the_filter_before_the_list_says(self):
        base = self.base
        self.list.write_text(f"+ {base}/star*/in\n- {base}/star*\n{base}/what?\n", encoding="utf-8")
        plain = self.world.root / "plain"
        plain.write_text(f"+ {base}/star[*]/in\n- {base}/star[*]\n{base}/what[?]\n", encoding="utf-8")
        self.assert_same(["--filter-literal", "--exclude-filelist", self.list, "--filter-globbing", "--exclude",
                          f"{base}/d*"],
                         ["--exclude-filelist", plain, "--exclude", f"{base}/d*"])

    def test_a_filter_says_nothing_of_what_stands_before_it(self):
        base = self.base
        self.assert_same(["--exclude", f"{base}/a[1].txt", "--filter-literal", "--exclude", f"{base}/what?"],
                         ["--exclude", f"{base}/a[1].txt", "--exclude", f"{base}/what[?]"])

    def test_duplictl_has_them_too(self):
        base = self.base
        expected = self.stored(THEIRS, "--exclude", f"{base}/star[*]")
        self.world.back_up("duplid", "--filter-literal", "--exclude", f"{base}/star*")
        restored = self.world.restore("duplicity")
        self.assertEqual({str(path.relative_to(restored)) for path in restored.rglob("*")}, expected)

    def test_filters_that_change_nothing_are_refused(self):
        for words in (["--filter-globbing"], ["--filter-strictcase", "--filter-globbing"]):
            self.back_up(self.ours, *words, expect=REDUNDANT)
        for words in (["--filter-literal"], ["--exclude", f"{self.base}/a", "--filter-strictcase"]):
            self.back_up(self.ours, *words, expect=TRAILING)

    def test_0_8_22_does_not_know_them(self):
        for option in ("--filter-literal", "--filter-ignorecase"):
            _, text = self.back_up(self.ours, option, version="0.8.22", expect=USAGE)
            self.assertIn(f"no such option: {option}", text)


if __name__ == "__main__":
    main()
