"""Looking at running processes, and holding them still at a chosen moment."""

import os
import signal
from pathlib import Path

from world import wait_until


def _stat(pid):
    """(state, parent) of a process, or None once it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return None
    # The command's name stands in parentheses and may itself hold blanks and parentheses.
    state, parent = text[text.rindex(")") + 2:].split()[:2]
    return state, int(parent)


def alive(pid):
    found = _stat(pid)
    return found is not None and found[0] not in "ZX"


def daemon_of(client):
    """The pid of the private daemon that a running duplictl has started, or None."""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (found := _stat(entry)) and found[1] == client.pid and found[0] not in "ZX":
            try:
                # Not its `exe`: of a process that leaves no core only root may read that.
                name = Path(f"/proc/{entry}/comm").read_text(encoding="latin-1").strip()
            except OSError:
                continue
            if name == "duplid":
                return int(entry)
    return None


def below(pid):
    """Processes below `pid`, from the kernel's lists of children, which anybody may read."""
    found = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = listing.read_bytes().split()
        except OSError:  # that thread has ended
            continue
        for child in children:
            found += [int(child), *below(int(child))]
    return found


def inside(directory):
    """(pid, command line) of what runs in or for a directory: told by working directory and by words."""
    directory = str(directory)
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid() or not alive(entry):
            continue
        try:
            words = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            there = os.readlink(f"/proc/{entry}/cwd")
        except OSError:
            continue
        if directory in words or (there + "/").startswith(directory + "/"):
            found.append((int(entry), words))
    return found


def hold(pid):
    """Stops a process where it is and returns once it stands still."""
    os.kill(pid, signal.SIGSTOP)
    wait_until("the process stands still", lambda: (_stat(pid) or ("T", 0))[0] in "Tt")


def release(pid):
    os.kill(pid, signal.SIGCONT)
