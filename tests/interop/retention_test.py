#!/usr/bin/env python3
"""prune keeps the sets that `restic forget` keeps: the same times and policies are put to both.

Names decide, so an archive is made of names alone: each set a chain of its own, in which case a chain
stays exactly when the policy picks its set. The newest is always among them, for both programs.
"""

import json
import shutil
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from world import WorldTest, main

# Over two years: several in an hour, in a day, in a week; across the ends of months, years and ISO weeks;
# the last and the first days of years that belong to a week of the other year.
TIMES = (
    "2022-11-05 09:00:00", "2022-12-30 23:59:59", "2022-12-31 12:00:00", "2023-01-01 00:00:00", "2023-01-02 00:00:00",
    "2023-02-28 23:00:00", "2023-03-01 01:00:00", "2023-06-15 10:00:00", "2023-06-15 10:30:00", "2023-06-15 11:00:00",
    "2023-12-31 23:59:59", "2024-01-01 00:00:00", "2024-02-29 12:00:00", "2024-12-29 08:00:00", "2024-12-30 08:00:00",
    "2025-01-05 20:00:00", "2025-01-06 01:00:00", "2025-01-06 01:59:59", "2025-01-06 02:00:00", "2025-01-07 02:00:00",
)

POLICIES = (
    {"last": 1}, {"last": 7}, {"last": 100}, {"hourly": 3}, {"hourly": 100}, {"daily": 1}, {"daily": 5}, {"weekly": 2},
    {"weekly": 9}, {"monthly": 3}, {"monthly": 8}, {"yearly": 2}, {"within": "7D"}, {"within": "400D12h"},
    {"last": 2, "daily": 3, "weekly": 3, "monthly": 3, "yearly": 2}, {"hourly": 2, "monthly": 4, "within": "2D"},
)

# Rules that run out of sets: since 0.16 restic keeps the oldest set then, and so do we; older ones do not.
UNSPENT = ({"yearly": 5}, {"monthly": 30}, {"daily": 2, "yearly": 9})


def epoch(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


@unittest.skipUnless(shutil.which("restic"), "restic is not installed")
class RetentionTest(WorldTest):
    def restic(self, *words):
        environment = self.world.environment() | {"RESTIC_PASSWORD": "x", "RESTIC_REPOSITORY": str(self.world.root / "r")}
        return subprocess.run(["restic", "--quiet", "--no-cache", *words], env=environment, check=True, text=True,
                              capture_output=True, cwd=self.world.root).stdout

    def kept_by_restic(self, policy):
        words = [f"--keep-{rule}={str(value).replace('D', 'd')}" for rule, value in policy.items()]
        groups = json.loads(self.restic("forget", "--dry-run", "--json", *words))
        return sorted(int(datetime.fromisoformat(one["time"][:19] + "+00:00").timestamp()) for one in groups[0]["keep"])

    def kept_by_prune(self, policy):
        words = [word for rule, value in policy.items() for word in (f"--keep-{rule}", str(value))]
        out = self.world.duplictl("prune", self.world.url, "--json", *words).out
        chains = json.loads(out.splitlines()[-1])["removal"]["chains"]
        return sorted(chain["last"]["time"] for chain in chains if chain["fate"] == "stays")

    def test_each_policy_keeps_what_restic_keeps(self):
        self.restic("init")
        (self.world.root / "file").write_text("something")
        self.world.target.mkdir()
        for text in TIMES:
            self.restic("backup", "--time", text, "file")
            stamp = text.replace("-", "").replace(":", "").replace(" ", "T") + "Z"
            for rest in ("manifest", "vol1.difftar.gz"):
                (self.world.target / f"duplicity-full.{stamp}.{rest}").touch()
        for policy in POLICIES:
            with self.subTest(policy=policy):
                kept = self.kept_by_restic(policy)
                self.assertTrue(kept and set(kept) <= set(map(epoch, TIMES)))
                self.assertEqual(kept, self.kept_by_prune(policy))
        for policy in UNSPENT:
            with self.subTest(policy=policy):
                kept = set(self.kept_by_restic(policy)) | {epoch(TIMES[0])}
                self.assertEqual(sorted(kept), self.kept_by_prune(policy))


class ChainTest(WorldTest):
    def test_a_chain_stays_as_a_whole_if_the_policy_picks_one_of_its_sets_and_says_why(self):
        self.world.target.mkdir()
        days = ((("01", "02"), ("02", "03")), (("10", "11"),), (("20", "21"),))
        for increments in days:
            stem = f"202401{increments[0][0]}T000000Z"
            names = [f"duplicity-full.{stem}."]
            names += [f"duplicity-inc.202401{a}T000000Z.to.202401{b}T000000Z." for a, b in increments]
            for name in names:
                for rest in ("manifest", "vol1.difftar.gz"):
                    (self.world.target / (name + rest)).touch()
        # Newest first 21, 20, 11, 10, 3, 2, 1: the third of them keeps the chain of the 10th.
        words = ("prune", self.world.url, "--keep-last", "3", "--keep-monthly", "1", "--json")
        chains = json.loads(self.world.duplictl(*words).out.splitlines()[-1])["removal"]["chains"]
        self.assertEqual(["goes", "stays", "stays"], [chain["fate"] for chain in chains])
        self.assertEqual([("last", 1, epoch("2024-01-11 00:00:00"))],
                         [(one["rule"], one["sets"], one["newest"]) for one in chains[1]["reasons"]])
        self.assertEqual([("last", 2), ("monthly", 1)], [(one["rule"], one["sets"]) for one in chains[2]["reasons"]])
        before = self.world.target_names("duplicity-.*202401[12]")
        self.world.duplictl(*words, "--force")
        self.assertEqual(before, self.world.target_names())


if __name__ == "__main__":
    main()
