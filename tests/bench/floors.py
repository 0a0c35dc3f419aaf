"""What duplid must reach in the long form: limits, and how each is judged from the rows of the table.

Ratios are of CPU seconds, of the command and all it started, because wall time on a shared machine
says more about the others; but of wall time for the cases that are about waiting.
"""

from dataclasses import dataclass
from typing import Callable

MB = 1e6
WORKERS_WITHOUT_EXTRA = 2


def _times_duplicity(ours, theirs):
    by = ours["by"]
    return theirs[by] / ours[by] if ours[by] else None


def _stored_to_duplicity(ours, theirs):
    return ours["stored_bytes"] / theirs["stored_bytes"] if theirs["stored_bytes"] else None


def _source_rate(ours, _):
    return ours["source_bytes"] / ours["cpu"] / MB if ours["cpu"] else None


def _own_memory(ours, _):
    return ours["peak_own_bytes"] / MB if ours["peak_own_bytes"] else None


@dataclass(frozen=True)
class Floor:
    case: str
    what: str
    limit: Callable[[int], float]  # given the number of cores
    figure: Callable
    at_least: bool = True
    beside: str | None = "duplicity"  # whose row the figure needs, too

    def holds(self, figure, cores):
        return figure >= self.limit(cores) if self.at_least else figure <= self.limit(cores)


def _wall(ours, _):
    return ours["wall"]


def _beyond_two_walks(ours, walk):
    return ours["wall"] - 2 * walk["wall"]


def _memory_limit(cores):
    return 100 + 16 * max(0, cores - WORKERS_WITHOUT_EXTRA)


def _faster(case, times):
    return Floor(case, "times duplicity's speed", lambda _: times, _times_duplicity)


def _no_larger(case):
    return Floor(case, "size, duplicity's = 1", lambda _: 1.10, _stored_to_duplicity, at_least=False)


def _memory(case):
    return Floor(case, "MB of its own at the peak", _memory_limit, _own_memory, at_least=False, beside=None)


def _answers(case):
    """A question about a million files, the start of a private daemon included."""
    return Floor(case, "s of wall time", lambda _: 0.1, _wall, at_least=False, beside=None)


FLOORS = [
    _faster("full of 2 GB, passphrase", 5),
    _faster("full of 2 GB, public key", 6),
    *(_no_larger(f"full of 2 GB, {secrecy}") for secrecy in ("gzip", "passphrase", "public key")),
    *(_faster(f"restore {what}{secrecy}", 3) for what in ("all", "duplicity's archive", "duplicity's 2 GB")
      for secrecy in ("", ", public key")),
    _faster("restore one file", 10),
    _faster("restore one file, public key", 5),
    _faster("no change, passphrase", 3),
    Floor("no change, a million files", "s beyond two walks", lambda _: 0.15, _beyond_two_walks, at_least=False,
          beside="walk"),
    *map(_answers, ("page of list", "page of find, a rare name", "versions")),
    *(_faster(f"lost cache, {secrecy}", 8) for secrecy in ("passphrase", "public key")),
    Floor("delta: all of a large file", "MB/s of one core", lambda _: 100, _source_rate, beside=None),
    _no_larger("delta: 1 % in one place"),
    *(_memory(f"memory: {case}") for case in ("one large file", "many small files", "half of a large file, full",
                                              "half of a large file, changed", "a sparse file, full",
                                              "a sparse file, changed")),
]


def judged(rows, cores):
    """Lines (case, what, figure, limit, verdict) for each floor whose case was measured."""
    by = {(row["case"], row["program"]): row for row in rows}
    lines = []
    for floor in FLOORS:
        ours = by.get((floor.case, "duplid"))
        theirs = by.get((floor.case, floor.beside))
        if ours is None or (floor.beside and theirs is None):
            continue
        figure = floor.figure(ours, theirs)
        if figure is None:
            continue
        lines.append((floor.case, floor.what, f"{figure:.2f}",
                      f"{'>=' if floor.at_least else '<='} {floor.limit(cores):g}",
                      "holds" if floor.holds(figure, cores) else "FAILS"))
    return lines
