#!/usr/bin/env python3
"""Parts and owners: what duplid restores of an archive is what duplicity restores of it."""

import os
import pwd
import sys
import unittest
from pathlib import Path

for folder in ("support/python", "fault"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / folder))

from hostile_archive import directory, member, root, write_set
from trees import ROOT, edit, listing, make_everything
from world import WorldTest, main


class RestoreTest(WorldTest):
    def both(self, *words, time=None):
        """The listing of what duplid brought, which is that of what duplicity brought."""
        ours, theirs = (self.world.restore(program, *words, time=time) for program in ("duplid", "duplicity"))
        self.assert_same_tree(listing(theirs), ours)
        return listing(ours)


class PartTest(RestoreTest):
    def test_parts_are_what_they_were_at_each_time(self):
        """Also of paths that were a file, a folder or a link in turn."""
        tree = make_everything(self.world.source)
        times = [self.world.back_up("duplid", "--volsize", "1", kind="full")]
        edit(tree, 1)
        times.append(self.world.back_up("duplicity", "--volsize", "1", kind="incremental"))
        for path in ("to-dir", "to-file", "big.bin"):
            before, after = (self.both("--file-to-restore", path, time=time) for time in times)
            self.assertEqual(before == after, path == "big.bin", path)


@unittest.skipUnless(ROOT, "only root may give files away")
class OwnerTest(RestoreTest):
    """An archive of another machine, where names have other numbers."""

    def setUp(self):
        super().setUp()
        entries = [root(), directory("dir")]
        for name, user, number in (("known", "daemon", 4242), ("unknown", "nobody-by-that-name", 4343), ("nameless", "", 4444)):
            info, data = member(f"snapshot/{name}", data=name.encode())
            info.uname = info.gname = user
            info.uid = info.gid = number
            entries.append((info, data))
        entries.sort(key=lambda entry: entry[0].name)
        write_set(self.world.target, entries)

    def owners(self, *words):
        return {row[7]: (int(row[2]), int(row[3])) for row in self.both(*words) if row[0] == "f"}

    def test_names_count_where_they_are_known_and_numbers_elsewhere(self):
        daemon = pwd.getpwnam("daemon")
        self.assertNotEqual(daemon.pw_uid, 4242)
        self.assertEqual(self.owners(), {"known": (daemon.pw_uid, daemon.pw_gid), "unknown": (4343, 4343),
                                         "nameless": (4444, 4444)})

    def test_numbers_alone_count_if_that_is_said(self):
        self.assertEqual(self.owners("--numeric-owner"), {"known": (4242, 4242), "unknown": (4343, 4343),
                                                          "nameless": (4444, 4444)})

    def test_files_stay_with_who_restores_them_if_that_is_said(self):
        mine = (os.geteuid(), os.getegid())
        self.assertEqual(set(self.owners("--do-not-restore-ownership").values()), {mine})


if __name__ == "__main__":
    main()
