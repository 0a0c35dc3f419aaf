#!/usr/bin/env python3
"""gpg fails, is cut short, killed, missing or cannot use its keys: the run fails, says why, and leaves
nothing on the target that looks like a set. Programs in gpg's place run the real one and then spoil it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from trees import EPOCH, Tree, noise
from world import DENIED, MODES, NOT_FOUND, OK, UNREACHABLE, WRONG_PASSPHRASE, WorldTest, fingerprint, main

MODE = MODES["passphrase"]
FAILURES = tuple(range(1, 130))


class GpgFaultTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.tree = Tree(self.world.source)
        self.tree.file("noise", noise(3_000_000, 1))
        self.tree.stamp(EPOCH)

    def program(self, lines):
        """A program that stands in for gpg; `real` in `lines` runs gpg with its arguments."""
        path = self.world.root / "spoiled-gpg"
        path.write_text('#!/bin/bash\nreal() { gpg "$@"; }\n' + lines, encoding="ascii")
        path.chmod(0o755)
        return replace(MODE, options=("--gpg-binary", str(path)))

    def files(self):
        return [path for path in self.world.target.glob("**/*") if path.is_file()]

    def backup_fails(self, mode, expect=FAILURES):
        with self.world.new_set():
            return self.world.duplictl("backup", self.world.source, self.world.url, "--full", mode=mode,
                                       expect=expect)

    def no_set_exists(self):
        self.assertEqual([path for path in self.files() if "manifest" in path.name], [])

    def test_output_that_was_cut_is_no_set_even_if_the_exit_status_is_zero(self):
        self.backup_fails(self.program('real "$@" | head -c 200000; exit 0\n'))
        self.no_set_exists()

    def test_a_gpg_that_is_killed_fails_the_run(self):
        run = self.backup_fails(self.program('head -c 500000 | real "$@"; kill -9 $$\n'), UNREACHABLE)
        self.assertIn("killed", run.err)
        self.no_set_exists()

    def test_an_exit_status_counts_though_gpg_said_that_all_is_well(self):
        self.backup_fails(self.program('real "$@"; exit 2\n'))
        self.no_set_exists()

    def test_who_never_ran_gpg_has_a_home_for_it_before_the_first_of_several_gpgs_runs(self):
        """gpg makes it, too, but of those that begin together all but one fail over it."""
        environment = self.world.environment
        self.world.environment = lambda passphrase=None: {
            name: value for name, value in environment(passphrase).items() if name != "GNUPGHOME"}
        home = self.world.root / "home" / ".gnupg"
        self.assertFalse(home.exists())
        mode = self.program('test -d "$HOME/.gnupg" || exit 99\nreal "$@"\n')
        with self.world.new_set():
            self.world.duplictl("backup", self.world.source, self.world.url, "--full", mode=mode, expect=OK)
        self.assertEqual(home.stat().st_mode & 0o7777, 0o700)
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplicity", mode=MODE))

    def test_a_gpg_that_is_killed_while_reading_restores_nothing(self):
        self.world.back_up("duplid", mode=MODE, kind="full")
        mode = self.program('head -c 500000 | real "$@"; kill -9 $$\n')
        directory = self.world.restore("duplid", mode=mode, expect=FAILURES)
        self.assertFalse((directory / "noise").exists())
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplid", mode=MODE))

    def test_a_missing_gpg_is_named(self):
        mode = replace(MODE, options=("--gpg-binary", "/nonexistent/gpg"))
        self.assertIn("/nonexistent/gpg", self.backup_fails(mode, NOT_FOUND).err)
        self.assertEqual(self.files(), [])

    def test_a_home_with_open_permissions_hinders_nothing(self):
        (self.world.root / "gnupg").chmod(0o755)
        self.world.back_up("duplid", mode=MODE, kind="full")
        self.assert_same_tree(self.tree.listing(), self.world.restore("duplicity", mode=MODE))

    def test_an_expired_key_is_refused_with_its_date_before_anything_is_written(self):
        done = subprocess.run(
            ["gpg", "--batch", "--status-fd", "1", "--pinentry-mode", "loopback", "--passphrase", "",
             "--faked-system-time", "20200101T000000", "--quick-gen-key", "old@example.org", "rsa2048",
             "cert,sign,encr", "1d"], env=self.world.environment(), check=True, capture_output=True)
        key = done.stdout.decode().split("KEY_CREATED P ")[1].split()[0]
        run = self.backup_fails(replace(MODES["public-key"], options=("--encrypt-key", key)), DENIED)
        self.assertIn("2020-01-02", run.err)
        self.assertEqual(self.files(), [])

    def test_a_sign_key_whose_secret_part_was_taken_away_is_told_as_such_before_anything_is_written(self):
        """As people do it who keep their primary key offline: gpg lists it as "sec#"."""
        def gpg(*words):
            return subprocess.run(["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "", *words],
                                  env=self.world.environment(), check=True, capture_output=True).stdout.decode()
        gpg("--quick-generate-key", "away@example.org", "ed25519", "sign")
        key = next(line.split(":")[9] for line in gpg("--with-colons", "--list-keys", "away@example.org").splitlines()
                   if line.startswith("fpr:"))
        grip = next(line.split(":")[9] for line in
                    gpg("--with-colons", "--with-keygrip", "--list-keys", key).splitlines() if line.startswith("grp:"))
        gpg("--quick-add-key", key, "cv25519", "encr")
        exported = self.world.root / "subkeys"
        gpg("--output", str(exported), "--export-secret-subkeys", key)
        (self.world.root / "gnupg" / "private-keys-v1.d" / f"{grip}.key").unlink()
        gpg("--import", str(exported))
        self.assertIn("sec#", gpg("--list-secret-keys", key))
        run = self.backup_fails(replace(MODE, options=("--sign-key", key)), NOT_FOUND)
        self.assertIn("secret part", run.err)
        self.assertEqual(self.files(), [])

    def test_an_agent_without_pinentry_is_told_and_not_waited_for(self):
        (self.world.root / "gnupg" / "gpg-agent.conf").write_text("pinentry-program /nonexistent\n")
        run = self.backup_fails(replace(MODE, options=("--use-agent",)), WRONG_PASSPHRASE)
        self.assertIn("pinentry", run.err)
        self.assertEqual(self.files(), [])

    def test_no_secret_is_among_the_arguments_or_variables_of_gpg(self):
        note = self.world.root / "seen"
        mode = self.program(f"tr '\\0' '\\n' </proc/$$/cmdline >>{note}; env >>{note}; real \"$@\"\n")
        mode = replace(mode, options=(*mode.options, "--sign-key", fingerprint("SIGN")), keys=True)
        self.world.back_up("duplid", mode=mode, kind="full", expect=OK)
        self.assertIn("--symmetric", note.read_text())
        self.assertNotIn(MODE.passphrase, note.read_text())


if __name__ == "__main__":
    main()
