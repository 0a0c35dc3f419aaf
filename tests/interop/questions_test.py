#!/usr/bin/env python3
"""Questions about files: what duplid's index answers is what was there.

Goal: list, find and versions tell the truth at every time, for sets of either program, whatever
happens to the index. Witnesses: duplicity's own list, and listings of the source taken at each set.
"""

import base64
import fcntl
import fnmatch
import json
import os
import random
import re
import shutil
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, edit, make_everything, quoted, text
from world import MODES, NOT_FOUND, PLAIN, USAGE, WARNINGS, WRONG_PASSPHRASE, WorldTest, main


def documents(run):
    return [json.loads(line) for line in run.out.splitlines()]


def path_of(entry):
    return base64.b64decode(entry["path_b64"]) if "path_b64" in entry else entry["path"].encode()


def name_of(entry):
    """As a listing of trees.py has it."""
    return quoted(path_of(entry))


def file_lines(run):
    """Lines of list-current-files, without what duplicity says in front of them."""
    return [line for line in run.out.splitlines() if line[20:24].isdigit() and line[24:25] == " "]


class QuestionsTest(WorldTest):
    def chain(self, programs, mode=PLAIN, tree=None, first_step=0):
        """Sets of an edited tree. Returns (time, listing) of each."""
        tree = tree or make_everything(self.world.source)
        points = []
        for step, program in enumerate(programs, first_step):
            if step:
                edit(tree, step)
            time = self.world.back_up(program, "--volsize", "1", mode=mode,
                                      kind="incremental" if points else "full")
            points.append((time, tree.listing()))
        return points

    def listed(self, *words, **how):
        return documents(self.world.duplictl("list-current-files", self.world.url, "--json", *words, **how))

    def found(self, *words, **how):
        return documents(self.world.duplictl("find", self.world.url, *words, "--json", **how))

    def versions(self, path, **how):
        return documents(self.world.duplictl("versions", self.world.url, path, "--json", **how))

    def assert_lists(self, time, listing, **how):
        """The list as of a time has what the source had, sockets apart."""
        entries = self.listed("--time", str(time), **how)
        expected = {row[7]: row for row in listing if row[0] != "s"}
        self.assertEqual([name_of(entry) for entry in entries],
                         sorted(expected, key=lambda name: self.order(name)))
        for entry in entries:
            kind, mode, uid, gid, mtime, size, _, _, _ = expected[name_of(entry)]
            self.assertEqual((entry["type"], str(entry["uid"]), str(entry["gid"])), (kind, uid, gid))
            if kind != "l":
                self.assertEqual((f"{entry['mode']:04o}", str(max(int(mtime), 0))), (mode, str(entry["mtime"])))
            if "bytes" in entry:
                self.assertEqual(str(entry["bytes"]), size)

    @staticmethod
    def order(name):
        """Index order: by components, each by bytes."""
        raw = name.encode().decode("unicode_escape").encode("latin-1")
        return () if raw == b"." else tuple(raw.split(b"/"))


class ListTest(QuestionsTest):
    def check_against_duplicity(self, mode, programs):
        points = self.chain(programs, mode)
        tree = Tree(self.world.source)
        edit(tree, 5)
        points += [(self.world.back_up(programs[0], mode=mode, kind="full"), tree.listing())]
        for time, listing in points:
            ours = self.world.duplictl("list-current-files", self.world.url, "--time", str(time), mode=mode)
            theirs = self.world.duplicity("list-current-files", self.world.url, "--time", str(time), mode=mode)
            self.assertEqual(file_lines(ours), file_lines(theirs))
            self.assert_lists(time, listing, mode=mode)

    def test_the_list_is_duplicitys_at_every_time_for_chains_of_duplid(self):
        self.check_against_duplicity(PLAIN, ("duplid",) * 5)

    def test_the_list_is_duplicitys_at_every_time_for_chains_of_duplicity(self):
        self.check_against_duplicity(PLAIN, ("duplicity",) * 5)

    def test_the_list_is_duplicitys_at_every_time_for_mixed_encrypted_chains(self):
        self.check_against_duplicity(MODES["passphrase"], ("duplicity", "duplid", "duplicity", "duplid"))

    def test_pages_put_together_are_the_list(self):
        self.chain(("duplid", "duplicity"))
        whole = self.listed()
        pages, after = [], []
        while True:
            *entries, end = self.listed("--limit", "7", *after)
            pages += entries
            self.assertEqual(end["files"], len(entries))
            if not end.get("more", False):
                break
            self.assertEqual(len(entries), 7)
            last = path_of(entries[-1])
            after = ["--after", os.fsdecode(last)]
        self.assertEqual(pages, whole)

    def test_children_are_what_a_folder_holds(self):
        tree = Tree(self.world.source)
        for name in ("a/b/c", "a/b/d", "a/x", "a-b/y", "z", "a\x01/q"):
            tree.file(name)
        self.world.back_up("duplid")
        paths = lambda *words: [entry["path"] for entry in self.listed(*words)]
        self.assertEqual(paths("--children"), ["a", "a\x01", "a-b", "z"])
        self.assertEqual(paths("a", "--children"), ["a/b", "a/x"])
        self.assertEqual(paths("a/", "--depth", "0"), ["a"])
        self.assertEqual(paths("a", "--depth", "1"), ["a", "a/b", "a/x"])
        self.assertEqual(paths("a"), ["a", "a/b", "a/b/c", "a/b/d", "a/x"])
        self.assertEqual(paths("--depth", "2"),
                         [".", "a", "a/b", "a/x", "a\x01", "a\x01/q", "a-b", "a-b/y", "z"])
        self.assertEqual(paths("a/x", "--children"), [])
        for missing in ("b", "a/b/c/d", "A"):
            self.world.duplictl("list-current-files", self.world.url, missing, expect=NOT_FOUND)
        self.world.duplictl("list-current-files", self.world.url, "../a", expect=(USAGE,))


class FindTest(QuestionsTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        rng = random.Random(5)
        for number in range(120):
            folder = "/".join(rng.choice(("docs", "src", "Pics", "old"))
                              for _ in range(rng.randrange(3)))
            name = rng.choice(("note", "main", "img")) + str(number) + rng.choice((".txt", ".o", ".JPG", ""))
            self.tree.file(f"{folder}/{name}" if folder else name, text(rng.choice((0, 10, 5000)), number),
                           mtime=EPOCH + number)
        self.tree.link("docs/link.txt", "note1.txt")
        self.tree.stamp(EPOCH)
        self.world.back_up("duplid")

    def expected(self, condition):
        paths = []
        for folder, names, files in os.walk(self.world.source):
            for name in names + files:
                path = Path(folder, name)
                if condition(path, str(path.relative_to(self.world.source))):
                    paths.append(str(path.relative_to(self.world.source)))
        return sorted(paths, key=lambda path: path.split("/"))

    def assert_finds(self, words, condition):
        self.assertEqual([entry["path"] for entry in self.found(*words)], self.expected(condition), words)

    def test_patterns_without_a_slash_are_about_names(self):
        for pattern in ("*.txt", "note*", "*1?.o", "img[0-4]*", "docs"):
            self.assert_finds([pattern], lambda path, _: fnmatch.fnmatchcase(path.name, pattern))

    def test_patterns_with_a_slash_are_about_paths(self):
        self.assert_finds(["docs/*.txt"], lambda path, relative: str(path.parent.relative_to(self.world.source)) == "docs"
                          and path.name.endswith(".txt"))
        self.assert_finds(["/docs/**.txt"], lambda _, relative: relative.startswith("docs/") and relative.endswith(".txt"))
        self.assert_finds(["src/docs/"], lambda _, relative: relative == "src/docs")
        self.assert_finds(["ignorecase:**/*.jpg"], lambda _, relative: "/" in relative and relative.lower().endswith(".jpg"))

    def test_conditions_narrow_what_is_found(self):
        self.assert_finds(["**/*", "--file-type", "d"], lambda path, relative: "/" in relative and path.is_dir())
        self.assert_finds(["--file-type", "l"], lambda path, _: path.is_symlink())
        regular = lambda path: path.is_file() and not path.is_symlink()
        self.assert_finds(["*.txt", "--size", "+1K"], lambda path, _: regular(path) and path.name.endswith(".txt")
                          and path.stat().st_size >= 1024)
        self.assert_finds(["--size", "10"], lambda path, _: regular(path) and path.stat().st_size == 10)
        self.assert_finds(["--size", "+1", "--size", "-10"], lambda path, _: regular(path) and 1 <= path.stat().st_size <= 10)
        self.assert_finds(["--file-type", "f", "--newer", str(EPOCH + 20), "--older", str(EPOCH + 40)],
                          lambda path, _: regular(path) and EPOCH + 20 < path.stat().st_mtime < EPOCH + 40)
        self.assert_finds(["--regexp", r"(docs|src)/\w+\d5\.(o|txt)$"],
                          lambda _, relative: re.search(r"(docs|src)/\w+\d5\.(o|txt)$", relative))

    def test_pages_put_together_are_what_is_found(self):
        whole = self.found("*.txt")
        pages, after = [], []
        while True:
            *entries, end = self.found("*.txt", "--limit", "4", *after)
            pages += entries
            if not end.get("more", False):
                break
            after = ["--after", entries[-1]["path"]]
        self.assertGreater(len(whole), 8)
        self.assertEqual(pages, whole)

    def test_all_times_tell_which_sets_hold_it(self):
        self.tree.file("wanted", b"one", mtime=EPOCH)
        self.world.back_up("duplid", kind="incremental")
        self.world.back_up("duplicity", kind="incremental")
        self.tree.file("wanted", b"two!", mtime=EPOCH + 1)
        self.world.back_up("duplid", kind="incremental")
        self.tree.remove("wanted")
        self.world.back_up("duplid", kind="incremental")
        self.tree.file("wanted", b"three", mtime=EPOCH + 2)
        self.world.back_up("duplid", kind="full")
        sets = [set["time"] for chain in documents(self.world.duplictl(
            "collection-status", self.world.url, "--json"))[0]["chains"] for set in chain["sets"]]
        self.assertEqual([(entry["bytes"], sets.index(entry["first_set"]["time"]), sets.index(entry["last_set"]["time"]))
                          for entry in self.found("wanted", "--all-times")],
                         [(3, 1, 2), (4, 3, 3), (5, 5, 5)])
        self.assertEqual(self.found("wanted", "--time", str(sets[4])), [])

    def test_conditions_that_make_no_sense_are_usage_errors(self):
        for words in (["--size", "big"], ["--size", "+"], ["--size", "9999999999T"], ["--file-type", "x"], ["a//b"],
                      ["--regexp", "("], ["--time", "now", "--all-times"], ["--limit", "0"]):
            self.world.duplictl("find", self.world.url, *words, expect=USAGE)


class VersionsTest(QuestionsTest):
    def test_versions_are_told_with_their_sets_over_all_chains(self):
        tree = Tree(self.world.source)
        tree.file("other", b"")
        sets = []

        def back_up(kind, program="duplid"):
            tree.stamp(EPOCH)
            self.world.back_up(program, kind=kind)

        back_up("full")
        tree.file("sub/file", b"1", mtime=EPOCH)
        back_up("incremental")
        back_up("incremental", "duplicity")
        tree.file("sub/file", b"22", mtime=EPOCH + 5)
        back_up("incremental")
        back_up("full", "duplicity")
        tree.remove("sub/file")
        back_up("incremental")
        back_up("full")
        tree.link("sub/file", "other")
        back_up("incremental")
        os.chmod(tree.path("other"), 0o600)
        back_up("incremental")

        sets = [set["time"] for chain in documents(self.world.duplictl(
            "collection-status", self.world.url, "--json"))[0]["chains"] for set in chain["sets"]]
        told = lambda path: [(sets.index(version["first_set"]["time"]), sets.index(version["last_set"]["time"]),
                              version.get("file", {}).get("type")) for version in self.versions(path)]
        self.assertEqual(told("sub/file"), [(1, 2, "f"), (3, 4, "f"), (5, 6, None), (7, 8, "l")])
        self.assertEqual(told("other"), [(0, 7, "f"), (8, 8, "f")])
        self.assertEqual([version.get("file", {}).get("bytes") for version in self.versions("sub/file")],
                         [1, 2, None, None])
        people = self.world.duplictl("versions", self.world.url, "sub/file").out.splitlines()
        self.assertEqual(len(people), 5)
        self.assertIn("deleted", people[3])
        run = self.world.duplictl("versions", self.world.url, "never", expect=NOT_FOUND)
        self.assertEqual(run.out, "")

    def test_names_are_bytes(self):
        tree = Tree(self.world.source)
        names = [b"new\nline", b"\xff\xfe", b"n" * 255, b"back\\slash", b"-dash", b"*", b"\x01"]
        for name in names:
            tree.file(name, b"x")
        self.world.back_up("duplid")
        self.world.back_up("duplicity", kind="incremental")
        for name in names:
            word = "./" + os.fsdecode(name)
            (version,) = self.versions(word)
            self.assertEqual(path_of(version["file"]), name)
        self.assertEqual(sorted(path_of(entry) for entry in self.listed("--children")), sorted(names))
        (entry,) = self.found("[*]")
        self.assertEqual(path_of(entry), b"*")


class ModelTest(QuestionsTest):
    def test_random_edits_over_many_sets_are_answered_as_they_were(self):
        seed = random.randrange(1 << 32)
        print("seed", seed)
        rng = random.Random(seed)
        tree = Tree(self.world.source)
        folders = ["", "a/", "a/b/", "a-/", "c/"]
        history, points = {}, []
        for step in range(14):
            for _ in range(6):
                name = rng.choice(folders) + rng.choice("klmn")
                path = tree.path(name)
                if os.path.lexists(path) and rng.random() < 0.4:
                    tree.remove(name)
                elif not os.path.isdir(path):
                    if os.path.lexists(path):
                        tree.remove(name)
                    tree.file(name, rng.randbytes(rng.randrange(9)), mtime=EPOCH + step * 100 + rng.randrange(9))
            tree.stamp(EPOCH + step * 100)
            kind = "full" if step in (0, 8) else "incremental"
            points.append((self.world.back_up(rng.choice(("duplid", "duplid", "duplicity")), kind=kind), tree.listing()))
            if rng.random() < 0.3:
                self.listed()  # so that the index is filled now in one go, now set by set
        for time, listing in points:
            self.assert_lists(time, listing)
        sets = [set["time"] for chain in documents(self.world.duplictl(
            "collection-status", self.world.url, "--json"))[0]["chains"] for set in chain["sets"]]
        self.assertEqual(len(sets), len(points))
        for name in ("k", "a/l", "a/b/m", "c/n", "a-/k"):
            rows = [{row[7]: row for row in listing}.get(name) for _, listing in points]
            expected = []
            for number, row in enumerate(rows):
                state = row and row[:7]
                if expected and expected[-1][2] == state:
                    expected[-1][1] = number
                elif expected or state:
                    expected.append([number, number, state])
            if not expected:
                self.world.duplictl("versions", self.world.url, name, expect=NOT_FOUND)
                continue
            self.assertEqual([[sets.index(v["first_set"]["time"]), sets.index(v["last_set"]["time"]), "file" in v]
                              for v in self.versions(name)],
                             [[first, last, bool(state)] for first, last, state in expected], name)


class IndexTest(QuestionsTest):
    def index(self):
        return self.world.archive_dir / self.world.name / "files.db"

    def setUp(self):
        super().setUp()
        self.points = self.chain(("duplid", "duplicity", "duplid"))

    def check(self):
        for time, listing in self.points:
            self.assert_lists(time, listing)

    def test_an_index_that_is_deleted_or_damaged_is_made_anew(self):
        self.check()
        self.index().unlink()
        self.check()
        self.index().write_bytes(b"this is no database" * 1000)
        self.check()
        # Damage in the middle, where only reading the rows meets it.
        with sqlite3.connect(self.index()) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = self.index().stat().st_size
        with open(self.index(), "r+b") as file:
            file.seek(8192)
            file.write(b"\xa5" * (size - 8192))
        self.check()
        self.assertTrue(self.index().with_name("files.db.bad").exists())

    def test_the_index_of_another_archive_is_not_believed(self):
        self.check()
        other = self.world.root / "other-target"
        shutil.move(self.world.target, other)
        tree = Tree(self.world.source)
        tree.file("only here", b"")
        kept = self.index().read_bytes()
        shutil.rmtree(self.world.archive_dir)
        self.points = [(self.world.back_up("duplicity", kind="full"), tree.listing())]
        self.index().write_bytes(kept)
        self.check()

    def test_sets_that_are_gone_from_the_target_are_gone_from_the_index(self):
        self.world.back_up("duplid", kind="full")
        self.versions("a.txt")
        full = min(self.world.target_names(r"duplicity-full\..*manifest")).split(".")[1]
        for name in self.world.target_names(full.replace("+", r"\+")):
            (self.world.target / name).unlink()
        self.world.duplictl("list-current-files", self.world.url)
        with sqlite3.connect(self.index()) as database:
            ((chains,),) = database.execute("SELECT count(*) FROM chain").fetchall()
        self.assertEqual(chains, 1)

    def test_a_set_without_signatures_is_said_to_be_unknown(self):
        for place in (self.world.target, self.world.archive_dir / self.world.name):
            for path in sorted(place.glob("duplicity-new-signatures*"))[1:]:
                path.unlink()
        self.assert_lists(*self.points[1])
        run = self.world.duplictl("list-current-files", self.world.url, expect=NOT_FOUND)
        self.assertIn("signatures", run.err)
        run = self.world.duplictl("versions", self.world.url, "a.txt", expect=WARNINGS)
        self.assertIn("1 set", run.err)

    def test_no_question_writes_anything_but_the_index(self):
        before = self.world.snapshot(self.world.target)
        names = set(os.listdir(self.index().parent))
        self.check()
        self.found("*")
        self.versions("a.txt")
        self.assertEqual(self.world.snapshot(self.world.target), before)
        self.assertEqual({name for name in os.listdir(self.index().parent) if not name.startswith("files.db")}, names)

    def test_a_question_does_not_wait_for_a_run(self):
        self.check()
        with open(self.index().parent / "lockfile", "wb") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            self.check()
            self.index().unlink()
            self.check()


class EncryptedTest(QuestionsTest):
    def test_a_lost_cache_is_asked_from_the_target_with_the_passphrase_only(self):
        mode = MODES["passphrase"]
        points = self.chain(("duplid", "duplicity"), mode)
        shutil.rmtree(self.world.archive_dir)
        self.world.duplictl("list-current-files", self.world.url, mode=mode, passphrase="wrong", expect=WRONG_PASSPHRASE)
        for time, listing in points:
            self.assert_lists(time, listing, mode=mode)
        # The index knows it now, and no passphrase is needed any more.
        self.assert_lists(*points[-1], mode=mode, passphrase="wrong")


if __name__ == "__main__":
    main()
