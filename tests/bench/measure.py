"""What a command costs: wall time, CPU seconds of it and everything it started, and the peak memory
of its largest process (which Linux never tells as less than this Python's own 15 MB: the figure
survives exec). Where it is asked for, also the peak of memory that is the process's own: without
what is mapped from files, which the kernel can write out and take back.

A process started through gpgme, and a daemon that outlives its client, are re-parented when their
parent ends, and would then be counted nowhere. So each command runs below a harness process that
adopts such orphans (PR_SET_CHILD_SUBREAPER), ends those that stay (gpg-agent), and reaps them all.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

PR_SET_CHILD_SUBREAPER = 36
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Sample:
    status: int
    wall: float
    cpu: float
    peak_bytes: int
    output: str = ""
    peak_own_bytes: int = 0  # 0: not asked for


def _parents():
    """Each process there is, and its parent."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="latin-1") as file:
                    text = file.read()
            except OSError:
                continue
            parents[int(entry)] = int(text[text.rindex(")") + 2:].split()[1])
    return parents


def _orphans():
    return [pid for pid, parent in _parents().items() if parent == os.getpid()]


def _descendants():
    found = {os.getpid()}
    parents = _parents()
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


class _MemoryWatch:
    """Looks again and again at how much anonymous memory the largest process has: the kernel keeps no
    peak of that."""

    def __init__(self):
        self.peak_bytes = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self):
        self._end.set()
        self._thread.join()

    def _run(self):
        while not self._end.wait(LOOK_SECONDS):
            for pid in _descendants():
                try:
                    with open(f"/proc/{pid}/status", encoding="latin-1") as file:
                        own = [line.split()[1] for line in file if line.startswith("RssAnon:")]
                except OSError:
                    continue
                if own:
                    self.peak_bytes = max(self.peak_bytes, int(own[0]) * 1024)


def _harness(words, environment, directory, report, watch_memory):
    """Runs in a process of its own; writes one line of JSON to the descriptor `report`."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with open(os.path.join(directory, "output"), "w+b") as output:
        begin = time.monotonic()
        process = subprocess.Popen(words, env=environment, cwd=directory, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT)
        watch = _MemoryWatch() if watch_memory else None
        status = process.wait()
        wall = time.monotonic() - begin
        if watch:
            watch.end()
        output.seek(0)
        text = output.read()[-2000:].decode("utf-8", "replace") if status else ""
    while True:
        for pid in _orphans():
            os.kill(pid, signal.SIGTERM)
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    os.write(report, json.dumps({
        "status": status, "wall": wall, "cpu": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * 1024, "output": text,
        "peak_own_bytes": watch.peak_bytes if watch else 0}).encode())


def measure(words, environment, directory, watch_memory=False):
    """Runs `words` in `directory` and returns its Sample."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read_end)
            _harness([os.fspath(word) for word in words], environment, directory, write_end, watch_memory)
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        line = pipe.read()
    os.waitpid(pid, 0)
    if not line:
        raise RuntimeError(f"the harness failed to run {words[0]}")
    return Sample(**json.loads(line))
