#!/usr/bin/env python3
"""Every scenario of scenarios/, played by our drop-in, shows what duplicity 0.8.22 showed.

    DUPLID_BIN=... DUPLICTL_BIN=... tests/dropin/replay_test.py [-k WORDS]... [GROUP]...

The reference's side are the goldens that `record` made. With DUPLID_DROPIN_LIVE=1 the installed duplicity
plays along instead and nothing is taken from files. With DUPLID_DROPIN_PROGRAM=DIRECTORY the programs of that
directory are played with; /usr/bin proves that the goldens are what the installed duplicity does.
"""

import os
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support" / "python")]

import replay
import stage
from world import main


class ReplayTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        directory = os.environ.get("DUPLID_DROPIN_PROGRAM")
        cls.program = stage.ours()
        if directory:
            cls.program = stage.Program(Path(directory), Path(directory) == stage.REFERENCE)
        cls.player = replay.Player(cls.program)
        cls.addClassCleanup(cls.player.close)
        cls.other = None
        if os.environ.get("DUPLID_DROPIN_LIVE"):
            cls.other = replay.Player(replay.reference())
            cls.addClassCleanup(cls.other.close)

    def check(self, scenario):
        expected = replay.played_by_the_reference(scenario, self.other) if self.other else replay.recorded(scenario)
        sections = self.player.play(scenario)
        if problems := replay.problems(expected, sections, self.program.is_reference):
            self.fail(f"{scenario.sentence}\n{problems}")


class GoldenTest(unittest.TestCase):
    def test_every_golden_has_a_scenario(self):
        known = {scenario.golden for scenario in replay.all_scenarios()}
        self.assertEqual([], sorted(str(path) for path in replay.GOLDENS.rglob("*.txt") if path not in known))


def add_tests():
    """A method a scenario, named by group and scenario; of the groups in argv only, if there are any."""
    scenarios = replay.all_scenarios()
    groups = {scenario.group for scenario in scenarios}
    wanted = [word for word in sys.argv[1:] if word in groups]
    for word in wanted:
        sys.argv.remove(word)
    for scenario in scenarios:
        if not wanted or scenario.group in wanted:
            setattr(ReplayTest, f"test_{scenario.group}_{scenario.name}",
                    lambda self, scenario=scenario: self.check(scenario))


if __name__ == "__main__":
    add_tests()
    main()
