#!/usr/bin/env python3
"""Archives that claim too much: names beyond every limit, sizes that nothing holds, bombs. They end in
time and in little memory, cost only what they spoil, and change nothing outside (feature-goals.md R34 to
R37, R39).

Method: archives made with Python's tarfile, as in restore_safety_test.py; where memory is the point the
programs run under a limit that any of these would burst.
"""

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from hostile_archive import STAMP, member, root, symlink, write_set
from trees import DEVICES, EPOCH, ROOT
from world import DAMAGED, FAILED, OK, WARNINGS, WorldTest, main

MIB = 1 << 20
# Far above what any of this needs, far below what is claimed. Data only: that counts what is written to.
MEMORY = ("prlimit", f"--data={300 * MIB}", "--core=0")
BOMB_BLOCKS = 30  # of 16 MiB
NOT_WELL = (DAMAGED, WARNINGS, FAILED)


class LimitsTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.destination = self.world.root / "destination"
        # Cleanups run last one first: this one before Python tries, to whom some of these trees are too deep.
        self.addCleanup(subprocess.run, ["rm", "-rf", self.world.root / "deep"], check=True)

    def restore(self, *members, expect, before=MEMORY):
        if members:
            write_set(self.world.target, [root(), *members])
        # Sets of one name follow each other here, which no cache expects.
        shutil.rmtree(self.world.archive_dir, ignore_errors=True)
        return self.world.duplictl("restore", self.world.url, self.destination, expect=expect, before=before)

    def content(self, name):
        return (self.destination / name).read_bytes()

    def write_volume(self, volume, suffix=""):
        """A full set whose one volume is these bytes."""
        write_set(self.world.target, [root()])
        (self.world.target / f"duplicity-full.{STAMP}.vol1.difftar").unlink()
        (self.world.target / f"duplicity-full.{STAMP}.vol1.difftar{suffix}").write_bytes(volume)
        manifest = self.world.target / f"duplicity-full.{STAMP}.manifest"
        lines = [f"    Hash SHA1 {hashlib.sha1(volume).hexdigest()}" if "SHA1" in line else line
                 for line in manifest.read_text(encoding="ascii").splitlines()]
        manifest.write_text("\n".join(lines) + "\n", encoding="ascii")

    def headers(self, *members, form=tarfile.PAX_FORMAT):
        return b"".join(info.tobuf(form) + data + b"\0" * (-len(data) % 512) for info, data in members)


class NamesTest(LimitsTest):
    def test_a_name_that_the_file_system_does_not_take_costs_that_file_alone(self):
        """255 bytes is the limit of every file system that is in use; archives may come from elsewhere."""
        for kind in (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
            with self.subTest(kind=kind):
                self.destination = self.world.root / f"destination{kind[0]}"
                name = "n" * 300 + ("/" if kind == tarfile.DIRTYPE else "")
                run = self.restore(member("snapshot/a", data=b"before"), member(f"snapshot/{name}", kind),
                                   member("snapshot/z", data=b"behind"), expect=WARNINGS)
                self.assertIn("nnnn", run.text)
                self.assertEqual((self.content("a"), self.content("z")), (b"before", b"behind"))
                self.assertEqual(sorted(os.listdir(self.destination)), ["a", "z"])

    def test_ten_thousand_levels_are_made_or_told_with_any_number_of_descriptors(self):
        deep = "d/" * 10_000 + "deepest"
        for number, descriptors in enumerate((64, 20_000)):
            with self.subTest(descriptors=descriptors):
                self.destination = self.world.root / "deep" / str(number)
                self.restore(member("snapshot/a", data=b"before"), member(f"snapshot/{deep}", data=b"deep"),
                             member("snapshot/z", data=b"behind"), expect=(OK, *NOT_WELL),
                             before=(*MEMORY, f"--nofile={descriptors}"))
                self.assertEqual((self.content("a"), self.content("z")), (b"before", b"behind"))

    def test_a_name_longer_than_a_name_may_be_is_damage(self):
        self.restore(member("snapshot/a", data=b"before"), member("snapshot/" + "n/" * 40_000, data=b"x"),
                     expect=DAMAGED)
        self.assertEqual(self.content("a"), b"before")


class SizesTest(LimitsTest):
    def test_entries_that_claim_sizes_beyond_32_and_33_bits_are_damage_and_cost_no_memory(self):
        for number, (size, form) in enumerate(((5 << 30, tarfile.GNU_FORMAT),  # fits into eleven octal digits
                                               (9 << 30, tarfile.GNU_FORMAT),  # base-256
                                               (9 << 30, tarfile.PAX_FORMAT),  # a record
                                               ((1 << 62) + 1, tarfile.GNU_FORMAT))):
            with self.subTest(size=size, form=form):
                self.destination = self.world.root / f"destination{number}"
                info, data = member("snapshot/claims", data=b"only this")
                info.size = size
                self.write_volume(self.headers(root(), member("snapshot/a", data=b"before"), form=form)
                                  + info.tobuf(form) + data)
                run = self.restore(expect=DAMAGED)
                self.assertIn("claims", run.text)
                self.assertEqual(os.listdir(self.destination), ["a"])
                self.assertEqual(self.content("a"), b"before")

    def test_a_manifest_with_huge_numbers_is_read_or_refused_in_little_memory(self):
        for number, (old, new, expect) in enumerate((
                ("Filelist 0", "Filelist 4294967295", (OK, *NOT_WELL)),
                ("Volume 1:", "Volume 4294967295:", DAMAGED),
                ("Volume 1:", "Volume 99999999999999999999:", DAMAGED),
                ("StartingPath   .  ", "StartingPath   . 18446744073709551616", (OK, *NOT_WELL)))):
            with self.subTest(manifest=new):
                self.destination = self.world.root / f"destination{number}"
                write_set(self.world.target, [root(), member("snapshot/a", data=b"data")])
                manifest = self.world.target / f"duplicity-full.{STAMP}.manifest"
                manifest.write_text(manifest.read_text(encoding="ascii").replace(old, new), encoding="ascii")
                self.restore(expect=expect)

    def test_a_manifest_that_is_a_bomb_is_refused_in_little_memory(self):
        """Half a gibibyte in half a megabyte: one line without end, and a list of files without end."""
        for number, filling in enumerate((b"A", b"    new      " + b"n" * 50 + b"\n")):
            with self.subTest(filling=filling[:8]):
                self.destination = self.world.root / f"destination{number}"
                write_set(self.world.target, [root(), member("snapshot/a", data=b"data")])
                plain = self.world.target / f"duplicity-full.{STAMP}.manifest"
                packed = self.world.target / f"duplicity-full.{STAMP}.manifest.gz"
                head = plain.read_bytes().replace(b"Filelist 0", b"Filelist 4000000000")
                block = filling * (16 * MIB // len(filling))
                with gzip.open(packed, "wb", compresslevel=1) as out:
                    out.write(head)
                    for _ in range(BOMB_BLOCKS):
                        out.write(block)
                plain.unlink()
                self.restore(expect=(OK, *NOT_WELL))
                packed.unlink()

    def test_records_that_are_a_bomb_are_damage_in_little_memory(self):
        """Extended headers of half a gibibyte, which a reader has to hold as a whole."""
        info = tarfile.TarInfo("././@PaxHeader")
        info.type = tarfile.XHDTYPE
        info.size = BOMB_BLOCKS * 16 * MIB
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as out:
            out.write(self.headers(root(), member("snapshot/a", data=b"before")) + info.tobuf(tarfile.USTAR_FORMAT))
            for _ in range(BOMB_BLOCKS):
                out.write(bytes(16 * MIB))
        self.write_volume(packed.getvalue(), ".gz")
        self.restore(expect=DAMAGED)
        self.assertEqual(self.content("a"), b"before")

    def test_signatures_that_are_a_bomb_do_no_harm_to_a_question(self):
        write_set(self.world.target, [root(), member("snapshot/a", data=b"data")])
        info = tarfile.TarInfo("signature/a")
        info.size = BOMB_BLOCKS * 16 * MIB
        name = self.world.target / f"duplicity-full-signatures.{STAMP}.sigtar.gz"
        with gzip.open(name, "wb", compresslevel=1) as out:
            out.write(info.tobuf(tarfile.USTAR_FORMAT))
            for _ in range(BOMB_BLOCKS):
                out.write(bytes(16 * MIB))
        self.world.duplictl("list-current-files", self.world.url, before=MEMORY, expect=(OK, *NOT_WELL))
        self.restore(expect=OK)
        self.assertEqual(self.content("a"), b"data")


class LargeEntryTest(LimitsTest):
    def test_an_entry_of_more_than_eight_gibibytes_is_read_to_its_end(self):
        """In the volume, and in a file with one large hole: nothing on the disk. What is behind it witnesses
        that its length was understood."""
        size = (8 << 30) + 12345
        info, _ = member("snapshot/large")
        info.size = size
        info.pax_headers = {"DUPLID.sparse": "1"}
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as out:
            out.write(self.headers(root(), member("snapshot/a", data=b"before")) + info.tobuf(tarfile.PAX_FORMAT))
            left = size + (-size % 512)
            zeros = bytes(16 * MIB)
            while left > 0:
                left -= out.write(zeros[:min(left, len(zeros))])
            out.write(self.headers(member("snapshot/z", data=b"behind")) + bytes(1024))
        self.write_volume(packed.getvalue(), ".gz")
        self.restore(expect=OK)
        facts = (self.destination / "large").stat()
        self.assertEqual(facts.st_size, size)
        self.assertLess(facts.st_blocks * 512, MIB)
        self.assertEqual((self.content("a"), self.content("z")), (b"before", b"behind"))


class OwnershipTest(LimitsTest):
    def test_mode_owner_and_time_of_a_link_never_reach_what_it_points_to(self):
        canary = self.world.root / "canary"
        canary.write_bytes(b"untouched")
        canary.chmod(0o600)
        before = canary.stat()
        inside, link = member("snapshot/inside", data=b"x", mode=0o600), symlink("link", str(canary))
        relative = symlink("relative", "inside")
        for info, _ in (link, relative):
            info.uid = info.gid = 12345
            info.mode = 0o4777
            info.mtime = EPOCH
        self.restore(inside, link, relative, expect=(OK, WARNINGS))
        after = canary.stat()
        for field in ("st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_ctime_ns", "st_size"):
            self.assertEqual(getattr(after, field), getattr(before, field), field)
        self.assertEqual((self.destination / "inside").stat().st_mode & 0o7777, 0o600)
        if ROOT:
            self.assertEqual((self.destination / "link").lstat().st_uid, 12345)
            self.assertEqual((self.destination / "inside").stat().st_uid, 0)

    def test_without_root_nobody_gets_devices_or_rights_of_others(self):
        if not ROOT:
            self.skipTest("root becomes somebody else here")
        null = member("snapshot/null", tarfile.CHRTYPE, mode=0o666)
        null[0].devmajor, null[0].devminor = 1, 3
        write_set(self.world.target, [root(), null, member("snapshot/program", data=b"#!", mode=0o6755),
                                      member("snapshot/z", data=b"behind")])
        world = self.world
        programs = world.root / "bin"
        programs.mkdir()
        for program in (world.duplid, world.duplictl_program):
            subprocess.run(["cp", program, programs / program.name], check=True)
        world.duplictl_program = programs / world.duplictl_program.name
        subprocess.run(["chown", "-R", "65534:65534", world.root], check=True)
        somebody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        run = self.restore(expect=WARNINGS, before=somebody)
        self.assertIn("null", run.text)
        self.assertFalse((self.destination / "null").exists())
        self.assertEqual((self.destination / "program").stat().st_mode & 0o7777, 0o755)
        self.assertEqual(self.content("z"), b"behind")
        # The witness that nothing but the rights was missing.
        self.destination = world.root / "destination-of-root"
        self.restore(expect=OK, before=())
        self.assertEqual((self.destination / "program").stat().st_mode & 0o7777, 0o6755)
        self.assertEqual((self.destination / "null").is_char_device(), DEVICES)


if __name__ == "__main__":
    main()
