"""Playing scenarios, and comparing what they showed with goldens or with a second player."""

import difflib
import importlib
import pkgutil
import re
from dataclasses import dataclass
from pathlib import Path

import deviations
import scenarios
from sets import SETS
from stage import Stage, World, reference
from world import wait_until

GOLDENS = Path(__file__).resolve().parents[1] / "golden" / "dropin"


@dataclass(frozen=True)
class Scenario:
    group: str
    name: str
    play: object

    @property
    def golden(self):
        return GOLDENS / self.group / f"{self.name}.txt"

    @property
    def sentence(self):
        return " ".join(self.play.__doc__.split())


def all_scenarios():
    found = []
    for module in sorted(pkgutil.iter_modules(scenarios.__path__), key=lambda module: module.name):
        loaded = importlib.import_module(f"scenarios.{module.name}")
        found += [Scenario(module.name, name, play) for name, play in vars(loaded).items()
                  if getattr(play, "is_scenario", False)]
    return found


class Player:
    """Plays scenarios one after another in one world."""

    def __init__(self, program):
        self.program = program
        self.world = World()

    def close(self):
        self.world.close()

    def play(self, scenario):
        """The sections that the scenario showed. Ours must leave nothing behind; the reference, where a
        scenario makes it crash, may."""
        stage = Stage(self.world, self.program, SETS)
        scenario.play(stage)
        if not self.program.is_reference:
            wait_until(f"nothing is left behind, but {stage.leftovers()} is", lambda: not stage.leftovers(), seconds=5)
        return stage.sections


def text_of(sections):
    return "\n\n".join("\n".join(section.lines) for section in sections) + "\n"


def sections_of(text):
    """The texts of the sections of a golden."""
    return re.split(r"\n\n(?=\$ \w+ |== (?:tree|names|file|restored)\b)", text.rstrip("\n"))


def problems(expected, sections, is_reference):
    """What differs from the expected text, as one text for people; empty if nothing does."""
    wanted = sections_of(expected)
    found = []
    if len(wanted) != len(sections):
        return f"{len(sections)} sections, not {len(wanted)}"
    for theirs, section in zip(wanted, sections, strict=True):
        actual = "\n".join(section.lines)
        if section.outcome and section.outcome.status == 30 and not section.outcome.err.strip():
            found.append(f"{section.lines[0]}: says nothing on stderr")
        if not is_reference:
            if section.instead:
                found += [f"{section.lines[0]}: {problem}" for problem in
                          section.instead.check(section.outcome, section.lines)]
                continue
            for edit in section.edits:
                theirs = edit.apply(theirs)
            theirs = deviations.expected_of_ours(theirs)
            actual = deviations.without_exception_text(actual)
        theirs, actual = theirs.rstrip("\n"), actual.rstrip("\n")  # a file may end with empty lines
        if theirs != actual:
            found += [section.lines[0], *difflib.unified_diff(theirs.splitlines(), actual.splitlines(), "expected",
                                                              "got", lineterm="", n=2)]
    return "\n".join(found)


def recorded(scenario):
    return scenario.golden.read_text(encoding="utf-8")


def played_by_the_reference(scenario, player):
    return text_of(player.play(scenario))


__all__ = ["GOLDENS", "Player", "Scenario", "all_scenarios", "played_by_the_reference", "problems", "recorded",
           "reference", "text_of"]
