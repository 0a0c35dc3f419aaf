#!/usr/bin/env python3
"""Options that decide what kind of set a backup makes, whether it makes one, and what goes in.

duplicity is the second witness: it is asked what the sets are and restores them, or does the same with
the same option on a target of its own.
"""

import os
import re
import shutil
import sys
import tarfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from figures import block, figures
from trees import EPOCH, Tree, edit, listing, make_everything, noise, text
from world import NOT_FOUND, USAGE, WorldTest, main

# What a backup counts before it has packed anything.
COMPARED = ("SourceFiles", "SourceFileSize", "NewFiles", "NewFileSize", "DeletedFiles", "ChangedFiles",
            "ChangedFileSize", "DeltaEntries", "Errors")


class OptionsTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        self.tree.file("file", noise(3000, 1))
        self.tree.stamp(EPOCH)

    def duplid(self, verb, *words, **how):
        with self.world.new_set():
            return self.world.duplictl(verb, self.world.source, self.world.url, *words, **how)

    def kinds(self):
        """The sets of the target, oldest first, as duplicity sees them."""
        status = self.world.duplicity("collection-status", self.world.url).out
        return re.findall(r"(?m)^ +(Full|Incremental) ", status)


class KindOfSetTest(OptionsTest):
    def test_the_verbs_full_and_incremental_fix_the_kind_of_set(self):
        self.duplid("full")
        self.duplid("incremental")
        self.duplid("incr")
        self.assertEqual(self.kinds(), ["Full", "Incremental", "Incremental"])
        self.duplid("full")
        self.assertEqual(self.kinds().count("Full"), 2)

    def test_incremental_fails_where_there_is_nothing_to_continue(self):
        self.duplid("incremental", expect=NOT_FOUND)
        self.assertEqual(self.world.target_names(), [])

    def test_a_verb_that_says_the_kind_cannot_be_contradicted(self):
        self.duplid("full", "--incremental", expect=USAGE)
        self.duplid("incr", "--type", "auto", expect=USAGE)

    def test_a_full_set_is_made_when_the_newest_one_is_strictly_older(self):
        for program in ("duplid", "duplicity"):
            with self.subTest(program):
                self.world.target, self.world.name = self.world.root / f"target-{program}", program
                full = self.world.back_up(program, kind="full")
                (name,) = self.world.target_names(r"full\..*\.manifest")
                begun = int(time.mktime(time.strptime(name, "duplicity-full.%Y%m%dT%H%M%SZ.manifest")))
                begun -= time.timezone
                self.assertLessEqual(begun, full)
                self.world.back_up(program, "--full-if-older-than", str(begun))
                self.assertEqual(self.kinds(), ["Full", "Incremental"])
                self.world.back_up(program, "--full-if-older-than", "1D")
                self.assertEqual(self.kinds(), ["Full", "Incremental", "Incremental"])
                self.world.back_up(program, "--full-if-older-than", str(begun + 1))
                self.assertEqual(self.kinds().count("Full"), 2)

    def test_an_age_that_is_no_time_is_refused(self):
        self.duplid("backup", "--full-if-older-than", "some day", expect=USAGE)


class DryRunTest(OptionsTest):
    def kept(self):
        """All files that a dry run must leave as they are (SQLite makes and removes others beside them)."""
        places = (self.world.target, self.world.archive_dir)
        return {row for place in places for row in self.world.snapshot(place) if os.path.isfile(row[0])}

    def test_a_dry_run_of_a_first_backup_leaves_the_target_empty(self):
        run = self.duplid("backup", "--dry-run")
        self.assertIn("a full set would be made", run.out)
        self.assertEqual(figures(run.out)["NewFiles"], 2)
        self.assertEqual(self.world.target_names() if self.world.target.exists() else [], [])

    def test_a_dry_run_changes_nothing_and_counts_what_the_backup_then_finds(self):
        tree = make_everything(self.world.source)
        self.duplid("full")
        for step in (1, 2, 3, 4, 5):
            edit(tree, step)
            os.utime(tree.path("hard1"), (EPOCH, EPOCH))  # another change time, the same content
            before = self.kept()
            run = self.duplid("backup", "--dry-run")
            self.assertEqual([row[0] for row in self.kept() ^ before], [])
            self.assertIn("an incremental set would be made", run.out)
            tried, found = figures(run.out), figures(self.duplid("incremental").out)
            with self.subTest(edit=step):
                self.assertEqual([tried[name] for name in COMPARED], [found[name] for name in COMPARED])
                self.assertEqual(tried["RawDeltaSize"], 0)

    def test_a_dry_run_leaves_what_a_killed_run_left(self):
        self.duplid("full")
        leftover = self.world.archive_dir / self.world.name / "duplicity-full.20200101T000000Z.manifest.part"
        leftover.write_bytes(b"Hostname x\nLocaldir /x\n")
        self.duplid("backup", "--dry-run")
        self.assertTrue(leftover.exists())


class UnchangedTest(OptionsTest):
    def test_no_set_is_made_when_nothing_changed_and_the_next_change_is_stored(self):
        self.duplid("backup")
        before = self.world.snapshot(self.world.target)
        # The change time alone moves, which makes the run look inside the file.
        os.utime(self.tree.path("file"), (EPOCH, EPOCH))
        for verb in ("backup", "incremental"):
            run = self.duplid(verb, "--skip-if-no-change")
            self.assertIn("Nothing has changed since the full set of", run.out)
            self.assertEqual(self.world.snapshot(self.world.target), before)
        self.tree.file("file", noise(3001, 1), mtime=EPOCH + 1)
        self.duplid("backup", "--skip-if-no-change")
        self.assertEqual(self.kinds(), ["Full", "Incremental"])
        self.duplid("backup")
        self.assertEqual(self.kinds(), ["Full", "Incremental", "Incremental"])
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplicity"))

    def test_a_full_set_is_made_even_if_nothing_changed(self):
        self.duplid("full")
        self.duplid("full", "--skip-if-no-change")
        self.assertEqual(self.kinds().count("Full"), 2)


class OutputTest(OptionsTest):
    def test_statistics_can_be_left_out_of_the_text_but_not_of_json(self):
        run = self.duplid("full", "--no-print-statistics")
        self.assertEqual(block(run.out), [])
        self.assertIn("Wrote the full set of", run.out)
        self.assertTrue(block(self.duplid("full", "--no-print-statistics", "--print-statistics").out))
        self.assertIn('"source_files":2', self.duplid("full", "--no-print-statistics", "--json").out)

    def test_the_list_of_changed_files_is_left_out_as_duplicity_leaves_it_out(self):
        for options, count in ((), "2"), (("--no-files-changed",), "0"):
            lists = []
            for program in ("duplid", "duplicity"):
                self.world.target = self.world.root / f"target-{program}-{count}"
                self.world.name = f"{program}-{count}"
                self.tree.file("other", b"x", mtime=EPOCH + 5)
                self.world.back_up(program, *options, kind="full")
                (name,) = self.world.target_names(r"\.manifest")
                text = (self.world.target / name).read_text(encoding="utf-8")
                lists.append(text[text.index("Filelist"):].split())
            self.assertEqual(lists[0], lists[1])
            self.assertEqual(lists[0][1], count)


class SelectionTest(OptionsTest):
    def stored(self, *options):
        """Names that a full backup with `options` holds, restored by duplicity."""
        self.duplid("full", *options)
        return {row[7] for row in listing(self.world.restore("duplicity"))} - {"."}

    def test_tagged_caches_large_files_and_marked_ones_are_left_out(self):
        self.tree.file("cache/CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55\n")
        self.tree.file("cache/big", b"x" * 50)
        self.tree.file("fake/CACHEDIR.TAG", b"no signature\n")
        self.tree.file("large", b"x" * 3001, mtime=EPOCH + 1000)
        self.assertEqual(self.stored("--exclude-caches", "--exclude-larger-than", "3000"),
                         {"file", "fake", "fake/CACHEDIR.TAG"})
        self.assertEqual(self.stored("--exclude-larger-than", "3K"),
                         {"file", "fake", "fake/CACHEDIR.TAG", "cache", "cache/CACHEDIR.TAG", "cache/big", "large"})
        self.assertEqual(self.stored("--exclude-older-than", str(EPOCH + 1)), {"cache", "fake", "large"})
        self.duplid("full", "--exclude-larger-than", "large", expect=USAGE)

    def test_lists_may_be_separated_by_nul(self):
        self.tree.file("new\nline", b"1")
        self.tree.file("keep", b"2")
        names = self.world.root / "names"
        names.write_bytes(os.fsencode(self.world.source) + b"/new\nline\0**/file\0")
        self.assertEqual(self.stored("--exclude-filelist", names, "--null-separator"), {"keep"})

    def test_a_fifo_is_no_list_and_does_not_block(self):
        os.mkfifo(self.world.root / "names")
        run = self.duplid("full", "--exclude-filelist", self.world.root / "names", expect=USAGE)
        self.assertIn("is not a regular file", run.err)
        self.assertFalse(self.world.target.exists() and self.world.target_names())

    def test_patterns_are_checked_before_anything_is_read_or_written(self):
        for options in (("--exclude", "/elsewhere/x"), ("--include-regexp", "(", "--exclude", "**"),
                        ("--include", "**/file"), ("--exclude", "**/a//b")):
            with self.subTest(options=options):
                self.duplid("full", *options, expect=USAGE)
        self.assertFalse(self.world.target.exists() and self.world.target_names())


class FormTest(OptionsTest):
    """What is stored, and how."""

    def of_both(self, *words):
        """Runs a full backup by each program into a target of its own, and goes on there."""
        for program in ("duplid", "duplicity"):
            self.world.target, self.world.name = self.world.root / f"target-{program}", program
            shutil.rmtree(self.world.target, ignore_errors=True)
            self.world.back_up(program, *words, kind="full")
            yield program

    def signatures(self):
        """Name and bytes of each signature on the target."""
        (name,) = self.world.target_names("sigtar")
        with tarfile.open(self.world.target / name) as tar:
            return {info.name: tar.extractfile(info).read() for info in tar if info.name.startswith("signature/")}

    def test_blocks_of_signatures_are_as_long_as_duplicitys(self):
        self.tree.file("large", text(9_000_000, 2))
        seen = set()
        for words in (("--max-blocksize", "1024"), ("--max-blocksize", "4096")):
            with self.subTest(words):
                ours, theirs = [self.signatures() for _ in self.of_both(*words)]
                self.assertEqual(ours, theirs)
                seen.add(ours["signature/large"][:12])  # the block length is in a signature's head
        self.assertEqual(len(seen), 2)

    def test_links_are_followed_where_duplicity_follows_them(self):
        elsewhere = Tree(self.world.root / "elsewhere")
        elsewhere.file("inside", b"of a folder")
        elsewhere.stamp(EPOCH)
        self.tree.link("to-file", "file")
        self.tree.link("to-folder", elsewhere.root)
        self.tree.link("to-nothing", "nowhere")
        self.tree.stamp(EPOCH)
        ours, theirs = [listing(self.world.restore("duplicity")) for _ in self.of_both("--copy-links")]
        self.assertIn("to-folder/inside", [row[7] for row in ours])
        # On purpose (engine/select/README.md): duplicity leaves out what leads nowhere.
        self.assertEqual([row for row in ours if row[7] != "to-nothing"], theirs)
        self.assertEqual([(row[0], row[8]) for row in ours if row[7] == "to-nothing"], [("l", "nowhere")])

    def test_more_effort_gives_smaller_volumes_that_duplicity_reads(self):
        self.tree.file("words", text(1_500_000, 1))
        sizes = []
        for level in ("fast", "better", "max"):
            self.world.target, self.world.name = self.world.root / level, level
            self.duplid("full", "--compression", level)
            (volume,) = self.world.target_names("vol1")
            sizes.append((self.world.target / volume).stat().st_size)
            if level != "fast":  # as in all other tests
                run = self.world.duplicity("verify", "--compare-data", self.world.url, self.world.source)
                self.assertIn("0 differences found", run.out)
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        self.assertLess(sizes[2], sizes[0])


class PlaceTest(OptionsTest):
    def test_a_directory_for_temporary_files_must_exist(self):
        run = self.duplid("full", "--tempdir", self.world.root / "nowhere", expect=NOT_FOUND)
        self.assertIn(f"there is no directory {self.world.root}/nowhere for temporary files", run.err)
        self.assertIn("--tempdir", run.err)
        self.assertFalse((self.world.archive_dir / self.world.name).exists())

    def test_temporary_files_go_where_they_are_told_and_do_not_stay(self):
        place = self.world.root / "elsewhere"
        place.mkdir()
        self.duplid("full", "--tempdir", place, before=("env", f"TMPDIR={self.world.root}/nowhere"))
        self.assertEqual(os.listdir(place), [])
        self.assertEqual(self.kinds(), ["Full"])


if __name__ == "__main__":
    main()
