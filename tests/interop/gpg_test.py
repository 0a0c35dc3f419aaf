#!/usr/bin/env python3
"""Signed sets and options for gpg, in both directions between the two programs, with gpg as witness.

The chains of chains_test.py are signed with the golden RSA key; here are the other kinds of keys, sign
keys that are demanded, options, and recipients that change.
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import DENIED, MODES, OK, WARNINGS, WorldTest, fingerprint, main

ENCRYPT = fingerprint("ENCRYPT")
SIGN = fingerprint("SIGN")
PUBLIC_KEY = MODES["public-key"]
PASSPHRASE = MODES["passphrase"]


class GpgTest(WorldTest):
    quick_passphrases = False

    def setUp(self):
        super().setUp()
        self.world.import_keys()
        self.tree = Tree(self.world.source)
        self.tree.file("noise", noise(1_500_000, 1))
        self.tree.file("text", b"the same line again\n" * 50_000)
        self.tree.stamp(EPOCH)

    def edit(self, seed):
        self.tree.file("noise", noise(1_500_000, seed), mtime=EPOCH + seed)

    def gpg(self, *words, expect=0):
        done = subprocess.run(["gpg", "--batch", "--pinentry-mode", "loopback", *map(str, words)],
                              env=self.world.environment(), capture_output=True, check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done

    def new_key(self, algorithm, user, usage="cert,sign"):
        status = self.gpg("--status-fd", "1", "--passphrase", "", "--quick-gen-key", user, algorithm,
                          usage, "never").stdout.decode()
        return status.split("KEY_CREATED P ")[1].split()[0]

    def signed_by(self, key):
        return replace(PUBLIC_KEY, options=("--encrypt-key", ENCRYPT, "--sign-key", key))

    def restored_by_both(self, mode, **how):
        for program in ("duplid", "duplicity"):
            with self.subTest("restored by " + program):
                self.assert_same_tree(self.tree.listing(), self.world.restore(program, mode=mode, **how))

    def chain(self, mode):
        """One set of each program, ours first, in several volumes."""
        for seed, program in enumerate(("duplid", "duplicity", "duplid"), 2):
            self.world.back_up(program, "--volsize", "1", mode=mode,
                               kind="incremental" if seed > 2 else "full")
            self.edit(seed)
        self.world.back_up("duplid", "--volsize", "1", mode=mode, kind="incremental")

    def test_sets_signed_with_an_ed25519_key_are_good_for_gpg_and_for_duplicity(self):
        key = self.new_key("ed25519", "signer@example.org")
        mode = self.signed_by(key)
        self.chain(mode)
        files = self.world.target_names(r"\.gpg$")
        self.assertGreater(len(files), 12)
        for name in files:
            with self.subTest(name):
                status = self.gpg("--status-fd", "2", "-o", "/dev/null", "--yes", "-d",
                                  self.world.target / name).stderr.decode()
                self.assertIn(f"VALIDSIG {key}", status)
        # duplicity compares with the long key id, in upper case (archive-format.md 8.5).
        self.restored_by_both(self.signed_by(key[-16:]))
        verified = self.world.duplicity("verify", "--compare-data", self.world.url, self.world.source,
                                        mode=self.signed_by(key[-16:]))
        self.assertIn("0 differences found", verified.out)

    def test_signed_volumes_are_compressed_and_no_larger_than_asked_for(self):
        self.world.back_up("duplid", "--volsize", "1", mode=self.signed_by(SIGN), kind="full")
        sizes = [(self.world.target / name).stat().st_size for name in self.world.target_names("difftar")]
        self.assertGreater(len(sizes), 1)
        self.assertLessEqual(max(sizes), 1 << 20)
        self.assertLess(sum(sizes), 1_700_000)  # the text, a megabyte, compresses to next to nothing

    def test_sets_by_another_signer_are_refused_and_the_signer_is_named(self):
        other = self.new_key("ed25519", "other@example.org")
        for program in ("duplid", "duplicity"):
            with self.subTest("written by " + program):
                self.world.target = self.world.root / ("target-" + program)
                self.world.name = program
                self.world.back_up(program, mode=self.signed_by(other), kind="full")
                self._refused_by_name(other)

    def _refused_by_name(self, signer):
        destination = self.world.root / "refused"
        run = self.world.duplictl("restore", self.world.url, destination, mode=self.signed_by(SIGN), expect=DENIED)
        self.assertIn(signer, run.err)
        self.assertIn(SIGN, run.err)
        self.assertFalse(destination.exists() and any(destination.iterdir()))

    def test_an_unsigned_set_is_refused_where_a_signature_is_demanded(self):
        self.world.back_up("duplicity", mode=PUBLIC_KEY, kind="full")
        run = self.world.duplictl("restore", self.world.url, self.world.root / "refused",
                                  mode=self.signed_by(SIGN), expect=DENIED)
        self.assertIn("not signed", run.err)
        # Nor are its signatures built on, once they have to be read from the target.
        self.world.archive_dir = self.world.root / "empty-archive-dir"
        self.edit(2)
        with self.world.new_set():
            self.world.duplictl("backup", self.world.source, self.world.url, "--incremental",
                                mode=self.signed_by(SIGN), expect=DENIED)

    def test_options_for_gpg_are_used_for_writing_and_for_reading_by_both(self):
        for options, packet in ((("--gpg-options", "--cipher-algo AES"), "cipher 7"),
                                (("--gpg-options=--compress-algo=bzip2", "--gpg-options", "--s2k-count 70000"),
                                 "algo=3")):
            with self.subTest(packet):
                mode = replace(PASSPHRASE, options=options)
                self.world.target = self.world.root / packet
                self.world.name = packet
                self.chain(mode)
                for name in self.world.target_names(r"vol1\.difftar\.gpg$"):
                    listed = self.gpg("--passphrase", PASSPHRASE.passphrase, "--list-packets",
                                      self.world.target / name).stdout.decode()
                    self.assertIn(packet, listed)
                self.restored_by_both(mode)
                self.restored_by_both(PASSPHRASE)

    def test_each_file_costs_one_derived_key_and_the_chain_is_opened_before_the_target_is_touched(self):
        log = self.world.root / "gpg.log"
        noting = self.world.root / "noting-gpg"
        # After a decryption, what is on the target by then.
        noting.write_text(f"""#!/bin/sh
case " $* " in
*" --decrypt "*) gpg "$@"; status=$?; echo decrypts $(ls -A {self.world.target}) >>{log}; exit $status;;
*" --symmetric "*) echo encrypts >>{log};;
*) echo other >>{log};;
esac
exec gpg "$@"
""", encoding="ascii")
        noting.chmod(0o755)
        mode = replace(PASSPHRASE, options=("--gpg-binary", noting))

        def processes(kind):
            before = sorted(path.name for path in self.world.target.iterdir()) if self.world.target.exists() else []
            log.unlink(missing_ok=True)
            self.world.back_up("duplid", "--volsize", "1", mode=mode, kind=kind)
            lines = [line.split() for line in log.read_text(encoding="ascii").splitlines()]
            for line in lines:
                if line[0] == "decrypts":
                    self.assertEqual(sorted(line[1:]), before)
            added = len(list(self.world.target.iterdir())) - len(before)
            return sorted(line[0] for line in lines), added

        started, files = processes("full")
        self.assertGreater(files, 3)  # several volumes
        self.assertEqual(started, ["encrypts"] * files)
        started, files = processes("incremental")
        self.assertEqual(files, 3)  # nothing changed: a volume, signatures, manifest
        self.assertEqual(started, ["decrypts"] + ["encrypts"] * 3)
        self.edit(2)
        started, files = processes("incremental")
        self.assertEqual(started, ["decrypts"] + ["encrypts"] * files)
        self.restored_by_both(PASSPHRASE)

    def test_options_that_gpg_does_not_know_write_nothing(self):
        mode = replace(PASSPHRASE, options=("--gpg-options", "--no-such-option"))
        run = self.world.duplictl("backup", self.world.source, self.world.url, mode=mode, expect=2)
        self.assertIn("no-such-option", run.err)
        self.assertEqual([path for path in self.world.target.glob("**/*") if path.is_file()], [])

    def test_a_passphrase_among_the_options_is_refused(self):
        mode = replace(PASSPHRASE, options=("--gpg-options", "--passphrase=topsecret"))
        run = self.world.duplictl("backup", self.world.source, self.world.url, mode=mode, expect=2)
        self.assertNotIn("topsecret", run.text)

    def test_a_change_of_recipients_is_told_once_with_both_names(self):
        owner = self.new_key("rsa2048", "newcomer@example.org", "cert,sign,encr")
        both = replace(PUBLIC_KEY, options=("--encrypt-key", owner))
        self.world.back_up("duplicity", mode=PUBLIC_KEY, kind="full")
        self.edit(2)
        with self.world.new_set():
            run = self.world.duplictl("backup", self.world.source, self.world.url, "--incremental", mode=both,
                                      expect=WARNINGS)
        self.assertIn("newcomer@example.org", run.text)
        self.assertIn(ENCRYPT[-16:], run.text)
        self.edit(3)
        self.world.back_up("duplid", mode=both, kind="incremental", expect=OK)
        self.restored_by_both(both)


if __name__ == "__main__":
    main()
