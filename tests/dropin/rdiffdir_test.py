#!/usr/bin/env python3
"""rdiffdir: ours and the one that comes with duplicity 0.8.22 read and write the same files.

Every step of a chain is done by either program, and the tree that results is compared with a copy of
what the step was made from. Signatures and tars are compared byte for byte.
"""

import gzip
import io
import itertools
import os
import signal
import subprocess
import sys
import tarfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support" / "python"))

from processes import alive, daemon_of
from trees import Tree, edit, listing, make_everything, noise
from world import COMMAND_SECONDS_MAX, FAILED, OK, WorldTest, main, wait_until

THEIRS = "/usr/bin/rdiffdir"


class RdiffdirTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.root = self.world.root
        (self.root / "bin").mkdir()
        self.ours = self.root / "bin" / "rdiffdir"
        self.ours.symlink_to(self.world.duplictl_program)
        self.programs = {"ours": self.ours, "theirs": THEIRS}

    def run_it(self, who, *words, expect=OK, cwd=None):
        return self.world.command([self.programs[who], *words], expect=expect, cwd=cwd)

    def piped(self, who, *words, data=b""):
        """Runs it with `data` as standard input; returns status, standard output and error."""
        done = subprocess.run([self.programs[who], *map(os.fspath, words)], input=data, capture_output=True,
                              env=self.world.environment(), cwd=self.root, timeout=COMMAND_SECONDS_MAX,
                              check=False)
        return done.returncode, done.stdout, os.fsdecode(done.stderr)

    def copy(self, name):
        """A copy of the tree `name`, exact but for the times of links."""
        to = self.root / f"{name}-{len(list(self.root.iterdir()))}"
        subprocess.run(["cp", "-a", self.root / name, to], check=True)
        return to

    def two_trees(self):
        """`old` and `new`, between which one edit of everything lies."""
        tree = make_everything(self.root / "old")
        subprocess.run(["cp", "-a", self.root / "old", self.root / "new"], check=True)
        edit(Tree(self.root / "new"), 1)
        return tree

    def craft(self, name, *members):
        """A tar of (name, type, link target, data), as no honest program writes it."""
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for member, kind, link, data in members:
                info = tarfile.TarInfo(member)
                info.type, info.linkname, info.size, info.mode = kind, link, len(data), 0o755
                tar.addfile(info, io.BytesIO(data))
        (self.root / name).write_bytes(stream.getvalue())

    def names(self, path):
        with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as tar:
            return [member.name for member in tar]


class FormatTest(RdiffdirTest):
    """The same bytes, wherever the format leaves no choice."""

    def test_signatures_and_tars_are_those_of_rdiffdir_byte_for_byte(self):
        self.two_trees()
        for who in self.programs:
            self.run_it(who, "sig", "old", f"{who}.sig")
            self.run_it(who, "--write-sig-to", f"{who}.tarsig", "tar", "old", f"{who}.tar")
        for kind in ("sig", "tarsig", "tar"):
            ours = (self.root / f"ours.{kind}").read_bytes()
            self.assertGreater(len(ours), 10_000)
            self.assertEqual(ours, (self.root / f"theirs.{kind}").read_bytes(), kind)

    def test_incremental_signatures_are_those_of_rdiffdir_byte_for_byte(self):
        self.two_trees()
        self.run_it("theirs", "sig", "old", "sig")
        for who in self.programs:
            self.run_it(who, "--write-sig-to", f"{who}.inc", "delta", "sig", "new", f"{who}.delta")
        self.assertEqual((self.root / "ours.inc").read_bytes(), (self.root / "theirs.inc").read_bytes())
        self.assertEqual(self.names(self.root / "ours.delta"), self.names(self.root / "theirs.delta"))

    def test_a_single_file_is_a_tree_of_one(self):
        Tree(self.root).file("one", noise(100_000, 1))
        for who in self.programs:
            self.run_it(who, "sig", "one", f"{who}.sig")
        self.assertEqual((self.root / "ours.sig").read_bytes(), (self.root / "theirs.sig").read_bytes())
        old = listing(self.root / "one")
        Tree(self.root).file("one", noise(100_000, 1) + b"more", mtime=1_700_000_100)
        self.run_it("ours", "delta", "theirs.sig", "one", "delta")
        Tree(self.root).file("basis", noise(100_000, 1))
        self.run_it("ours", "patch", "basis", "delta")
        self.assertEqual(listing(self.root / "basis"), listing(self.root / "one"))
        self.assertNotEqual(listing(self.root / "one"), old)

    def test_the_longest_block_of_signatures_can_be_chosen(self):
        Tree(self.root / "tree").file("large", noise(3_000_000, 1))
        self.run_it("ours", "--max-blocksize", "512", "sig", "tree", "short")
        self.run_it("ours", "sig", "tree", "usual")
        with tarfile.open(self.root / "short") as short, tarfile.open(self.root / "usual") as usual:
            blocks = [int.from_bytes(tar.extractfile("signature/large").read(8)[4:], "big") for tar in (short, usual)]
        self.assertEqual(blocks, [512, 1024])


class ChainTest(RdiffdirTest):
    """Every step by either program."""

    def test_a_signature_delta_and_patch_by_any_of_both_give_the_new_tree(self):
        self.two_trees()
        expected = listing(self.root / "new")
        for signer in self.programs:
            self.run_it(signer, "signature", "old", f"{signer}.sig")
        for signer, maker in itertools.product(self.programs, repeat=2):
            self.run_it(maker, "delta", f"{signer}.sig", "new", f"{signer}-{maker}.delta")
        for signer, maker, patcher in itertools.product(self.programs, repeat=3):
            with self.subTest(signature=signer, delta=maker, patch=patcher):
                basis = self.copy("old")
                self.run_it(patcher, "patch", basis, f"{signer}-{maker}.delta")
                self.assert_same_tree(expected, basis)

    def test_a_chain_of_increments_by_both_in_turn_is_followed(self):
        make_everything(self.root / "tree")
        states = [listing(self.root / "tree")]
        turns = itertools.cycle(["ours", "theirs"])
        self.run_it("theirs", "--write-sig-to", "0.sig", "tar", "tree", "0.delta")
        for step in range(1, 6):
            edit(Tree(self.root / "tree"), step)
            states.append(listing(self.root / "tree"))
            sigs = [f"{number}.sig" for number in range(step)]
            self.run_it(next(turns), "--write-sig-to", f"{step}.sig", "delta", *sigs, "tree", f"{step}.delta")
        patched = {who: self.root / f"patched-{who}" for who in self.programs}
        for step, state in enumerate(states):
            for who, directory in patched.items():
                with self.subTest(step=step, patch=who):
                    self.run_it(who, "patch", directory, f"{step}.delta")
                    self.assert_same_tree(state, directory)

    def test_a_delta_against_the_last_signature_alone_would_be_wrong_and_is_not_what_the_chain_gives(self):
        tree = Tree(self.root / "tree")
        tree.file("kept", b"kept")
        tree.file("gone", b"gone")
        tree.stamp(1_700_000_000)
        self.run_it("ours", "sig", "tree", "0.sig")
        tree.remove("gone")
        tree.stamp(1_700_000_100)
        self.run_it("ours", "--write-sig-to", "1.sig", "delta", "0.sig", "tree", "1.delta")
        tree.file("gone", b"back", mtime=1_700_000_200)
        tree.stamp(1_700_000_200)
        self.run_it("ours", "delta", "0.sig", "1.sig", "tree", "2.delta")
        self.assertEqual(self.names(self.root / "2.delta"), ["snapshot/.", "snapshot/gone"])

    def test_no_change_is_a_delta_that_changes_nothing(self):
        make_everything(self.root / "tree")
        before = self.world.snapshot(self.root / "tree")
        self.run_it("ours", "sig", "tree", "sig")
        self.run_it("ours", "delta", "sig", "tree", "delta")
        self.assertEqual(self.names(self.root / "delta"), [])
        self.run_it("ours", "patch", "tree", "delta")
        self.assertEqual(self.world.snapshot(self.root / "tree"), before)

    def test_gzipped_files_are_read_by_both(self):
        self.two_trees()
        self.run_it("ours", "-z", "sig", "old", "sig.gz")
        self.run_it("theirs", "-z", "delta", "sig.gz", "new", "delta.gz")
        basis = self.copy("old")
        # Ours needs no -z to read: the file tells by itself.
        self.run_it("ours", "patch", basis, "delta.gz")
        self.assert_same_tree(listing(self.root / "new"), basis)
        self.run_it("ours", "--gzip-compress", "delta", "sig.gz", "new", "ours.gz")
        basis = self.copy("old")
        self.run_it("theirs", "-z", "patch", basis, "ours.gz")
        self.assert_same_tree(listing(self.root / "new"), basis)
        self.run_it("theirs", "sig", "old", "sig")
        self.assertEqual(gzip.decompress((self.root / "sig.gz").read_bytes()), (self.root / "sig").read_bytes())

    def test_volumes_and_signatures_of_an_archive_are_deltas_and_signatures_too(self):
        tree = make_everything(self.world.source)
        self.world.back_up("duplid", "--no-encryption", "--no-compression")
        tree.file("a.txt", b"changed since", mtime=1_700_005_000)
        tree.stamp(1_700_005_000)
        sigtar = next(self.world.target.glob("*.sigtar"))
        volume = next(self.world.target.glob("*.difftar"))
        self.run_it("ours", "delta", sigtar, "source", "delta")
        self.assertIn("diff/a.txt", self.names(self.root / "delta"))
        for file in (volume, "delta"):
            self.run_it("ours", "patch", "unpacked", file)
        self.assert_same_tree(tree.listing(), self.root / "unpacked")


class StreamTest(RdiffdirTest):
    """Standard input and output. (The reference's end in a Python error under Python 3.)"""

    def test_outputs_go_to_standard_output_and_inputs_come_from_standard_input(self):
        self.two_trees()
        self.run_it("theirs", "sig", "old", "sig")
        self.run_it("theirs", "tar", "old", "tar")
        status, signature, _ = self.piped("ours", "-v9", "sig", "old", "-")
        self.assertEqual((status, signature), (OK, (self.root / "sig").read_bytes()))
        self.assertEqual(self.piped("ours", "tar", "old", "-")[1], (self.root / "tar").read_bytes())
        status, delta, error = self.piped("ours", "-v5", "delta", "-", "new", "-", data=signature)
        self.assertEqual(status, OK)
        self.assertIn("M a/inside\n", error)
        basis = self.copy("old")
        self.assertEqual(self.piped("ours", "patch", basis, "-", data=delta)[0], OK)
        self.assert_same_tree(listing(self.root / "new"), basis)

    def test_a_redirected_file_is_read_from_where_it_stands_and_appended_to(self):
        Tree(self.root / "tree").file("x", b"x")
        self.run_it("theirs", "sig", "tree", "sig")
        with open(self.root / "log", "ab") as log:
            log.write(b"before")
            log.flush()
            subprocess.run([self.ours, "sig", "tree", "-"], stdout=log, cwd=self.root,
                           env=self.world.environment(), check=True, timeout=COMMAND_SECONDS_MAX)
        self.assertEqual((self.root / "log").read_bytes(), b"before" + (self.root / "sig").read_bytes())

    def test_a_reader_that_goes_away_ends_it(self):
        Tree(self.root / "tree").file("large", noise(2_000_000, 1))
        process = subprocess.Popen([self.ours, "tar", "tree", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   cwd=self.root, env=self.world.environment())
        process.stdout.read(100_000)
        process.stdout.close()
        error = process.stderr.read()
        self.assertEqual(process.wait(timeout=COMMAND_SECONDS_MAX), FAILED)
        self.assertEqual(error, b"Error: writing standard output: Broken pipe\n")
        process.stderr.close()

    def test_a_killed_client_leaves_no_daemon_that_waits_for_input(self):
        (self.root / "tree").mkdir()
        process = subprocess.Popen([self.ours, "patch", "tree", "-"], stdin=subprocess.PIPE,
                                   cwd=self.root, env=self.world.environment())
        daemon = wait_until("the daemon runs", lambda: daemon_of(process), process)
        process.kill()
        process.wait()
        wait_until("the daemon has gone", lambda: not alive(daemon))
        process.stdin.close()

    def test_an_interrupt_stops_it_while_it_waits_for_input(self):
        (self.root / "tree").mkdir()
        process = subprocess.Popen([self.ours, "patch", "tree", "-"], stdin=subprocess.PIPE,
                                   cwd=self.root, env=self.world.environment())
        wait_until("the daemon runs", lambda: daemon_of(process), process)
        wait_until("signals are waited for", lambda: self.blocks_interrupts(process.pid), process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=COMMAND_SECONDS_MAX), 128 + signal.SIGINT)
        process.stdin.close()

    @staticmethod
    def blocks_interrupts(pid):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="latin-1").splitlines()
        blocked = next(line.split()[1] for line in lines if line.startswith("SigBlk"))
        return int(blocked, 16) & (1 << (signal.SIGINT - 1))


class CommandLineTest(RdiffdirTest):
    """What is refused, with which words and status: those of the reference, as it is run here."""

    MISTAKES = (
        [], ["foo"], ["foo", "a", "b"], [""], ["signat", "old", "x"], ["sig"], ["sig", "old"],
        ["sig", "old", "x", "y"], ["delta", "sig", "old"], ["patch", "old"], ["patch", "old", "x", "y"],
        ["tar", "old"], ["--help"], ["-h"], ["--version"], ["--badopt"], ["-q"], ["-v"], ["--write-sig-to"],
        ["--null-separator=1"], ["--excl", "x", "sig", "old", "x"], ["--exclude-fileli", "x", "sig", "old", "x"],
        ["--exclude-if-present", "x"], ["--exclude-older-than", "1D"], ["--file-to-restore", "x"],
        ["sig", "old", "there"], ["sig", "old", "/dev/null"], ["tar", "old", "dangling"],
        ["--write-sig-to", "there", "tar", "old", "x"], ["sig", "-v5", "old", "x"],
        ["--exclude", "nowhere/x", "sig", "old", "x"], ["--exclude", "old//a", "sig", "old", "x"],
        ["--include", "old/a", "sig", "old", "x"], ["--exclude-filelist", "nolist", "sig", "old", "x"],
        ["--verb", "9"], ["--", "foo"],
    )

    def test_mistakes_get_the_words_and_status_of_the_reference(self):
        Tree(self.root / "old").file("a", b"a")
        (self.root / "there").write_bytes(b"mine")
        (self.root / "dangling").symlink_to("nowhere-at-all")
        for words in self.MISTAKES:
            with self.subTest(words=words):
                theirs = self.run_it("theirs", *words, expect=None)
                (self.root / "x").unlink(missing_ok=True)
                ours = self.run_it("ours", *words, expect=None)
                self.assertNotEqual(theirs.status, OK)
                self.assertEqual((ours.status, ours.out, ours.err), (theirs.status, theirs.out, theirs.err))
                self.assertFalse((self.root / "x").exists())
        self.assertEqual((self.root / "there").read_bytes(), b"mine")

    def test_the_version_is_that_of_the_reference(self):
        self.assertEqual(self.run_it("ours", "-V").out, self.run_it("theirs", "-V").out)

    def test_what_the_reference_ends_with_a_python_error_at_gets_a_sentence(self):
        Tree(self.root / "old").file("a", b"a")
        for words in (["-v", "x", "sig", "old", "x"], ["--max-blocksize", "many", "sig", "old", "x"],
                      ["delta", "nosig", "old", "x"], ["patch", "old", "nodelta"], ["sig", "old", "nodir/x"],
                      ["sig", "nosuch", "x"], ["delta", "nosig", "nosuch", "x"], ["sig", "", "x"],
                      ["--write-sig-to", "y", "sig", "old", "x"],
                      ["--exclude-regexp", "(", "sig", "old", "x"]):
            with self.subTest(words=words):
                run = self.run_it("ours", *words, expect=(1, 15))
                self.assertEqual(run.out, "")
                self.assertNotIn("Traceback", run.err)
                self.assertFalse((self.root / "x").exists())
                named = [word for word in words if word in ("x", "many", "nosig", "nodelta", "nodir/x", "nosuch", "(",
                                                            "--write-sig-to", "directory")]
                self.assertTrue(any(word in run.err for word in [*named, "directory"]), run.err)

    def test_selection_options_take_what_they_take_in_the_reference(self):
        tree = make_everything(self.root / "old")
        (self.root / "list").write_bytes(b"+ old/a/inside\n- old/a\n# nothing\nold/hard1\n")
        (self.root / "nul").write_bytes(b"old/a\0old/new\nline\0")
        self.assertIn(b"a0", os.listdir(tree.root))
        for words in (["--exclude", "**/a"], ["--include", "old/a/inside", "--exclude", "old/a", "--exclude", "old/big*"],
                      ["--exclude-filelist", "list"], ["--include-filelist", "list", "--exclude", "**"],
                      ["--null-separator", "--exclude-filelist", "nul"], ["--exclude-regexp", "e$"],
                      ["--include-regexp", "h", "--exclude", "**"], ["--exclude-device-files"],
                      ["--exclude-other-filesystems"], ["--ignore-errors", "--exclude", "old/long"],
                      ["--exclude=ignorecase:old/BIG.BIN"]):
            for command in ("sig", "tar"):
                with self.subTest(words=words, command=command):
                    for who in self.programs:
                        (self.root / who).unlink(missing_ok=True)
                        self.run_it(who, *words, command, "old", self.root / who)
                    self.assertEqual((self.root / "ours").read_bytes(), (self.root / "theirs").read_bytes())

    def test_a_list_may_come_from_standard_input_in_front_of_the_work(self):
        tree = Tree(self.root / "old")
        tree.file("a", b"a")
        tree.file("b", b"b")
        tree.stamp(1_700_000_000)
        for who in self.programs:
            self.assertEqual(self.piped(who, "--exclude-filelist-stdin", "sig", "old", who, data=b"old/a\n")[0], OK)
        self.assertEqual((self.root / "ours").read_bytes(), (self.root / "theirs").read_bytes())
        self.assertEqual(self.names(self.root / "ours"), ["snapshot", "signature/b"])

    def test_what_a_delta_has_and_a_patch_does_is_told_at_level_5(self):
        self.two_trees()
        self.run_it("theirs", "sig", "old", "sig")
        said = {who: self.run_it(who, "-v5", "delta", "sig", "new", f"{who}.delta").out for who in self.programs}
        self.assertEqual(said["ours"], said["theirs"])
        said = {who: self.run_it(who, "--verbosity=5", "patch", self.copy("old"), "theirs.delta").out
                for who in self.programs}
        patched = {who: [line for line in text.splitlines() if line.startswith("Patching ")]
                   for who, text in said.items()}
        # The reference names what it passes over, too.
        self.assertEqual([line for line in patched["theirs"] if line in set(patched["ours"])], patched["ours"])
        self.assertIn("Patching to-dir/newchild", patched["ours"])
        self.assertEqual(self.run_it("ours", "delta", "sig", "new", "quiet").text, "")


class TroubleTest(RdiffdirTest):
    def test_files_that_are_none_of_ours_are_refused_with_one_line_and_leave_nothing(self):
        tree = Tree(self.root / "old")
        tree.file("a", noise(200_000, 1))
        tree.stamp(1_700_000_000)
        self.run_it("ours", "sig", "old", "sig")
        self.run_it("ours", "tar", "old", "tar")
        whole = {name: (self.root / name).read_bytes() for name in ("sig", "tar")}
        with tarfile.open(self.root / "plain", "w") as plain:
            plain.add(self.root / "old", "old")
        bad = {"empty": b"", "noise": noise(5000, 1), "cut": whole["sig"][:1700], "cut-tar": whole["tar"][:100_000],
               "cut.gz": gzip.compress(whole["tar"])[:100_000], "other": (self.root / "plain").read_bytes()}
        before = self.world.snapshot(self.root / "old")
        for name, content in bad.items():
            (self.root / name).write_bytes(content)
            for words in (["delta", name, "old", "out"], ["patch", "old", name]):
                with self.subTest(words=words):
                    self.assert_refused(words, name)
        self.assert_refused(["delta", "tar", "old", "out"], "tar")
        self.assert_refused(["patch", "old", "sig"], "sig")
        # A cut delta may have changed what comes before the cut: here, one file with its own content.
        self.assertEqual([row[5] for row in before], [row[5] for row in self.world.snapshot(self.root / "old")])

    def test_signatures_out_of_order_and_blocks_without_their_first_are_refused(self):
        Tree(self.root / "old").file("a", b"a")
        file = tarfile.REGTYPE
        self.craft("order", ("signature/b", file, "", b""), ("signature/a", file, "", b""))
        self.craft("twice", ("signature/a", file, "", b""), ("signature/a", file, "", b""))
        self.craft("second", ("multivol_snapshot/a/2", file, "", b"second block"))
        self.craft("gap", ("multivol_snapshot/a/1", file, "", b"one"), ("multivol_snapshot/a/3", file, "", b"three"))
        for name in ("order", "twice"):
            self.assert_refused(["delta", name, "old", "out"], name)
        for name in ("second", "gap"):
            self.assert_refused(["patch", "old", name], name)

    def assert_refused(self, words, named):
        run = self.run_it("ours", *words, expect=FAILED)
        self.assertTrue(run.err.startswith("Error: "), run.err)
        self.assertEqual(run.err.count("\n"), 1, run.err)
        self.assertIn(named, run.err)
        self.assertFalse((self.root / "out").exists())

    def test_a_delta_that_does_not_fit_costs_the_files_it_does_not_fit(self):
        self.two_trees()
        self.run_it("theirs", "sig", "old", "sig")
        self.run_it("theirs", "delta", "sig", "new", "delta")
        basis = self.copy("old")
        (basis / "grow.bin").write_bytes(b"short")
        run = self.run_it("ours", "patch", basis, "delta", expect=FAILED)
        self.assertEqual(run.out.count("cannot be patched"), 1)
        self.assertIn("grow.bin", run.out)
        self.assertEqual((basis / "grow.bin").read_bytes(), b"short")
        (basis / "grow.bin").unlink()
        expected = [row for row in listing(self.root / "new") if row[7] not in ("grow.bin", ".")]
        self.assertEqual([row for row in listing(basis) if row[7] != "."], expected)

    @unittest.skipUnless(os.geteuid() == 0, "needs a user without rights")
    def test_what_cannot_be_read_is_told_and_stays_as_the_signature_has_it(self):
        tree = Tree(self.root / "old")
        for name in ("locked", "dir/below", "open"):
            tree.file(name, b"content")
        tree.stamp(1_700_000_000)
        self.run_it("ours", "sig", "old", "sig")
        os.chmod(self.root, 0o777)
        os.chmod(self.root / "bin", 0o755)
        os.chmod(tree.path("locked"), 0)
        os.chmod(tree.path("dir"), 0)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", f"TMPDIR={self.root}"]
        run = self.world.command([self.ours, "delta", "sig", "old", "delta"], before=nobody)
        self.assertEqual(run.out.count("\n"), 2)
        self.assertIn("old/locked", run.out)
        self.assertIn("old/dir", run.out)
        self.assertEqual([name for name in self.names(self.root / "delta") if name.startswith("deleted")], [])

    def test_a_full_disk_behind_standard_output_is_told(self):
        Tree(self.root / "old").file("a", noise(3_000_000, 1))
        with open("/dev/full", "wb") as full:
            run = subprocess.run([self.ours, "tar", "old", "-"], stdout=full, stderr=subprocess.PIPE, text=True,
                                 cwd=self.root, env=self.world.environment(), timeout=COMMAND_SECONDS_MAX,
                                 check=False)
        self.assertEqual(run.returncode, FAILED)
        self.assertTrue(run.stderr.startswith("Error: writing standard output: No space left on device"), run.stderr)


class HostileTest(RdiffdirTest):
    """Deltas that no honest program writes change nothing outside of the directory."""

    def setUp(self):
        super().setUp()
        self.outside = self.root / "outside"
        self.outside.mkdir()
        (self.outside / "victim").write_bytes(b"untouched")
        tree = Tree(self.root / "dir")
        tree.file("inside", b"inside")
        tree.link("way-out", self.outside)
        tree.link("way-to-file", self.outside / "victim")
        self.before = self.world.snapshot(self.outside)

    def test_nothing_outside_is_written_or_removed(self):
        out, file, link, folder, hard = (str(self.outside), tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE,
                                         tarfile.LNKTYPE)
        root = ("snapshot/./", folder, "", b"")
        for members in (
            [root, ("snapshot/../outside/new", file, "", b"x")],
            [root, (f"snapshot/{out}/new", file, "", b"x")],
            [root, ("snapshot/way-out/new", file, "", b"x")],
            [root, ("snapshot/l", link, out, b""), ("snapshot/l/new", file, "", b"x")],
            [root, ("snapshot/l", link, out, b""), ("snapshot/l/", folder, "", b""), ("snapshot/l/new", file, "", b"x")],
            [root, ("snapshot/h", hard, f"{out}/victim", b""), ("snapshot/h", file, "", b"x")],
            [root, ("deleted/../outside/victim", file, "", b"")],
            [root, ("deleted/way-out/victim", file, "", b"")],
            [root, ("deleted/way-out", file, "", b"")],
            [root, ("diff/way-to-file", file, "", b"rs\x026\x41\x01x\0")],
            [root, ("diff/way-out/victim", file, "", b"rs\x026\x41\x01x\0")],
            [root, ("multivol_snapshot/way-out/victim/1", file, "", b"x")],
            [root, ("deleted/", file, "", b"")],
            [root, ("deleted/..", file, "", b"")],
            [("snapshot/", link, out, b""), ("snapshot/new", file, "", b"x")],
        ):
            with self.subTest(members=[name for name, *_ in members]):
                self.craft("delta", *members)
                directory = self.copy("dir")
                self.run_it("ours", "patch", directory, "delta", expect=(OK, FAILED))
                self.assertEqual(self.world.snapshot(self.outside), self.before)
                self.assertTrue(os.path.lexists(directory))

    def test_a_directory_that_a_link_replaces_goes_without_what_the_link_leads_to(self):
        directory = self.copy("dir")
        (directory / "folder").mkdir()
        (directory / "folder" / "to-outside").symlink_to(self.outside)
        (directory / "folder" / "file").write_bytes(b"x")
        self.craft("delta", ("deleted/folder", tarfile.REGTYPE, "", b""), ("snapshot/way-out/", tarfile.DIRTYPE, "", b""))
        self.run_it("ours", "patch", directory, "delta")
        self.assertFalse((directory / "folder").exists())
        self.assertTrue((directory / "way-out").is_dir() and not (directory / "way-out").is_symlink())
        self.assertEqual(self.world.snapshot(self.outside), self.before)

    def test_a_file_can_be_no_directory_s_place(self):
        (self.root / "file").write_bytes(b"mine")
        self.craft("delta", ("snapshot/./", tarfile.DIRTYPE, "", b""), ("snapshot/x", tarfile.REGTYPE, "", b"x"))
        run = self.run_it("ours", "patch", "file", "delta", expect=FAILED)
        self.assertTrue(run.err.startswith("Error: "), run.err)
        self.assertEqual((self.root / "file").read_bytes(), b"mine")


if __name__ == "__main__":
    main()
