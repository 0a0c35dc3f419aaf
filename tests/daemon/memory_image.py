"""What a process has in its memory, as root sees it in /proc (proc(5): mem, smaps)."""

import re
from dataclasses import dataclass

# "7f0c-7f0d rw-p 0 00:00 0 [heap]"
HEAD = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$")


@dataclass(frozen=True)
class Mapping:
    start: int
    end: int
    rights: str
    name: str
    resident: int     # KiB, in memory or in swap
    flags: frozenset  # the kernel's two letters


@dataclass(frozen=True)
class Place:
    """Where something was found."""

    address: int
    mapping: Mapping

    @property
    def is_guarded(self):
        """Locked, in no dump, wiped in forks."""
        return {"lo", "dd", "wf"} <= self.mapping.flags

    def __str__(self):
        return f"{self.address:x} in {self.mapping.name or 'anonymous memory'} ({' '.join(sorted(self.mapping.flags))})"


def mappings(pid):
    found, head, resident = [], None, 0
    with open(f"/proc/{pid}/smaps", "rb") as file:
        for line in file:
            if match := HEAD.match(line.rstrip()):
                head, resident = match, 0
            elif line.startswith((b"Rss:", b"Swap:")):
                resident += int(line.split()[1])
            elif line.startswith(b"VmFlags:"):
                found.append(Mapping(int(head[1], 16), int(head[2], 16), head[3].decode(), head[4].decode("latin-1"),
                                     resident, frozenset(line.decode().split()[1:])))
    return found


def _pieces(memory, mapping):
    at = mapping.start
    while at < mapping.end:
        memory.seek(at)
        try:
            piece = memory.read(mapping.end - at)
        except OSError:  # behind the end of a mapped file
            return
        if not piece:
            return
        yield piece
        at += len(piece)


def places(pid, needle):
    """All places where these bytes are. Memory that was never touched is not read."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for mapping in mappings(pid):
            if not mapping.resident or "r" not in mapping.rights or mapping.name in ("[vvar]", "[vsyscall]"):
                continue
            content = b"".join(_pieces(memory, mapping))
            at = content.find(needle)
            while at >= 0:
                found.append(Place(mapping.start + at, mapping))
                at = content.find(needle, at + 1)
    return found
