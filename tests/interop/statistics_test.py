#!/usr/bin/env python3
"""What a backup says of itself at its end, compared with what duplicity says of the same tree."""

import os
import signal
import sys
import time
from pathlib import Path

for folder in ("support/python", "fault"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / folder))

from figures import NAMES, all_figures, block, figures
from midway import make_large, manifests
from processes import daemon_of
from trees import EPOCH, Tree, edit, make_everything
from world import WorldTest, main, wait_until


class FiguresTest(WorldTest):
    """Whoever is asked has a target and a name of its own."""

    def use(self, program):
        self.world.target, self.world.name = self.world.root / f"target-{program}", program

    def volumes(self):
        """Size, inode and time of each volume."""
        names = self.world.target_names(r"^duplicity.*\.vol\d+\.") if self.world.target.exists() else []
        found = [(name, (self.world.target / name).stat()) for name in names]
        return {(name, facts.st_size, facts.st_ino, facts.st_mtime_ns) for name, facts in found}

    def printed(self, program, *words, kind=None):
        """The output of one backup by `program`. What it says that the target has grown by is not comparable
        between the programs, but with the target: what the volumes weigh that were written."""
        self.use(program)
        before = self.volumes()
        with self.world.new_set():
            if program == "duplid":
                kinds = ["--type", kind] if kind else []
                out = self.world.duplictl("backup", self.world.source, self.world.url, *kinds, *words).out
            else:
                out = self.world.duplicity(*([kind] if kind else []), self.world.source, self.world.url, *words).out
        self.assertEqual(int(all_figures(out)["TotalDestinationSizeChange"]),
                         sum(size for _, size, _, _ in self.volumes() - before), program)
        return out


class StatisticsTest(FiguresTest):
    def check_figures(self, kind):
        ours, theirs = (figures(self.printed(program, kind=kind)) for program in ("duplid", "duplicity"))
        self.assertEqual(ours, theirs)
        return ours

    def test_every_figure_of_a_chain_is_the_one_that_duplicity_gives(self):
        tree = make_everything(self.world.source)
        self.assertGreater(self.check_figures("full")["NewFiles"], 40)
        for step in range(1, 6):
            edit(tree, step)
            with self.subTest(edit=step):
                self.check_figures("incremental")

    def test_a_run_without_changes_counts_all_sources_and_no_difference(self):
        tree = Tree(self.world.source)
        tree.file("a/file", b"x" * 100)
        tree.link("link", "a/file")
        tree.stamp(EPOCH)
        self.check_figures("full")
        seen = self.check_figures("incremental")
        self.assertEqual((seen["SourceFiles"], seen["DeltaEntries"], seen["RawDeltaSize"]), (4, 0, 0))

    def test_the_block_has_the_lines_of_duplicitys_in_their_order(self):
        Tree(self.world.source).file("file", b"x" * 2000)
        lines = [block(self.printed(program, kind="full")) for program in ("duplid", "duplicity")]
        for ours, theirs in zip(*lines, strict=True):
            self.assertEqual(ours.split(" ")[0], theirs.split(" ")[0])
            self.assertEqual("(" in ours, "(" in theirs)
        self.assertEqual(tuple(line.split(" ")[0] for line in lines[0]), NAMES)

    def test_times_are_those_of_the_comparison(self):
        begin = time.time()
        tree = make_everything(self.world.source)
        tree.stamp(EPOCH)
        rows = all_figures(self.printed("duplid"))
        start, end = float(rows["StartTime"]), float(rows["EndTime"])
        self.assertLessEqual(begin - 0.01, start)
        self.assertLessEqual(start, end)
        self.assertLessEqual(end, time.time() + 0.01)
        self.assertAlmostEqual(float(rows["ElapsedTime"]), end - start, delta=0.011)


class InterruptedTest(FiguresTest):
    def kill_midway(self, program):
        """A full backup by `program`, killed with some of its volumes on the target."""
        world = self.world
        words = (world.duplictl_words("full", world.source, world.url, "--volsize", "1") if program == "duplid"
                 else world.duplicity_words("full", world.source, world.url, "--volsize", "1"))
        client = world.start(words)
        process = wait_until("its daemon runs", lambda: daemon_of(client), client) if program == "duplid" else client.pid
        wait_until("volumes are there", lambda: len(self.volumes()) >= 4, client)
        os.kill(process, signal.SIGKILL)
        world.finish(client)
        world._last_set = int(time.time())
        self.assertEqual(manifests(world), [], "the backup was over before it could be killed")

    def test_only_the_volumes_of_the_run_that_goes_on_count(self):
        for program, files in (("duplid", 40), ("duplicity", 5)):
            with self.subTest(program):
                self.use(program)
                self.world.source = self.world.root / f"source-{program}"
                make_large(self.world.source, files)
                self.kill_midway(program)
                first = self.volumes()
                self.printed(program, "--volsize", "1")
                self.assertTrue(first & self.volumes(), "no volume was kept")


if __name__ == "__main__":
    main()
