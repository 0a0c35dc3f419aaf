#!/usr/bin/env python3
"""The top of the tree holds what the architecture lists, all of it and nothing else."""

import os
import subprocess
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

ENTRIES = {
    "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
    ".ci", ".clang-format", ".clang-tidy", ".gitignore",
    "ctl", "daemon", "engine", "etc", "proto", "storage", "systemd", "tests",
}


def entries(top):
    """What git would put into a commit; in an unpacked release without git, what lies there."""
    try:
        listed = subprocess.run(
            ["git", "-C", top, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True).stdout
        return {os.fsdecode(name).split("/")[0] for name in listed.split(b"\0") if name}
    except (OSError, subprocess.CalledProcessError):
        return set(os.listdir(top)) - {".git", "build"}


class TopLevelTest(unittest.TestCase):
    def test_the_top_level_is_exactly_what_the_architecture_lists(self):
        self.assertEqual(entries(TOP), ENTRIES)

    def test_the_commands_people_are_told_to_run_can_be_run(self):
        for command in (".ci/run", "etc/quickstart", "tests/run", "tests/bench/run"):
            with self.subTest(command=command):
                self.assertTrue(os.access(os.path.join(TOP, command), os.X_OK))


if __name__ == "__main__":
    unittest.main()
