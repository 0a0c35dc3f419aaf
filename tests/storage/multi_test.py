#!/usr/bin/env python3
"""multi: targets: the conformance suite over members that are directories, and duplicity's own multi."""

import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from servers import ServerTest  # noqa: E402
from trees import listing  # noqa: E402
from world import WARNINGS, main  # noqa: E402


class MultiTest(ServerTest):
    def configure(self, *members, name="config.json"):
        """A file of members; its URL."""
        path = self.world.root / name
        path.write_text(json.dumps([{"url": url} if isinstance(url, str) else url for url in members]))
        return f"multi://{path}"

    def member(self, name):
        return f"file://{self.world.root}/{name}"

    def names(self, name):
        path = self.world.root / name
        return sorted(os.listdir(path)) if path.is_dir() else []


class ConformanceTest(MultiTest):
    def test_a_stripe_conforms(self):
        self.conform(self.configure(*map(self.member, "abc")), same_place=True)

    def test_a_mirror_conforms(self):
        self.conform(self.configure(*map(self.member, "ab")) + "?mode=mirror", same_place=True)

    def test_a_mirror_of_which_one_member_is_away_conforms(self):
        url = self.configure("file:///proc/none", self.member("b"))
        self.conform(f"{url}?mode=mirror", same_place=True)

    def test_a_mirror_of_a_stripe_and_a_directory_conforms(self):
        inner = self.configure(*map(self.member, "ab"), name="inner.json")
        self.conform(self.configure(inner, self.member("c")) + "?mode=mirror", same_place=True, files=500)


class VariablesTest(MultiTest):
    servers = {"dav": ("webdav", {})}

    def test_each_member_has_variables_of_its_own(self):
        good = {"name": "FTP_PASSWORD", "value": self.dav["DAV_PASSWORD"]}
        members = [{"url": self.dav["DAV_BASIC_URL"], "env": [good]}, self.member("b")]
        url = self.configure(*members) + "?mode=mirror&onfail=abort"
        self.conform(url, variables={"FTP_PASSWORD": "wrong"}, same_place=True, cases="a put replaces*")


class TwoProgramsTest(MultiTest):
    """Chains of several volumes, written in turn and restored by both."""

    def setUp(self):
        super().setUp()
        self.world.source.mkdir()
        for number in range(3):
            (self.world.source / f"file-{number}").write_bytes(os.urandom(900_000))

    def run_chain(self, url, first, second):
        """A full set by one and an increment by the other program."""
        world = self.world
        back_up = {"duplid": lambda *words: world.duplictl("backup", *words, world.source, url),
                   "duplicity": lambda *words: world.duplicity(*words, world.source, url)}
        kinds = {"duplid": ("--full", "--incremental"), "duplicity": ("full", "incremental")}
        for step, program in enumerate((first, second)):
            shutil.rmtree(world.archive_dir, ignore_errors=True)
            (world.source / f"new-{step}").write_bytes(os.urandom(1_500_000))
            with world.new_set():
                back_up[program](kinds[program][step], "--volsize", "1", "--no-encryption")

    def assert_restored_by_both(self, url):
        world = self.world
        for number, program in enumerate((world.duplictl, world.duplicity)):
            shutil.rmtree(world.archive_dir, ignore_errors=True)
            directory = world.root / "restored" / f"{len(os.listdir(world.root / 'restored'))}-{number}"
            program("restore", url, directory, "--no-encryption")
            self.assert_same_tree(listing(world.source), directory)

    def test_a_stripe_is_continued_and_restored_by_both_programs(self):
        for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
            with self.subTest(first=first):
                members = [f"{first}-{letter}" for letter in "ab"]
                url = self.configure(*map(self.member, members), name=f"{first}.json")
                self.run_chain(url, first, second)
                for member in members:
                    self.assertTrue(self.names(member), "nothing was stored there")
                self.assertFalse(set(self.names(members[0])) & set(self.names(members[1])))
                self.assert_restored_by_both(url)

    def test_a_mirror_is_continued_and_restored_by_both_programs_also_with_one_member_gone(self):
        for first, second in (("duplid", "duplicity"), ("duplicity", "duplid")):
            with self.subTest(first=first):
                members = [f"{first}-{letter}" for letter in "ab"]
                url = self.configure(*map(self.member, members), name=f"{first}.json") + "?mode=mirror"
                self.run_chain(url, first, second)
                self.assertEqual(self.names(members[0]), self.names(members[1]))
                self.assert_restored_by_both(url)
                shutil.rmtree(self.world.root / members[0])
                self.assert_restored_by_both(url)

    def test_a_mirror_with_a_member_away_is_backed_up_to_with_a_warning(self):
        # Where nobody can make a directory.
        url = self.configure("file:///proc/none", self.member("b")) + "?mode=mirror"
        run = self.world.duplictl("backup", "--full", self.world.source, url, "--no-encryption",
                                  expect=WARNINGS)
        self.assertEqual(run.err.count("file:///proc/none fails"), 1, run.err)
        self.assertIn("manifest", " ".join(self.names("b")))
        self.assert_restored_by_both(self.member("b"))

    def test_a_configuration_that_makes_no_sense_is_refused_by_name(self):
        path = self.world.root / "config.json"
        path.write_text('[{"url": "file:///x", "env": "s3cret"}]')
        run = self.world.duplictl("collection-status", f"multi://{path}", expect=(1, 2))
        self.assertIn("config.json", run.err)
        self.assertNotIn("s3cret", run.text)


if __name__ == "__main__":
    main()
