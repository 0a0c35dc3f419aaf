#!/usr/bin/env python3
"""verify and check: what is whole is found whole, whoever wrote it, and what differs from the files
is counted as duplicity counts it."""

import copy
import io
import json
import os
import re
import shutil
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, edit, make_everything, noise
from world import DAMAGED, FAILED, MODES, NOT_FOUND, OK, PLAIN, USAGE, WorldTest, main

DAY = {"01": 1704067200, "02": 1704153600, "03": 1704240000}

VECTORS = {
    "plain": (["01", "02", "03"], PLAIN),
    "sym": (["01", "02"], MODES["passphrase"]),
    "signed": (["01", "02"], MODES["public-key"]),
    "hidden": (["01", "02"], MODES["hidden-recipient"]),
    "resumed": (["01"], PLAIN),
    "replica": (["01"], PLAIN),
    "singlefile": (["01", "02"], PLAIN),
    "names/default": (["01", "02"], PLAIN),
    "names/short": (["01", "02"], PLAIN),
    "names/no-compression": (["01", "02"], PLAIN),
}
COMPLETE = r"Verify complete: (\d+) files? compared, (\d+) differences? found\."


def report(run, kind):
    """The summary in what --json printed: the report of the last event."""
    return json.loads(run.out.splitlines()[-1])[kind]


class WholeTest(WorldTest):
    def test_every_golden_vector_is_proven_at_each_of_its_times_and_checks_clean(self):
        for name, (days, mode) in VECTORS.items():
            with self.subTest(vector=name):
                self.setUp()
                self.world.use_golden(*([*name.split("/")] if "/" in name else [name, "target"]))
                for day in days:
                    found = report(self.world.duplictl("verify", self.world.url, "--json", "--time",
                                                       str(DAY[day]), mode=mode), "verify")
                    self.assertEqual((found["damaged"], found["differences"], found["by_volume"]), (0, 0, 0))
                    self.assertGreater(found["files"], 0)
                checked = report(self.world.duplictl("check", self.world.url, "--sample", "all", "--json",
                                                     mode=mode), "check")
                self.assertEqual((checked["damaged"], checked["read_files"]), (0, checked["files"]))

    def test_chains_by_both_programs_in_turn_are_proven_in_every_mode(self):
        for name in ("plain", "uncompressed", "passphrase"):
            with self.subTest(mode=name):
                self.setUp()
                tree = make_everything(self.world.source)
                for step, program in enumerate(("duplid", "duplicity", "duplid")):
                    if step:
                        edit(tree, step)
                    self.world.back_up(program, "--volsize", "1", mode=MODES[name])
                run = self.world.duplictl("verify", self.world.url, self.world.source, "--compare-data",
                                          mode=MODES[name])
                self.assertEqual(re.search(COMPLETE, run.out)[2], "0")
                self.world.duplictl("check", self.world.url, "--sample", "all", mode=MODES[name])

    def test_verify_writes_nothing_into_the_directory_it_compares_with(self):
        tree = Tree(self.world.source)
        tree.file("f", b"data")
        self.world.back_up("duplid")
        before = self.world.snapshot(self.world.source)
        self.world.duplictl("verify", self.world.url, self.world.source, "--compare-data")
        self.assertEqual(self.world.snapshot(self.world.source), before)


class DifferencesTest(WorldTest):
    """duplicity's own verify of the same archive and directory is the witness."""

    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        for name in ("a/b/f", "c/g", "same", "gone/x", "ty/y", "z", "mode", "time"):
            self.tree.file(name, b"content of " + name.encode())
        self.tree.link("l", "x")
        self.tree.fifo("p")
        self.tree.stamp(EPOCH)
        self.world.back_up("duplid")

    def change(self):
        self.tree.file("c/g", b"CONTENT of c/g")
        self.tree.remove("l")
        self.tree.link("l", "y")
        self.tree.remove("gone")
        self.tree.file("new", b"")
        self.tree.remove("ty")
        self.tree.file("ty", b"")
        self.tree.remove("z")
        self.tree.directory("z")
        os.chmod(self.tree.path("mode"), 0o600)
        os.utime(self.tree.path("time"), (EPOCH + 1, EPOCH + 1))
        self.tree.stamp(EPOCH)

    @staticmethod
    def facts(text):
        """The differences as sentences without what the programs may print differently (dates)."""
        lines = re.findall(r"Difference found: (.*)", text)
        return sorted(re.sub(r"b'(\w)'", r"\1", re.sub(r"has mtime .*", "has mtime", line)) for line in lines)

    def both(self, *words, path=None, expect=FAILED):
        directory = self.world.source / (path or "")
        part = ["--file-to-restore", path] if path else []
        theirs = self.world.duplicity("verify", "--compare-data", *part, *words, self.world.url, directory,
                                      expect=expect)
        ours = self.world.duplictl("verify", "--compare-data", *part, *words, self.world.url, directory,
                                   expect=expect)
        self.assertEqual(self.facts(ours.out), self.facts(theirs.out))
        self.assertEqual(re.search(COMPLETE, ours.out).groups(), re.search(COMPLETE, theirs.out).groups())
        return ours

    def test_nothing_changed(self):
        self.both(expect=OK)

    def test_all_kinds_of_differences(self):
        self.change()
        self.assertGreaterEqual(len(self.facts(self.both().out)), 10)

    def test_of_one_directory(self):
        self.change()
        self.both(path="c")

    def test_of_one_file(self):
        self.change()
        self.both(path="c/g")

    def test_with_selection(self):
        self.change()
        self.both("--exclude", self.world.source / "new", "--exclude", self.world.source / "a")

    def test_without_compare_data_only_metadata_are_compared_and_that_is_said(self):
        self.tree.file("c/g", b"CONTENT of c/g")
        run = self.world.duplictl("verify", self.world.url, self.world.source)
        self.assertRegex(run.out, "content was not")
        self.tree.file("c/g", b"longer than it was before")
        run = self.world.duplictl("verify", self.world.url, self.world.source, expect=FAILED)
        self.assertRegex(run.out, "c/g has size 25, expected 14")

    def test_json_has_one_object_a_difference_and_a_summary(self):
        self.change()
        run = self.world.duplictl("verify", "--json", "--compare-data", self.world.url, self.world.source, expect=FAILED)
        events = [json.loads(line) for line in run.out.splitlines()]
        differences = [event for event in events if event.get("type") == "difference"]
        self.assertEqual(len(differences), events[-1]["verify"]["differences"])
        self.assertIn({"path": "c/g", "aspect": "data"},
                      [{key: event[key] for key in ("path", "aspect")} for event in differences])

    def test_an_old_state_is_compared_with_the_old_files(self):
        time = self.world.back_up("duplid")
        self.change()
        self.world.back_up("duplid")
        run = self.world.duplictl("verify", "--compare-data", self.world.url, self.world.source)
        self.assertRegex(run.out, ", 0 differences found")
        self.world.duplictl("verify", "--compare-data", "--time", str(time), self.world.url, self.world.source,
                            expect=FAILED)

    def test_each_state_of_a_chain_differs_from_the_files_by_what_duplicity_says(self):
        times = [self.world.back_up("duplid", kind="full")]
        self.tree.file("same", b"another content", mtime=EPOCH + 10)
        self.tree.file("added", b"x")
        self.tree.stamp(EPOCH)
        times.append(self.world.back_up("duplicity", kind="incremental"))
        self.change()
        before, after = (self.facts(self.both("--time", str(time)).out) for time in times)
        self.assertNotEqual(before, after)

    def test_what_makes_no_sense_is_refused(self):
        self.world.duplictl("verify", "--compare-data", self.world.url, expect=USAGE)
        self.world.duplictl("verify", "--exclude", "x", self.world.url, expect=USAGE)
        self.world.duplictl("verify", self.world.url, self.world.root / "not-there", expect=NOT_FOUND)
        self.world.duplictl("verify", self.world.url, "--file-to-restore", "nothing/here", expect=NOT_FOUND)
        self.world.duplictl("check", self.world.url, "--sample", "some", expect=USAGE)


class SignaturesTest(WorldTest):
    """Without check sums of contents, as in sets that duplicity made, the signatures are what verify compares with.
    They are changed behind its back; volumes and manifest stay as they are."""

    mode = MODES["uncompressed"]

    def setUp(self):
        super().setUp()
        tree = Tree(self.world.source)
        for name in ("one", "two", "three"):
            tree.file(name, noise(3000, len(name)), mtime=EPOCH)
        tree.file("mode", b"of which the mode is another")
        tree.link("link", "one")
        tree.stamp(EPOCH)
        self.world.back_up("duplicity", kind="full", mode=self.mode)
        (name,) = self.world.target_names("sigtar")
        self.sigtar = self.world.target / name

    def rewrite(self, change):
        """Passes each entry, (info, data), through `change`, which may give none, or several."""
        with tarfile.open(self.sigtar) as old:
            entries = [(info, old.extractfile(info).read() if info.size else b"") for info in old]
        with tarfile.open(self.sigtar, "w", format=tarfile.PAX_FORMAT) as new:
            for entry in entries:
                for info, data in change(*entry):
                    info.size = len(data)
                    new.addfile(info, io.BytesIO(data))
        # Else those in the cache would be taken.
        shutil.rmtree(self.world.archive_dir)

    def damaged(self, **how):
        """Paths and reasons that verify tells."""
        run = self.world.duplictl("verify", self.world.url, "--json", expect=DAMAGED, mode=self.mode, **how)
        events = [json.loads(line) for line in run.out.splitlines()]
        warnings = [event["warning"] for event in events if event["type"] == "warning"]
        self.assertEqual(len(warnings), events[-1]["verify"]["damaged"])
        return {error["object"]: error["cause"] for error in warnings}

    def test_untouched_they_prove_every_file(self):
        found = report(self.world.duplictl("verify", self.world.url, "--json", mode=self.mode), "verify")
        self.assertEqual((found["by_signature"], found["by_volume"], found["by_sha256"]), (4, 0, 0))

    def test_content_that_has_another_signature_is_damage(self):
        def swap(info, data):
            # The signature of another content of the same length.
            yield info, data[:12] + bytes(byte ^ 1 for byte in data[12:]) if info.name == "signature/two" else data

        self.rewrite(swap)
        found = self.damaged()
        self.assertEqual(list(found), ["two"])
        self.assertIn("signature", found["two"])

    def test_other_metadata_are_damage(self):
        def change(info, data):
            if info.name == "signature/mode":
                info.mode ^= 0o111
            if info.name == "snapshot/link":
                info.linkname = "two"
            yield info, data

        self.rewrite(change)
        self.assertEqual(sorted(self.damaged()), ["link", "mode"])

    def test_what_only_one_of_the_two_knows_is_damage(self):
        def change(info, data):
            if info.name != "signature/one":
                yield info, data
            if info.name == "signature/two":
                other = copy.copy(info)
                other.name = "signature/two and a half"
                yield other, data

        self.rewrite(change)
        found = self.damaged()
        self.assertEqual(sorted(found), ["one", "two and a half"])
        self.assertIn("not in the signatures", found["one"])
        self.assertIn("in no volume", found["two and a half"])


class SampleTest(WorldTest):
    """Samples rotate: together they read everything once before anything is read again."""

    def setUp(self):
        super().setUp()
        tree = Tree(self.world.source)
        tree.file("big", noise(5 << 20, 1))
        self.world.back_up("duplid", "--volsize", "1")

    def check(self, sample):
        return report(self.world.duplictl("check", "--json", "--sample", sample, self.world.url), "check")

    def test_the_structure_alone_reads_no_data(self):
        found = self.check("none")
        self.assertEqual((found["read_files"], found["recent_bytes"]), (0, 0))

    def test_slices_are_everything_together(self):
        whole = self.check("none")
        read = sum(self.check(f"{n}/3")["read_files"] for n in (1, 2, 3))
        self.assertEqual(read, whole["files"])
        self.assertEqual(self.check("none")["recent_bytes"], whole["total_bytes"])

    def test_a_share_goes_on_where_the_last_one_ended(self):
        total = self.check("none")["total_bytes"]
        seen = []
        while not seen or seen[-1] < total:
            seen.append(self.check("30%")["recent_bytes"])
            self.assertLess(len(seen), 5)
        self.assertEqual(seen, sorted(seen))
        self.assertGreaterEqual(seen[0], total * 3 // 10)

    def test_collection_status_tells_how_much_was_read_back_once_something_was(self):
        self.assertNotIn("read back", self.world.duplictl("collection-status", self.world.url).out)
        self.check("1/2")
        half = self.check("none")
        share = half["recent_bytes"] * 100 // half["total_bytes"]
        self.assertGreater(share, 0)
        self.assertIn(f"{share}% of the data were read back", self.world.duplictl("collection-status", self.world.url).out)

    def test_a_file_that_was_replaced_counts_as_not_read(self):
        before = self.check("all")
        self.assertEqual(before["recent_bytes"], before["total_bytes"])
        volume = self.world.target / self.world.target_names(r"vol2\.")[0]
        volume.write_bytes(volume.read_bytes() + b"\0")
        after = self.check("none")
        self.assertEqual(before["recent_bytes"] - after["recent_bytes"], volume.stat().st_size - 1)


if __name__ == "__main__":
    main()
