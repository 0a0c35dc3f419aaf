#!/usr/bin/env python3
"""Every option there ever was is accepted or refused as it should be.

The list is the specification's (command-line.md 2.2 to 2.6): which options duplicity 0.8.22 and 3.x have.
0.8.22 itself was asked about each; what it takes we take, what it refuses we refuse in its words, and
beyond it we take what 3.x has. A value of another type and a missing one were tried on it, too. Its
answers are in tests/golden/dropin/options.json; `record` asks it anew, and so does each run with
DUPLID_DROPIN_LIVE=1.
"""

import concurrent.futures
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support" / "python"))

from world import COMMAND_SECONDS_MAX, World, WorldTest, main

THEIRS = "/usr/bin/duplicity"
GOLDEN = HERE.parent / "golden" / "dropin" / "options.json"
LIVE = bool(os.environ.get("DUPLID_DROPIN_LIVE"))
ROOT = "ROOT"  # stands for the directory of a test in words and answers


@dataclass(frozen=True)
class Option:
    name: str
    values: tuple = ()      # one that is accepted
    bad: str | None = None  # one that is refused by 0.8.22 while it reads the command line
    classic: bool = True    # 0.8.22 has it
    modern: bool = True     # 3.x has it


def flag(*names, **more):
    return [Option(name, **more) for name in names]


def text(*names, value="value", **more):
    return [Option(name, (value,), **more) for name in names]


def number(*names, value="7", **more):
    return [Option(name, (value,), "many", **more) for name in names]


def time(*names, value="3D", **more):
    return [Option(name, (value,), "sometime", **more) for name in names]


# 2.2 General
GENERAL = [
    *flag("--allow-source-mismatch", "--compare-data", "--copy-links", "--dry-run", "--force", "--ignore-errors",
          "--log-timestamp", "--no-compression", "--no-files-changed", "--no-print-statistics", "--null-separator",
          "--numeric-owner", "--progress", "--asynchronous-upload"),
    *flag("--do-not-restore-ownership", modern=False),
    *flag("--no-restore-ownership", classic=False),
    *flag("--extra-clean", classic=False, modern=False),
    *text("--archive-dir", value="cache"),
    *text("--config-dir", "--name", "--tempdir", value="tmp"),
    *text("--file-to-restore", "-r", value="a/file", modern=False),
    *text("--path-to-restore", value="a/file", classic=False),
    *time("--full-if-older-than", "--restore-time", "--time", "-t"),
    *number("--log-fd", value="1"),
    *text("--log-file", value="log"),
    *number("--backend-retry-delay", "--num-retries", "--progress-rate", "--timeout", "--volsize", "--max-blocksize"),
    Option("--metadata-sync-mode", ("full",), "some"),
    Option("--rename", ("orig", "new")),
    Option("--verbosity", ("4",), "loud"),
    Option("-v", ("i",), "loud"),
    # The old names of files.
    *flag("--old-filenames", "--short-filenames", modern=False),
    *text("--time-separator", value="_", modern=False),
    *text("--file-prefix", "--file-prefix-manifest", "--file-prefix-archive", "--file-prefix-signature"),
    *text("--file-prefix-jsonstat", classic=False),
]
# 2.3 Encryption
ENCRYPTION = [
    *text("--encrypt-key", "--hidden-encrypt-key", value="01234567"),
    *text("--sign-key", "--encrypt-sign-key", value="0123456789ABCDEF"),
    *text("--encrypt-secret-keyring", value="ring"),
    *text("--gpg-binary", value="gpg"),
    *text("--gpg-options", value="--verbose"),
    *flag("--no-encryption", "--use-agent"),
]
# 2.4 File selection
SELECTION = [
    *text("--include", "--exclude", value="**"),
    *text("--include-filelist", "--exclude-filelist", value="list"),
    *text("--include-regexp", "--exclude-regexp", value="x"),
    *flag("--exclude-device-files", "--exclude-other-filesystems"),
    *text("--exclude-if-present", value=".nobackup"),
    *time("--exclude-older-than"),
    *text("--include-globbing-filelist", "--exclude-globbing-filelist", value="list", modern=False),
    *flag("--include-filelist-stdin", "--exclude-filelist-stdin", modern=False),
]
# 2.5 Backends
BACKENDS = [
    *flag("--ftp-passive", "--ftp-regular", "--ssh-askpass", "--ssl-no-check-certificate", "--imap-full-address",
          "--b2-hide-files", "--mf-purge", "--s3-unencrypted-connection", "--s3-use-glacier", "--s3-use-glacier-ir",
          "--s3-use-deep-archive", "--s3-use-server-side-encryption", "--s3-use-server-side-kms-encryption",
          "--s3-use-rrs", "--s3-use-ia", "--s3-use-onezone-ia"),
    *flag("--s3-european-buckets", "--s3-use-new-style", "--s3-use-multiprocessing", modern=False),
    *flag("--use-scp", classic=False, modern=False),
    *text("--ssh-options", value="-oPort='22'"),
    *text("--scp-command", "--sftp-command", "--rsync-options", "--ssl-cacert-file", "--ssl-cacert-path",
          "--imap-mailbox", "--par2-options", "--swift-storage-policy", "--idr-fakeroot", "--azure-blob-tier",
          "--s3-kms-key-id", "--s3-kms-grant", "--s3-region-name", "--s3-endpoint-url"),
    *text("--webdav-headers", value="name,value", classic=False),
    *text("--cf-backend", value="pyrax"),
    *number("--par2-redundancy", "--par2-volumes", "--mp-segment-size", "--azure-max-single-put-size",
            "--azure-max-block-size", "--azure-max-connections", "--s3-multipart-chunk-size",
            "--s3-multipart-max-procs"),
    *number("--s3-multipart-max-timeout", modern=False),
]
# 2.6 3.x only, test only, python only
OTHERS = [
    *number("--concurrency", "--copy-blocksize", classic=False),
    *flag("--jsonstat", "--skip-if-no-change", classic=False),
    *number("--current-time", "--skip-volume"),
    *number("--fail-on-volume", modern=False),
]
# Other ways to select, which only 3.x has. A word that means nothing to 0.8.22 would change what is stored: while
# that is reported it is refused.
ONLY_3 = [
    *text("--files-from", value="list", classic=False),
    *flag("--filter-globbing", "--filter-literal", "--filter-regexp", "--filter-ignorecase", "--filter-strictcase",
          classic=False),
]
# Not in one list with the others: what they do is not compared here. --gio turns the target into another, --pydevd
# starts a debugger, and an empty target has no set to tell changes of.
APART = [*flag("--gio", modern=False), *flag("--pydevd"), *number("--show-changes-in-set", value="0"),
         *text("--file-changed", value="a/file")]

OPTIONS = [*GENERAL, *ENCRYPTION, *SELECTION, *BACKENDS, *OTHERS]
NAMES = re.compile(r"(?<![\w-])--?[a-zA-Z0-9][\w-]*")


def last_line(text):
    return text.rstrip("\n").rsplit("\n", 1)[-1]


def asked(*words):
    """The words in a command that takes every option and has nothing to do."""
    return ["collection-status", *words, f"file://{ROOT}/target"]


def accepted():
    return [asked(option.name, *option.values) for option in OPTIONS if option.classic]


def refused():
    gone = [option.name for option in OPTIONS if not option.classic and not option.modern]
    gone += [option.name for option in ONLY_3]
    return [asked(name) for name in [*gone, "--no-such-option", "-q"]]


def one_value_missing_or_too_many():
    options = [option for option in [*OPTIONS, *APART] if option.classic and option.name.startswith("--")]
    return [[*asked(), option.name] if option.values else asked(f"{option.name}=1") for option in options]


def of_another_type():
    return [asked(option.name, option.bad) for option in OPTIONS if option.classic and option.bad]


def abbreviated():
    """One letter shorter: enough wherever no other option begins with it."""
    names = sorted({option.name for option in OPTIONS if option.classic and option.name.startswith("--")})
    words_of = {option.name: option.values for option in OPTIONS}
    return [asked(name[:-1], *words_of[name]) for name in names]


@dataclass(frozen=True)
class Answer:
    status: int
    said: str  # on standard error: all of it, or the last line of a refusal, before which comes the usage


def make_place(world):
    (world.root / "list").write_bytes(b"")
    world.target.mkdir()


def run_it(world, program, words, version="0.8.22"):
    # A cache for each: side by side they would lock each other out.
    with tempfile.TemporaryDirectory(dir=world.root) as cache:
        return subprocess.run([program, *(word.replace(ROOT, str(world.root)) for word in words)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=world.root,
                              env=world.environment() | {"XDG_CACHE_HOME": cache, "DUPLID_COMPAT_VERSION": version},
                              timeout=COMMAND_SECONDS_MAX, check=False)


def answer(world, program, words):
    run = run_it(world, program, words)
    said = run.stderr.replace(str(world.root), ROOT)
    return Answer(run.returncode, said if run.returncode == 0 else last_line(said))


def ask_the_reference(world, commands):
    """It takes a third of a second for each."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda words: answer(world, THEIRS, words), commands))


def text_of_answers():
    """What duplicity answers to everything that is asked here, as the golden file has it."""
    commands = [*accepted(), *refused(), *one_value_missing_or_too_many(), *of_another_type(), *abbreviated()]
    world = World()
    try:
        make_place(world)
        answers = ask_the_reference(world, commands)
    finally:
        world.close()
    rows = [json.dumps([words, given.status, given.said]) for words, given in zip(commands, answers)]
    return "[\n" + ",\n".join(rows) + "\n]\n"


@functools.cache
def recorded():
    return {tuple(words): Answer(status, said) for words, status, said in json.loads(GOLDEN.read_text("ascii"))}


class OptionTest(WorldTest):
    def setUp(self):
        super().setUp()
        (self.world.root / "bin").mkdir()
        self.ours = self.world.root / "bin" / "duplicity"
        self.ours.symlink_to(self.world.duplictl_program)
        make_place(self.world)

    def run_it(self, program, *words, version="0.8.22"):
        return run_it(self.world, program, words, version)

    def both(self, commands):
        """(words, theirs, ours) for each command."""
        self.assertTrue(commands)
        theirs = (ask_the_reference(self.world, commands) if LIVE else
                  [recorded()[tuple(words)] for words in commands])
        return list(zip(commands, theirs, (answer(self.world, self.ours, words) for words in commands)))

    def assert_same_refusals(self, commands):
        for words, theirs, ours in self.both(commands):
            with self.subTest(words=words):
                self.assertEqual(theirs.status, 2)
                self.assertEqual(ours, theirs)

    def test_a_refusal_writes_nothing_to_standard_output(self):
        run = self.run_it(self.ours, *asked("--no-such-option"))
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertNotEqual(run.stderr, "")

    def test_the_list_has_every_option_of_both_programs(self):
        listed = {option.name for option in [*OPTIONS, *ONLY_3, *APART]} | {"--help", "--version", "-h", "-V"}
        for program in (THEIRS, self.ours):
            run = self.run_it(program, "--help")
            self.assertEqual(run.returncode, 0)
            # "  -r path, --file-to-restore=path  What it does"
            shown = {name for line in run.stdout.splitlines() if re.match(r"\s{2,}-", line)
                     for name in NAMES.findall(re.split(r"\s{2,}", line.strip())[0])}
            self.assertGreater(len(shown), 100)
            self.assertEqual(shown - listed, set())

    def test_what_0_8_22_takes_it_takes_and_says_the_same_on_standard_error(self):
        for words, theirs, ours in self.both(accepted()):
            with self.subTest(words=words):
                self.assertEqual(theirs.status, 0, theirs.said)
                self.assertEqual(ours, theirs)

    def test_what_only_3_x_has_is_taken_too(self):
        for option in OPTIONS:
            if option.modern and not option.classic:
                with self.subTest(option.name):
                    run = self.run_it(self.ours, *asked(option.name, *option.values))
                    self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_what_is_3_x_s_alone_is_taken_while_that_is_reported(self):
        for option in ONLY_3:
            run = self.run_it(self.ours, *asked(option.name, *option.values), version="3.0.1")
            self.assertEqual((run.returncode, run.stderr), (0, ""))

    def told_of(self, options):
        """Which of them a run with all at once says to be without effect."""
        words = [word for option in options for word in (option.name, *option.values)]
        run = self.run_it(self.ours, *asked(*words, "-v5"))
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = re.findall(r"^Option (\S+) has no effect(?: on this target)?\.$", run.stdout, re.MULTILINE)
        self.assertEqual(len(set(lines)), len(lines))
        return set(lines)

    def test_what_has_no_effect_is_told_of(self):
        """No option is dropped in silence: on a local target all that are for others, and of the rest these."""
        means_nothing = {"--config-dir", "--copy-blocksize", "--file-prefix-jsonstat", "--pydevd"}
        apart = ("--log-fd", "--log-timestamp", "-v", "--verbosity")
        # These change what is printed, and how; of classes of storage there may be one.
        here = [option for option in [*GENERAL, *ENCRYPTION, *SELECTION, *OTHERS, *flag("--pydevd")]
                if (option.classic or option.modern) and option.name not in apart]
        self.assertEqual(self.told_of(here), means_nothing)
        classes = {"--s3-use-rrs", "--s3-use-ia", "--s3-use-onezone-ia"}
        for one in sorted(classes):
            there = [option for option in BACKENDS
                     if (option.classic or option.modern) and option.name not in classes - {one}]
            self.assertEqual(self.told_of(there), {option.name for option in there})

    def test_an_option_for_its_own_kind_of_target_is_not_told_of(self):
        """Nobody listens at these URLs: what is told comes before the question."""
        for url, own, foreign in (("ftp://127.0.0.1:1/a", "--ftp-regular", "--ssh-askpass"),
                                  ("imap://me@127.0.0.1:1/a", "--imap-full-address", "--ftp-passive"),
                                  ("webdavs://127.0.0.1:1/a", "--ssl-no-check-certificate", "--imap-full-address"),
                                  (f"par2+file://{self.world.target}", "--par2-volumes=2", "--ssh-askpass")):
            with self.subTest(url):
                run = self.run_it(self.ours, "collection-status", "-v5", "--num-retries", "1", own, foreign, url)
                self.assertNotIn(f"Option {own.split('=')[0]} has no effect", run.stdout)
                self.assertIn(f"Option {foreign} has no effect on this target.", run.stdout)

    def test_what_neither_has_is_refused_in_the_words_of_0_8_22(self):
        self.assert_same_refusals(refused())

    def test_a_missing_value_and_one_too_many_are_refused_in_the_same_words(self):
        self.assert_same_refusals(one_value_missing_or_too_many())

    def test_a_value_of_another_type_is_refused_in_the_same_words(self):
        self.assertGreater(len(of_another_type()), 25)
        self.assert_same_refusals(of_another_type())

    def test_an_abbreviation_means_what_it_means_in_0_8_22(self):
        for words, theirs, ours in self.both(abbreviated()):
            with self.subTest(words=words):
                self.assertEqual(ours.status, theirs.status, ours.said)
                if theirs.status != 0:
                    self.assertEqual(ours.said, theirs.said)

    def test_options_that_stand_apart_are_taken(self):
        for option in APART:
            with self.subTest(option.name):
                run = self.run_it(self.ours, *asked(option.name, *option.values))
                self.assertNotIn("no such option", run.stderr)
                self.assertNotIn("Traceback", run.stderr)


if __name__ == "__main__":
    main()
