#!/usr/bin/env python3
"""duplid reads what duplicity 0.8.22 wrote: every golden vector restores to its expected tree, at
each of its times, and is listed as what it is."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import DEVICES, golden_listing, listing, restorable
from world import DENIED, GOLDEN, MODES, NOT_FOUND, OK, PLAIN, USAGE, WARNINGS, WorldTest, fingerprint, main

DAY = {"01": 1704067200, "02": 1704153600, "03": 1704240000}
STAMP = "202401{}T000000Z"

PREFIXES = ("--file-prefix", "X-", "--file-prefix-archive", "A-", "--file-prefix-manifest", "M-",
            "--file-prefix-signature", "S-")


def expected(directory, day):
    """The rows of a vector's tree-<time>.txt."""
    if directory.startswith("names/"):
        return golden_listing(GOLDEN / f"names-tree-{STAMP.format(day)}.txt")
    return golden_listing(GOLDEN / directory / f"tree-{STAMP.format(day)}.txt")


class GoldenTest(WorldTest):
    def restores(self, directory, days, mode=PLAIN, options=()):
        parts = directory.split("/") if directory.startswith("names/") else (directory, "target")
        self.world.use_golden(*parts)
        for day in days:
            with self.subTest(day=day):
                # Without a time it is the newest state, so the last day is asked for that way too.
                for time in [DAY[day]] + ([None] if day == days[-1] else []):
                    rows = expected(directory, day)
                    # Whoever may not make device nodes is told of each, and gets all the rest.
                    kept = [row for row in rows if row[0] not in "cb" or DEVICES]
                    restored = self.world.restore("duplid", *options, mode=mode, time=time,
                                                  expect=OK if kept == rows else WARNINGS)
                    self.assert_same_tree(kept, restored)

    def test_plain_restores_at_each_of_its_three_times(self):
        self.restores("plain", ["01", "02", "03"])

    def test_a_passphrase_chain_with_filled_up_volumes_restores(self):
        self.restores("sym", ["01", "02"], MODES["passphrase"])

    def test_a_signed_chain_restores(self):
        self.restores("signed", ["01", "02"], MODES["public-key"])

    def test_a_chain_for_a_hidden_recipient_restores(self):
        self.restores("hidden", ["01", "02"], MODES["hidden-recipient"])

    def test_a_set_that_duplicity_resumed_restores(self):
        self.restores("resumed", ["01"])

    def test_a_replica_restores_though_duplicity_itself_cannot(self):
        self.restores("replica", ["01"])

    def test_a_source_that_is_a_single_file_restores(self):
        self.restores("singlefile", ["01", "02"])

    def test_default_names_are_read(self):
        self.restores("names/default", ["01", "02"])

    def test_short_names_are_read_without_being_told(self):
        self.restores("names/short", ["01", "02"])

    def test_old_names_in_utc_are_read_without_being_told(self):
        self.restores("names/old-utc", ["01", "02"])

    def test_old_names_in_a_zone_east_of_utc_are_read(self):
        self.restores("names/old-prague", ["01", "02"])

    def test_old_names_with_another_time_separator_are_read(self):
        self.restores("names/old-newyork-underscore", ["01", "02"])

    def test_uncompressed_volumes_are_read(self):
        self.restores("names/no-compression", ["01", "02"])

    def test_names_with_all_four_prefixes_are_read(self):
        self.restores("names/prefixes", ["01", "02"], options=PREFIXES)


class GoldenPartsTest(WorldTest):
    def test_one_file_out_of_two_volumes_comes_back_alone(self):
        self.world.use_golden("plain", "target")
        rows = {row[7]: row for row in expected("plain", "02")}
        restored = self.world.restore("duplid", "--file-to-restore", "big.bin", time=DAY["02"])
        self.assertEqual(restorable(listing(restored))[0][:7], restorable([rows["big.bin"]])[0][:7])

    def test_one_directory_comes_back_with_what_is_below_it(self):
        self.world.use_golden("plain", "target")
        below = [(*row[:7], row[7][len("long/"):] or ".", row[8])
                 for row in expected("plain", "03") if (row[7] + "/").startswith("long/")]
        restored = self.world.restore("duplid", "--file-to-restore", "long")
        self.assert_same_tree(below, restored)

    def test_a_path_that_is_not_in_the_archive_is_not_found(self):
        self.world.use_golden("plain", "target")
        self.world.restore("duplid", "--file-to-restore", "no/such/file", expect=NOT_FOUND)

    def test_an_interrupted_set_is_no_backup_but_is_reported(self):
        self.world.use_golden("partial", "target")
        self.world.restore("duplid", expect=NOT_FOUND)
        self.assertIn("incomplete", self.world.duplictl("collection-status", self.world.url).out.lower())

    def test_the_current_files_are_those_of_each_time(self):
        self.world.use_golden("plain", "target")
        for day in ("01", "02", "03"):
            with self.subTest(day=day):
                out = self.world.duplictl("list-current-files", self.world.url, "--time", str(DAY[day])).out
                for row in expected("plain", day):
                    # Names that need no quoting in any output; the others are the unit tests' matter.
                    if "\\" not in row[7] and row[7] != ".":
                        self.assertRegex(out, rf"(?m)[ /]{re.escape(row[7])}(/| ->.*)?$")


class GoldenSignerTest(WorldTest):
    """Restoring with --sign-key demands that key's signature, however the key is written."""

    def setUp(self):
        super().setUp()
        self.world.use_golden("signed", "target")

    def test_the_signers_key_is_accepted_in_every_spelling(self):
        signer = fingerprint("SIGN")
        for spelling in (signer, signer[-16:], signer[-8:], signer.lower(), "0x" + signer):
            with self.subTest(spelling=spelling):
                restored = self.world.restore("duplid", "--sign-key", spelling, mode=MODES["public-key"])
                self.assert_same_tree(expected("signed", "02"), restored)

    def test_another_key_is_refused(self):
        other = fingerprint("ENCRYPT")
        self.world.restore("duplid", "--sign-key", other, mode=MODES["public-key"], expect=DENIED)

    def test_a_key_that_is_no_key_is_a_usage_error(self):
        self.world.restore("duplid", "--sign-key", "not-hex", mode=MODES["public-key"], expect=USAGE)


if __name__ == "__main__":
    main()
