"""What is not compared, and why: every mask of the replay is in here.

A mask replaces what may differ between two right runs by a word in capitals, the same on both sides, or
drops a record. Whatever no mask names is compared to the byte. What ours does differently on purpose is
no mask: deviations.py.
"""

import os
import re
import socket

# (pattern, replacement): within one line. The reason stands above each.
LINES = (
    # The clock of the run: the sets' own times are given with --current-time and are compared.
    (r"^(StartTime|EndTime) \d+\.\d\d \(.*\)$", r"\1 TIME"),
    (r"^ElapsedTime .*$", "ElapsedTime TIME"),
    # How much a volume shrinks depends on who compresses it.
    (r"^TotalDestinationSizeChange \d+ \(.*\)$", "TotalDestinationSizeChange SIZE"),
    # Directories count with the size that the file system gives them. What is counted is compared live
    # in tests/interop/statistics_test.py.
    (r"^(SourceFileSize|NewFileSize) \d+ \(.*\)$", r"\1 SIZE"),
    # Where Python keeps something.
    (r"\bobject at 0x[0-9a-f]+", "object at ADDRESS"),
    # Random parts of the names of temporary files and directories; ours has another prefix, on purpose
    # (command-line.md 9.3).
    (r"\b(?:duplicity-[a-z0-9_]{8}-tempdir|duplid-[A-Za-z0-9_]{6,})(?:/mk(?:s?)temp-[a-z0-9_]+-\d+)?", "TEMP"),
    # Where the program lies.
    (r"^Args: \S+", "Args: PROGRAM"),
    # --log-timestamp, and a text that begins with the time.
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{3,6} ", "TIMESTAMP "),
    # Bytes so far, seconds, percent, seconds left, speed, and the line that says the same in words.
    (r"^\d+\.\d[KMGT]?B \d\d:\d\d:\d\d \[.*$", "PROGRESS"),
    # Sums of a volume that was compressed by either.
    (r"^( (?:Calculated|Manifest) hash: )[0-9a-f]{40}$", r"\1SUM"),
    # How long a volume is depends on the compression.
    (r"does not match local size \d+,", "does not match local size SIZE,"),
    # What the system says when something cannot be made; the reference adds a name here and there.
    (r"^Error '(?:\[Errno 13\] Permission denied.*|\('Error creating directory .*\))' processing ",
     "Error 'Permission denied' processing "),
    # The root that differs from run to run is in the URL whose MD5 names an archive dir.
    (r"\b(duplicity/)[0-9a-f]{32}\b", r"\1MD5"),
    # duply's clock, its temporary files, and what it tells of Python, gpg, awk, grep and bash.
    (r"^(Start duply v\S+), time is .*$", r"\1"),
    (r"^(--- (?:Start running command \S+|Finished state .*)) at \d{4}-.*$", r"\1"),
    (r"duply\.\d+\.\d+_", "duply.PID_"),
    (r"^( *Using installed duplicity version [\d.]+), .*$", r"\1"),
    # gpg's agent may or may not have seen a key's stub before.
    (r"^gpg: (?:keybox|.*trustdb).*$", "gpg: HOUSEKEEPING"),
)

# (pattern on the control line, replacement): words of records.
CONTROLS = (
    # Bytes read when a volume was full: a volume's border depends on the compression, and directories
    # count with the size that the file system gives them.
    (r"^INFO 2 \d+$", "INFO 2 BYTES"),
    # How long a volume is depends on the compression.
    (r"^(ERROR 44 '\S+') \d+ ", r"\1 SIZE "),
    (r"^NOTICE 16 \d+ \d+ \d+ \d+ \d+ [01]$", "NOTICE 16 SIX NUMBERS"),
)

# Records of no number of their own (INFO 1) that tell of Python's or the program's inner life.
DROPPED = (
    r"^Import of duplicity\.backends\.",  # Python modules (deviation 12)
    r"^Linux \S+ ",  # the kernel's version
    r"^/usr/bin/python",  # Python's version
    r"^duplid \d",  # our own version, told in their place
    r"^Added incremental Backupset ",  # the program's own business
    r"^Temp has \d+ available",  # a check that ours makes only where it matters (deviation 17)
    r"^Using temporary directory ",  # the program's own business
    r"^Making directory ",  # likewise; what is restored is told by INFO 7
    r"^Deleting .*TEMP",  # likewise
    r"^Removing still remembered temporary file",
    r"^Processing (?:local|remote) manifest ",
    r"^Found \d+ volumes in manifest$",
    r"GetPassWarning|^  passwd = |^Warning: Password input may be echoed",  # Python's words about stdin
)

# Lines within a text: gpg tells of options that only one of the two gives it.
TEXT_LINES_DROPPED = re.compile(r"^gpg: Note: ")

# What ours keeps in the archive dir besides, and duplicity ignores; and locks, which stay with one and go with the
# other, and which neither minds.
NAMES_DROPPED = re.compile(r"^(?:(?:catalog|journal|files)\.db.*|lockfile(?:\.lock)?)$")

# Of usage texts only their last line is compared: the text is each program's own.
USAGE = re.compile(rb"(?ms)\AUsage: ?\n.*?(?=^duplicity: error: )")
# A traceback's frames are Python's; the sentence at its end says what happened (deviation 16).
TRACEBACK = re.compile(r"(?m)Traceback \(innermost last\):\n(?:(?:\. )?  .*\n)*(?:\. )? (?=\S)")


class Masks:
    def __init__(self, base):
        self.base = str(base)
        self.hosts = sorted({socket.gethostname(), socket.getfqdn()}, key=len, reverse=True)
        self.owner = f" {os.getuid()}:{os.getgid()} "

    def line(self, line):
        line = line.replace(self.base, "/base").replace(self.base[1:], "base")
        for pattern, replacement in LINES:
            line = re.sub(pattern, replacement, line)
        # The host, where a text or record names it; whoever runs the tests owns the files.
        for host in self.hosts:
            line = re.sub(rf"(^Current hostname: |^ERROR 3 '){re.escape(host)}(?=$|')", r"\1HOST", line)
        return line.replace(self.owner, " OWNER ") if "has permissions" in line else line

    def control(self, line):
        line = self.line(line)
        for pattern, replacement in CONTROLS:
            line = re.sub(pattern, replacement, line)
        return line

    @staticmethod
    def is_dropped(control, texts):
        if control.startswith("DEBUG "):
            return True  # whatever -v9 adds is about the insides
        return control == "INFO 1" and bool(texts) and Masks.drops_line(texts[0])

    @staticmethod
    def drops_line(line):
        return any(re.search(pattern, line) for pattern in DROPPED)
