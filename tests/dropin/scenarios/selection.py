"""Selection options, and what is wrong with them. What each rule means is tests/golden/selection.json's."""

from deviations import Instead
from sets import TIMES, small_tree

from scenarios import scenario


def full(s, *words, **how):
    return s.run("full", "-v5", "--no-print-statistics", "--current-time", str(TIMES[0]), *words, s.source, s.url, **how)


@scenario
def rules_in_order(s):
    """Includes and excludes decide in the order they are given."""
    small_tree(s)
    full(s, "--include", s.source / "dir/inner.txt", "--exclude", s.source / "dir", "--exclude-regexp", "new$",
         "--include", "**.txt", "--exclude", "**")


@scenario
def lists(s):
    """Lists of rules with comments, signs and quotes; NUL separated ones."""
    small_tree(s)
    (s.base / "list").write_text(f"# a comment\n\n+ {s.source}/dir/inner.txt\n- '{s.source}/dir'\n", encoding="ascii")
    full(s, "--exclude-filelist", s.base / "list")
    (s.base / "list").write_bytes(f"{s.source}/dir\0{s.source}/a.txt\0".encode())
    s.run("full", "-v5", "--no-print-statistics", "--current-time", str(TIMES[1]), "--include-filelist", s.base / "list",
          "--exclude", "**", "--null-separator", s.source, s.url)


@scenario
def marks_devices_and_age(s):
    """Directories with a mark, device files, other file systems and old files."""
    tree = small_tree(s)
    tree.file("marked/.nobackup")
    tree.file("marked/inside")
    tree.file("old", b"old", mtime=1_000_000_000)
    tree.stamp(1_700_000_000)
    full(s, "--exclude-if-present", ".nobackup", "--exclude-device-files", "--exclude-other-filesystems",
         "--exclude-older-than", "2010-01-01")


@scenario
def a_list_that_is_not_there(s):
    """A list that cannot be opened: 7."""
    small_tree(s)
    full(s, "--exclude-filelist", s.base / "nothing")
    full(s, "--include-filelist", s.base)
    s.show_names()


@scenario
def rules_that_match_nothing(s):
    """A pattern that cannot match below the source: 14 with both."""
    small_tree(s)
    full(s, "--exclude", "/elsewhere/**")
    full(s, "--include", "/elsewhere", "--exclude", "**")
    full(s, "--include", "*.txt", "--exclude", "**")
    s.show_names()


@scenario
def rules_that_are_wrong(s):
    """Two slashes in a row: 15. A class or an expression that is none: 15 with ours, a crash with the reference."""
    small_tree(s)
    full(s, "--exclude", f"{s.source}//dir")
    full(s, "--exclude", f"{s.source}/[z-a]", instead=Instead("no-tracebacks", 15, "ERROR 15", ("[z-a]",)))
    full(s, "--exclude-regexp", "(", instead=Instead("no-tracebacks", 15, "ERROR 15", ("(",)))
    full(s, "--exclude", "", instead=Instead("no-tracebacks", 15, "ERROR 15"))


@scenario
def an_include_at_the_end(s):
    """The last rule is an include: 16 with the rule."""
    small_tree(s)
    full(s, "--include", s.source / "dir")
    full(s, "--exclude", "**", "--include-regexp", "x")


@scenario
def verify_checks_them_too(s):
    """Rules are made for verify as for a backup."""
    s.begin_with("full")
    s.run("verify", "--include", s.source / "dir", s.url, s.source)
    s.run("verify", "--include", s.source / "dir", "--exclude", "**", "--compare-data", s.url, s.source)


@scenario
def the_root_with_narrow_includes(s):
    """The source /, as Deja Dup has it: only what leads to an include is looked at."""
    small_tree(s)
    s.run("full", "--no-print-statistics", "--current-time", str(TIMES[0]), f"--include={s.source}/dir",
          f"--exclude={s.source}/a.txt", "--exclude=**", "--exclude-if-present=CACHEDIR.TAG", "/", s.url)
    outcome = s.invoke("list-current-files", s.url)
    prefix = str(s.source)[1:]
    names = [line.split(" ", 5)[-1].strip() for line in outcome.out.decode().splitlines() if prefix in line]
    s.note("names", sorted(name.replace(prefix, "base/source") for name in names))
