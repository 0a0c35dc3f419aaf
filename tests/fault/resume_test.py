#!/usr/bin/env python3
"""An interrupted backup is gone on with, by either program, and nothing is lost by it.

Method: the daemon is killed (kill -9) when the target or the cache shows that it is at a certain step,
or after a random while; the source is edited; the backup is run again. Then both programs restore. A
resumed set holds, of each file, one of the two versions there were; the increment after it is the
source exactly.
"""

import os
import random
import re
import signal
import sys
import tarfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from processes import alive, daemon_of
from trees import EPOCH, Tree, differences, golden_listing, listing, noise
from world import GOLDEN, MODES, OK, PLAIN, WARNINGS, WorldTest, main, wait_until

KIB = 1 << 10
MIB = 1 << 20
BLOCK = 64 * KIB
PASSPHRASE = MODES["passphrase"]


def make_tree(world, mebibytes=12, large=3 * MIB):
    """Files longer than a volume (`large`), small ones, and lengths around the block of 64 KiB."""
    tree = Tree(world.source)
    tree.file("a/empty", b"")
    for number, size in enumerate((BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 10 * BLOCK)):
        tree.file(f"a/{size}", noise(size, number))
    block = noise(large, 10)
    for number in range(mebibytes * MIB // large):
        tree.file(f"b/large{number:02}", block[number * 5000:] + block[:number * 5000])
        for small in range(20):
            tree.file(f"b/large{number:02}.d/{small}", b"small %d %d" % (number, small) * 50)
    tree.file("c", noise(BLOCK, 11))
    tree.stamp(EPOCH)
    return tree


class ResumeTest(WorldTest):
    mode = PLAIN

    def words(self, *more, kind=None, mode=None):
        kinds = {"full": ["--full"], "incremental": ["--incremental"], None: []}[kind]
        return self.world.duplictl_words("backup", self.world.source, self.world.url, "--volsize", "1", *kinds, *more,
                                         mode=mode or self.mode)

    def volumes(self):
        return self.world.target_names(r"^duplicity.*vol\d+\.difftar") if self.world.target.exists() else []

    def parts(self):
        return [name for name in os.listdir(self.world.archive_dir / self.world.name) if name.endswith(".part")]

    def killed(self, condition, *more, kind=None):
        """Starts a backup and kills it once `condition` holds; whether it was still at work then."""
        with self.world.new_set():
            client = self.world.start(self.words(*more, kind=kind), self.mode)
            daemon = wait_until("its daemon runs", lambda: daemon_of(client) or client.poll() is not None, client)
            wait_until("the moment to kill", lambda: condition() or client.poll() is not None)
            if daemon is not True and alive(daemon):
                os.kill(daemon, signal.SIGKILL)
            status = self.world.finish(client).status
        return status not in (OK, WARNINGS)

    def killed_after_volumes(self, count, *more, kind=None):
        before = len(self.volumes())
        self.assertTrue(self.killed(lambda: len(self.volumes()) >= before + count, *more, kind=kind),
                        "the backup was over before it could be killed")

    def left_by_duplicity(self, condition, *more):
        """Starts a backup by duplicity and kills it once `condition` holds."""
        with self.world.new_set():
            words = self.world.duplicity_words(self.world.source, self.world.url, "--volsize", "1", *more,
                                               mode=self.mode)
            process = self.world.start(words, self.mode)
            wait_until("the moment to kill", condition, process)
            process.kill()
            process.wait()

    def left_after_volumes(self, count, *more):
        before = len(self.volumes())
        self.left_by_duplicity(lambda: len(self.volumes()) >= before + count, *more)

    def back_up(self, *more, kind=None):
        with self.world.new_set():
            return self.world.command(self.words(*more, kind=kind), self.mode)

    def resumed(self, *more, kind=None):
        run = self.back_up(*more, kind=kind)
        self.assertRegex(run.text, r"(?m)^Resumed at volume [1-9]\d*\.$")
        return int(re.search(r"Resumed at volume (\d+)", run.text)[1])

    def both_restore(self, expected):
        for program in ("duplid", "duplicity"):
            with self.subTest(restored_by=program):
                self.assert_same_tree(expected, self.world.restore(program, mode=self.mode))

    def both_restore_one_of(self, before, after):
        """Each object is as it was before or as it was after; by both programs the same."""
        versions = {tuple(row[:1] + row[5:]) for row in before + after}
        trees = [listing(self.world.restore(program, mode=self.mode)) for program in ("duplid", "duplicity")]
        self.assertEqual(differences(*trees), [])
        for row in trees[0]:
            self.assertIn(tuple(row[:1] + row[5:]), versions)

    def next_increment_is_the_source(self, tree):
        self.back_up(kind="incremental")
        self.both_restore(tree.listing())
        self.assertEqual(self.parts(), [])
        # Nothing is left of the attempts that anybody would have to clean up.
        run = self.world.duplicity("collection-status", self.world.url, mode=self.mode)
        self.assertIn("No orphaned or incomplete backup sets found.", run.text)


class KilledAtStepsTest(ResumeTest):
    def killed_and_resumed(self, condition, *more):
        tree = make_tree(self.world)
        self.assertTrue(self.killed(condition, *more), "the backup was over before it could be killed")
        self.back_up(*more)
        self.both_restore(tree.listing())
        self.next_increment_is_the_source(tree)

    def target(self, pattern):
        return lambda: self.world.target.exists() and self.world.target_names(pattern)

    def test_killed_before_the_first_volume(self):
        tree = make_tree(self.world)
        cache = self.world.archive_dir / self.world.name / "journal.db"
        self.killed(cache.exists)
        self.back_up()
        self.both_restore(tree.listing())

    def test_killed_after_each_volume_in_turn(self):
        tree = make_tree(self.world)
        seen = set()
        for _ in range(20):
            before = set(self.volumes())
            # Slowly, or all may be there before anybody looks.
            if not self.killed(lambda: set(self.volumes()) - before, "--limit-up", "2M"):
                break
            seen.add(len(self.volumes()))
        self.assertGreater(len(seen), 5)
        self.back_up()
        self.both_restore(tree.listing())
        self.next_increment_is_the_source(tree)

    def test_killed_between_the_last_volume_and_the_signatures(self):
        self.killed_and_resumed(self.target(r"^duplicity.*vol12\.difftar"))

    def test_killed_between_the_signatures_and_the_manifest(self):
        tree = make_tree(self.world)
        self.killed(self.target("^duplicity.*sigtar"))
        self.back_up()
        self.both_restore(tree.listing())
        self.next_increment_is_the_source(tree)

    def test_a_stop_on_request_is_gone_on_with(self):
        tree = make_tree(self.world, 60)
        with self.world.new_set():
            client = self.world.start(self.words(), self.mode)
            wait_until("volumes are there", lambda: len(self.volumes()) > 3, client)
            os.kill(client.pid, signal.SIGINT)
            self.assertNotEqual(self.world.finish(client).status, OK)
        self.assertGreater(self.resumed(), 2)
        self.both_restore(tree.listing())

    def test_four_volumes_at_a_time(self):
        tree = make_tree(self.world, 30)
        self.killed_after_volumes(5, "--concurrency", "4")
        self.assertGreater(self.resumed("--concurrency", "4"), 1)
        self.both_restore(tree.listing())
        self.next_increment_is_the_source(tree)


class EditedBetweenTest(ResumeTest):
    def setUp(self):
        super().setUp()
        self.tree = make_tree(self.world, 24)
        self.before = self.tree.listing()

    def edited(self, edit, kind=None):
        self.killed_after_volumes(5)
        edit(self.tree)
        self.tree.stamp(EPOCH + 100)
        self.resumed()
        self.both_restore_one_of(self.before, self.tree.listing())
        self.next_increment_is_the_source(self.tree)

    def test_a_stored_file_changes(self):
        self.edited(lambda tree: tree.file("a/65536", b"changed", mtime=EPOCH + 50))

    def test_files_and_folders_appear_before_the_point(self):
        def edit(tree):
            tree.file("a/1", b"new", mtime=EPOCH + 50)
            tree.file("a-new/x/y", b"new", mtime=EPOCH + 50)
        self.edited(edit)

    def test_stored_files_go(self):
        def edit(tree):
            tree.remove("a/65536")
            tree.remove("b/large00.d")
        self.edited(edit)

    def test_files_become_folders_and_folders_files(self):
        def edit(tree):
            tree.remove("a/65536")
            tree.file("a/65536/inside", b"new", mtime=EPOCH + 50)
            tree.remove("b/large00.d")
            tree.file("b/large00.d", b"a file", mtime=EPOCH + 50)
        self.edited(edit)

    def test_every_large_file_is_rewritten_so_that_the_split_one_is_too(self):
        def edit(tree):
            for number in range(8):
                tree.file(f"b/large{number:02}", noise(3 * MIB + number, 100 + number), mtime=EPOCH + 50)
        self.edited(edit)

    def test_every_large_file_becomes_a_folder(self):
        def edit(tree):
            for number in range(8):
                tree.remove(f"b/large{number:02}")
                tree.file(f"b/large{number:02}/inside", noise(BLOCK * 3, number), mtime=EPOCH + 50)
        self.edited(edit)

    def test_every_large_file_becomes_a_link(self):
        def edit(tree):
            for number in range(8):
                tree.remove(f"b/large{number:02}")
                tree.link(f"b/large{number:02}", "../c")
        self.edited(edit)


class EncryptedTest(ResumeTest):
    mode = PASSPHRASE

    def test_a_full_set_is_gone_on_with_after_edits_everywhere(self):
        tree = make_tree(self.world, 24)
        before = tree.listing()
        self.killed_after_volumes(5)
        for number in range(8):
            tree.file(f"b/large{number:02}", noise(3 * MIB + number, 100 + number), mtime=EPOCH + 50)
        tree.file("a/1", b"new", mtime=EPOCH + 50)
        tree.remove("a/65536")
        tree.stamp(EPOCH + 100)
        self.resumed()
        self.both_restore_one_of(before, tree.listing())
        self.next_increment_is_the_source(tree)

    def test_an_increment_of_deltas_is_gone_on_with(self):
        tree = make_tree(self.world, 24)
        self.back_up(kind="full")
        full = tree.listing()
        for number in range(8):
            # Half of it is new: deltas longer than a volume.
            path = tree.path(f"b/large{number:02}")
            with open(path, "rb") as file:
                old = file.read()
            tree.file(f"b/large{number:02}", old[:MIB] + noise(2 * MIB, 200 + number), mtime=EPOCH + 50)
        tree.remove("a/65536")
        tree.stamp(EPOCH + 100)
        self.killed_after_volumes(4)
        self.assertGreater(self.resumed(), 1)
        self.both_restore(tree.listing())
        self.assertNotEqual(full, tree.listing())
        self.next_increment_is_the_source(tree)

    def test_it_has_the_volumes_of_a_set_that_was_made_in_one_go(self):
        """R12: where volumes begin and end depends on nothing but the content."""
        make_tree(self.world)
        self.killed_after_volumes(3)
        self.assertGreater(self.resumed(), 1)
        ranges = [self.ranges()]
        self.world.target, self.world.name = self.world.root / "another target", "another"
        self.back_up()
        ranges.append(self.ranges())
        self.assertGreater(len(ranges[0]), 6)
        self.assertEqual(*ranges)

    def ranges(self):
        """What the manifest says of the volumes' borders; the cache's is never encrypted."""
        (manifest,) = (self.world.archive_dir / self.world.name).glob("*.manifest")
        return re.findall(r"(?m)^ +(?:Starting|Ending)Path .*", manifest.read_text(encoding="latin-1"))

    def test_another_passphrase_begins_a_new_full_set(self):
        tree = make_tree(self.world)
        self.killed_after_volumes(3)
        old = set(self.volumes())
        with self.world.new_set():
            run = self.world.command(self.words(), self.mode, passphrase="another passphrase")
        self.assertNotIn("Resumed", run.text)
        restored = self.world.restore("duplicity", mode=self.mode, passphrase="another passphrase")
        self.assert_same_tree(tree.listing(), restored)
        self.assertTrue(old <= set(self.volumes()), "volumes of the set that was put aside were changed")


class BothProgramsTest(ResumeTest):
    """R8: what one of them leaves, the other takes up or puts aside."""

    def test_duplicity_goes_on_with_ours(self):
        for mode in (PLAIN, PASSPHRASE):
            for concurrency in ("1", "4"):
                with self.subTest(mode=mode.name, concurrency=concurrency):
                    self.mode = mode
                    self.setUp()
                    tree = make_tree(self.world, 24)
                    self.killed_after_volumes(5, "--concurrency", concurrency)
                    with self.world.new_set():
                        run = self.world.duplicity(self.world.source, self.world.url, "--volsize", "1", mode=mode)
                    if concurrency == "1":
                        self.assertRegex(run.text, r"(?m)^Restarting after volume \d+, file b/")
                    self.both_restore(tree.listing())
                    # And we go on with that chain.
                    tree.file("a/65536", b"changed", mtime=EPOCH + 50)
                    self.back_up(kind="incremental")
                    self.both_restore(tree.listing())

    def test_duplicity_goes_on_with_our_increment(self):
        tree = make_tree(self.world, 24)
        self.back_up("--concurrency", "1", kind="full")
        for number in range(8):
            tree.file(f"b/new{number:02}", noise(2 * MIB, 300 + number), mtime=EPOCH + 50)
        tree.stamp(EPOCH + 100)
        self.killed_after_volumes(5, "--concurrency", "1")
        with self.world.new_set():
            run = self.world.duplicity(self.world.source, self.world.url, "--volsize", "1")
        self.assertRegex(run.text, r"(?m)^Restarting after volume \d+, file b/new")
        self.both_restore(tree.listing())
        tree.file("a/65536", b"changed", mtime=EPOCH + 150)
        self.next_increment_is_the_source(tree)

    def test_what_duplicity_went_on_with_and_left_again_is_put_aside(self):
        tree = make_tree(self.world, 60)
        # One at a time: else duplicity may find too little in the partial manifest and begin a set of its own.
        self.killed_after_volumes(5, "--concurrency", "1")
        tree.file("a/65536", b"changed", mtime=EPOCH + 50)
        with self.world.new_set():
            process = self.world.start(self.world.duplicity_words(self.world.source, self.world.url, "--volsize", "1"))
            count = len(self.volumes())
            wait_until("duplicity has added volumes", lambda: len(self.volumes()) > count + 2, process)
            process.kill()
            process.wait()
        self.assertNotIn("Resumed", self.back_up().text)
        self.both_restore(tree.listing())


class LeftByDuplicityTest(ResumeTest):
    """R8, the other way round: duplicity is killed, and duplid finds what it left. It takes its time over a
    volume, so twelve of them are enough to catch it between two."""

    LARGE = 3 * MIB // 2

    def tree(self):
        return make_tree(self.world, 12, self.LARGE)

    def signatures(self):
        (path,) = (self.world.archive_dir / self.world.name).glob("*.sigtar.part")
        return path

    def test_its_full_set_is_gone_on_with_in_every_mode(self):
        for name in ("plain", "uncompressed", "passphrase", "public-key", "hidden-recipient", "signed"):
            with self.subTest(mode=name):
                self.mode = MODES[name]
                self.setUp()
                tree = self.tree()
                self.left_after_volumes(6)
                kept = {name: (self.world.target / name).read_bytes() for name in self.volumes()[:3]}
                self.assertGreater(self.resumed(), 3)
                self.both_restore(tree.listing())
                self.assertEqual(kept, {name: (self.world.target / name).read_bytes() for name in kept})
                self.next_increment_is_the_source(tree)

    def test_edits_between_are_in_the_next_increment(self):
        for mode in (PLAIN, PASSPHRASE):
            with self.subTest(mode=mode.name):
                self.mode = mode
                self.setUp()
                tree = self.tree()
                before = tree.listing()
                self.left_after_volumes(8)
                tree.file("a/1", b"new", mtime=EPOCH + 50)
                tree.file("a/65536", b"changed", mtime=EPOCH + 50)
                tree.remove("a/131072")
                tree.remove("b/large00.d")
                tree.file("b/large00.d", b"a file", mtime=EPOCH + 50)
                tree.stamp(EPOCH + 100)
                self.assertGreater(self.resumed(), 1)
                self.both_restore_one_of(before, tree.listing())
                self.next_increment_is_the_source(tree)

    def test_the_file_at_the_border_is_never_a_mixture(self):
        """Not even when nothing but its content tells that it is another one."""
        for mtime in (EPOCH, EPOCH + 50):
            with self.subTest(mtime=mtime):
                self.setUp()
                tree = self.tree()
                tree.stamp(EPOCH)
                before = tree.listing()
                self.left_after_volumes(6)
                for number in range(8):
                    tree.file(f"b/large{number:02}", noise(self.LARGE, 500 + number), mtime=mtime)
                tree.stamp(EPOCH)
                self.back_up()
                self.both_restore_one_of(before, tree.listing())

    def test_signatures_that_it_made_anew_are_not_believed(self):
        """It cuts them off when it goes on, and makes them of what the source then has; killed at once,
        it has told nobody."""
        tree = self.tree()
        self.left_after_volumes(6)
        tree.file("a/65536", noise(BLOCK, 77), mtime=EPOCH + 50)
        tree.file("a/65535", noise(BLOCK - 1, 78), mtime=EPOCH - 50)
        old = self.signatures().stat()
        self.left_by_duplicity(lambda: (self.signatures().stat().st_size, self.signatures().stat().st_mtime_ns) !=
                               (old.st_size, old.st_mtime_ns))
        self.back_up()
        self.next_increment_is_the_source(tree)

    def test_a_volume_that_is_not_what_its_record_says_ends_what_is_kept(self):
        tree = self.tree()
        self.left_after_volumes(6)
        third = self.world.target / next(name for name in self.volumes() if ".vol3." in name)
        content = bytearray(third.read_bytes())
        content[len(content) // 2] ^= 1
        third.write_bytes(content)
        self.assertLessEqual(self.resumed(), 3)
        self.both_restore(tree.listing())
        self.next_increment_is_the_source(tree)

    def test_its_signatures_are_not_needed(self):
        tree = self.tree()
        self.left_after_volumes(6)
        self.signatures().unlink()
        self.assertGreater(self.resumed(), 1)
        self.both_restore(tree.listing())
        self.next_increment_is_the_source(tree)

    def test_ours_killed_while_it_goes_on_is_gone_on_with_by_either(self):
        for program in ("duplid", "duplicity"):
            with self.subTest(program=program):
                self.setUp()
                tree = make_tree(self.world, 24)
                self.left_after_volumes(5)
                self.killed_after_volumes(4, "--concurrency", "1")
                if program == "duplid":
                    self.assertGreater(self.resumed(), 5)
                else:
                    with self.world.new_set():
                        run = self.world.duplicity(self.world.source, self.world.url, "--volsize", "1")
                    self.assertRegex(run.text, r"(?m)^Restarting after volume \d+, file b/")
                self.both_restore(tree.listing())
                tree.file("a/65536", b"changed", mtime=EPOCH + 150)
                self.next_increment_is_the_source(tree)

    def test_another_passphrase_begins_a_new_full_set(self):
        self.mode = PASSPHRASE
        tree = self.tree()
        self.left_after_volumes(5)
        with self.world.new_set():
            run = self.world.command(self.words(), self.mode, passphrase="another passphrase")
        self.assertNotIn("Resumed", run.text)
        restored = self.world.restore("duplicity", mode=self.mode, passphrase="another passphrase")
        self.assert_same_tree(tree.listing(), restored)

    def test_other_keys_begin_a_new_full_set(self):
        self.mode = PASSPHRASE
        tree = self.tree()
        self.left_after_volumes(5)
        self.mode = MODES["public-key"]
        with self.world.new_set():
            run = self.world.command(self.words(), self.mode, passphrase=PASSPHRASE.passphrase)
        self.assertNotIn("Resumed", run.text)
        self.both_restore(tree.listing())

    def test_volumes_without_the_signature_asked_for_begin_a_new_full_set(self):
        self.mode = MODES["public-key"]
        tree = self.tree()
        self.left_after_volumes(5)
        self.mode = MODES["signed"]
        with self.world.new_set():
            run = self.world.command(self.words(), self.mode)
        self.assertNotIn("Resumed", run.text)
        self.both_restore(tree.listing())

    def test_an_attribute_of_the_file_at_the_border_is_not_lost(self):
        """duplicity stored the file's beginning without it, and nobody would ever store it again."""
        tree = self.tree()
        for number in range(1, 8):
            os.setxattr(tree.path(f"b/large{number:02}"), "user.kept", b"value")
        self.left_after_volumes(6)
        self.assertGreater(self.resumed(), 1)
        restored = self.world.restore("duplid")
        with_it = [number for number in range(8) if os.listxattr(restored / "b" / f"large{number:02}")]
        self.assertEqual(with_it, list(range(1, 8)))

    def use_golden_partial(self):
        self.world.use_golden("partial", "target")
        cache = self.world.archive_dir / self.world.name
        cache.mkdir(parents=True)
        for part in (GOLDEN / "partial" / "archive-dir").iterdir():
            (cache / part.name).write_bytes(part.read_bytes())

    @unittest.skipIf(os.geteuid() != 0, "only root can give files to the owners that they have in it")
    def test_the_golden_partial_set_is_gone_on_with(self):
        """Of another host and source, as after a move; each of its three volumes is kept."""
        self.use_golden_partial()
        with tarfile.open(GOLDEN / "partial" / "source.tar.gz") as source:
            source.extractall(self.world.source)
        before = {name: (self.world.target / name).read_bytes() for name in self.volumes()}
        self.assertEqual(self.resumed("--allow-source-mismatch"), 4)
        self.assertEqual(before, {name: (self.world.target / name).read_bytes() for name in before})
        self.both_restore(golden_listing(GOLDEN / "partial" / "tree-after-resume.txt"))

    def test_a_set_of_another_source_is_put_aside_and_a_new_one_made(self):
        self.use_golden_partial()
        tree = make_tree(self.world)
        before = {name: (self.world.target / name).read_bytes() for name in self.volumes()}
        self.assertNotIn("Resumed", self.back_up().text)
        self.assertEqual(before, {name: (self.world.target / name).read_bytes() for name in before})
        self.both_restore(tree.listing())
        self.assertEqual(self.parts(), [])
        tree.file("c", b"changed", mtime=EPOCH + 50)
        self.back_up(kind="incremental")
        self.both_restore(tree.listing())


class RandomTest(ResumeTest):
    """Random edits, kills and resumes; DUPLID_SEED repeats one that failed."""

    MODES = (PLAIN, PASSPHRASE)

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("DUPLID_SEED") or random.randrange(1 << 32))
        self.random = random.Random(self.seed)
        self.step = 0

    def edit(self, tree):
        self.step += 1
        now = EPOCH + self.step * 10
        names = [os.fsencode(path) for path in sorted(Path(os.fsdecode(tree.root)).rglob("*"))
                 if path.is_file() and not path.is_symlink()]
        for path in self.random.sample(names, min(len(names), 6)):
            name = os.path.relpath(path, tree.root)
            if not os.path.isfile(path):
                continue  # went with its folder
            action = self.random.choice(("write", "grow", "cut", "remove", "folder", "new"))
            if action in ("remove", "folder"):
                tree.remove(name)
            size = self.random.choice((0, 100, BLOCK, 3 * BLOCK + 7, 2 * MIB))
            data = noise(size, self.random.randrange(1 << 30))
            if action == "write":
                tree.file(name, data, mtime=now)
            elif action == "grow":
                with open(path, "rb") as file:
                    tree.file(name, file.read() + data[:300_000] + b"x", mtime=now)
            elif action == "cut":
                with open(path, "rb") as file:
                    content = file.read()
                tree.file(name, content[:len(content) // 2], mtime=now)
            elif action == "folder":
                tree.file(os.path.join(name, b"inside"), data, mtime=now)
            elif action == "new":
                tree.file(name + b".new", data, mtime=now)
        tree.stamp(now)

    def killed_duplicity(self, volumes):
        """The first to be killed, for what it had gone on with itself may lack edits for ever."""
        wanted = len(self.volumes()) + volumes
        with self.world.new_set():
            words = self.world.duplicity_words(self.world.source, self.world.url, "--volsize", "1", mode=self.mode)
            process = self.world.start(words, self.mode)
            wait_until("the moment to kill", lambda: process.poll() is not None or len(self.volumes()) >= wanted)
            process.kill()
            process.wait()

    def one_chain(self, sets):
        tree = make_tree(self.world, 18)
        for _ in range(sets):
            concurrency = self.random.choice(("1", "2", "4"))
            if self.random.random() < 0.4:
                self.killed_duplicity(self.random.randrange(1, 9))
                self.edit(tree)
            for _ in range(self.random.randrange(4)):
                wanted = len(self.volumes()) + self.random.randrange(1, 9)
                self.killed(lambda wanted=wanted: len(self.volumes()) >= wanted, "--concurrency", concurrency)
                if self.random.random() < 0.7:
                    self.edit(tree)
            self.back_up("--concurrency", concurrency)
            self.back_up()
            self.both_restore(tree.listing())
            self.edit(tree)

    def random_chains(self, chains, sets):
        for number in range(chains):
            for mode in self.MODES:
                with self.subTest(seed=self.seed, chain=number, mode=mode.name):
                    print(f"seed {self.seed}, chain {number}, {mode.name}", file=sys.stderr)
                    if self.step:
                        WorldTest.setUp(self)
                    self.mode = mode
                    self.one_chain(sets)

    def test_random_edits_and_kills_lose_nothing(self):
        self.random_chains(1, 2)


class LongRandomPlainTest(RandomTest):
    """The same for many chains; each mode a CTest of its own, labelled long."""

    MODES = (PLAIN,)

    def test_random_edits_and_kills_lose_nothing(self):
        self.random_chains(8, 4)


class LongRandomPassphraseTest(LongRandomPlainTest):
    MODES = (PASSPHRASE,)


if __name__ == "__main__":
    main()
