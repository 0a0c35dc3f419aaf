#!/usr/bin/env python3
"""What a backup says of itself at its end, compared with what duplicity says of the same tree."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from figures import NAMES, block, figures
from trees import EPOCH, Tree, edit, make_everything
from world import WorldTest, main


class StatisticsTest(WorldTest):
    def printed(self, program, kind):
        """The output of one backup by `program`, which has a target and a name of its own."""
        world = self.world
        world.target, world.name = world.root / f"target-{program}", program
        with world.new_set():
            if program == "duplid":
                return world.duplictl("backup", world.source, world.url, "--type", kind).out
            return world.duplicity(kind, world.source, world.url).out

    def check_figures(self, kind):
        ours, theirs = (figures(self.printed(program, kind)) for program in ("duplid", "duplicity"))
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
        lines = [block(self.printed(program, "full")) for program in ("duplid", "duplicity")]
        for ours, theirs in zip(*lines, strict=True):
            self.assertEqual(ours.split(" ")[0], theirs.split(" ")[0])
            self.assertEqual("(" in ours, "(" in theirs)
        self.assertEqual(tuple(line.split(" ")[0] for line in lines[0]), NAMES)


if __name__ == "__main__":
    main()
