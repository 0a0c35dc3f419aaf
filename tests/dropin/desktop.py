"""A display, a session bus and an accessibility bus of their own, for one program with windows."""

import os
import re
import signal
import subprocess
from pathlib import Path

from world import wait_until

HELPER = Path(__file__).resolve().parent / "a11y.py"
PATIENCE_SECONDS = 300


class Desktop:
    def __init__(self, directory, environment):
        self.directory = Path(directory)
        self.environment = {
            **environment, "GSETTINGS_BACKEND": "keyfile", "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
            # Nothing is to look for hardware, portals or a keyring that a build machine has not got.
            "LIBGL_ALWAYS_SOFTWARE": "1", "GTK_USE_PORTAL": "0", "GIO_USE_VFS": "local"}
        self.processes = []
        display = self._start(["Xvfb", "-r", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset", "-displayfd", "{fd}"])
        self.environment["DISPLAY"] = f":{display}"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self._start(
            ["dbus-daemon", "--session", "--nofork", "--print-address={fd}"])

    def _start(self, words):
        """Starts a server and returns the line that it writes to the descriptor once it is ready."""
        read_end, write_end = os.pipe()
        with open(self.directory / f"{words[0]}.log", "wb") as log:
            self.processes.append(subprocess.Popen(
                [word.replace("{fd}", str(write_end)) for word in words], env=self.environment, pass_fds=(write_end,),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True))
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            line = pipe.readline().strip()
        if not line:
            raise AssertionError(f"{words[0]} did not start: {(self.directory / f'{words[0]}.log').read_text()}")
        return line

    def close(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def run(self, *words):
        """A command of this session to its end; what it printed, or None if it failed."""
        done = subprocess.run([str(word) for word in words], env=self.environment, capture_output=True, text=True,
                              check=False, timeout=PATIENCE_SECONDS)
        return done.stdout if done.returncode == 0 else None

    def start(self, *words):
        """The program with windows."""
        log = open(self.directory / f"{words[0]}.log", "ab")  # noqa: SIM115, it lives as long as the program
        process = subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True)
        log.close()
        self.processes.append(process)
        return process

    # --- what a person at the screen would do ------------------------------------------------------

    def titles(self):
        return (self.run(HELPER, "titles") or "").splitlines()

    def wait_for(self, pattern, process):
        """Waits for a window with such a title, and returns the title."""
        return wait_until(f"a window {pattern!r} is shown", lambda: next(
            (title for title in self.titles() if re.search(pattern, title)), None), process, PATIENCE_SECONDS)

    def press(self, name, process, role="button"):
        """Presses a button, as soon as it is there and sensitive."""
        wait_until(f"{role} {name!r} can be pressed", lambda: self.run(HELPER, "press", role, name) is not None, process,
                   PATIENCE_SECONDS)

    def write(self, *words):
        """Types each word into the field that has the keyboard; Tab goes to the next."""
        window = self.run("xdotool", "search", "--onlyvisible", "--name", ".").split()[-1]
        self.run("xdotool", "windowfocus", window)
        for number, word in enumerate(words):
            if number:
                # A password field has two things that can have the keyboard: itself and its eye.
                self.run("xdotool", "key", "Tab", "key", "Tab")
            self.run("xdotool", "type", word)
