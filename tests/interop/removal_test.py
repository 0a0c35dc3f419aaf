#!/usr/bin/env python3
"""Old backups are removed as duplicity removes them, and what is left is in order.

Goal: after each removal the same files are there as after duplicity's own command on a copy, but for
what engine/chain/README.md names; both programs restore and continue what stays; and wherever a
removal is cut, duplicity finds no set without a chain, and asking again finishes it.
"""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from processes import daemon_of
from trees import EPOCH, Tree, noise
from world import DENIED, GOLDEN, MODES, OK, PLAIN, USAGE, WorldTest, main, wait_until

# Who makes which set of the four chains: B is duplid, D is duplicity; the full first.
CHAINS = ("DBD", "BDB", "DB", "B")

PREFIXES = ("--file-prefix", "X-", "--file-prefix-archive", "A-", "--file-prefix-manifest", "M-",
            "--file-prefix-signature", "S-")


class RemovalTest(WorldTest):
    """What puts the same command to both programs."""

    mode = PLAIN
    options = ()

    def build(self):
        """The four chains. self.points: (time, listing) of each set, by chain."""
        tree = Tree(self.world.source)
        tree.file("large", noise(1_500_000, 1))
        self.points = []
        for chain in CHAINS:
            self.points.append([])
            for number, program in enumerate(chain):
                stamp = EPOCH + 100 * len(self.points) + number
                tree.file("changing", b"%d" % stamp, mtime=stamp)
                time = self.world.back_up({"B": "duplid", "D": "duplicity"}[program], "--volsize", "1", *self.options,
                                          kind="incremental" if number else "full", mode=self.mode)
                self.points[-1].append((time, tree.listing()))
        self.tree = tree

    def keep(self):
        """Remembers target and cache, for restart()."""
        self.kept = self.world.root / "kept"
        for name in ("target", "archive-dir"):
            if (self.world.root / name).exists():
                shutil.copytree(self.world.root / name, self.kept / name)

    def restart(self, names=None):
        """Back to what keep() remembered; with `names` only these files are on the target."""
        for name in ("target", "archive-dir"):
            shutil.rmtree(self.world.root / name, ignore_errors=True)
            if (self.kept / name).exists():
                shutil.copytree(self.kept / name, self.world.root / name)
        for name in set(self.world.target_names()) - set(names if names is not None else self.world.target_names()):
            (self.world.target / name).unlink()

    def ours(self, verb, *words, expect=OK):
        """Runs a removal and returns its report."""
        out = self.world.duplictl(verb, *words, *self.options, "--json", mode=self.mode, expect=expect).out
        done = json.loads(out.splitlines()[-1])
        return done["removal"] if expect == OK else done["error"]

    def cached(self):
        return sorted(path.name for path in (self.world.archive_dir / self.world.name).iterdir()
                      if "sigtar" in path.name or "manifest" in path.name or path.name[:2] in ("df", "di", "dn"))

    def both(self, verb, *words):
        """(names on the target, names in the cache) after each program's command."""
        after = []
        for run in (self.world.duplicity, self.world.duplictl):
            self.restart()
            run(verb, *words, self.world.url, "--force", *self.options, mode=self.mode)
            after.append((self.world.target_names(), self.cached()))
        return after

    def assert_nothing_stranded(self):
        status = self.world.duplicity("collection-status", self.world.url, *self.options, mode=self.mode)
        self.assertNotIn("orphaned signature", status.text)
        self.assertNotRegex(status.text, r"Also found [1-9]\d* backup sets? not part of any chain")
        return status.text

    def assert_restorable(self, points, programs=("duplicity", "duplid")):
        for program in programs:
            for time, rows in points:
                self.assert_same_tree(rows, self.world.restore(program, *self.options, mode=self.mode, time=time))


class SameAsDuplicityTest(RemovalTest):
    def removes_the_same(self):
        self.build()
        self.keep()
        between = self.points[1][1][0]
        for words in (("remove-older-than", str(between)), ("remove-older-than", str(self.points[2][1][0])),
                      ("remove-all-but-n-full", "1"), ("remove-all-but-n-full", "3"), ("remove-all-but-n-full", "9"),
                      ("remove-all-inc-of-but-n-full", "1"), ("remove-all-inc-of-but-n-full", "2")):
            with self.subTest(command=words):
                theirs, ours = self.both(*words)
                self.assertEqual(theirs, ours)
        # From here on with what ours left of the last but one: the fulls of two chains, and two chains.
        self.assertIn("No orphaned or incomplete backup sets found", self.assert_nothing_stranded())
        self.assert_restorable([self.points[0][0], self.points[1][0], *self.points[2], *self.points[3]])
        self.tree.file("changing", b"after the removal", mtime=EPOCH + 1000)
        for program in ("duplid", "duplicity"):
            time = self.world.back_up(program, *self.options, kind="incremental", mode=self.mode)
        self.assert_restorable([(time, self.tree.listing())])


def same_with(mode, options=()):
    def test(self):
        self.mode, self.options = mode, options
        self.removes_the_same()
    return test


SameAsDuplicityTest.test_plain_chains_in_turn = same_with(PLAIN)
SameAsDuplicityTest.test_chains_with_a_passphrase_in_turn = same_with(MODES["passphrase"])
SameAsDuplicityTest.test_chains_with_short_names_in_turn = same_with(PLAIN, ("--short-filenames",))
SameAsDuplicityTest.test_chains_with_prefixes_in_turn = same_with(PLAIN, PREFIXES)


class DeviationTest(RemovalTest):
    def test_signatures_of_the_chain_in_use_stay_though_it_is_old(self):
        # archive-format.md 11.5: duplicity deletes them from the target, and the next set must be a full.
        self.build()
        self.keep()
        (theirs, _), (ours, _) = self.both("remove-older-than", str(self.points[-1][-1][0] + 1))
        self.assertLess(set(theirs), set(ours))
        self.assertRegex(" ".join(set(ours) - set(theirs)), r"^duplicity-full-signatures\.\w+\.sigtar\.gz$")
        self.world.back_up("duplicity", kind="incremental")

    def test_with_no_force_nothing_is_touched_and_everything_is_told(self):
        self.build()
        before = self.world.snapshot(self.world.target)
        cut = self.points[2][1][0]
        report = self.ours("remove-older-than", str(cut), self.world.url)
        self.assertFalse(report["removed"])
        self.assertEqual(["goes", "goes", "stays", "stays"], [chain["fate"] for chain in report["chains"]])
        third_full = self.world.target_names(r"^duplicity-full\..*\.manifest$")[2]
        self.assertEqual([third_full.split(".")[1]],
                         [time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(one["time"])) for one in report["needed"]])
        self.assertEqual(before, self.world.snapshot(self.world.target))
        text = self.world.duplictl("remove-older-than", str(cut), self.world.url).out
        self.assertIn("With --force, these go: ", text)
        # What it told is what goes.
        names = {one["name"] for one in report["files"]}
        self.assertEqual(names, {one["name"] for one in self.ours("remove-older-than", str(cut), self.world.url,
                                                                  "--force")["files"]})
        self.assertFalse(names & set(self.world.target_names()))

    def test_what_another_full_would_let_go_is_told_and_comes_true(self):
        self.build()
        newest = self.ours("remove-all-but-n-full", "1", self.world.url)["chains"][-1]
        self.assertEqual(("stays", True), (newest["fate"], newest["goes_after_full"]))
        self.world.back_up("duplid", kind="full")
        self.assertEqual("goes", self.ours("remove-all-but-n-full", "1", self.world.url)["chains"][-2]["fate"])


class CutTest(RemovalTest):
    def test_wherever_a_removal_is_cut_nothing_is_stranded_and_it_can_be_finished(self):
        self.build()
        self.keep()
        words = ("remove-older-than", str(self.points[2][0][0]), self.world.url)
        order = [one["name"] for one in self.ours(*words)["files"]]
        self.assertGreater(len(order), 15)
        everything = self.world.target_names()
        wanted = sorted(set(everything) - set(order))
        for count in range(len(order) + 1):
            with self.subTest(deleted=count):
                self.restart(set(everything) - set(order[:count]))
                self.assert_nothing_stranded()
                self.ours(*words, "--force")
                self.assertEqual(wanted, self.world.target_names())
        self.assert_restorable([*self.points[2], *self.points[3]])

    def test_a_removal_that_was_killed_is_finished_by_the_next(self):
        self.world.use_golden("plain", "target")
        # Names decide, so an old chain can be made of empty files: enough of them to be caught midway.
        old = "duplicity-full.20230101T000000Z."
        for number in range(20_000):
            (self.world.target / f"{old}vol{number + 1}.difftar.gz").touch()
        for name in (f"{old}manifest", "duplicity-full-signatures.20230101T000000Z.sigtar.gz"):
            (self.world.target / name).touch()
        words = ("remove-older-than", "2023-06-01", self.world.url, "--force")
        client = self.world.start(self.world.duplictl_words(*words))
        daemon = wait_until("its daemon runs", lambda: daemon_of(client), client)
        wait_until("the manifest is gone", lambda: not (self.world.target / f"{old}manifest").exists(), client)
        os.kill(daemon, signal.SIGKILL)
        self.assertNotEqual(OK, self.world.finish(client).status)
        self.assertTrue(self.world.target_names("20230101"), "it was over before it could be caught")
        self.assert_nothing_stranded()
        self.world.duplictl(*words)
        self.assertEqual([], self.world.target_names("20230101"))
        self.assertEqual(sorted(os.listdir(GOLDEN / "plain" / "target")), self.world.target_names())


class RefusalTest(RemovalTest):
    def use_two_chains(self, newer="2024"):
        """The golden chain of 2023 (renamed) and that of 2024, or another year."""
        self.world.target.mkdir()
        for path in (GOLDEN / "plain" / "target").iterdir():
            for year in ("2023", newer):
                shutil.copy(path, self.world.target / path.name.replace("2024", year))

    def test_sets_dated_in_the_future_stop_a_removal_unless_allowed(self):
        self.use_two_chains("2090")
        before = self.world.snapshot(self.world.target)
        for words in (("remove-older-than", "now"), ("remove-all-but-n-full", "1"),
                      ("remove-all-inc-of-but-n-full", "1")):
            run = self.world.duplictl(*words, self.world.url, "--force", expect=USAGE)
            self.assertIn("dated in the future: 20900103T000000Z", run.err)
        self.world.duplictl("prune", self.world.url, "--keep-last", "1", "--force", expect=USAGE)
        self.assertEqual(before, self.world.snapshot(self.world.target))

        # As if they were not there: the chain of 2023 is the newest.
        report = self.ours("remove-older-than", "now", self.world.url, "--allow-future")
        self.assertEqual([["newest_chain", "last_good_chain"], ["future"]],
                         [[reason["rule"] for reason in chain["reasons"]] for chain in report["chains"]])

    def test_the_last_chain_without_a_gap_stays_unless_included(self):
        self.use_two_chains()
        (self.world.target / "duplicity-full.20240101T000000Z.vol1.difftar.gz").unlink()
        report = self.ours("remove-older-than", "now", self.world.url, "--force")
        self.assertEqual([["last_good_chain"], ["newest_chain"]],
                         [[reason["rule"] for reason in chain["reasons"]] for chain in report["chains"]])
        self.assertEqual([], report["files"])
        report = self.ours("remove-older-than", "now", self.world.url, "--include-last-chain")
        self.assertTrue(self.world.target_names("2023") and self.world.target_names("2024"))
        self.ours("remove-older-than", "now", self.world.url, "--include-last-chain", "--force")
        self.assertEqual([], self.world.target_names())

    def test_foreign_files_are_never_deleted(self):
        self.use_two_chains()
        strangers = ["README", "duplicity-full.20230101T000000Z.vol1.difftar.gz.par2",
                     "duplicity-full.20230101T000000Z.vol0.difftar.gz"]
        for name in strangers:
            (self.world.target / name).write_text("not the archive's")
        self.ours("remove-older-than", "now", self.world.url, "--force")
        self.assertEqual(sorted(strangers), [name for name in self.world.target_names() if "2024" not in name])
        self.ours("cleanup", self.world.url, "--force")
        self.assertEqual(sorted(strangers), [name for name in self.world.target_names() if "2024" not in name])

    def test_a_target_that_lets_nothing_be_deleted_is_one_clear_error(self):
        self.use_two_chains()
        before = self.world.target_names()
        self.world.target.chmod(0o555)
        run = self.world.command(
            self.world.duplictl_words("remove-older-than", "now", self.world.url, "--force"), expect=DENIED,
            before=("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ())
        self.world.target.chmod(0o755)
        self.assertEqual(1, run.err.count("error:"), run.err)
        self.assertEqual(before, self.world.target_names())

    def test_command_lines_that_make_no_sense_are_refused(self):
        self.world.use_golden("plain", "target")
        for words in (("remove-older-than", "yesterday"), ("remove-all-but-n-full", "0"),
                      ("remove-all-inc-of-but-n-full", "some"), ("remove-all-inc-of-but-n-full", "1.5")):
            self.world.duplictl(*words, self.world.url, expect=USAGE)
        self.world.duplictl("prune", self.world.url, expect=USAGE)
        self.world.duplictl("prune", self.world.url, "--keep-within", "2024", expect=USAGE)


class CleanupTest(RemovalTest):
    def use_damaged(self):
        """The golden chain, and beside it each kind of thing that belongs to no chain."""
        self.world.use_golden("plain", "target")
        full, lone = "duplicity-full.20230101T000000Z.", "duplicity-inc.20230105T000000Z.to.20230106T000000Z."
        self.junk = {
            f"{full}vol1.difftar.gz": "incomplete", f"{full}vol2.difftar.gz": "incomplete",
            f"{lone}vol1.difftar.gz": "orphaned", f"{lone}manifest": "orphaned",
            "duplicity-new-signatures.20230105T000000Z.to.20230106T000000Z.sigtar.gz": "orphaned",
            "duplicity-new-signatures.20230107T000000Z.to.20230108T000000Z.sigtar.gz": "signatures",
        }
        for name in self.junk:
            (self.world.target / name).write_text("of no use")

    def test_it_deletes_what_duplicity_deletes(self):
        self.use_damaged()
        self.world.archive_dir.mkdir()
        self.keep()
        theirs, ours = self.both("cleanup")
        self.assertEqual(theirs[0], ours[0])
        self.assertEqual(sorted(os.listdir(GOLDEN / "plain" / "target")), ours[0])
        self.assertIn("No orphaned or incomplete backup sets found", self.assert_nothing_stranded())

    def test_it_tells_each_file_and_why_and_deletes_with_force_only(self):
        self.use_damaged()
        report = self.ours("cleanup", self.world.url)
        told, files = {}, iter(report["files"])
        for part in report["parts"]:
            for _ in range(part["files"]):
                told[next(files)["name"]] = part["cause"]
        self.assertEqual(self.junk, told)
        self.assertTrue(set(self.junk) <= set(self.world.target_names()))
        text = self.world.duplictl("cleanup", self.world.url).out
        for name in self.junk:
            self.assertIn(name, text)

    def test_second_copies_go_and_the_file_that_counts_stays(self):
        # duplicity ends with status 30 over such a target (archive-format.md 10.1).
        self.world.use_golden("plain", "target")
        before = self.world.target_names()
        (self.world.target / "duplicity-full.20240101T000000Z.vol1.difftar").write_text("copy")
        (self.world.target / "duplicity-full.20240101T000000Z.manifest.gz").write_text("copy")
        report = self.ours("cleanup", self.world.url, "--force")
        self.assertEqual({"duplicates"}, {part["cause"] for part in report["parts"]})
        self.assertEqual(before, self.world.target_names())
        self.world.duplicity("collection-status", self.world.url)

    def test_an_interrupted_set_that_could_be_continued_goes_with_force_only(self):
        # duplicity deletes it at once (archive-format.md 11.4).
        self.world.use_golden("partial", "target")
        shutil.copytree(GOLDEN / "partial" / "archive-dir", self.world.archive_dir / self.world.name)
        before = self.world.target_names()
        report = self.ours("cleanup", self.world.url)
        self.assertEqual(["partial"], [part["cause"] for part in report["parts"]])
        self.assertEqual(before, self.world.target_names())
        self.ours("cleanup", self.world.url, "--force")
        self.assertEqual(([], []), (self.world.target_names(), self.cached()))

    def test_sets_that_may_be_all_that_is_left_are_kept_unless_included(self):
        self.world.use_golden("plain", "target")
        (self.world.target / "duplicity-full.20240101T000000Z.manifest").unlink()
        before = self.world.target_names()
        run = self.world.duplictl("cleanup", self.world.url, "--force", expect=USAGE)
        self.assertIn("may be all that is left", run.err)
        self.assertEqual(before, self.world.target_names())
        self.ours("cleanup", self.world.url, "--force", "--include-last-chain")
        self.assertEqual([], self.world.target_names())

    def test_extra_clean_leaves_old_chains_restorable(self):
        self.build()
        before = set(self.world.target_names())
        self.ours("cleanup", self.world.url, "--extra-clean", "--force")
        gone = before - set(self.world.target_names())
        self.assertEqual({name for name in before if "signatures" in name} - gone,
                         set(self.world.target_names("signatures")))
        self.assertEqual(1, len(self.world.target_names("signatures")))
        self.assertTrue(all("signatures" in name for name in gone))
        self.assertIn("No orphaned or incomplete backup sets found", self.assert_nothing_stranded())
        self.assert_restorable([self.points[0][-1], self.points[3][0]])
        self.world.back_up("duplicity", kind="incremental")


if __name__ == "__main__":
    main()
