"""Where the machine log goes, and how verbosity governs it."""

from deviations import Instead
from sets import small_tree

from scenarios import scenario


@scenario
def to_a_file(s):
    """--log-file appends; several logs get everything."""
    s.begin_with("full")
    path = s.base / "log.txt"
    path.write_text("what was there\n", encoding="ascii")
    s.run("list-current-files", s.url, "--log-file", path, log=False)
    s.show_file(path)
    s.run("list-current-files", "--log-file", path, s.url, "--log-file", s.base / "log-2.txt")
    s.show_file(path)
    s.show_file(s.base / "log-2.txt")


@scenario
def to_a_file_that_cannot_be_opened(s):
    """A log that cannot be opened: 2 with ours, a crash with the reference."""
    s.begin_with("full")
    s.run("collection-status", s.url, "--log-file", s.base / "nothing" / "log", log=False,
          instead=Instead("no-tracebacks", 2))


@scenario
def an_error_ends_the_log(s):
    """The only record of a wrong command line is its ERROR."""
    small_tree(s)
    path = s.base / "log.txt"
    s.run("--log-file", path, "verify", s.source, s.url, log=False)
    s.show_file(path)


@scenario
def verbosities(s):
    """One threshold for terminal and log: words, letters and digits."""
    s.begin_with("chain")
    for words in (["-v0"], ["-ve"], ["-v2"], ["-vw"], ["--verbosity", "Notice"], ["-v4"], ["-v5"], ["-vi"], ["-v8"],
                  ["-v9"], ["--verbosity=debug"]):
        s.run("list-current-files", *words, s.url)


@scenario
def the_last_verbosity_wins(s):
    """Repeated options: the last one."""
    s.begin_with("full")
    s.run("collection-status", "-v9", "-v0", s.url)
    s.run("remove-older-than", "now", "-v0", s.url)
    s.run("remove-older-than", "now", "-v2", s.url)
