#!/usr/bin/env python3
"""What an archive holds: duplid's collection-status tells the sets that duplicity's tells."""

import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import MODES, PLAIN, WorldTest, main

# Who makes which set of the chains: B is duplid, D is duplicity; the full first.
CHAINS = ("DB", "BDB")


class CollectionTest(WorldTest):
    def build(self, mode=PLAIN, chains=CHAINS):
        tree = Tree(self.world.source)
        tree.file("large", noise(2_500_000, 1))
        for chain, programs in enumerate(chains):
            for number, program in enumerate(programs):
                tree.file("changing", b"%d %d" % (chain, number), mtime=EPOCH + 10 * chain + number)
                self.world.back_up({"B": "duplid", "D": "duplicity"}[program], "--volsize", "1", mode=mode,
                                   kind="incremental" if number else "full")

    def told(self, program, **how):
        """What is told of chains and sets: both print it in the same words behind their own heads."""
        # Nobody needs a passphrase for it.
        out = getattr(self.world, program)("collection-status", self.world.url, **how).out
        return out[re.search("(?m)^Found ", out).start():].split("\n")

    def check(self):
        theirs = self.told("duplicity")
        self.assertEqual(self.told("duplictl"), theirs)
        return theirs

    def check_json(self, theirs):
        """--json has the sets of that text, chain by chain."""
        (reply,) = [json.loads(line) for line in
                    self.world.duplictl("collection-status", self.world.url, "--json").out.splitlines()]
        stamp = "%a %b %d %H:%M:%S %Y"
        rows = [re.fullmatch(r" +(Full|Incremental) +(\w.*\d{4}) +(\d+)", line) for line in theirs]
        told = [(row[1] == "Full", row[2].split(), row[3]) for row in rows if row]
        ours = [(one["type"] == "full", time.strftime(stamp, time.gmtime(one["time"])).split(), str(one["volumes"])) for chain in reply["chains"] for one in chain["sets"]]
        self.assertEqual(ours, told)
        return reply

    def test_the_sets_of_both_programs_are_told_as_duplicity_tells_them(self):
        self.build()
        theirs = self.check()
        self.assertIn("Found 1 secondary backup chain.", theirs)
        self.assertIn("No orphaned or incomplete backup sets found.", theirs)
        reply = self.check_json(theirs)
        self.assertEqual([len(chain["sets"]) for chain in reply["chains"]], [2, 3])
        self.assertEqual(reply["primary"], 1)
        # Times are those of the zone of who asks.
        for zone in ("Asia/Kathmandu", "America/St_Johns"):
            self.world.zone = zone
            self.check()

    def test_encrypted_sets_are_told_without_a_passphrase(self):
        self.build(MODES["passphrase"], ("DB",))
        self.check_json(self.check())

    def test_what_belongs_to_no_chain_is_counted_as_duplicity_counts_it(self):
        self.world.use_golden("plain", "target")
        full, lone = "duplicity-full.20230101T000000Z.", "duplicity-inc.20230105T000000Z.to.20230106T000000Z."
        for name in (f"{full}vol1.difftar.gz", f"{full}vol2.difftar.gz", f"{lone}vol1.difftar.gz", f"{lone}manifest"):
            (self.world.target / name).write_text("of no use")
        told = self.check()
        self.assertIn("Also found 1 backup set not part of any chain,", told)
        self.assertIn("and 1 incomplete backup set.", told)
        for name in (f"{full}vol1.difftar.gz", f"{full}vol2.difftar.gz"):
            (self.world.target / name).unlink()
        self.check()

    def test_an_empty_target_holds_nothing(self):
        self.world.target.mkdir()
        self.assertIn("No backup chains with active signatures found", self.check())


if __name__ == "__main__":
    main()
