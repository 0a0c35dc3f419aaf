"""restore, said or implied."""

import os
from shutil import rmtree

from deviations import Edit, Instead
from sets import PASSPHRASE, STAMPS, TIMES
from stage import NO_OVERRIDE

from scenarios import scenario
from trees import EPOCH, noise

# The manifest's damage is told, and gone past.
ON_PAST_IT = Instead("torn-manifest", 0, "ERROR 30 OSError",
                     ("IGNORED_ERROR: Warning: ignoring error as requested: ",))


@scenario
def a_whole_tree(s):
    """A restore tells of each file and volume, and brings the newest state back."""
    s.begin_with("chain")
    s.run("restore", "-vi", s.url, s.restored)
    s.show_tree()


@scenario
def the_states_of_old(s):
    """-t, --time and --restore-time; a time before everything restores the oldest full set."""
    s.begin_with("chain")
    for number, words in enumerate((["-t", STAMPS[0]], [f"--time={TIMES[1]}"], ["--restore-time", "2023-11-18"],
                                    ["-t1990-01-01"])):
        s.run(*words, s.url, f"{s.restored}{number}")
        s.show_tree(f"{s.restored}{number}")


@scenario
def a_part_of_the_tree(s):
    """--file-to-restore brings one folder or one file to the very path given."""
    s.begin_with("chain")
    s.run("restore", "-r", "dir", s.url, s.restored)
    s.show_tree()
    s.run("--file-to-restore=/dir/inner.txt/", s.url, s.base / "restored.txt")
    s.show_file(s.base / "restored.txt")
    s.run("restore", "--file-to-restore", "nosuch/file", s.url, s.base / "restored-nothing")


@scenario
def over_what_exists(s):
    """A destination that is not empty is refused with 11; --force writes over it and keeps what else is there."""
    s.begin_with("chain")
    s.restored.mkdir()
    (s.restored / "a.txt").write_text("older\n", encoding="ascii")
    (s.restored / "kept.txt").write_text("not in the backup\n", encoding="ascii")
    s.run("restore", s.url, s.restored)
    s.run("restore", "--force", s.url, s.restored, "--file-to-restore", "dir")
    (s.restored / "kept.txt").touch()
    s.note("names", sorted(path.name for path in s.restored.iterdir()))


@scenario
def into_a_directory_that_is_missing(s):
    """A destination whose parents are missing: ours makes them, the reference restores nothing and says 0."""
    s.begin_with("full")
    s.run("restore", s.url, s.base / "no" / "such" / "restored", instead=Instead("missing-parents", 0))


@scenario
def nothing_there(s):
    """A target without a backup: 30 CollectionsError."""
    s.run("restore", s.url, s.restored)
    s.run("restore", "-t", "1D", s.url, s.restored)
    s.show_tree()


@scenario
def with_a_passphrase(s):
    """The right passphrase, the wrong one (31 with gpg's words), none (30 EOFError), and one on stdin."""
    s.begin_with("encrypted")
    s.plain = False
    s.run("restore", "-v5", s.url, s.restored, passphrase=PASSPHRASE)
    s.show_tree()
    s.run("restore", s.url, s.base / "restored-wrong", passphrase="wrong")
    s.run("restore", s.url, s.base / "restored-none")
    s.run("restore", s.url, s.base / "restored-stdin", stdin=PASSPHRASE.encode() + b"\n")
    s.show_tree(s.base / "restored-stdin")


@scenario
def with_an_empty_archive_dir(s):
    """What the archive dir lacks is fetched first."""
    s.begin_with("chain")
    rmtree(s.archive)
    s.run("restore", s.url, s.restored, "-t", STAMPS[0])
    s.show_names(s.cache)
    s.run("restore", s.url, s.base / "restored-2", "--metadata-sync-mode", "full")
    s.show_names(s.cache)


@scenario
def a_damaged_volume(s):
    """A volume that is not what the manifest says: 21 with both sums; --ignore-errors goes on."""
    s.begin_with("full")
    volume = s.file_of_target("*.vol1.*")
    volume.chmod(0o644)
    data = bytearray(volume.read_bytes())
    data[-1] ^= 1
    volume.write_bytes(data)
    # Ours names every file that is lost by it before it ends.
    s.run("restore", s.url, s.restored,
          instead=Instead("damage-costs-its-files", 21, "ERROR 21", ("SHA1 hash mismatch",)))
    s.run("restore", "--ignore-errors", s.url, s.base / "restored-2",
          instead=Instead("damage-costs-its-files", 0, "ERROR 21", ("IGNORED_ERROR",)))


@scenario
def a_damaged_volume_of_several(s):
    """--ignore-errors restores what the other volumes hold."""
    s.begin_with("chain")
    volume = s.file_of_target("*full*.vol2.*")
    volume.write_bytes(volume.read_bytes()[:-1])
    s.run("restore", s.url, s.restored,
          instead=Instead("damage-costs-its-files", 21, "ERROR 21", ("SHA1 hash mismatch",)))
    s.run("restore", "--ignore-errors", "--file-to-restore", "a.txt", s.url, s.base / "restored.txt")
    s.show_file(s.base / "restored.txt")


@scenario
def a_missing_volume(s):
    """A volume that the target lacks."""
    s.begin_with("chain")
    s.file_of_target("*full*.vol2.*").unlink()
    s.run("restore", s.url, s.restored,
          instead=Instead("missing-volume", 52, "ERROR 52 get 'duplicity-full.20231114T221320Z.vol2.difftar.gz'",
                          ("vol2",)))


@scenario
def a_volume_that_may_not_be_read(s):
    """No right to read: two attempts, the first a warning, then 51."""
    s.begin_with("full")
    s.file_of_target("*.vol1.*").chmod(0)
    volume = f"'duplicity-full.{STAMPS[0]}.vol1.difftar.gz'"
    s.run("restore", "--num-retries", "2", "--backend-retry-delay", "0", s.url, s.restored, before=NO_OVERRIDE,
          edits=[Edit("names-after-operations", r"^ERROR 51 get$", f"ERROR 51 get {volume} {volume}")])


@scenario
def a_torn_manifest(s):
    """The newest full set's manifest is damaged: ours restores the chain before it with --ignore-errors, and nothing
    without; the reference restores crumbs and says 0."""
    s.begin_with("chains")
    manifest = s.file_of_target(f"duplicity-full.{STAMPS[2]}.manifest")
    manifest.write_bytes(manifest.read_bytes()[:60])
    for path in s.cache.glob("*.manifest"):
        path.unlink()
    s.run("restore", s.url, s.restored, instead=Instead("torn-manifest", 30, "ERROR 30 OSError", (manifest.name,)))
    outcome = s.run("restore", "--ignore-errors", s.url, s.base / "restored-2", instead=ON_PAST_IT)
    # The second set, whose chain is whole.
    kept = s.base / "restored-2" / "new.txt"
    if not s.program.is_reference and (outcome.status != 0 or not kept.exists()):
        raise AssertionError("the chain before was not restored")
    s.run("verify", "--ignore-errors", s.url, s.source, instead=ON_PAST_IT)


@scenario
def a_destination_that_is_full(s):
    """What has no room is warned of with --ignore-errors, and the rest is there; the reference ends with either."""
    tree = s.tree
    for number, megabytes in enumerate((1, 12, 1)):
        tree.file(f"file{number}", noise(megabytes << 20, number))
    tree.stamp(EPOCH)
    s.prepare("full", "--no-print-statistics", "--current-time", str(TIMES[0]), s.source, s.url)
    with s.small_disk("6m") as small:
        s.run("restore", s.url, small / "out",
              instead=Instead("full-destination", 30, "ERROR 30 OSError", ("[Errno 28]",)))
        rmtree(small / "out", ignore_errors=True)
        s.run("restore", "--ignore-errors", s.url, small / "out",
              instead=Instead("full-destination", 0, None,
                              ("Error '[Errno 28] No space left on device' processing file1",)))
        if not s.program.is_reference:
            names = sorted(path.name for path in (small / "out").iterdir())
            if names != ["file0", "file2"]:
                raise AssertionError(f"restored are {names}")


@scenario
def dry_run(s):
    """A dry run names the volumes that would be needed."""
    s.begin_with("chain")
    s.run("restore", "--dry-run", s.url, s.restored)
    s.run("restore", "--dry-run", "--file-to-restore", "dir", "-t", STAMPS[0], s.url, s.restored)
    s.show_tree()


@scenario
def renamed(s):
    """--rename puts a file or a folder elsewhere."""
    s.begin_with("full")
    s.run("restore", "--rename", "dir", "folder", "--rename", "a.txt", "b.txt", s.url, s.restored)
    s.show_tree()


@scenario
def renamed_into_a_folder_that_is_missing(s):
    """--rename to where there is no folder: ours makes it, the reference warns."""
    s.begin_with("full")
    s.run("restore", "--rename", "a.txt", "no/such/a.txt", s.url, s.restored,
          instead=Instead("rename-makes-folders", 0))
    if not s.program.is_reference and not (s.restored / "no/such/a.txt").is_file():
        raise AssertionError("it is not there")


@scenario
def a_part_of_what_several_volumes_hold(s):
    """Progress counts the volumes that are read; the reference counts all of the sets."""
    s.begin_with("chain")
    s.run("restore", "-v5", "--file-to-restore", "link", "-t", STAMPS[0], s.url, s.restored,
          instead=Instead("volumes-that-are-read", 0, says=("Processed volume 1 of 1",)))


@scenario
def selection_makes_no_sense(s):
    """Selection options with a restore are warned of and without effect."""
    s.begin_with("full")
    s.run("restore", "--exclude", "**", s.url, s.restored)
    s.show_tree()


@scenario
def ownership(s):
    """--do-not-restore-ownership and --numeric-owner are accepted."""
    s.begin_with("full")
    s.run("restore", "--do-not-restore-ownership", "--numeric-owner", s.url, s.restored)
    s.show_tree()


@scenario
def over_a_fifo(s):
    """What cannot be made is warned of by 12, and the status is 0."""
    s.begin_with("full")
    s.restored.mkdir()
    s.tree.fifo("fifo")
    s.prepare("full", "--no-print-statistics", "--current-time", str(TIMES[1]), s.source, s.url)
    os.mkfifo(s.restored / "fifo")
    # Ours replaces it.
    s.run("restore", "--force", s.url, s.restored, instead=Instead("over-what-exists", 0))


@scenario
def over_a_folder(s):
    """A folder that is not empty stands where a file belongs: ours warns and goes on, the reference crashes."""
    s.begin_with("full")
    (s.restored / "a.txt" / "inside").mkdir(parents=True)
    s.run("restore", "--force", s.url, s.restored,
          instead=Instead("files-over-folders", 0, says=("Error '[Errno 21] Is a directory' processing a.txt",)))


@scenario
def where_nothing_may_be_written(s):
    """A destination that may not be written."""
    s.begin_with("full")
    s.restored.mkdir(mode=0o555)
    s.run("restore", s.url, s.restored, before=NO_OVERRIDE, edits=[
        Edit("losses-are-counted", "(processing link)$",
             r"\1\n\nNOTICE 1\n. 6 objects could not be restored; the warnings above name them.")])
    s.restored.chmod(0o755)
    s.show_tree()


@scenario
def the_wrong_way_round(s):
    """`restore <path> <url>` is no backup with ours; with full, incremental and verify both say so."""
    s.begin_with("full")
    s.run("restore", "--current-time", str(TIMES[1]), s.source, s.url,
          instead=Instead("restore-is-no-backup", 2, "ERROR 2"))
    s.run("full", s.url, s.restored)
    s.run("incremental", s.url, s.restored)


@scenario
def with_the_spellings_of_3(s):
    """--path-to-restore and --no-restore-ownership are what 3.x calls these options."""
    s.begin_with("chain")
    s.run("restore", "--path-to-restore", "dir", "--no-restore-ownership", s.url, s.restored,
          instead=Instead("words-of-3", 0))
    s.run("rb", s.url, s.base / "restored-2", instead=Instead("words-of-3", 0))


