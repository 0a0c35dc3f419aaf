#!/usr/bin/env python3
"""Deja Dup 44's calls, played as it plays them: no streams but the log's pipe, no terminal, a session of its
own, and signals to the one process. What is read back is read by a parser of its own (deja_dup_log.py).

    DUPLID_DROPIN_PROGRAM=/usr/bin tests/dropin/front_ends_test.py     the same with the installed duplicity
"""

import contextlib
import hashlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support" / "python")]

import deja_dup_log
from processes import below, hold, inside, release
from stage import ours, reference
from trees import EPOCH, Tree, listing, noise
from world import COMMAND_SECONDS_MAX, World, WorldTest, main, wait_until

OURS = os.environ.get("DUPLID_DROPIN_PROGRAM", "") != "/usr/bin"
MARK = "This folder can be safely deleted.\n"
# How long after the death of a client nothing of its work may be left (front-ends.md 2.6).
DEATH_SECONDS_MAX = 2.0


class Call:
    """One running invocation."""

    def __init__(self, words, environment, directory, log_first=False):
        self.reader = deja_dup_log.Reader()
        self.pipe, write_end = os.pipe()
        words = list(map(os.fspath, words))
        words.insert(1 if log_first else len(words), f"--log-fd={write_end}")
        self.process = subprocess.Popen(
            words, env=environment, cwd=directory, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(write_end,))
        os.close(write_end)

    def read(self, seconds=COMMAND_SECONDS_MAX):
        """The next messages; None at the end of the stream."""
        if not select.select([self.pipe], [], [], seconds)[0]:
            raise AssertionError("the log says nothing")
        data = os.read(self.pipe, 65536)
        return self.reader.feed(data) if data else None

    def until(self, condition):
        """Reads until a message for which condition(message) holds."""
        while (messages := self.read()) is not None:
            for message in messages:
                if condition(message):
                    return message
        raise AssertionError(f"the log ended before: {[(m.level, m.code) for m in self.reader.messages][-20:]}")

    def finish(self):
        """Reads to the end of the stream, which nobody may hold open, and waits; the status."""
        while self.read() is not None:
            pass
        os.close(self.pipe)
        return self.process.wait(timeout=COMMAND_SECONDS_MAX)

    def stop_reading(self):
        os.close(self.pipe)


class DejaDupTest(WorldTest):
    """The surroundings that Deja Dup gives to the program."""

    def setUp(self):
        super().setUp()
        self.program = ours() if OURS else reference()
        self.home = self.world.root / "home"
        self.documents = self.home / "Documents"
        self.cache = self.world.root / "cache" / "deja-dup"
        self.target = self.home / "backups"
        self.url = f"gio+file://{self.target}"
        self.target.mkdir()
        tree = Tree(self.documents)
        tree.file("letter.txt", b"dear reader\n")
        tree.file("with [brackets]* and blank.txt", b"odd\n")
        tree.file("folder/picture.bin", noise(1_300_000, 3))
        tree.file("folder/skipped/cache.bin", noise(1_000, 4))
        tree.file("tagged/CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55")
        tree.stamp(EPOCH)
        self.tree = tree
        self.passphrase = ""  # as for a backup without encryption; None: not known yet

    # --- how Deja Dup calls ----------------------------------------------------------------------

    def start(self, *words, log_first=False):
        values = self.world.environment()
        values.update(PATH=f"{self.program.directory}:{values['PATH']}", HOME=str(self.home), DEJA_DUP_TESTING="1",
                      DISPLAY=":77", DBUS_SESSION_BUS_ADDRESS=f"unix:path={self.world.root}/run/nothing")
        if self.passphrase is not None:
            values["PASSPHRASE"] = self.passphrase
        plain = ["--no-encryption"] if self.passphrase == "" else []
        for path in self.cache.glob("*/lockfile.lock"):
            path.unlink()
        call = Call([self.program.duplicity, *words, *plain, "--verbosity=9", "--timeout=120",
                     f"--archive-dir={self.cache}", f"--tempdir={self.world.root / 'tmp'}"], values, self.world.root, log_first)
        self.addCleanup(self.end, call)
        return call

    def end(self, call):
        if call.process.poll() is None:
            call.process.kill()
            call.process.wait()

    def call(self, *words, expect=0, **how):
        """An invocation to its end; the reader of what it said."""
        call = self.start(*words, **how)
        status = call.finish()
        self.assertTrue(call.reader.is_between_messages)
        if expect is not None and status != expect:
            self.fail(f"{words} ended with {status}, not {expect}\n" + "\n".join(
                f"{m.level} {m.code} {m.words} {m.text}" for m in call.reader.messages[-12:]))
        return call.reader

    @property
    def selection(self):
        return [f"--include={self.cache}/metadata", f"--exclude={self.home}/snap/*/*/.cache",
                f"--exclude={self.home}/.var/app/*/cache", f"--exclude={self.documents}/folder/skipped",
                f"--include={self.documents}", "--exclude=/sys", "--exclude=/run", "--exclude=/proc", "--exclude=/dev",
                f"--exclude={self.world.root}/tmp", f"--exclude={self.world.root}/cache", f"--exclude={self.target}",
                "--exclude=**", "--exclude-if-present=CACHEDIR.TAG", "--exclude-if-present=.deja-dup-ignore"]

    def status(self, *words):
        return self.call("collection-status", *words, self.url)

    def back_up(self, full):
        """Everything that Deja Dup calls for one backup; the readers of the dry run and of the real one."""
        metadata = self.cache / "metadata"
        metadata.mkdir(parents=True, exist_ok=True)
        (metadata / "README").write_text(MARK + str(time.time_ns()), encoding="ascii")
        word = ["full"] if full else []
        self.status(*self.selection)
        dry = self.call(*word, *self.selection, "--dry-run", "--volsize=1", "/", self.url)
        if full:
            for path in self.cache.glob("*/duplicity-full.*.manifest"):
                path.unlink()
        self.next_second()
        real = self.call(*word, *self.selection, "--volsize=1", "/", self.url)
        written = (metadata / "README").read_text(encoding="ascii")
        self.status()
        self.call("restore", f"--file-to-restore={str(metadata)[1:]}", "--do-not-restore-ownership", "--force", self.url,
                  metadata)
        self.assertEqual((metadata / "README").read_text(encoding="ascii"), written)
        return dry, real

    def next_second(self):
        with self.world.new_set():
            pass

    def restored(self, *words):
        """What a restore of the documents brings, as Deja Dup asks for a folder."""
        directory = self.world.root / "restored" / str(time.time_ns())
        directory.mkdir()
        reader = self.call("restore", f"--file-to-restore={str(self.documents)[1:]}", *words, "--do-not-restore-ownership",
                           "--force", self.url, directory)
        return listing(directory), reader

    def stored(self):
        """What of the documents a backup holds: all but what was excluded."""
        left_out = ("folder/skipped", "tagged")
        return [row for row in listing(self.documents) if not row[7].startswith(left_out)]

    def running(self):
        """What runs on here, but for gpg's agent of the caller's own keys, which outlives gpg on purpose."""
        return [found for found in inside(self.world.root) if "gpg-agent" not in found[1]]

    def no_leftovers(self):
        """Nothing runs on, and nothing lies in the temporary folder."""
        wait_until("nothing runs on", lambda: not self.running())
        self.assertEqual([], os.listdir(self.world.root / "tmp"))


class SequenceTest(DejaDupTest):
    def assert_same(self, expected, rows):
        def plain(rows):
            # The folder that a restore is told to write into keeps its own time and mode in neither program.
            return sorted((row[0], *row[5:], *(row[1:2] + row[4:5] if row[7] != "." else ())) for row in rows)

        self.assertEqual(plain(expected), plain(rows))

    def version(self):
        done = subprocess.run([self.program.duplicity, "--version"], capture_output=True, check=True, text=True,
                              env=self.world.environment(), stdin=subprocess.DEVNULL)
        return done.stdout

    def test_the_version_is_the_last_word_of_one_line(self):
        self.assertEqual(self.version(), "duplicity 0.8.22\n")

    def backup_and_restore(self, passphrase):
        self.passphrase = passphrase
        encrypted = passphrase != ""
        dry, real = self.back_up(full=True)
        first = self.stored()
        self.assertEqual([], dry.sets())
        total, done = dry.progress()[-1][0], real.progress()[-1][0]
        self.assertLessEqual(abs(total - done), total / 10, "the dry run's total and what was then read")
        told = {message.words[0] for message in real.of("INFO", 4)}
        relative = str(self.documents)[1:]
        self.assertIn(f"{relative}/with [brackets]* and blank.txt", told)
        self.assertEqual([], [name for name in told if "skipped" in name or name.endswith("CACHEDIR.TAG")])
        self.assertTrue(real.of("INFO", 11) and real.of("INFO", 13))

        self.tree.file("letter.txt", b"dear reader, once more\n", mtime=EPOCH + 5)
        self.tree.file("new.txt", b"new\n", mtime=EPOCH + 5)
        self.tree.remove("with [brackets]* and blank.txt")
        self.tree.stamp(EPOCH + 5)
        _, real = self.back_up(full=False)
        for code, name in ((5, "letter.txt"), (4, "new.txt"), (6, "with [brackets]* and blank.txt")):
            self.assertIn(f"{relative}/{name}", [message.words[0] for message in real.of("INFO", code)])

        sets = self.status().sets()
        self.assertEqual([(kind, is_encrypted) for kind, _, is_encrypted in sets],
                         [("full", encrypted), ("inc", encrypted)])
        names = self.call("list-current-files", f"--time={sets[0][1]}", self.url).files()
        self.assertIn((f"{relative}/folder/picture.bin", "reg"), names)
        self.assertIn((f"{relative}/folder", "dir"), names)
        self.assert_same(first, self.restored(f"--time={sets[0][1]}")[0])
        rows, reader = self.restored()
        self.assert_same(self.stored(), rows)
        # Told by names relative to what is restored, with volumes done and their total.
        self.assertIn(["letter.txt", "reg"], [message.words for message in reader.of("INFO", 7)])
        done, total = reader.progress()[-1]
        self.assertLessEqual(done, total)
        self.no_leftovers()

    def test_a_backup_without_encryption_a_changed_one_and_restores_of_both(self):
        self.backup_and_restore("")

    def test_a_backup_with_a_passphrase_a_changed_one_and_restores_of_both(self):
        self.backup_and_restore("a passphrase")

    def test_a_file_is_restored_to_its_place_over_what_is_there(self):
        self.back_up(full=True)
        letter = self.documents / "letter.txt"
        letter.write_bytes(b"spoilt")
        self.call("restore", f"--file-to-restore={str(letter)[1:]}", "--do-not-restore-ownership", "--force", self.url,
                  letter)
        self.assertEqual(letter.read_bytes(), b"dear reader\n")

    def test_another_home_folder_is_restored_into_by_renaming(self):
        self.back_up(full=True)
        old, new = str(self.documents)[1:], str(self.world.root / "restored" / "moved")[1:]
        shutil.copytree(self.documents, f"/{new}")
        (Path("/", new) / "letter.txt").unlink()
        self.call("restore", "--rename", old, new, f"--file-to-restore={old}/letter.txt", "--do-not-restore-ownership",
                  "--force", self.url, f"/{new}/letter.txt", expect=None)
        self.assertEqual((Path("/", new) / "letter.txt").read_bytes(), b"dear reader\n")

    def test_the_password_is_asked_for_when_it_is_first_needed(self):
        self.passphrase = "a passphrase"
        self.back_up(full=True)
        shutil.rmtree(self.cache)
        self.passphrase = ""  # not known yet: Deja Dup looks what is there
        sets = self.status().sets()
        self.assertEqual([(kind, encrypted) for kind, _, encrypted in sets], [("full", True)])
        self.passphrase = None
        reader = self.call("list-current-files", self.url, expect=30)
        self.assertEqual(reader.of("ERROR", 30)[0].words[0], "EOFError")
        self.passphrase = "another"
        error = self.call("list-current-files", self.url, expect=31).of("ERROR", 31)[0]
        self.assertIn("Bad session key", error.text)
        self.passphrase = "a passphrase"
        self.assertTrue(self.call("list-current-files", self.url).files())

    def test_a_wrong_password_for_a_changed_backup_is_noticed(self):
        self.passphrase = "a passphrase"
        self.back_up(full=True)
        for path in self.cache.glob("*/duplicity-full.*.manifest"):
            path.unlink()
        before = sorted(os.listdir(self.target))
        self.passphrase = "another"
        self.next_second()
        reader = self.call("full", *self.selection, "--volsize=1", "/", self.url, expect=None)
        errors = [message for message in reader.messages if message.level == "ERROR"]
        self.assertTrue(any("GnuPG" in message.text or "Bad session key" in message.text for message in errors), errors)
        self.assertEqual(before, sorted(os.listdir(self.target)))

    def test_old_chains_are_removed_after_a_backup(self):
        for _ in range(3):
            self.back_up(full=True)
        self.call("remove-all-but-n-full", "2", "--force", self.url)
        self.assertEqual([kind for kind, _, _ in self.status().sets()], ["full", "full"])

    def test_leftovers_are_warned_of_and_cleaned_up(self):
        self.back_up(full=True)
        volume = next(self.target.glob("*.vol1.*"))
        shutil.copy(volume, self.target / "duplicity-full.20200101T000000Z.vol1.difftar.gz")
        reader = self.status(*self.selection)
        self.assertTrue(reader.of("WARNING", 5) + reader.of("WARNING", 6))
        self.call("cleanup", "--force", self.url)
        reader = self.status()
        self.assertEqual([], reader.of("WARNING", 5) + reader.of("WARNING", 6))
        self.assertEqual(len(reader.sets()), 1)

    def test_another_host_is_told_and_agreed_to(self):
        self.back_up(full=True)
        for path in (*self.target.glob("*.manifest"), *self.cache.glob("*/*.manifest")):
            text = path.read_text(encoding="utf-8").split("\n", 1)
            path.write_text("Hostname elsewhere\n" + text[1], encoding="utf-8")
        self.next_second()
        error = self.call(*self.selection, "--volsize=1", "/", self.url, expect=3).of("ERROR", 3)[0]
        self.assertEqual(error.words[1], "elsewhere")
        self.assertIn(error.words[0], (os.uname().nodename, socket.getfqdn()))
        self.call("--allow-source-mismatch", *self.selection, "--volsize=1", "/", self.url)

    def test_the_archive_dir_is_named_by_the_url_with_its_prefix(self):
        self.status()
        self.assertTrue((self.cache / hashlib.md5(self.url.encode()).hexdigest()).is_dir())

    def test_later_versions_put_the_descriptor_first(self):
        """Deja Dup 44.2 to 45.2: --log-fd before the action, `incremental` said."""
        self.back_up(full=True)
        self.next_second()
        self.call("incremental", *self.selection, "--volsize=1", "/", self.url, log_first=True)
        self.assertEqual([kind for kind, _, _ in self.status().sets()], ["full", "inc"])


class SignalTest(DejaDupTest):
    """A backup of many volumes, and what is sent to its one process in the middle of it."""

    VOLUMES = 60

    def setUp(self):
        super().setUp()
        for number in range(self.VOLUMES // 6):
            self.tree.file(f"large/{number}", noise(6 << 20, 100 + number))
        self.tree.stamp(EPOCH)

    def midway(self):
        """A backup that has put its third volume on the target."""
        call = self.start("full", *self.selection, "--volsize=1", "/", self.url)
        seen = iter(range(3))
        call.until(lambda message: (message.level, message.code) == ("INFO", 13) and next(seen, None) == 2)
        return call

    def is_complete(self):
        return any("manifest" in name for name in os.listdir(self.target))

    def is_free(self):
        """Whether the lock of the archive dir may be taken (by another process, as records go)."""
        taken = subprocess.run([sys.executable, "-c", "import fcntl, glob, sys\n"
                                f"for path in glob.glob('{self.cache}/*/lockfile'):\n"
                                "    fcntl.lockf(open(path, 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"],
                               capture_output=True, check=False)
        return taken.returncode == 0

    def resumes(self):
        """The next backup takes up what was begun, and restores."""
        kept = {name for name in os.listdir(self.target) if "vol1.difftar" in name}
        self.assertEqual(len(kept), 1)
        reader = self.call("full", *self.selection, "--volsize=1", "/", self.url)
        texts = "\n".join(message.text for message in reader.of("NOTICE", 1))
        self.assertIn("left a partial set, restarting", texts)
        self.assertEqual(kept, {name for name in os.listdir(self.target) if "vol1.difftar" in name})
        rows, _ = self.restored()
        names = {row[7]: row[6] for row in rows}
        for row in self.stored():
            self.assertEqual(names[row[7]], row[6], row[7])

    def test_sigkill_ends_the_work_within_two_seconds_and_the_next_backup_resumes(self):
        call = self.midway()
        call.process.kill()
        begin = time.monotonic()
        call.process.wait()
        wait_until("nothing runs on", lambda: not self.running())
        # A busy machine delays everything; free of that it is within two seconds.
        self.assertLess(time.monotonic() - begin, 5 * DEATH_SECONDS_MAX)
        self.assertFalse(self.is_complete())
        self.assertTrue(self.is_free())
        if OURS:
            self.assertEqual([], os.listdir(self.world.root / "tmp"))
        self.resumes()

    def test_cancelling_is_sigkill_and_cleanup(self):
        call = self.midway()
        call.process.kill()
        call.process.wait()
        self.call("cleanup", "--force", self.url)
        self.assertEqual([], os.listdir(self.target))
        self.assertEqual([], self.status().sets())

    @staticmethod
    def work(call):
        """Clock ticks that a call and all below it have computed."""
        ticks = 0
        for pid in (call.process.pid, *below(call.process.pid)):
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks

    def test_sigstop_to_the_client_alone_holds_the_work_and_sigcont_goes_on(self):
        with open(self.documents / "endless", "wb") as hole:
            hole.truncate(100 << 30)
        call = self.start("full", *self.selection, "--volsize=1", "/", self.url)
        call.until(lambda message: (message.level, message.code) == ("INFO", 4) and "endless" in message.words[0])
        before = self.work(call)
        wait_until("it works", lambda: self.work(call) > before + 10, call.process)
        hold(call.process.pid)
        # Still is who computes nothing for a second; at work it would be a hundred ticks.
        seen = {"ticks": None, "since": time.monotonic()}

        def is_still():
            if (ticks := self.work(call)) != seen["ticks"]:
                seen.update(ticks=ticks, since=time.monotonic())
            return time.monotonic() - seen["since"] > 1.0

        wait_until("all of it stands still", is_still)
        self.assertFalse(self.is_complete())
        before = self.work(call)
        release(call.process.pid)
        wait_until("it goes on", lambda: self.work(call) > before + 10, call.process)
        call.process.kill()
        call.process.wait()
        wait_until("nothing runs on", lambda: not self.running())

    def test_sigterm_ends_with_143_and_leaves_a_set_to_resume(self):
        call = self.midway()
        call.process.terminate()
        self.assertIn(call.finish(), (143, -signal.SIGTERM))
        self.assertTrue(self.is_free())
        if OURS:
            self.no_leftovers()
        self.resumes()

    def test_sighup_ends_with_129(self):
        call = self.midway()
        call.process.send_signal(signal.SIGHUP)
        self.assertIn(call.finish(), (129, -signal.SIGHUP))
        wait_until("nothing runs on", lambda: not self.running())
        self.assertTrue(self.is_free())

    def test_control_c_ends_with_4_and_leaves_a_set_to_resume(self):
        call = self.midway()
        os.killpg(call.process.pid, signal.SIGINT)  # as the terminal does: to the whole group
        self.assertEqual(call.finish(), 4)
        self.no_leftovers()
        self.resumes()

    def test_a_reader_that_went_away_does_not_end_the_work(self):
        if not OURS:
            self.skipTest("deviation: the reference ends with an exception")
        call = self.midway()
        call.stop_reading()
        self.assertEqual(call.process.wait(timeout=COMMAND_SECONDS_MAX), 0)
        self.assertTrue(self.is_complete())


class TwoCallersTest(DejaDupTest):
    def test_nobody_else_comes_between_the_first_question_and_the_end(self):
        """A backup that waits for its passphrase holds the lock, and lets it go before it ends."""
        Tree(self.world.source).file("a.txt", b"text")
        words = ["--archive-dir", self.world.archive_dir, "--name", "job"]
        values = {name: value for name, value in self.world.environment().items() if name != "PASSPHRASE"}
        asking = subprocess.Popen([self.program.duplicity, "full", *words, self.world.source, self.world.url], env=values,
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  start_new_session=True)
        self.addCleanup(asking.stderr.close)
        self.addCleanup(asking.stdin.close)
        self.addCleanup(asking.kill)
        told = b""
        while b"passphrase for decryption: " not in told:
            piece = os.read(asking.stderr.fileno(), 4096)
            self.assertTrue(piece, told)
            told += piece

        def status_of_another(program, expect):
            self.world.command([program, "collection-status", *words, self.world.url], passphrase="x", expect=expect)

        status_of_another(reference().duplicity, 23)
        status_of_another(self.program.duplicity, 23)
        asking.stdin.write(b"secret\nsecret\n")
        asking.stdin.flush()
        self.assertEqual(asking.wait(timeout=COMMAND_SECONDS_MAX), 0)
        status_of_another(reference().duplicity, 0)

    def test_two_callers_with_their_own_environments_do_not_mix(self):
        """Two homes, passphrases, temporary directories and zones at once; each gets its own."""
        worlds = [World(), World()]
        for world in worlds:
            self.addCleanup(world.close)
        for number, world in enumerate(worlds):
            Tree(world.source).file("whose.txt", b"%d" % number * 1000)
            world.zone = ("Asia/Kolkata", "America/New_York")[number]
        for action in ("full", "incremental", "restore"):
            running = []
            for number, world in enumerate(worlds):
                ends = [world.source, world.url] if action != "restore" else [world.url, world.root / "restored" / "x"]
                values = world.environment(f"passphrase {number}")
                running.append(subprocess.Popen([self.program.duplicity, action, *ends], env=values,
                                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                                stderr=subprocess.STDOUT, text=True))
            for process in running:
                text, _ = process.communicate(timeout=COMMAND_SECONDS_MAX)
                self.assertEqual(process.returncode, 0, text)
        for number, world in enumerate(worlds):
            self.assertEqual((world.root / "restored" / "x" / "whose.txt").read_bytes(), b"%d" % number * 1000)
            self.assertEqual(len(os.listdir(world.root / "cache" / "duplicity")), 1)
            # The other's passphrase opens nothing.
            done = world.command([self.program.duplicity, "restore", world.url, world.root / "restored" / "y"],
                                 passphrase=f"passphrase {1 - number}", expect=31)
            self.assertIn("Bad session key", done.err)


if __name__ == "__main__":
    main()
