"""Where restores go: into memory where that has room, else to the disk.

What a disk's file system does with many new files is a large part of a restore and in neither program's
hand, and some do it badly: ext4 without a journal passes over inodes that were deleted in the last minutes,
one by one, before it takes another. In memory that is small and always the same.
"""

import itertools
import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
IN_MEMORY = f"memory ({MEMORY})"
ROOM_TO_SPARE = 1 << 30


def _available_memory():
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _room_in_memory():
    try:
        facts = os.statvfs(MEMORY)
    except OSError:
        return 0
    return min(facts.f_bavail * facts.f_frsize, _available_memory())


class Destinations:
    def __init__(self, work):
        self._disk = work / "restored"
        self._memory = None
        self._numbers = itertools.count()
        self._kinds = {}  # by case

    def fresh(self, case, name, tree_bytes):
        """A path where nothing is, for a tree of that size. All runs of a case go to one kind of place."""
        if case not in self._kinds:
            in_memory = _room_in_memory() >= tree_bytes + tree_bytes // 4 + ROOM_TO_SPARE
            self._kinds[case] = IN_MEMORY if in_memory else f"the disk below {self._disk.parent.parent}"
        if self._kinds[case] == IN_MEMORY and not self._memory:
            self._memory = Path(tempfile.mkdtemp(prefix="duplid-bench-", dir=MEMORY))
        top = self._memory if self._kinds[case] == IN_MEMORY else self._disk
        top.mkdir(exist_ok=True)
        return top / f"{next(self._numbers)}-{name}"

    def used(self, path):
        """On the disk trees stay until the end: whoever makes files there later would pay for their deletion."""
        if path.parent == self._memory:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def kind_of(self, case):
        """Where the restores of a case went; None if it has none."""
        return self._kinds.get(case)

    def said(self):
        """Lines for people."""
        kinds = dict.fromkeys(self._kinds.values())
        return [f"restored to {kind}: {'; '.join(case for case, its in self._kinds.items() if its == kind)}"
                for kind in kinds]

    def remove(self):
        if self._memory:
            shutil.rmtree(self._memory, ignore_errors=True)
