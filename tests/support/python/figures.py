"""The block of statistics that both programs print at the end of a backup (command-line.md 5.1)."""

import re

NAMES = ("StartTime", "EndTime", "ElapsedTime", "SourceFiles", "SourceFileSize", "NewFiles", "NewFileSize",
         "DeletedFiles", "ChangedFiles", "ChangedFileSize", "ChangedDeltaSize", "DeltaEntries", "RawDeltaSize",
         "TotalDestinationSizeChange", "Errors")

# Times differ from run to run, and what volumes weigh depends on who compresses them.
COMPARABLE = tuple(name for name in NAMES if not name.endswith("Time") and name != "TotalDestinationSizeChange")


def block(text):
    """The lines of the block in what a program printed, or [] if there is none."""
    found = re.search(r"(?ms)^-+\[ Backup Statistics \]-+\n(.*?)^-+$", text)
    return found[1].splitlines() if found else []


def all_figures(text):
    """Name to what stands behind it, of all lines."""
    return dict(line.split(" ")[:2] for line in block(text))


def figures(text):
    """Name to number, of the comparable lines."""
    rows = all_figures(text)
    return {name: int(rows[name]) for name in COMPARABLE}
