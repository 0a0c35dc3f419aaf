"""A program on a terminal of its own, and what a person would see there: pyte, a terminal emulator that knows
nothing of us, draws it."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from debian import need

need("pyte")

import pyte  # noqa: E402

PATIENCE = 60.0


class Terminal:
    """`words`, started on a terminal of that size; ended with close()."""

    def __init__(self, words, environment, columns=100, rows=30):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.status = None
        size = struct.pack("HHHH", rows, columns, 0, 0)
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, size)
                os.execvpe(words[0], [os.fspath(word) for word in words], environment)
            finally:
                os._exit(126)

    @property
    def lines(self):
        """What is to be seen, without blanks at the ends."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.lines)

    def colors_of(self, word):
        """The colours in which a word stands on the screen."""
        for row, line in enumerate(self.screen.display):
            if (column := line.find(word)) >= 0:
                return {self.screen.buffer[row][column + i].fg for i in range(len(word))}
        raise AssertionError(f"{word!r} is not to be seen:\n{self.text}")

    def _take(self):
        try:
            more = os.read(self.descriptor, 1 << 16)
        except OSError:  # how Linux tells the end of a terminal
            more = b""
        self.raw += more
        self.stream.feed(more)
        return bool(more)

    def until(self, condition, what):
        """Reads until condition(self) is true, and returns that."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if value := condition(self):
                return value
            if select.select([self.descriptor], [], [], 0.05)[0] and not self._take():
                break
        if value := condition(self):
            return value
        raise AssertionError(f"waited in vain for {what}; the screen:\n{self.text}")

    def until_seen(self, text):
        self.until(lambda terminal: text in terminal.text, repr(text))

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        """Reads what is left and returns the exit status; -N for signal N."""
        while self._take():
            pass
        return self.wait()

    def wait(self):
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        os.close(self.descriptor)
