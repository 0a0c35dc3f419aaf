"""Command lines that are refused, and what is printed for asking."""

from deviations import Instead
from sets import TIMES, small_tree

from scenarios import scenario


@scenario
def no_action(s):
    """Too few, too many and unknown words: 2."""
    small_tree(s)
    s.run()
    s.run(s.url)
    s.run("collection-status")
    s.run("collection-status", s.url, s.url)
    s.run(s.source, s.url, "more")
    s.run("remove-older-than")
    s.run("foo", s.url)


@scenario
def ambiguous_actions(s):
    """A prefix of several actions: 2 with the candidates; also where a directory of that name is meant."""
    small_tree(s)
    (s.base / "r").mkdir()
    s.run("c", s.url)
    s.run("r", s.url)
    s.run("remove-all", "1", s.url)
    s.run("./r", s.url, "--current-time", str(TIMES[0]), "--no-print-statistics")


@scenario
def a_source_with_the_name_of_an_action(s):
    """`f` is taken for full, and then a word is missing."""
    (s.base / "f").mkdir()
    s.run("f", s.url)


@scenario
def urls_and_paths(s):
    """Exactly one of two must be a URL; a single one must be."""
    small_tree(s)
    s.run(s.source, s.target)
    s.run(s.url, s.url)
    s.run("collection-status", s.target)
    s.run("verify", s.source, s.restored)


@scenario
def unusable_urls(s):
    """Schemes that nobody knows, URLs that are none: 23."""
    small_tree(s)
    s.run("collection-status", "nosuch://host/path")
    s.run("collection-status", "file:relative")
    s.run("collection-status", "ftp:///nohost")
    s.run("collection-status", "sftp://user@/x")
    s.run("full", s.source, "nosuch://host/path")


@scenario
def unknown_options(s):
    """Options that do not exist, are ambiguous or lack a value: 2, and nothing in the log."""
    small_tree(s)
    for words in (["--nosuch"], ["-x"], ["--exclude"], ["--no"], ["--volsize", "many"], ["--volsize=1.5"],
                  ["--dry-run=yes"], ["--num-retries", ""]):
        s.run("collection-status", s.url, archive=False, plain=False, log=False, *words)


@scenario
def unusable_values(s):
    """Times, verbosities and descriptors that are none: 2, and nothing in the log."""
    s.begin_with("full")
    for words in (["-t", "tomorrow"], ["--full-if-older-than", "1x"], ["--exclude-older-than", ""], ["-v77"],
                  ["--verbosity", "loud"], ["--log-fd", "0"], ["--log-fd", "x"], ["--metadata-sync-mode", "some"],
                  ["--time-separator", "-"]):
        s.run("collection-status", s.url, *words)


@scenario
def unusable_keys(s):
    """A sign key that is no hexadecimal number of a key's length: 10."""
    small_tree(s)
    for key in ("nobody", "1234", "0x12345678Z"):
        s.run("full", "--sign-key", key, s.source, s.url, plain=False, passphrase="")


@scenario
def unusable_directories(s):
    """A temporary directory that is not there, an archive dir that cannot be made."""
    s.begin_with("full")
    (s.base / "list").write_text("in the way", encoding="ascii")
    s.run("restore", "--tempdir", s.base / "nothing", s.url, s.restored)
    s.run("collection-status", "--archive-dir", s.base / "list", "--name", "job", s.url, archive=False)


@scenario
def too_many_storage_classes(s):
    """At most one class of storage: 2."""
    small_tree(s)
    s.run("full", "--s3-use-rrs", "--s3-use-ia", s.source, s.url)


@scenario
def version(s):
    """--version and -V print one line and end with 0, whatever else is there."""
    for words in (["--version"], ["-V"], ["full", "--version", "x"]):
        s.run(*words, archive=False, plain=False, log=False)


@scenario
def deprecated_options(s):
    """Options of old are accepted, with a line that says so."""
    small_tree(s)
    (s.base / "list").write_text(f"- {s.source}/dir\n", encoding="ascii")
    s.run("full", "--exclude-globbing-filelist", s.base / "list", "--no-print-statistics", "--current-time",
          str(TIMES[0]), s.source, s.url)
    s.run("full", "--exclude-filelist-stdin", "--no-print-statistics", "--current-time", str(TIMES[1]), s.source, s.url,
          stdin=f"{s.source}/dir\n".encode())
    s.run("list-current-files", s.url)


@scenario
def options_of_other_targets(s):
    """Options of storage that this target does not use are accepted."""
    small_tree(s)
    s.run("full", "--no-print-statistics", "--current-time", str(TIMES[0]), "--ssh-options", "-oProtocol=2",
          "--ssh-options", "", "--ftp-passive", "--s3-region-name", "x", "--rsync-options=-a", "--par2-redundancy", "5",
          "--cf-backend", "pyrax", "--ssl-no-check-certificate", "--imap-mailbox", "x", "--b2-hide-files",
          "--scp-command", "/bin/scp -p", "--azure-blob-tier", "Hot", "--backend-retry-delay", "3", "--timeout", "9",
          s.source, s.url)
    s.show_names()


@scenario
def words_of_3(s):
    """`backup` and its alias are actions of 3.x, and paths with 0.8.22 when only a URL follows."""
    small_tree(s)
    (s.base / "backup").mkdir()
    s.run("backup", s.source, s.url, "--current-time", str(TIMES[0]), instead=Instead("words-of-3", 0))
    s.run("inc", s.source, f"{s.url}-2", "--no-print-statistics", "--current-time", str(TIMES[1]), archive=False)
    s.run("backup", f"{s.url}-3", "--no-print-statistics", "--current-time", str(TIMES[1]), archive=False)


@scenario
def statistics_of_3(s):
    """--jsonstat of 3.x prints figures; what 3.x stores of them 0.8.22 does not know, so ours does not."""
    small_tree(s)
    s.run("full", "--jsonstat", "--current-time", str(TIMES[0]), s.source, s.url,
          instead=Instead("statistics-are-not-stored", 0, says=('"NewFiles"',)))
    if any(s.target.glob("*jsonstat*")):
        raise AssertionError("they are stored")


@scenario
def values_without_sense(s):
    """Numbers, names and paths of which the reference makes something that nobody can have meant."""
    s.begin_with("full")
    wrong = Instead("values-without-sense", 2)
    for words in (["--show-changes-in-set", "-1"], ["--max-blocksize", "0"], ["--progress-rate", "0"],
                  ["--time-separator", "ab"]):
        s.run("collection-status", *words, s.url, instead=wrong)
    s.run("restore", "--file-to-restore", "../a.txt", s.url, s.restored,
          instead=Instead("values-without-sense", 2, "ERROR 2"))
    s.run("replicate", s.url, s.url, instead=Instead("values-without-sense", 2, "ERROR 2"))
    s.run("collection-status", "--archive-dir", s.archive, "--name", "a/b", s.url, archive=False,
          instead=Instead("values-without-sense", 9, "ERROR 9"))


@scenario
def a_file_as_destination(s):
    """A tree cannot be restored to where a file is: the reference warns of each object, and says 0."""
    s.begin_with("full")
    s.restored.write_text("a file", encoding="ascii")
    s.run("restore", "--force", s.url, s.restored,
          instead=Instead("file-as-destination", 30, "ERROR 30 NotADirectoryError"))
