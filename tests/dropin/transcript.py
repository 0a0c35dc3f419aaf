"""A transcript: what a scenario showed, as lines of text that a person can read and diff.

    $ duplicity full /base/source file:///base/target ...
    status 0
    == log              the machine log, record by record
    == stdout           only what does not follow from the log by the rule of command-line.md 4.4
    == stderr           likewise

A blank at the end of a line is shown as a middle dot, and bytes that are no printable text as \\xNN.
"""

import itertools
import re
from dataclasses import dataclass

import masks as rules

BLANK = "·"


@dataclass(frozen=True)
class Section:
    """A part of a transcript. With an outcome it is an invocation's, which may have deviations."""

    lines: list
    outcome: object = None
    instead: object = None
    edits: tuple = ()


@dataclass
class Record:
    """One record of the machine log (command-line.md 4.1), masked."""

    control: str
    payload: list
    texts: list

    def lines(self):
        return [self.control, *self.payload, *(f". {text}" for text in self.texts)]

    @property
    def is_error(self):
        return self.control.startswith("ERROR ")


def text_of(data):
    """Text of bytes that may be no UTF-8 and may hold controls."""
    text = data.decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", lambda found: f"\\x{ord(found[0]):02x}", text)


def without_frames(text):
    """A traceback is reduced to its last line."""
    return rules.TRACEBACK.sub("", text)


def records_of(log, masks):
    """The records of a log. What is no complete record is an AssertionError: readers would hang on it."""
    text = without_frames(text_of(log))
    if text and not text.endswith("\n\n"):
        raise AssertionError(f"the log does not end with an empty line: {text[-200:]!r}")
    records = []
    for block in text.split("\n\n")[:-1]:
        control, *rest = block.split("\n")
        if not re.match(r"(ERROR|WARNING|NOTICE|INFO|DEBUG) [1-9]\d*( |$)", control):
            raise AssertionError(f"no control line: {control!r}")
        texts = [masks.line(line[2:]) for line in rest if line.startswith(". ")]
        texts = [line for line in texts if not rules.TEXT_LINES_DROPPED.match(line)]
        payload = [masks.line(line) for line in rest if not line.startswith(". ")]
        records.append(Record(masks.control(control), payload, texts))
    return records


def stream_lines(data, masks):
    """A terminal stream, masked."""
    data = rules.USAGE.sub(b"USAGE\n", data)
    lines = [masks.line(line) for line in without_frames(text_of(data)).split("\n")]
    lines = [line for line in lines if not rules.TEXT_LINES_DROPPED.match(line)]
    if lines[-1] == "":
        lines.pop()
    else:
        lines[-1] += "(no newline)"
    return lines


def stream_that_follows(records, errors):
    """What the log lets expect on stderr (errors) or stdout: 4.4, "Terminal split"."""
    return [text for record in records if record.is_error is errors and "".join(record.texts) for text in record.texts]


def in_order(records):
    """The records, each kind in its own order, without the order that chance gives.

    - Files are read while the volume before them is still on its way, and who tells of which first is a race. So of
      what is told between two other records, files come first, then volumes; an end of an upload in the background last.
    - A replication copies in the order of a directory, which is anything.
    """
    def rank(record):
        if re.match(r"INFO (?:4|5|6|15) ", record.control):
            return 1
        text = "".join(record.texts)
        if re.match(r"INFO (?:11|12|13)$", record.control) or re.match(r"Writing |Processed volume \d+$", text):
            return 2
        if record.control == "INFO 14":
            return 3
        return 4 if text.startswith("Replicating ") else 0

    ordered = []
    for is_free, run in itertools.groupby(records, lambda record: rank(record) > 0):
        run = list(run)
        if is_free:
            run.sort(key=lambda record: (rank(record), record.texts if rank(record) == 4 else []))
        ordered += run
    return ordered


def visible(line):
    return line[:-1] + BLANK if line.endswith(" ") else line


def of(outcome, masks, logged, name="duplicity"):
    """The lines of one invocation."""
    words = " ".join(quoted(masks.line(word)) for word in outcome.words)
    lines = [f"$ {name} {words}", f"status {outcome.status}"]
    records = records_of(outcome.log, masks)
    if logged:
        lines.append("== log")
        kept = [record for record in records if not masks.is_dropped(record.control, record.texts)]
        for number, record in enumerate(in_order(kept)):
            lines += [""] * bool(number) + record.lines()
    # With 30 stderr has a traceback, or with ours a sentence (deviation 16).
    streams = [("stdout", outcome.out, False)] + [("stderr", outcome.err, True)] * (outcome.status != 30)
    for stream, data, errors in streams:
        found, follows = stream_lines(data, masks), stream_that_follows(records, errors)
        kept = [line for line in found if not masks.drops_line(line)]
        if logged and (found == follows or kept == [line for line in follows if not masks.drops_line(line)]):
            continue
        lines += [f"== {stream}", *kept]
    return [visible(line) for line in lines]


def quoted(word):
    return word if re.fullmatch(r"[\w@%+=:,./*-]+", word) else "'" + word.replace("'", "'\\''") + "'"
