"""full, incremental and the action that is not named: what is stored, told and asked."""

import socket

from deviations import Edit, Instead
from sets import PASSPHRASE, STAMPS, TIMES, first_change, small_tree
from trees import EPOCH, noise

from scenarios import scenario


VOLUME = f"duplicity-full.{STAMPS[0]}.vol1.difftar.gz"


def at(number):
    return "--current-time", str(TIMES[number])


@scenario
def full_of_every_kind(s):
    """A full backup in two volumes tells of each file, and the other program restores it."""
    tree = small_tree(s)
    tree.file("big.bin", noise(1_200_000, 1))
    tree.file("empty")
    tree.file("q'uote\\tab\té€😀", b"odd")
    tree.file("new\nline", b"odder")
    tree.directory("empty dir", 0o750)
    tree.fifo("fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(s.source / "sock"))
        tree.stamp(EPOCH)
        s.run("full", "-vi", "--volsize", "1", *at(0), s.source, s.url)
    s.show_names()
    s.show_names(s.cache)
    s.restored_by_the_other()


@scenario
def without_a_word_first_full_then_incremental(s):
    """No action: full, and from then on incremental; A, M and D are told at -v5."""
    tree = small_tree(s)
    s.run("-v5", *at(0), s.source, s.url)
    first_change(tree)
    s.run("-v5", *at(1), s.source, s.url)
    s.show_names()
    s.restored_by_the_other()


@scenario
def abbreviated_actions(s):
    """Unique prefixes of actions, options behind and between the positionals."""
    small_tree(s)
    s.run("fu", s.source, "--no-print-stat", s.url, *at(0))
    s.run(s.source, s.url, *at(1), "--no-print-statistics")
    s.run("inc", f"--current-time={TIMES[2]}", "--volsize=2", s.source, "-v3", s.url, "--no-print-statistics")
    s.show_names()


@scenario
def incremental_without_a_full(s):
    """An explicit incremental with nothing to build on is refused with 17."""
    small_tree(s)
    s.run("incremental", *at(0), s.source, s.url)
    s.show_names()


@scenario
def no_signatures_left(s):
    """An implied incremental without signatures becomes a full one; an explicit one is refused."""
    s.begin_with("full")
    s.file_of_target("*signatures*").unlink()
    for path in s.cache.glob("*signatures*"):
        path.unlink()
    s.run("incremental", *at(1), s.source, s.url)
    s.run(*at(2), s.source, s.url)
    s.show_names()


@scenario
def full_if_older_than(s):
    """A full set that is too old is followed by a full one, asked for or implied."""
    s.begin_with("full")
    s.run("--full-if-older-than", "100Y", "-v5", *at(1), s.source, s.url)
    s.run("--full-if-older-than", "1D", *at(2), s.source, s.url)
    s.run("incremental", "--full-if-older-than", "2020-01-01", *at(3), s.source, s.url)
    s.show_names()


@scenario
def dry_run(s):
    """A dry run tells what it would store, prints statistics and leaves no set behind."""
    small_tree(s)
    s.run("full", "-v5", "--dry-run", s.source, s.url, *at(0),
          edits=[Edit("dry-run-counts-once", r"^\. SourceFiles 11$", ". SourceFiles 7")])
    s.show_names()
    s.show_names(s.cache)


@scenario
def dry_run_of_an_incremental(s):
    """The dry run of an incremental counts what changed."""
    s.begin_with("full")
    first_change(s.tree)
    s.run("--dry-run", "-v5", s.source, s.url, *at(1),
          edits=[Edit("dry-run-counts-once", r"^\. SourceFiles 9$", ". SourceFiles 7")])
    s.show_names()


@scenario
def asynchronous_upload(s):
    """Uploads in the background are announced by 12 and 14."""
    tree = small_tree(s)
    tree.file("big.bin", noise(1_200_000, 1))
    tree.stamp(EPOCH)
    s.run("full", "--asynchronous-upload", "-v5", "--volsize", "1", *at(0), s.source, s.url)
    s.show_names()


@scenario
def without_statistics(s):
    """--no-print-statistics leaves the block out; -v0 does not."""
    small_tree(s)
    s.run("full", "--no-print-statistics", *at(0), s.source, s.url)
    s.run("full", "-v0", *at(1), s.source, s.url)


@scenario
def storage_options(s):
    """Volumes that are not compressed, and a list of changed files that is not kept."""
    small_tree(s)
    s.run("full", "--no-compression", "--no-files-changed", "--max-blocksize", "1024", *at(0), s.source, s.url)
    s.show_names()
    s.show_names(s.cache)
    s.restored_by_the_other()


@scenario
def one_file_as_source(s):
    """A source may be one file."""
    small_tree(s)
    s.run("full", "-v5", *at(0), s.source / "a.txt", s.url)
    s.restored_by_the_other()


@scenario
def a_relative_source(s):
    """A relative source is stored as it is typed, so another working directory does not trip it."""
    small_tree(s)
    s.run("full", *at(0), "source", "file://target")
    s.run("-v5", *at(1), "source", s.url, cwd=s.base)
    s.run(*at(2), ".", s.url, cwd=s.source)
    s.show_names()


@scenario
def missing_source(s):
    """A source that is not there: 13."""
    s.run("full", *at(0), s.base / "nothing", s.url)
    s.run(s.base / "nothing", s.url)
    s.show_names()


@scenario
def unreadable_files(s):
    """What may not be read is warned of by 10, counted in Errors, and the status is 0."""
    from stage import NO_OVERRIDE
    tree = small_tree(s)
    tree.file("locked.txt", b"nobody reads me", mode=0)
    tree.file("closed/inside.txt", b"nor me")
    tree.stamp(EPOCH)
    (s.source / "closed").chmod(0)
    s.run("full", *at(0), s.source, s.url, before=NO_OVERRIDE)
    (s.source / "closed").chmod(0o700)
    s.show_names()


@scenario
def unreadable_files_of_a_chain(s):
    """What cannot be read any more counts as deleted with the reference; ours keeps what the archive has of it."""
    from stage import NO_OVERRIDE
    s.begin_with("full")
    (s.source / "a.txt").chmod(0)
    s.run("incremental", "-v5", *at(1), s.source, s.url, before=NO_OVERRIDE, instead=Instead("unreadable-is-kept", 0))
    s.run("list-current-files", s.url, instead=Instead("unreadable-is-kept", 0, says=(" a.txt",)))


@scenario
def a_change_within_a_second(s):
    """Another content under the same second and size: the reference does not look, ours does."""
    tree = small_tree(s)
    s.invoke("full", *at(0), s.source, s.url)
    tree.file("a.txt", b"THE first text\n")
    tree.stamp(EPOCH)
    s.run("incremental", "-v5", *at(1), s.source, s.url,
          instead=Instead("changes-within-a-second", 0, says=("M a.txt",)))


@scenario
def copied_links(s):
    """--copy-links stores what links point to."""
    small_tree(s)
    s.run("full", "-v5", "--copy-links", *at(0), s.source, s.url)
    s.restored_by_the_other()


@scenario
def another_source(s):
    """An incremental of another directory is refused with 42 and both names, unless that is wanted."""
    s.begin_with("full")
    s.run(*at(1), s.source / "dir", s.url)
    s.run(*at(1), s.source / "dir", s.url, "--allow-source-mismatch")
    s.show_names()


@scenario
def another_host(s):
    """An incremental on another host is refused with 3 and both names; a full one is not."""
    s.begin_with("full")
    for path in (*s.target.glob("*.manifest"), *s.cache.glob("*.manifest")):
        path.write_text("\n".join("Hostname elsewhere" if line.startswith("Hostname") else line
                                  for line in path.read_text(encoding="ascii").split("\n")), encoding="ascii")
    s.run("incremental", *at(1), s.source, s.url)
    s.run("incremental", *at(1), s.source, s.url, "--allow-source-mismatch", "--no-print-statistics")
    s.show_names()


@scenario
def manifests_that_differ(s):
    """A manifest on the target that is not the cached one: 5."""
    s.begin_with("full")
    manifest = s.file_of_target("*.manifest")
    manifest.write_bytes(manifest.read_bytes().replace(b"Localdir /", b"Localdir //"))
    # Ours goes by the target's manifest, which names another directory.
    s.run("incremental", *at(1), s.source, s.url,
          instead=Instead("differing-manifests", 42, "ERROR 42 '/base/source' '//base/source'"))
    s.show_names()


@scenario
def a_volume_that_does_not_arrive(s):
    """A volume with another size on the target than here: 44 with its name and sizes."""
    small_tree(s)
    s.run("full", "--skip-volume", "1", "--num-retries", "2", "--backend-retry-delay", "0", *at(0), s.source, s.url)


@scenario
def a_target_that_may_not_be_written(s):
    """No right to write: two attempts, the first a warning, then 51."""
    from stage import NO_OVERRIDE
    small_tree(s)
    s.target.mkdir(mode=0o555)
    s.run("full", "--num-retries", "2", "--backend-retry-delay", "0", *at(0), s.source, s.url, before=NO_OVERRIDE,
          edits=[Edit("names-after-operations", r"^ERROR 51 put$", f"ERROR 51 put '{VOLUME}' '{VOLUME}'")])
    s.show_names()


@scenario
def a_target_that_is_full(s):
    """No room on the target: 53. The reference tries again; ours writes volumes right there, and has seen it."""
    s.tree.file("big", noise(2_000_000, 1))
    with s.small_disk("1m") as small:
        s.run("full", "--num-retries", "2", "--backend-retry-delay", "0", *at(0), s.source, f"file://{small}/target",
              instead=Instead("full-local-target", 53, f"ERROR 53 put '{VOLUME}' '{VOLUME}'",
                              ("No space left on device",)))


@scenario
def a_small_folder_for_temporary_files(s):
    """The reference wants room for a volume there, or ends with 35; ours needs none for a local target."""
    small_tree(s)
    with s.small_disk("3m") as small:
        s.run("full", "--tempdir", small, *at(0), s.source, s.url, instead=Instead("small-temporary-folders", 0))


@scenario
def a_target_that_may_not_be_listed(s):
    """Ours asks once: a question has no way to tell of attempts."""
    from stage import NO_OVERRIDE
    s.begin_with("full")
    s.target.chmod(0)
    s.run("collection-status", "--num-retries", "2", "--backend-retry-delay", "0", s.url, before=NO_OVERRIDE,
          edits=[Edit("names-after-operations", r"^ERROR 51 list$", "ERROR 51 list '/base/target/'"),
                 Edit("lists-once", r"^WARNING 1\n\. Attempt of list Nr\. 1 failed.*\n\n", ""),
                 Edit("lists-once", "after 2 attempts", "after 1 attempts")])
    s.target.chmod(0o755)


@scenario
def symmetric_encryption(s):
    """A chain with a passphrase; the other program restores it."""
    tree = small_tree(s)
    s.run("full", *at(0), s.source, s.url, plain=False, passphrase=PASSPHRASE)
    first_change(tree)
    s.run("incr", "-v5", *at(1), s.source, s.url, plain=False, passphrase=PASSPHRASE)
    s.show_names()
    s.show_names(s.cache)
    s.plain = False
    s.restored_by_the_other(passphrase=PASSPHRASE)


@scenario
def no_passphrase_at_all(s):
    """Nothing to ask on and nothing on stdin: 30 EOFError at once, nothing written."""
    small_tree(s)
    s.run("full", *at(0), s.source, s.url, plain=False)
    s.show_names()


@scenario
def a_passphrase_on_stdin(s):
    """Without a terminal the prompts go to stderr and stdin answers: twice for a full backup."""
    small_tree(s)
    s.run("full", "--no-print-statistics", *at(0), s.source, s.url, plain=False, stdin=b"secret\nsecret\n")
    s.run("full", "--no-print-statistics", *at(1), s.source, s.url, plain=False,
          stdin=b"one\nother\n\n\nsecret\nsecret\n")
    s.show_names()
    s.plain = False
    s.restored_by_the_other(passphrase="secret")


@scenario
def the_wrong_passphrase_for_an_incremental(s):
    """An increment with another passphrase than its chain would make the chain worthless."""
    s.begin_with("encrypted")
    s.run("incremental", *at(2), s.source, s.url, plain=False, passphrase="wrong",
          instead=Instead("wrong-passphrase-for-an-increment", 31, "ERROR 31 GPGError", ("Bad session key",)))


@scenario
def two_sets_in_a_second(s):
    """A set in the second of the one before gets a time of its own."""
    s.begin_with("full")
    s.run("incremental", "--no-print-statistics", *at(0), s.source, s.url)
    s.note("names of increments", [f"{len(list(s.target.glob('duplicity-inc.*.manifest')))} increment"])


@scenario
def a_full_set_in_the_second_of_an_increment(s):
    """The reference makes it, and every run after it crashes; ours gives it a time of its own."""
    s.begin_with("chain")
    s.invoke("full", *at(2), s.source, s.url)
    s.run("collection-status", s.url,
          instead=Instead("full-in-the-same-second", 0, says=("No orphaned or incomplete backup sets found.",)))


@scenario
def options_of_restores(s):
    """--file-to-restore makes no sense in a backup: 2."""
    small_tree(s)
    s.run("full", "--file-to-restore", "a.txt", *at(0), s.source, s.url)
    s.show_names()
