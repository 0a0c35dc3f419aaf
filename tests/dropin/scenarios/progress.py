"""--progress, whose records come with the clock."""

from sets import TIMES, small_tree
from trees import noise

from scenarios import scenario


@scenario
def the_end_is_told(s):
    """A run with --progress first counts what it will read, and ends with a line at 100 %."""
    tree = small_tree(s)
    tree.file("big.bin", noise(1_200_000, 1))
    tree.stamp(1_700_000_000)
    outcome = s.invoke("full", "--progress", "--progress-rate", "1", "--volsize", "1", "--current-time", str(TIMES[0]),
                       s.source, s.url)
    if not s.program.is_reference and b"\033[" in outcome.out:
        raise AssertionError("an escape sequence in a pipe")
    last = [line for line in outcome.log.decode().split("\n") if line.startswith("NOTICE 16 ")][-1:]
    s.note("names of the numbers", [f"status {outcome.status}", *(f"percent {line.split()[4]}" for line in last)])
    s.show_names()
