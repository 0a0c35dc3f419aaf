"""The machine log as Deja Dup 44 reads it: a parser of its own, which knows nothing of ours or the replay's.

A record counts once its empty line has come. The control line is split at single blanks; a word in single
quotes is one word, in which backslash escapes as in C and Python are undone.
"""

import re
from dataclasses import dataclass, field

ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3})|(.))")
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass
class Message:
    level: str
    code: int
    words: list
    data: list = field(default_factory=list)
    text: str = ""


def unescaped(word):
    def one(found):
        hexadecimal = found[1] or found[2] or found[3]
        if hexadecimal:
            return chr(int(hexadecimal, 16))
        return chr(int(found[4], 8)) if found[4] else LETTERS.get(found[5], found[5])

    return ESCAPE.sub(one, word)


def split(line):
    words, rest = [], line
    while rest:
        found = re.match(r"'((?:[^'\\]|\\.)*)'(?: |$)|([^ ']*)(?: |$)", rest)
        if not found:
            raise ValueError(f"unreadable control line: {line!r}")
        words.append(unescaped(found[1]) if found[1] is not None else found[2])
        rest = rest[found.end():]
    return words


class Reader:
    """Fed with bytes as they come; what was completed is in `messages`."""

    def __init__(self):
        self.messages = []
        self._line = b""
        self._stanza = []

    def feed(self, data):
        """The messages that these bytes completed."""
        before = len(self.messages)
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            if line:
                self._stanza.append(line.decode("utf-8"))
            elif self._stanza:
                self.messages.append(self._message())
                self._stanza = []
        return self.messages[before:]

    def _message(self):
        level, code, *words = split(self._stanza[0])
        data = [line for line in self._stanza[1:] if not line.startswith(". ")]
        text = [line[2:] for line in self._stanza[1:] if line.startswith(". ")]
        return Message(level, int(code), words, data, "\n".join(text))

    @property
    def is_between_messages(self):
        return not self._line and not self._stanza

    # --- what Deja Dup makes of them ---

    def of(self, level, code):
        return [message for message in self.messages if (message.level, message.code) == (level, code)]

    def progress(self):
        """The numbers of INFO 2, each [done] or [done, total]."""
        return [[int(word) for word in message.words] for message in self.of("INFO", 2)]

    def sets(self):
        """(type, time, is encrypted) of every set of the first status: of chains, not of leftovers."""
        found, inside = [], False
        for line in (self.of("INFO", 3) or [Message("", 0, [])])[0].data:
            if line.startswith("chain-complete") or line.startswith("chain-no-sig"):
                inside = True
            elif not line.startswith(" "):
                inside = False
            elif inside:
                kind, time, _, encryption = line[1:].split(" ")
                found.append((kind, time, encryption == "enc"))
        return found

    def files(self):
        """(name, type) of what list-current-files tells, without the root."""
        return [(message.words[1], message.words[2]) for message in self.of("INFO", 10) if message.words[1] != "."]
