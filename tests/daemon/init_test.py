"""duplictl init: from nothing to a scheduled backup, with somebody at a terminal and without. What it promises on
the recovery sheet is done by stock duplicity in bash, as somebody with a bare machine would."""

import grp
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from conversations import Conversation
from support import DUPLID, Client, DaemonTest, Refused, wait_for
from world import GOLDEN, fingerprint

DUPLICTL = os.environ["DUPLICTL_BIN"]
NOBODY = 65534
PASSPHRASE = "ein Geheimnis, it's $HOME\\ "


class InitTest(DaemonTest):
    def setUp(self):
        super().setUp()
        # gpg-agent's socket lies below it; others may pass through to what is theirs.
        os.chmod(self.root, 0o755)
        for name in ("home", "config", "tmp"):
            os.mkdir(self.path(name), 0o700)
        # Passphrases are not to be hashed for as long as real ones.
        os.mkdir(self.path("home/.gnupg"), 0o700)
        with open(self.path("home/.gnupg/gpg.conf"), "w", encoding="ascii") as file:
            file.write("s2k-count 2048\n")
        self.write("docs/letter", b"Dear all,\n" * 100)
        self.write("docs/notes", b"remember the milk\n")
        self.url = "file://" + self.path("target")

    def environment(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": self.path("home"), "LC_ALL": "C.UTF-8", "TMPDIR": self.path("tmp"),
                **{name: os.environ[name] for name in os.environ if name.endswith("SAN_OPTIONS")}, **more}

    def start(self):
        self.start_daemon("--config-dir", self.path("config"), env=self.environment())
        return self.client()

    def words(self, *words):
        return [DUPLICTL, *words, "--socket", self.socket_path]

    def terminal(self, *words, **environment):
        terminal = Conversation(self.words(*words), self.environment(**environment), self.root)
        self.addCleanup(terminal.close)
        return terminal

    def duplictl(self, *words, status=0, **environment):
        """Without a terminal."""
        done = subprocess.run(self.words(*words), env=self.environment(**environment), text=True, cwd=self.root,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
                              start_new_session=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def init(self, *words, status=0, **environment):
        return self.duplictl("init", *words, "--filesystem", "none", status=status, **environment)

    def job_file(self, job="home"):
        with open(self.path("config/jobs.d", job + ".json"), encoding="utf-8") as file:
            return json.load(file)

    def content(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def found_in_config(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.path("config"))
                      for folder, _, names in os.walk(self.path("config")) for name in names)

    def restore_with_duplicity(self, **environment):
        out = self.path("restored")
        done = subprocess.run(["duplicity", "restore", "--archive-dir", self.path("duplicitys"), self.url, out],
                              env=self.environment(**environment), text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return self.tree(out)

    def follow_sheet(self, sheet, typed="", bring=None):
        """Types what the sheet says into bash on a bare machine: a home directory without keys and caches. `typed` is
        what somebody answers; `bring` a file that was kept elsewhere. Returns the tree that came back."""
        commands = re.findall(r"^    (.*)$", sheet, re.MULTILINE)
        self.assertTrue(commands[0].startswith("apt install duplicity gnupg"), sheet)
        first = next(i for i, command in enumerate(commands) if command.startswith("duplicity restore"))
        self.assertTrue(commands[first].endswith(" /restore"), commands[first])
        bare = self.path("bare")
        shutil.rmtree(bare, ignore_errors=True)
        os.mkdir(bare, 0o700)
        if bring:
            shutil.copy(bring, bare)
        script = "\n".join(["set -e", *commands[1:first], commands[first].removesuffix(" /restore") + " restored"])
        done = subprocess.run(["bash", "-c", script], input=typed, text=True, capture_output=True, check=False, cwd=bare,
                              env=self.environment(HOME=bare), timeout=120)
        subprocess.run(["gpgconf", "--kill", "all"], env=self.environment(HOME=bare), check=False, capture_output=True)
        self.assertEqual(done.returncode, 0, script + "\n" + done.stdout + done.stderr)
        return self.tree(os.path.join(bare, "restored"))


class AtATerminal(InitTest):
    def test_a_first_time_user_gets_a_backup_that_was_tried_and_a_sheet(self):
        self.start()
        terminal = self.terminal("init", "--filesystem", "none")
        terminal.answer("Name of the backup [home]: ")
        terminal.answer(f"What is to be backed up [{self.path('home')}]: ", self.path("source"))
        terminal.answer("Target: ", "target")
        terminal.answer("A further target, which gets the same backups? [y/N]: ")
        self.assertIn("1  a passphrase that is made for you", terminal.answer("Which [1]: "))
        self.assertIn("1  every day", terminal.answer("Which [1]: "))
        self.assertIn("1  all of them", terminal.answer("Which [1]: "))
        self.assertIn('"calendar"', terminal.answer("Make it so? [Y/n]: "))
        shown = re.search(r"Your passphrase is\n\n    (\S+)\n", terminal.answer("Written down? [Y/n]: "))
        self.assertEqual(terminal.end(), 0, terminal.shown)

        job = self.job_file()
        self.assertEqual((job["source"], job["target"]), (self.source, self.url))
        self.assertEqual(job["schedule"], {"calendar": ["daily"], "random_delay": "1h"})
        self.assertNotIn("retention", job)
        file = job["secrets"]["passphrase"]["file"]
        self.assertEqual(file, self.path("config/secrets/home"))
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(file)).st_mode), 0o700)
        passphrase = self.content(file).removesuffix("\n")
        self.assertRegex(passphrase, r"^([a-z2-9]{5}-){4}[a-z2-9]{5}$")
        self.assertEqual(shown[1], passphrase)
        self.assertIn("on trial: the same bytes as in the source", terminal.shown)
        self.assertEqual(self.restore_with_duplicity(PASSPHRASE=passphrase), self.tree(self.source))

        sheet = self.content(self.path("config/recovery/home.txt"))
        self.assertIn(sheet, terminal.shown)
        self.assertIn("A disk may be mounted elsewhere", sheet)
        self.assertNotIn(passphrase, sheet)
        self.assertEqual(self.follow_sheet(sheet, typed=passphrase + "\n"), self.tree(self.source))

    def test_answers_that_make_no_sense_are_asked_for_again(self):
        self.start()
        terminal = self.terminal("init", "mine", "--filesystem", "none")
        terminal.answer("What is to be backed up", self.path("nowhere"))
        terminal.answer("There is no such file or directory.\nWhat is to be backed up", self.source)
        terminal.answer("Target: ")
        terminal.answer("Target: ", self.url)
        terminal.answer("A further target, which gets the same backups? [y/N]: ")
        terminal.answer("Which [1]: ", "7")
        terminal.answer("from 1 to ", "2")
        terminal.answer("Passphrase: ")
        terminal.answer("An empty one protects nothing.\nPassphrase: ", "one")
        terminal.answer("The same again: ", "another")
        terminal.answer("They differ. Once more, please.\nPassphrase: ", "one")
        terminal.answer("The same again: ", "one")
        terminal.answer("Which [1]: ", "4")
        terminal.answer("Mon..Fri 12:30]: ", "whenever")
        terminal.answer("Times, as systemd's OnCalendar= has them", "Sat 03:00")
        terminal.answer("Which [1]: ", "2")
        terminal.answer("Make it so? [Y/n]: ", "perhaps")
        terminal.answer("Please answer y or n.\nMake it so? [Y/n]: ", "y")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        job = self.job_file("mine")
        self.assertEqual(job["schedule"], {"calendar": ["Sat 03:00"]})
        self.assertEqual(job["retention"], {"keep_daily": 14, "keep_weekly": 8, "keep_monthly": 12})
        self.assertEqual(self.content(self.path("config/secrets/mine")), "one\n")

    def test_whoever_says_no_or_breaks_in_or_hangs_up_has_changed_nothing(self):
        client = self.start()
        before = sorted(os.listdir(self.root))
        options = ["--generate-passphrase", "--calendar", "daily", "--keep-full", "2", "--filesystem", "none"]
        deep = "file://" + self.path("deep/er/target")

        def refuse(terminal):
            terminal.answer("Make it so? [Y/n]: ", "n")

        def confirm(then):
            def walk(terminal):
                terminal.answer("Make it so? [Y/n]: ")
                then(terminal, "Written down? [Y/n]: ")
            return walk

        for url, walk in (([deep], refuse),
                          ([], lambda terminal: terminal.interrupt("Target: ")),
                          ([], lambda terminal: terminal.end_input("Target: ")),
                          ([deep], lambda terminal: terminal.end_input("Make it so? [Y/n]: ")),
                          ([deep], confirm(Conversation.interrupt)),
                          ([deep], confirm(Conversation.end_input))):
            with self.subTest(url=url, walk=walk):
                terminal = self.terminal("init", "home", self.source, *url, *options)
                walk(terminal)
                self.assertEqual(terminal.end(), 130, terminal.shown)
                self.assertEqual(self.found_in_config(), [])
                self.assertFalse(os.path.exists(self.path("deep")))
        self.assertEqual(client.call("job-list")["jobs"], [])
        self.assertEqual(sorted(os.listdir(self.root)), before)

    def test_a_key_is_chosen_of_those_that_gpg_has_and_the_sheet_says_how_to_take_it_along(self):
        for words in (["--import", GOLDEN / "keys" / "secret-keys.asc"],
                      ["--import-ownertrust", GOLDEN / "keys" / "ownertrust.txt"]):
            subprocess.run(["gpg", "--batch", "--quiet", *words], env=self.environment(), check=True, capture_output=True)
        self.addCleanup(subprocess.run, ["gpgconf", "--kill", "all"], env=self.environment(), check=False,
                        capture_output=True)
        self.start()
        key = fingerprint("ENCRYPT")
        terminal = self.terminal("init", "home", self.source, self.url, "--filesystem", "none", "--every", "1d")
        listed = terminal.answer("Which [1]: ", "4")
        self.assertIn("4  an OpenPGP key of yours", listed)
        keys = terminal.expect("Which [1]: ")
        number = re.search(rf"^  (\d+)  {key}", keys, re.MULTILINE)
        self.assertTrue(number, keys)
        terminal.type(number[1] + "\n")
        terminal.answer("Which [1]: ")
        terminal.answer("Make it so? [Y/n]: ")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        self.assertEqual(self.job_file()["encrypt_key"], [key])
        self.assertNotIn("secrets", self.job_file())

        sheet = self.content(self.path("config/recovery/home.txt"))
        export = re.search(r"^  (gpg --armor --export-secret-keys .*)$", sheet, re.MULTILINE)
        subprocess.run(["bash", "-c", export[1]], env=self.environment(), cwd=self.path("tmp"), check=True)
        self.assertEqual(self.follow_sheet(sheet, typed="\n", bring=self.path("tmp/duplid-key.asc")),
                         self.tree(self.source))

    def test_job_add_asks_for_what_it_lacks(self):
        self.start()
        terminal = self.terminal("job", "add", "home", "--every", "1d", "--filesystem", "none")
        terminal.answer("What is to be backed up", self.source)
        terminal.answer("Target: ", self.url)
        terminal.answer("A further target, which gets the same backups? [y/N]: ")
        terminal.answer("Which [1]: ", "3")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        self.assertEqual(self.job_file(), {"source": self.source, "target": self.url, "encryption": False,
                                           "schedule": {"every": "1d"}})


class FromACommandLine(InitTest):
    def test_a_complete_command_line_needs_no_terminal_and_tells_no_passphrase(self):
        client = self.start()
        done = self.init("home", self.source, self.url, "--generate-passphrase", "--calendar", "daily",
                         "--exclude", "**/notes", "--keep-full", "2")
        passphrase = self.content(self.path("config/secrets/home")).strip()
        self.assertNotIn(passphrase, done.stdout + done.stderr)
        self.assertIn(self.path("config/secrets/home"), done.stdout)
        self.assertIn(f"Restored {self.source}/docs/letter", done.stdout)
        self.assertEqual(self.job_file()["select"], [{"exclude": "**/notes"}])
        self.assertEqual(self.job_file()["retention"], {"keep_full": 2})
        job, = client.call("job-list")["jobs"]
        self.assertIn("next", job)
        self.assertEqual(set(self.restore_with_duplicity(PASSPHRASE=passphrase)), {"docs/letter"})

    def test_yes_takes_a_default_for_everything_but_the_target(self):
        self.start()
        os.rename(self.source, self.path("home/files"))
        os.makedirs(self.path("home/.cache/x"))
        with open(self.path("home/.cache/x/y"), "w", encoding="ascii") as file:
            file.write("nobody wants it back")
        # The target lies in the source, and must not swallow itself.
        url = "file://" + self.path("home/backup")
        with self.subTest("without a target"):
            self.assertIn("lacks URL", self.init("--yes", status=2).stderr)
            self.assertEqual(self.found_in_config(), [])
        done = self.init("home", self.path("home"), url, "--yes")
        self.assertIn("on trial", done.stdout)
        listed = self.duplictl("list-current-files", "--job", "home").stdout
        self.assertIn("files/docs/letter", listed)
        self.assertNotIn(".cache", listed)
        self.assertNotIn("backup", listed)

    def test_without_a_terminal_all_that_is_lacking_is_named_and_nothing_is_done(self):
        self.start()
        words = self.init("home", status=2).stderr
        for word in ("SOURCE", "URL", "--generate-passphrase", "--no-encryption", "--calendar"):
            self.assertIn(word, words)
        self.assertIn("SOURCE", self.duplictl("job", "add", "home", status=2).stderr)
        self.assertEqual(self.found_in_config(), [])

    def test_a_passphrase_of_the_environment_is_put_into_the_file(self):
        self.start()
        done = self.init("home", self.source, self.url, "--every", "1d", PASSPHRASE=PASSPHRASE)
        self.assertEqual(self.content(self.path("config/secrets/home")), PASSPHRASE + "\n")
        self.assertNotIn(PASSPHRASE, done.stdout + done.stderr)
        self.assertEqual(self.restore_with_duplicity(PASSPHRASE=PASSPHRASE), self.tree(self.source))

    def test_nothing_is_written_when_the_job_would_make_no_sense(self):
        self.start()
        self.init("home", self.source, self.url, "--generate-passphrase", "--calendar", "whenever", status=2)
        self.init("../home", self.source, self.url, "--generate-passphrase", "--calendar", "daily", status=2)
        self.assertEqual(self.found_in_config(), [])
        self.init("home", self.source, self.url, "--no-encryption", "--calendar", "daily")
        there = self.found_in_config()
        self.init("home", self.source, self.url, "--generate-passphrase", "--calendar", "daily", status=2)
        self.assertEqual(self.found_in_config(), there)

    def test_nothing_is_asked_where_no_job_could_be_made(self):
        with open(self.path("config/duplid.json"), "w", encoding="ascii") as file:
            file.write('{"running_max": "many"}')
        self.start()
        terminal = self.terminal("init")
        self.assertEqual(terminal.end(), 2)
        self.assertIn("running_max", terminal.shown)
        self.assertNotIn("[home]", terminal.shown)

    def test_a_target_that_is_no_directory_is_refused_before_the_job_is_written(self):
        self.start()
        with open(self.path("target"), "w", encoding="ascii") as file:
            file.write("a file")
        self.init("home", self.source, self.url + "/below", "--generate-passphrase", "--every", "1d", status=13)
        self.assertEqual(self.found_in_config(), [])

    def test_a_wrong_passphrase_changes_nothing_and_the_right_one_goes_on_with_what_is_there(self):
        client = self.start()
        subprocess.run(["duplicity", "full", "--archive-dir", self.path("duplicitys"), self.source, self.url],
                       env=self.environment(PASSPHRASE="the right one"), capture_output=True, check=True)
        there = self.tree(self.path("target"))
        self.write("docs/more", b"later")
        done = self.init("home", self.source, self.url, "--every", "1d", status=12, PASSPHRASE="a wrong one")
        self.assertIn("Nothing of the job is kept", done.stdout)
        self.assertEqual(self.found_in_config(), [])
        self.assertEqual(client.call("job-list")["jobs"], [])
        self.assertEqual(self.tree(self.path("target")), there)
        self.init("home", self.source, self.url, "--every", "1d", PASSPHRASE="the right one")
        self.assertEqual(self.restore_with_duplicity(PASSPHRASE="the right one"), self.tree(self.source))
        self.assertEqual({name: content for name, content in self.tree(self.path("target")).items() if name in there},
                         there)

    def test_a_source_that_is_not_there_leaves_nothing(self):
        client = self.start()
        self.init("home", self.path("nowhere"), "file://" + self.path("new/target"), "--every", "1d",
                  "--generate-passphrase", status=10)
        self.assertEqual(self.found_in_config(), [])
        self.assertEqual(client.call("job-list")["jobs"], [])
        self.assertFalse(os.path.exists(self.path("new")))

    def test_a_first_run_that_fails_leaves_the_job_and_has_its_status(self):
        self.start()
        url = "sftp://nobody@127.0.0.1:1/x"
        done = self.init("home", self.source, url, "--no-encryption", "--every", "1d", "--num-retries", "1", status=14)
        self.assertIn("duplictl job run home --wait", done.stdout)
        self.assertEqual(self.found_in_config(), ["jobs.d/home.json"])

    def test_programs_get_documents(self):
        self.start()
        done = self.init("home", self.source, self.url, "--no-encryption", "--every", "1d", "--json",
                         "--sheet", self.path("sheet"))
        documents = [json.loads(line) for line in done.stdout.splitlines()]
        trial = next(one["trial"] for one in documents if "trial" in one)
        with open(trial["path"], "rb") as file:
            self.assertEqual(len(file.read()), trial["bytes"])
        self.assertEqual(documents[-1], {"sheet": self.path("sheet")})
        self.assertEqual(stat.S_IMODE(os.stat(self.path("sheet")).st_mode), 0o600)

    def test_an_empty_source_has_nothing_to_try_and_is_no_failure(self):
        self.start()
        os.mkdir(self.path("empty"))
        done = self.init("home", self.path("empty"), self.url, "--no-encryption", "--every", "1d")
        self.assertIn("no file to restore on trial", done.stdout)

    def test_without_a_daemon_it_says_how_to_start_one(self):
        done = subprocess.run([DUPLICTL, "init", "home", self.source, self.url, "--no-encryption", "--every", "1d"],
                              env=self.environment(PATH=self.path("tmp")), text=True, capture_output=True, check=False,
                              start_new_session=True)
        # Root's own is the system's, which a test must not touch; this machine has none.
        self.assertEqual(done.returncode, 14, done.stdout + done.stderr)
        self.assertIn("start \"duplid", done.stderr)


class Sheet(InitTest):
    def test_what_it_says_restores_whatever_the_options_are(self):
        self.start()
        modes = {
            "plain": (["--no-encryption", "--file-prefix", "it's a-"], ""),
            "secret": (["--file-prefix-manifest", "m_", "--volsize", "1"], PASSPHRASE + "\n"),
        }
        for name, (options, typed) in modes.items():
            with self.subTest(name):
                url = "file://" + self.path("to " + name)
                self.init(name, self.source, url, "--every", "1d", *options,
                          **({"PASSPHRASE": PASSPHRASE} if typed else {}))
                sheet = self.duplictl("recovery-sheet", name).stdout
                self.assertNotIn(PASSPHRASE, sheet)
                self.assertEqual(self.follow_sheet(sheet, typed), self.tree(self.source))

    def test_with_its_secrets_it_needs_no_answers(self):
        self.start()
        self.init("home", self.source, self.url, "--every", "1d", PASSPHRASE=PASSPHRASE)
        sheet = self.duplictl("recovery-sheet", "home", "--with-secret", "--sheet", self.path("sheet")).stdout
        self.assertEqual(self.content(self.path("sheet")), sheet)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("sheet")).st_mode), 0o600)
        self.assertEqual(self.follow_sheet(sheet), self.tree(self.source))

    def test_a_secret_in_no_file_is_not_made_up(self):
        client = self.start()
        client.call("job-set", job="home", create=True, settings=json.dumps(
            {"source": self.source, "target": self.url, "secrets": {"passphrase": {"command": ["true"]}}}))
        self.assertIn("read -rsp", self.duplictl("recovery-sheet", "home").stdout)
        self.duplictl("recovery-sheet", "home", "--with-secret", status=13)
        self.duplictl("recovery-sheet", "nobody", status=10)

    def test_of_several_targets_each_has_its_command_and_the_first_is_one_that_is_good(self):
        client = self.start()
        with open(self.path("in-the-way"), "w", encoding="ascii") as file:
            file.write("a file")
        places = {"usb": self.path("in-the-way/usb"), "nas": self.path("to the nas"), "off": self.path("off")}
        targets = [{"name": name, "url": "file://" + place} for name, place in places.items()]
        targets.append({"name": "far", "url": "webdavs://ann@127.0.0.1:1/x", "ssl_no_check_certificate": True,
                        "secrets": {"target_password": {"file": self.path("none")}}})
        client.call("job-set", job="home", create=True, settings=json.dumps(
            {"source": self.source, "targets": targets, "encryption": False}))
        self.assertEqual(client.outcome(client.call("job-run", job="home")["run"])["state"], "warnings")
        wait_for(lambda: client.call("job-list")["jobs"][0]["state"] == "idle", "the job to know")
        sheet = self.duplictl("recovery-sheet", "home").stdout
        self.assertEqual(self.follow_sheet(sheet), self.tree(self.source))
        self.assertIn("duplicity restore --no-encryption 'file://" + places["nas"] + "' /restore", sheet)
        others = re.findall(r"^  (duplicity restore .*) /restore$", sheet, re.MULTILINE)
        self.assertEqual(len(others), 3, sheet)
        for command in others:
            if places["off"] in command:
                subprocess.run(["bash", "-c", command + " " + self.path("again")], env=self.environment(), check=True,
                               capture_output=True)
        self.assertEqual(self.tree(self.path("again")), self.tree(self.source))
        self.assertRegex(sheet, "\n  IFS= read -rsp 'FTP_PASSWORD: ' FTP_PASSWORD; export FTP_PASSWORD\n"
                                "  duplicity restore --no-encryption --ssl-no-check-certificate webdavs://ann@127.0.0.1:1/x")
        self.assertIn("apt install duplicity gnupg python3-lxml\n", sheet)

    def test_variables_of_the_target_are_asked_for_or_said(self):
        client = self.start()
        client.call("job-set", job="home", create=True, settings=json.dumps(
            {"source": self.source, "target": "boto3+s3://bucket/x", "encryption": False, "s3_region_name": "eu-1",
             "secrets": {"variables": [{"name": "AWS_ACCESS_KEY_ID", "value": "me"},
                                       {"name": "AWS_SECRET_ACCESS_KEY", "command": ["true"]}]}}))
        sheet = self.duplictl("recovery-sheet", "home").stdout
        self.assertIn("    export AWS_ACCESS_KEY_ID=me\n", sheet)
        self.assertIn("AWS_SECRET_ACCESS_KEY; export AWS_SECRET_ACCESS_KEY\n", sheet)
        self.assertIn("    duplicity restore --no-encryption --s3-region-name eu-1 boto3+s3://bucket/x /restore\n", sheet)
        self.assertIn("python3-boto3", sheet)
        self.assertNotIn("A disk may be mounted elsewhere", sheet)


class Disks(InitTest):
    UUID = "0f0e-no-machine-has-this-one"

    def job(self, **more):
        return {"source": self.source, "target": self.url, "encryption": False,
                "conditions": {"filesystem": self.UUID}, **more}

    def test_a_job_waits_for_its_disk_and_nothing_is_put_into_the_empty_mount_point(self):
        client = self.start()
        os.mkdir(self.path("target"))
        client.call("job-set", job="home", create=True, settings=json.dumps(self.job(schedule={"every": "1d"})))
        job = wait_for(lambda: next((one for one in client.call("job-list")["jobs"] if one["state"] == "waiting"), None),
                       "the job to wait")
        self.assertRegex(job["reason"], "the disk with UUID .* is not mounted|nobody can tell whether")
        with self.assertRaises(Refused) as refused:
            client.call("job-run", job="home")
        self.assertEqual(refused.exception.name, "unreachable")
        self.duplictl("job", "run", "home", "--wait", status=14)
        self.assertEqual(client.call("run-list")["runs"], [])
        self.assertEqual(os.listdir(self.path("target")), [])

    def test_a_disk_is_a_condition_of_local_targets_only(self):
        client = self.start()
        with self.assertRaises(Refused) as refused:
            client.call("job-set", job="home", create=True,
                        settings=json.dumps(self.job(target="sftp://host/x")))
        self.assertEqual(refused.exception.name, "invalid")

    def test_of_several_targets_the_one_whose_disk_is_away_is_left_behind(self):
        client = self.start()
        os.mkdir(self.path("usb"))
        targets = [{"name": "nas", "url": self.url},
                   {"name": "usb", "url": "file://" + self.path("usb"), "filesystem": self.UUID}]
        job = {"source": self.source, "targets": targets, "encryption": False}
        with self.assertRaises(Refused) as refused:
            client.call("job-set", job="home", create=True,
                        settings=json.dumps({**job, "conditions": {"filesystem": self.UUID}}))
        self.assertIn("filesystem", refused.exception.hint)
        client.call("job-set", job="home", create=True, settings=json.dumps(job))
        done = client.outcome(client.call("job-run", job="home")["run"])
        self.assertEqual(done["state"], "warnings", done)
        nas, usb = done["backup"]["targets"]
        self.assertEqual((nas["state"], usb["state"]), ("good", "behind"))
        self.assertRegex(usb["reason"], "the disk with UUID .* is not mounted|nobody can tell whether")
        self.assertEqual(os.listdir(self.path("usb")), [])
        self.assertRegex(self.duplictl("recovery-sheet", "home").stdout, "on disk +UUID " + self.UUID)

    def test_init_writes_the_disk_down_and_does_not_run_without_it(self):
        self.start()
        done = self.duplictl("init", "home", self.source, self.url, "--no-encryption", "--every", "1d",
                             "--filesystem", self.UUID, status=14)
        self.assertIn(self.UUID, done.stderr)
        self.assertEqual(self.job_file()["conditions"], {"filesystem": self.UUID})
        self.assertEqual(os.listdir(self.path("target")), [])

    def test_a_place_for_disks_without_a_disk_is_no_target(self):
        client = self.start()
        place = "/mnt/" + os.path.basename(self.root) + "/backup"
        if not client.call("file-system", path=place).get("is_root"):
            self.skipTest("something is mounted at /mnt")
        done = self.duplictl("init", "home", self.source, "file://" + place, "--no-encryption", "--every", "1d", status=2)
        self.assertIn("no disk mounted", done.stderr)
        self.assertFalse(os.path.exists(os.path.dirname(place)))
        self.assertEqual(self.found_in_config(), [])

    @unittest.skipUnless(os.getuid() == 0, "only root can mount")
    def test_a_job_goes_on_when_its_disk_is_mounted_and_stops_when_it_is_gone(self):
        # In a view of its own of the machine, where udev knows nothing but what is written here.
        begin = 'mount -t tmpfs none /run && mkdir -p /run/udev/data /run/again && exec "$@"'
        view = ["unshare", "--mount", "sh", "-c", begin, "sh"]
        if subprocess.run([*view, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no right to mount")
        os.mkdir(self.path("target"))
        self.put_job(schedule={"every": "1d"})
        self.daemon = subprocess.Popen(
            [*view, DUPLID, "--socket", self.socket_path, "--state-dir", self.path("state"), "--cache-dir",
             self.path("cache"), "--config-dir", self.path("config")], env=self.environment())
        wait_for(self.answers, "the daemon to answer")
        client = self.client()

        def job():
            return client.call("job-list")["jobs"][0]

        def inside(command):
            subprocess.run(["nsenter", "--target", str(self.daemon.pid), "--mount", "sh", "-e", "-c", command, "sh",
                            self.path("target"), self.UUID], check=True)

        wait_for(lambda: job()["state"] == "waiting", "the job to wait")
        if subprocess.run(["nsenter", "--target", str(self.daemon.pid), "--mount", "true"], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("no right to enter the daemon's view")
        inside("mount -t tmpfs disk $1\n"
               "device=$(awk -v at=$1 '$5 == at { print $3 }' /proc/self/mountinfo)\n"
               "echo E:ID_FS_UUID=$2 > /run/udev/data/b$device\n"
               # Heard of behind the record, too, however slow this machine is.
               "mount -t tmpfs again /run/again")
        self.assertEqual(client.call("file-system", path=self.path("target"))["uuid"], self.UUID)
        wait_for(lambda: "last_success" in job(), "the backup")
        inside("umount $1")
        with self.assertRaises(Refused) as refused:
            client.call("job-run", job="home")
        self.assertEqual(refused.exception.name, "unreachable")
        self.assertEqual(os.listdir(self.path("target")), [])

    def put_job(self, **more):
        os.mkdir(self.path("config/jobs.d"))
        with open(self.path("config/jobs.d/home.json"), "w", encoding="utf-8") as file:
            json.dump(self.job(**more), file)

    def test_the_file_system_of_a_path_is_that_of_the_kernels_own_table(self):
        client = self.start()
        found = subprocess.run(["findmnt", "--noheadings", "--output", "TARGET", "--target", self.root], text=True,
                               capture_output=True, check=True).stdout.strip()
        self.assertEqual(client.call("file-system", path=self.path("not/there/yet"))["mount_point"], found)


def group_exists(name):
    try:
        grp.getgrnam(name)
        return True
    except KeyError:
        return False


@unittest.skipUnless(os.getuid() == 0, "only root can set up the system's daemon")
@unittest.skipIf(group_exists("duplid"), "there is one here, whose group a test must not give sockets to")
class TheSystemsDaemon(InitTest):
    """As its unit starts it: another user, who may read everything and write nothing but its own."""

    def setUp(self):
        super().setUp()
        for name in ("config/jobs.d", "state", "cache", "run"):
            os.makedirs(self.path(name))
            os.chown(self.path(name), NOBODY, NOBODY)
        os.chmod(self.path("config"), 0o755)
        os.chmod(self.path("source/docs/letter"), 0o600)
        os.chmod(self.path("tmp"), 0o777)

    def daemon_words(self):
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
                DUPLID, "--system", "--socket", self.socket_path, "--config-dir", self.path("config"),
                "--state-dir", self.path("state"), "--cache-dir", self.path("cache")]

    def start_service(self, words):
        self.daemon = subprocess.Popen(words, env=self.environment(HOME=self.path("state")))
        wait_for(self.answers, "the daemon to answer")

    def check_backup(self):
        passphrase = self.content(self.path("config/secrets/system")).strip()
        self.assertEqual(os.stat(self.path("config/secrets/system")).st_uid, 0)
        self.assertEqual(os.stat(self.path("target")).st_uid, NOBODY)
        self.assertEqual(self.restore_with_duplicity(PASSPHRASE=passphrase), self.tree(self.source))

    def test_the_directory_of_a_local_target_is_made_for_the_daemons_user(self):
        self.start_service(self.daemon_words())
        done = self.init("system", self.source, self.url, "--yes")
        self.assertIn("on trial: the same bytes", done.stdout)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("target")).st_mode), 0o700)
        self.check_backup()

    def test_a_directory_that_holds_somebody_elses_files_is_not_taken_over(self):
        self.start_service(self.daemon_words())
        os.mkdir(self.path("target"))
        with open(self.path("target/precious"), "w", encoding="ascii") as file:
            file.write("precious")
        self.assertIn("chown -R", self.init("system", self.source, self.url, "--yes", status=13).stderr)
        self.assertEqual(os.stat(self.path("target")).st_uid, 0)
        self.assertEqual(self.found_in_config(), [])

    def fake_systemctl(self):
        """A service manager that starts the daemon anew, without its read-only view, as systemd does with the drop-in.
        Returns the file in which it writes what it was told."""
        os.mkdir(self.path("bin"))
        told = self.path("told")
        start = " ".join(self.daemon_words())
        with open(self.path("bin/systemctl"), "w", encoding="utf-8") as file:
            file.write(f"""#!/bin/sh
echo "$*" >> {told}
case "$1" in
show) echo loaded ;;
restart)
    kill {self.daemon.pid}
    while kill -0 {self.daemon.pid} && ! grep -q '^State:.Z' /proc/{self.daemon.pid}/status; do sleep 0.1; done
    HOME={self.path("state")} setsid {start} < /dev/null > /dev/null 2>&1 &
    echo $! > {self.path("pid")}
    until {DUPLICTL} status --socket {self.socket_path} > /dev/null 2>&1; do sleep 0.1; done ;;
esac
""")
        os.chmod(self.path("bin/systemctl"), 0o755)
        return told

    def end_service(self):
        if os.path.exists(self.path("pid")):
            pid = Client.at(self.socket_path).greeting["pid"]
            os.kill(pid, 15)
            wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the daemon to end")

    def test_a_service_that_sees_the_target_read_only_is_given_it_by_a_drop_in(self):
        os.mkdir(self.path("target"))
        words = ["unshare", "--mount", "--propagation", "slave", "sh", "-c",
                 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"', self.path("target"),
                 *self.daemon_words()]
        if subprocess.run([*words[:8], "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no right to mount")
        self.start_service(words)
        told = self.fake_systemctl()
        self.addCleanup(self.end_service)
        done = self.init("system", self.source, self.url, "--yes", "--unit-dir", self.path("units"),
                         PATH=self.path("bin") + ":" + os.environ["PATH"])
        self.assertIn("on trial: the same bytes", done.stdout)
        self.assertEqual(self.content(self.path("units/duplid.service.d/target-system.conf")).splitlines()[1:],
                         ["[Service]", f'ReadWritePaths="-{self.path("target")}"'])
        self.assertEqual(self.content(told).splitlines()[-2:], ["daemon-reload", "restart duplid.service"])
        self.check_backup()


if __name__ == "__main__":
    unittest.main()
