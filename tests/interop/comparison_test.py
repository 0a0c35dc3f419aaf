#!/usr/bin/env python3
"""What changed: between sets, between a set and the disk, and why a path is stored at all.

Witnesses: listings of the source taken at each set, duplicity's own tables of changes, and for rules
what a backup with the same options really stored.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from extras_test import access_list
from questions_test import QuestionsTest, documents, name_of, path_of
from trees import EPOCH, Tree, edit, make_everything, noise, restorable
from world import MODES, NOT_FOUND, OK, PLAIN, UNREACHABLE, USAGE, WARNINGS, WRONG_PASSPHRASE, main


def expected_differences(before, after):
    """Path -> kind, of two listings."""
    before = {row[7]: row for row in restorable(before)}
    after = {row[7]: row for row in restorable(after)}
    found = {}
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old is None:
            found[name] = "added"
        elif new is None:
            found[name] = "removed"
        elif (old[0], old[5:]) != (new[0], new[5:]):  # type; size, digest, link text or device
            found[name] = "changed"
        elif old != new:
            found[name] = "metadata"
    return found


class CompareTest(QuestionsTest):
    def compared(self, *words, expect=OK, **how):
        *differences, end = documents(self.world.duplictl("compare", self.world.url, *words, "--json",
                                                          expect=expect, **how))
        self.assertEqual(end["differences"], len(differences))
        return {name_of(entry): entry["change"] for entry in differences}

    def build(self, programs, mode=PLAIN):
        tree = make_everything(self.world.source)
        points = []
        for step, program in enumerate(programs):
            if step:
                edit(tree, step)
            if step == 2:  # the same bytes at another time, and another mode: metadata only
                os.utime(tree.path("a.txt"), (EPOCH + 7777, EPOCH + 7777))
                os.chmod(tree.path("exact64k"), 0o611)
            kind = "full" if step in (0, 3) else "incremental"
            points.append((self.world.back_up(program, "--volsize", "1", mode=mode, kind=kind), tree.listing()))
        return tree, points

    def check_sets(self, programs, mode=PLAIN):
        _, points = self.build(programs, mode)
        for time, before in points:
            for other, after in points:
                self.assertEqual(self.compared("--time", str(time), "--with", str(other), mode=mode),
                                 expected_differences(before, after), (time, other))

    def test_sets_of_duplid_differ_as_the_source_did(self):
        self.check_sets(("duplid",) * 5)

    def test_sets_of_duplicity_differ_as_the_source_did(self):
        self.check_sets(("duplicity",) * 5)

    def test_encrypted_sets_of_both_differ_as_the_source_did(self):
        self.check_sets(("duplicity", "duplid", "duplid"), MODES["passphrase"])

    def check_disk(self, program):
        tree, points = self.build((program,) * 4)
        self.assertEqual(self.compared(self.world.source), {})
        for time, before in points:
            self.assertEqual(self.compared(self.world.source, "--time", str(time)),
                             expected_differences(before, tree.listing()))
        # The same bytes, touched: only reading them tells.
        os.utime(tree.path("big.bin"), (EPOCH + 99_999, EPOCH + 99_999))
        self.assertEqual(self.compared(self.world.source), {"big.bin": "metadata"})
        with open(tree.path("big.bin"), "r+b") as file:
            file.seek(1_000_000)
            file.write(b"?!")
        os.utime(tree.path("big.bin"), (EPOCH + 99_999, EPOCH + 99_999))
        self.assertEqual(self.compared(self.world.source), {"big.bin": "changed"})

    def test_a_set_of_duplid_and_the_disk_differ_as_trees_do(self):
        self.check_disk("duplid")

    def test_a_set_of_duplicity_and_the_disk_differ_as_trees_do(self):
        self.check_disk("duplicity")

    def test_a_change_that_size_and_time_hide_is_found_by_comparing_data(self):
        tree = Tree(self.world.source)
        tree.file("file", b"one", mtime=EPOCH)
        tree.stamp(EPOCH)
        self.world.back_up("duplicity")
        tree.file("file", b"two", mtime=EPOCH)
        tree.stamp(EPOCH)
        self.assertEqual(self.compared(self.world.source), {})
        self.assertEqual(self.compared(self.world.source, "--compare-data"), {"file": "changed"})

    def versions_of(self, path):
        entries = documents(self.world.duplictl("versions", self.world.url, path, "--json"))
        return [entry["first_set"]["time"] for entry in entries]

    def test_attributes_and_access_lists_alone_are_a_change(self):
        tree = Tree(self.world.source)
        for name in ("plain", "tagged", "shared", "folder/inside"):
            tree.file(name, b"the same", 0o640, mtime=EPOCH)
        tree.stamp(EPOCH)
        times = [self.world.back_up("duplid", kind="full")]
        edits = (
            lambda: os.setxattr(tree.path("tagged"), "user.tag", b"one"),
            lambda: os.setxattr(tree.path("shared"), "system.posix_acl_access", access_list(1234)),
            lambda: os.setxattr(tree.path("tagged"), "user.tag", b"two"),
            lambda: os.setxattr(tree.path("folder"), "user.tag", b"of a folder"),
            lambda: os.removexattr(tree.path("shared"), "system.posix_acl_access"),
        )
        names = ("tagged", "shared", "tagged", "folder", "shared")
        for name, edit_one in zip(names, edits):
            edit_one()
            tree.stamp(EPOCH)
            self.assertEqual(self.compared(self.world.source), {name: "metadata"})
            times.append(self.world.back_up("duplid", kind="incremental"))
            self.assertEqual(self.compared(self.world.source), {})
        for number, name in enumerate(names, 1):
            self.assertEqual(self.compared("--time", str(times[number - 1]), "--with", str(times[number])),
                             {name: "metadata"})
        self.assertEqual(self.compared("--time", str(times[1]), "--with", str(times[3])),
                         {"tagged": "metadata", "shared": "metadata"})
        self.assertEqual(self.versions_of("tagged"), [times[0], times[1], times[3]])
        self.assertEqual(self.versions_of("shared"), [times[0], times[2], times[5]])
        self.assertEqual(self.versions_of("folder"), [times[0], times[4]])
        self.assertEqual(self.versions_of("plain"), [times[0]])

    def test_attributes_are_no_difference_where_the_archive_does_not_know_them(self):
        """duplicity keeps none, so what it stored says nothing about them."""
        tree = Tree(self.world.source)
        tree.file("file", b"content", mtime=EPOCH)
        tree.stamp(EPOCH)
        self.world.back_up("duplicity")
        os.setxattr(tree.path("file"), "user.tag", b"x")
        tree.stamp(EPOCH)
        self.assertEqual(self.compared(self.world.source), {})

    def test_what_rules_exclude_is_no_difference(self):
        tree = Tree(self.world.source)
        for name in ("keep/a", "drop/b", "x.o", "y.c"):
            tree.file(name, b"1")
        tree.stamp(EPOCH)
        self.world.back_up("duplid")
        for name in ("keep/new", "drop/new", "z.o"):
            tree.file(name, b"2")
        for name in ("keep/a", "drop/b", "x.o"):
            tree.remove(name)
        tree.stamp(EPOCH)
        rules = ["--exclude", "**.o", "--exclude", self.world.source / "drop"]
        self.assertEqual(self.compared(self.world.source, *rules), {"keep/a": "removed", "keep/new": "added"})
        tree.remove("drop")
        tree.stamp(EPOCH)
        self.assertEqual(self.compared(self.world.source, *rules), {"keep/a": "removed", "keep/new": "added"})
        self.world.duplictl("compare", self.world.url, self.world.source, "--include", "x", expect=USAGE)

    def test_questions_that_make_no_sense_are_refused(self):
        Tree(self.world.source).file("a")
        self.world.back_up("duplid")
        for words in ([self.world.source, "--with", "now"], ["--compare-data"], ["--exclude", "**"], [self.world.url]):
            self.world.duplictl("compare", self.world.url, *words, expect=USAGE)
        self.world.duplictl("compare", self.world.url, self.world.root / "missing", expect=NOT_FOUND)


class ChangesTest(QuestionsTest):
    def tables(self, program, *words, mode=PLAIN):
        """The lines between the rules, without duplicity's b'...'."""
        run = getattr(self.world, program)("collection-status", *words, self.world.url, mode=mode)
        lines = run.out.splitlines()
        rules = [number for number, line in enumerate(lines) if set(line) == {"-"}]
        return [" ".join(line.replace("b'", "").replace("'", "").split()) for line in lines[rules[0] + 1:rules[-1]]]

    def duplictl_collection(self, *words, **how):
        return self.world.duplictl("collection-status", self.world.url, *words, **how)

    def test_tables_of_changes_are_duplicitys(self):
        tree = Tree(self.world.source)
        for step in range(5):
            tree.file("always", noise(step + 1, step), mtime=EPOCH + step)
            tree.file(f"folder/step {step}", b"x", mtime=EPOCH)
            tree.link(f"link {step}", "always")
            if step > 1:
                tree.remove(f"folder/step {step - 2}")
            tree.stamp(EPOCH + step)
            self.world.back_up(("duplid", "duplicity")[step % 2], kind="full" if step in (0, 2) else "incremental")
        for number in range(3):
            self.assertEqual(self.tables("duplictl", "--show-changes-in-set", str(number)),
                             self.tables("duplicity", "--show-changes-in-set", str(number)))
        for name in ("always", "folder/step 1", "folder/step 4", "folder", "link 1", "never", "folder/step 2/"):
            self.assertEqual(self.tables("duplictl", "--file-changed", name),
                             self.tables("duplicity", "--file-changed", name), name)
        changes = documents(self.duplictl_collection("--file-changed", "always", "--json"))
        self.assertEqual([entry["change"] for entry in changes], ["added", "changed", "changed"])

    def test_a_set_out_of_range_is_a_usage_error(self):
        Tree(self.world.source).file("a")
        self.world.back_up("duplid")
        for number in ("1", "99", "-1", "x", "9223372036854775807"):
            self.duplictl_collection("--show-changes-in-set", number, expect=USAGE)
        self.duplictl_collection("--show-changes-in-set", "0", "--file-changed", "a", expect=USAGE)

    def test_manifests_come_from_the_target_when_the_cache_is_lost_or_damaged(self):
        mode = MODES["passphrase"]
        tree = Tree(self.world.source)
        tree.file(b"odd\n\xff", b"x")
        self.world.back_up("duplid", mode=mode)
        words = ("--show-changes-in-set", "0", "--json")
        (entry,) = documents(self.duplictl_collection(*words, mode=mode))
        self.assertEqual(path_of(entry), b"odd\n\xff")
        cache = self.world.archive_dir / self.world.name
        (manifest,) = cache.glob("*.manifest")
        manifest.write_bytes(b"Volume 1:\n")
        self.assertEqual(documents(self.duplictl_collection(*words, mode=mode)), [entry])
        manifest.unlink()
        self.assertEqual(documents(self.duplictl_collection(*words, mode=mode)), [entry])
        self.duplictl_collection(*words, mode=mode, passphrase="wrong", expect=WRONG_PASSPHRASE)

    def test_a_collection_of_many_sets_is_told_in_full(self):
        Tree(self.world.source).file("a")
        self.world.back_up("duplid")
        (manifest,) = self.world.target_names("manifest")
        (volume,) = self.world.target_names("vol1")
        (signatures,) = self.world.target_names("signatures")
        time = manifest.split(".")[1]
        for number in range(6000):
            stamp = f"19{80 + number // 400}0101T{number % 24:02}{number // 24 % 60:02}{number // 1440 % 60:02}Z"
            for name in (manifest, volume, signatures):
                (self.world.target / name.replace(time, stamp)).touch()
        times = {name.split(".")[1] for name in self.world.target_names("manifest")}
        self.assertGreater(len(times), 2000)
        (reply,) = documents(self.duplictl_collection("--json"))
        self.assertEqual(len(reply["chains"]), len(times))
        self.assertEqual(self.duplictl_collection().out.count("Chain start time"), len(times))


class WhyTest(QuestionsTest):
    def why(self, path, *rules, expect=OK, **how):
        run = self.world.command([self.world.duplictl_program, "why", path, "--source", self.world.source, "--json",
                                  *rules], expect=expect, **how)
        return documents(run)[0] if expect == OK else run

    def test_the_answer_is_what_a_backup_with_the_same_options_does(self):
        tree = Tree(self.world.source)
        for name in ("a/x.o", "a/keep/x.o", "b/c/d", "b/e", "marked/.nobackup", "marked/inside", "top.txt", "z"):
            tree.file(name)
        tree.link("link", "a")
        source = self.world.source
        listed = self.world.root / "list"
        listed.write_text(f"# a comment\n\n- {source}/b/c\n+ {source}/b\n")
        rule_sets = [
            ["--exclude-if-present", ".nobackup", "--include", source / "a/keep", "--exclude", "**.o"],
            ["--include-filelist", listed, "--exclude-regexp", r"/z$", "--include", source / "a", "--exclude", "**"],
            ["--include", "**.txt", "--exclude", source / "b"],
            ["--exclude", source / "b", "--exclude", source / "nothing/**"],
        ]
        for rules in rule_sets:
            self.world.back_up("duplid", *rules, kind="full")
            stored = {path_of(entry) for entry in self.listed()}
            for folder, folders, files in os.walk(source):
                for name in folders + files:
                    path = Path(folder, name)
                    fate = self.why(path, *rules)["fate"]
                    is_stored = os.fsencode(path.relative_to(source)) in stored
                    self.assertEqual(fate == "stored" or (fate == "scanned" and is_stored), is_stored, (path, rules))
            shutil.rmtree(self.world.target)
            shutil.rmtree(self.world.archive_dir)

    def test_the_rule_its_number_and_the_line_of_its_list_are_named(self):
        source = self.world.source
        Tree(source).file("dir/sub/file")
        listed = self.world.root / "list"
        listed.write_text(f"# a comment\n\n+ {source}/dir/sub/file\n{source}/dir/sub\n")
        rules = ["--exclude", "**.o", "--exclude-filelist", listed, "--exclude-other-filesystems"]
        answer = self.why(source / "dir/sub/other", *rules)
        self.assertEqual((answer["fate"], answer["number"], answer["line"], answer["exists"]), ("left_out", 2, 4, False))
        self.assertEqual(answer["option"]["kind"], "exclude-filelist")
        answer = self.why(source / "dir/sub/file", *rules)
        self.assertEqual((answer["fate"], answer["number"], answer["line"], answer["exists"]), ("stored", 2, 3, True))
        answer = self.why("dir/x.o", *rules)
        self.assertEqual((answer["fate"], answer["number"], answer["path"]), ("left_out", 1, f"{source}/dir/x.o"))
        self.assertNotIn("line", answer)
        answer = self.why(source / "dir", *rules)  # for what list line 3 includes below it
        self.assertEqual(answer["fate"], "scanned")
        self.assertNotIn("number", answer)
        answer = self.why(source / "file", *rules)
        self.assertEqual(answer["fate"], "stored")
        self.assertNotIn("number", answer)
        answer = self.why(source / "dir/sub/deep/er", "--exclude", source / "dir")
        self.assertEqual((answer["fate"], answer["decided_at"]), ("left_out", f"{source}/dir"))
        self.assertEqual(self.why(source)["fate"], "stored")
        words = self.world.command([self.world.duplictl_program, "why", source / "q.o", "--source", source, *rules]).out
        self.assertIn("is left out", words)
        self.assertIn("selection option 1: --exclude '**.o'", words)
        self.assertIn("does not exist", words)

    def test_a_relative_source_is_compared_as_it_is_typed(self):
        Tree(self.world.source).file("dir/file")
        for path in ("source/dir/file", "dir/file"):
            run = self.world.command([self.world.duplictl_program, "why", path, "--source", "source", "--json",
                                      "--exclude", "source/dir"], cwd=self.world.root)
            answer = documents(run)[0]
            self.assertEqual((answer["path"], answer["fate"], answer["exists"]), ("source/dir/file", "left_out", True))

    def test_questions_that_make_no_sense_are_usage_errors(self):
        self.why("/elsewhere/x", expect=USAGE)
        self.why(self.world.source / "x", "--exclude", "[", expect=USAGE)
        self.why(self.world.source / "x", "--include", self.world.source / "x", expect=USAGE)
        self.world.command([self.world.duplictl_program, "why", "x"], expect=USAGE)


class SyncTest(QuestionsTest):
    def cache(self):
        return self.world.archive_dir / self.world.name

    def cached(self):
        return sorted(name for name in os.listdir(self.cache()) if name.startswith("duplicity-"))

    def check(self, mode):
        points = self.chain(("duplid", "duplicity", "duplid"), mode)
        self.world.back_up("duplicity", mode=mode, kind="full")
        names = self.cached()
        contents = {name: self.read(name) for name in names}
        shutil.rmtree(self.world.archive_dir)
        before = self.world.snapshot(self.world.target)

        self.world.duplictl("sync", self.world.url, mode=mode)
        newest = max(name.split(".")[1] for name in names if name.startswith("duplicity-full."))
        self.assertEqual(self.cached(), [name for name in names if newest in name])
        out = self.world.duplictl("sync", self.world.url, "--metadata-sync-mode", "full", mode=mode).out
        self.assertIn("4 sets", out)
        self.assertEqual(self.cached(), names)
        self.assertEqual({name: self.read(name) for name in names}, contents)
        self.assertIn("fetched 0 files", self.world.duplictl("sync", self.world.url, "--metadata-sync-mode", "full",
                                                             mode=mode).out)
        self.assertEqual(self.world.snapshot(self.world.target), before)
        # Nothing is left to be fetched: duplicity has no work, and lists need no passphrase.
        for time, tree in points:
            self.assert_lists(time, tree, mode=mode, passphrase="wrong" if mode.passphrase else None)
        run = self.world.duplicity("list-current-files", self.world.url, mode=mode)
        self.assertNotIn("Copying", run.out)
        self.world.back_up("duplicity", mode=mode, kind="incremental")
        self.world.back_up("duplid", mode=mode, kind="incremental")

    def read(self, name):
        path = self.cache() / name
        return subprocess.run(["gzip", "-dc", path], check=True, capture_output=True).stdout if name.endswith(".gz") \
            else path.read_bytes()

    def test_a_lost_cache_of_a_plain_archive_comes_back(self):
        self.check(PLAIN)

    def test_a_lost_cache_of_an_encrypted_archive_comes_back(self):
        self.check(MODES["passphrase"])

    def test_what_belongs_to_sets_that_are_gone_is_dropped(self):
        self.chain(("duplid", "duplid"))
        gone = min(self.world.target_names(r"duplicity-full\..*manifest")).split(".")[1]
        self.world.back_up("duplid", kind="full")
        kept = [name for name in self.cached() if gone not in name]
        for name in self.world.target_names():
            if gone in name:
                (self.world.target / name).unlink()
        other = self.cache() / "somebody-elses-file"
        other.touch()
        self.world.duplictl("sync", self.world.url)
        self.assertEqual(self.cached(), kept)
        self.assertTrue(other.exists())

    def test_a_wrong_passphrase_is_said_and_nothing_is_dropped(self):
        mode = MODES["passphrase"]
        self.chain(("duplid",), mode)
        shutil.rmtree(self.world.archive_dir)
        self.world.duplictl("sync", self.world.url, mode=mode, passphrase="wrong", expect=WRONG_PASSPHRASE)
        self.world.duplictl("sync", self.world.url, mode=mode)

    def test_a_set_without_signatures_is_warned_of(self):
        self.chain(("duplid", "duplid"))
        for place in (self.world.target, self.cache()):
            for path in place.glob("duplicity-new-signatures*"):
                path.unlink()
        run = self.world.duplictl("sync", self.world.url, expect=WARNINGS)
        self.assertIn("signatures of the set are missing", run.err)

    def test_a_target_that_is_empty_or_gone_makes_nothing_forgotten(self):
        """A disk that is not plugged in looks like an empty folder, or like none."""
        self.chain(("duplid", "duplicity"))
        target, elsewhere = self.world.target, self.world.root / "elsewhere"
        contents = {name: self.read(name) for name in self.cached()}
        target.rename(elsewhere)
        for is_there in (True, False):
            if is_there:
                target.mkdir()
            else:
                target.rmdir()
            for words in ((), ("--metadata-sync-mode", "full")):
                with self.subTest(is_there=is_there, words=words):
                    self.world.duplictl("sync", self.world.url, *words, expect=(UNREACHABLE, NOT_FOUND))
                    self.assertEqual({name: self.read(name) for name in self.cached()}, contents)
        if target.exists():
            target.rmdir()
        elsewhere.rename(target)
        self.assertIn("fetched 0 files", self.world.duplictl("sync", self.world.url).out)
        self.world.back_up("duplicity", kind="incremental")

    def test_an_archive_without_backups_has_nothing_to_align(self):
        self.world.target.mkdir()
        self.assertIn("0 sets", self.world.duplictl("sync", self.world.url).out)


if __name__ == "__main__":
    main()
