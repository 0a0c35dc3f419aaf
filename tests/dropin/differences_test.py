#!/usr/bin/env python3
"""The list of known differences is what the tests know, and the tests know what it lists.

ctl/duplicity/README.md is the promise: whoever puts ours in duplicity's place reads there what is otherwise,
and why. What tests expect otherwise than the reference shows goes by the names of that list.
"""

import ast
import re
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "support" / "python")]

import deviations

LIST = TOP / "ctl" / "duplicity" / "README.md"


def listed():
    """The rows of the list: name, what the reference does, what ours does, why."""
    text = LIST.read_text(encoding="utf-8").split("## Known differences\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return rows[2:]  # behind the head and its line


def named_by_scenarios():
    """The first word of each Instead and Edit."""
    names = set()
    for path in (HERE / "scenarios").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Instead", "Edit"):
                names.add(ast.literal_eval(node.args[0]))
    return names


class DifferencesTest(unittest.TestCase):
    def test_each_has_a_name_of_its_own_both_sides_and_a_reason(self):
        rows = listed()
        self.assertGreater(len(rows), 40)
        names = [row[0] for row in rows]
        self.assertEqual(sorted(set(names)), sorted(names))
        for row in rows:
            with self.subTest(row[0]):
                self.assertEqual(len(row), 4, row)
                self.assertRegex(row[0], r"^`[a-z0-9-]+`$")
                self.assertTrue(all(row), "a cell is empty")

    def test_what_tests_expect_otherwise_is_what_is_listed(self):
        held = named_by_scenarios() | {name for name, *_ in deviations.EVERYWHERE} | set(deviations.ELSEWHERE)
        self.assertEqual({row[0].strip("`") for row in listed()}, held)

    def test_what_transcripts_do_not_show_is_held_where_it_is_said(self):
        for name, (path, words) in deviations.ELSEWHERE.items():
            with self.subTest(name):
                self.assertNotIn(name, named_by_scenarios(), "a scenario holds it")
                text = (TOP / path).read_text(encoding="utf-8")
                # Strings of C++ may be broken.
                self.assertTrue(words in re.sub(r'"\s*\n\s*"', "", text), f"{words!r} is not in {path}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
