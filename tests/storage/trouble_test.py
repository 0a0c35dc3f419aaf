#!/usr/bin/env python3
"""Whole runs against a server that misbehaves: a fault proxy stands before a WebDAV server.

Whatever happens, sets that were complete stay restorable, a failed run ends with one error and the status
of its kind, and the next run makes good what the last one could not.
"""

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import Flaky, ServerTest  # noqa: E402
from trees import listing  # noqa: E402
from world import DAMAGED, DENIED, OK, UNREACHABLE, main  # noqa: E402

# What stands before the bodies of a request and its answer, and listings, are far shorter.
INSIDE_A_VOLUME = 300_000


class TroubleTest(ServerTest):
    servers = {"dav": ("webdav", {})}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flaky = Flaky(cls.dav.port)
        cls.addClassCleanup(cls.flaky.stop)

    def setUp(self):
        super().setUp()
        self.flaky.set("pass")
        self.addCleanup(self.flaky.set, "pass")
        self.stored = Path(self.dav["DAV_ROOT"]) / "open" / self.id()
        self.url = f"webdav://127.0.0.1:{self.flaky.port}/open/{self.id()}"
        self.world.source.mkdir()
        self.grow("first")

    def grow(self, name):
        """The source gets what makes some volumes."""
        (self.world.source / name).write_bytes(os.urandom(2_500_000))

    def back_up(self, *words, expect=OK):
        with self.world.new_set():
            return self.world.duplictl("backup", *words, self.world.source, self.url, "--volsize", "1",
                                       "--no-encryption", expect=expect)

    def restore(self, *words, expect=OK):
        """Into a fresh directory, nothing taken from the cache. (the run, the directory)"""
        shutil.rmtree(self.world.archive_dir, ignore_errors=True)
        directory = self.world.root / "restored" / str(len(os.listdir(self.world.root / "restored")))
        run = self.world.duplictl("restore", self.url, directory, "--no-encryption", *words, expect=expect)
        return run, directory

    def assert_restorable(self, tree, *words):
        self.flaky.set("pass")
        _, directory = self.restore(*words)
        self.assert_same_tree(tree, directory)

    def assert_one_error(self, run):
        errors = [line for line in run.err.splitlines() if line.startswith("duplictl: error: ")]
        self.assertEqual(len(errors), 1, run.err)
        return errors[0]

    def a_full_set(self):
        self.back_up("--full")
        tree = listing(self.world.source)
        self.grow("second")
        return tree

    def assert_failed_run_costs_nothing(self, first, *words):
        """An increment under the trouble that is on fails; the set before it does not mind, and the next
        run succeeds."""
        run = self.back_up("--incremental", "--num-retries", "2", "--backend-retry-delay", "1", *words,
                           expect=UNREACHABLE)
        self.assert_one_error(run)
        self.assert_restorable(first)
        self.back_up()
        self.assert_restorable(listing(self.world.source))


class NoAnswerTest(TroubleTest):
    def test_a_server_that_resets_every_connection(self):
        first = self.a_full_set()
        self.flaky.set("refuse")
        self.assert_failed_run_costs_nothing(first)

    def test_a_server_that_is_down(self):
        first = self.a_full_set()
        self.dav.halt()
        try:
            run = self.back_up("--incremental", "--num-retries", "1", expect=UNREACHABLE)
            self.assert_one_error(run)
            run, _ = self.restore("--num-retries", "1", expect=UNREACHABLE)
            self.assert_one_error(run)
        finally:
            self.dav.restart()
        self.assert_restorable(first)

    def test_a_server_that_accepts_and_says_nothing(self):
        first = self.a_full_set()
        self.flaky.set("hang")
        self.assert_failed_run_costs_nothing(first, "--timeout", "1")

    def test_a_server_that_asks_for_patience_is_asked_again(self):
        self.a_full_set()
        self.flaky.set("http", status=503, retry=1, count=3)
        # They are no attempts.
        self.back_up("--incremental", "--num-retries", "1")
        self.assert_restorable(listing(self.world.source))

    def test_rights_that_are_taken_back_end_a_run_at_once(self):
        first = self.a_full_set()
        self.flaky.set("http", status=403)
        before = self.flaky.stats()["connections"]
        run = self.back_up("--incremental", "--num-retries", "5", expect=DENIED)
        self.assert_one_error(run)
        self.assertLess(self.flaky.stats()["connections"] - before, 5, "asked again and again")
        self.assert_restorable(first)


class CutTest(TroubleTest):
    def test_uploads_that_are_cut(self):
        first = self.a_full_set()
        self.flaky.set("cut", dir="up", after=INSIDE_A_VOLUME)
        self.assert_failed_run_costs_nothing(first)

    def test_uploads_that_get_stuck(self):
        first = self.a_full_set()
        self.flaky.set("stall", dir="up", after=INSIDE_A_VOLUME, secs=3600)
        self.assert_failed_run_costs_nothing(first, "--timeout", "1")

    def test_an_upload_that_is_cut_once_is_repeated(self):
        self.a_full_set()
        self.flaky.set("cut", dir="up", after=INSIDE_A_VOLUME, count=1)
        self.back_up("--incremental", "--backend-retry-delay", "1")
        self.assertGreaterEqual(self.flaky.stats()["faults"], 1)
        self.assert_restorable(listing(self.world.source))

    def test_downloads_that_are_cut_once_go_on(self):
        first = self.a_full_set()
        for mode in ("cut", "eof"):
            with self.subTest(mode=mode):
                self.flaky.set(mode, dir="down", after=INSIDE_A_VOLUME, count=1)
                _, directory = self.restore("--backend-retry-delay", "1")
                self.assert_same_tree(first, directory)

    def test_downloads_that_are_always_cut_end_a_restore_and_leave_no_half_file(self):
        first = self.a_full_set()
        self.flaky.set("eof", dir="down", after=INSIDE_A_VOLUME)
        run, directory = self.restore("--num-retries", "2", "--backend-retry-delay", "1", expect=UNREACHABLE)
        self.assert_one_error(run)
        self.assertFalse((directory / "first").exists())
        self.assert_restorable(first)

    def test_a_slow_line_is_no_trouble(self):
        first = self.a_full_set()
        # A second for each volume, and less patience than that in all.
        self.flaky.set("slow", rate=1_000_000)
        _, directory = self.restore("--timeout", "2")
        self.assert_same_tree(first, directory)


class LieTest(TroubleTest):
    def test_a_bit_that_flips_on_the_way_down_gets_into_no_file(self):
        first = self.a_full_set()
        self.flaky.set("corrupt", dir="down", after=INSIDE_A_VOLUME)
        run, directory = self.restore(expect=DAMAGED)
        self.assertIn("vol", run.err)
        self.assertFalse((directory / "first").exists(), "a file with a wrong bit was restored")
        self.assert_restorable(first)

    def test_a_bit_that_flips_on_the_way_up_is_found_by_a_check(self):
        first = self.a_full_set()
        self.flaky.set("corrupt", dir="up", after=INSIDE_A_VOLUME)
        self.back_up("--incremental")
        self.flaky.set("pass")
        run = self.world.duplictl("verify", self.url, self.world.source, "--no-encryption", expect=DAMAGED)
        self.assertIn("vol", run.err)
        time = sorted(self.world_times())[0]
        self.assert_restorable(first, "--time", str(time))

    def world_times(self):
        self.world.target = self.stored
        return self.world.set_times()

    def test_a_listing_that_lags_behind_costs_no_file(self):
        # The newest volume is not listed yet: nothing is deleted, and once it shows all is well.
        first = self.a_full_set()
        volume = max(path for path in self.stored.iterdir() if ".vol" in path.name)
        late = self.stored.parent / "late"
        before = set(os.listdir(self.stored))
        volume.rename(late)
        self.world.duplictl("cleanup", self.url, "--force", "--no-encryption", expect=None)
        self.back_up("--incremental", expect=None)
        late.rename(volume)
        self.assertLessEqual(before, set(os.listdir(self.stored)))
        time = sorted(self.world_times())[0]
        self.assert_restorable(first, "--time", str(time))


if __name__ == "__main__":
    main()
