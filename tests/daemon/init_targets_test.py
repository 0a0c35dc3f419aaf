"""duplictl init with several targets: asked for or typed, the first backup goes to all of them, each is restored from on
trial, and the recovery sheet covers each. Stock duplicity restores every one."""

import json
import os
import re
import shlex
import stat
import subprocess
import unittest
from pathlib import Path

from init_test import InitTest

FAR = "sftp://nobody@127.0.0.1:1/x"
WARNINGS = 3


class Several(InitTest):
    def setUp(self):
        super().setUp()
        self.places = {name: self.path(name) for name in ("nas", "usb")}
        self.typed = [word for name, place in self.places.items() for word in ("--target", f"{name}=file://{place}")]

    def restored(self, place, **environment):
        self.url = "file://" + place
        try:
            return self.restore_with_duplicity(**environment)
        finally:
            subprocess.run(["rm", "-rf", self.path("restored"), self.path("duplicitys")], check=True)

    def follow_other_places(self, sheet, passphrase):
        """Of all targets but the first: what came back by what the sheet says of it."""
        trees = {}
        for command in re.findall(r"^  (duplicity restore .*) /restore$", sheet, re.MULTILINE):
            out = self.path("again")
            subprocess.run(["bash", "-c", f"{command} {out}"], env=self.environment(PASSPHRASE=passphrase), check=True,
                           capture_output=True)
            trees[command.split()[-1]] = self.tree(out)
            subprocess.run(["rm", "-rf", out], check=True)
        return trees

    def check_all(self, said, passphrase, job="home"):
        for name, place in self.places.items():
            self.assertRegex(said, rf"Restored {self.source}/\S+ \(.*\) from {name} on trial: the same bytes")
            self.assertEqual(self.restored(place, PASSPHRASE=passphrase), self.tree(self.source))
        sheet = self.content(self.path(f"config/recovery/{job}.txt"))
        self.assertEqual(self.follow_sheet(sheet, typed=passphrase + "\n"), self.tree(self.source))
        self.assertEqual(self.follow_other_places(sheet, passphrase),
                         {"file://" + self.places["usb"]: self.tree(self.source)})


class AtATerminal(Several):
    def test_further_targets_are_asked_for_and_every_one_is_proven(self):
        self.start()
        terminal = self.terminal("init", "home", self.source, "--filesystem", "none")
        terminal.answer("Target: ", "nas")
        terminal.answer("A further target, which gets the same backups? [y/N]: ", "y")
        terminal.answer("Target: ", self.places["nas"])
        terminal.answer("You have named this one already.\nTarget: ", self.places["usb"])
        terminal.answer("A further target, which gets the same backups? [y/N]: ")
        terminal.answer("Name of target 1 [disk]: ", "nas")
        terminal.answer("Name of target 2 [disk]: ", "nas")
        terminal.answer("Another target has this name.\nName of target 2 [disk]: ", "my usb")
        terminal.answer("A name is of letters, digits, '.', '_' and '-'.\nName of target 2 [disk]: ", "usb")
        terminal.answer("Which [1]: ")
        terminal.answer("Which [1]: ")
        terminal.answer("Which [1]: ")
        terminal.answer("Make it so? [Y/n]: ")
        terminal.answer("Written down? [Y/n]: ")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        job = self.job_file()
        self.assertEqual(job["targets"], [{"name": name, "url": "file://" + place}
                                          for name, place in self.places.items()])
        self.assertNotIn("target", job)
        self.check_all(terminal.shown, self.content(self.path("config/secrets/home")).strip())

    def test_job_add_asks_for_further_ones_too_and_a_password_is_that_of_its_target(self):
        self.start()
        terminal = self.terminal("job", "add", "home", self.source, "--every", "1d")
        terminal.answer("Target: ", "webdav://ann@dav.example.org/x")
        terminal.answer("A further target", "y")
        terminal.answer("Target: ", "sftp://ann@host/x")
        terminal.answer("A further target", "y")
        terminal.answer("Target: ", "sftp://ann@host/y")
        terminal.answer("A further target", "n")
        terminal.answer("Name of target 1 [dav.example.org]: ", "dav")
        terminal.answer("Name of target 2 [host]: ")
        terminal.answer("Name of target 3 [host-2]: ")
        terminal.answer("Password of the target dav (", "ein Geheimnis")
        terminal.answer("Which [1]: ", "3")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        first, *others = self.job_file()["targets"]
        self.assertEqual([one["name"] for one in others], ["host", "host-2"])
        self.assertFalse([one for one in others if "secrets" in one])
        variable, = first["secrets"]["variables"]
        self.assertEqual(variable, {"name": "FTP_PASSWORD", "file": self.path("config/secrets/home.dav.FTP_PASSWORD")})
        self.assertEqual(self.content(variable["file"]), "ein Geheimnis\n")
        self.assertEqual(stat.S_IMODE(os.stat(variable["file"]).st_mode), 0o600)

    def test_whoever_breaks_in_among_the_targets_has_changed_nothing(self):
        self.start()
        before = sorted(os.listdir(self.root))
        terminal = self.terminal("init", "home", self.source, "--filesystem", "none")
        terminal.answer("Target: ", "nas")
        terminal.answer("A further target", "y")
        terminal.interrupt("Target: ")
        self.assertEqual(terminal.end(), 130, terminal.shown)
        terminal = self.terminal("init", "home", self.source, *self.typed, "--filesystem", "none", "--no-encryption",
                                 "--every", "1d", "--keep-full", "1")
        terminal.answer("Make it so? [Y/n]: ", "n")
        self.assertEqual(terminal.end(), 130, terminal.shown)
        self.assertEqual(self.found_in_config(), [])
        self.assertEqual(sorted(os.listdir(self.root)), before)


class FromACommandLine(Several):
    def test_typed_targets_are_all_backed_up_to_and_proven(self):
        self.start()
        done = self.init("home", self.source, *self.typed, "--generate-passphrase", "--calendar", "daily",
                         "--required", "nas")
        self.assertEqual([one.get("required", False) for one in self.job_file()["targets"]], [True, False])
        self.check_all(done.stdout, self.content(self.path("config/secrets/home")).strip())

    def test_programs_get_a_document_of_each_trial(self):
        self.start()
        done = self.init("home", self.source, *self.typed, "--no-encryption", "--every", "1d", "--json")
        trials = [one for one in map(json.loads, done.stdout.splitlines()) if "trial" in one]
        self.assertEqual([one["target"] for one in trials], ["nas", "usb"])
        for one in trials:
            self.assertEqual(os.stat(one["trial"]["path"]).st_size, one["trial"]["bytes"])

    def test_one_that_is_away_is_told_and_the_others_are_proven(self):
        self.start()
        done = self.init("home", self.source, *self.typed[:2], "--target", "far=" + FAR, "--no-encryption",
                         "--every", "1d", "--num-retries", "1", status=WARNINGS)
        self.assertIn("from nas on trial: the same bytes", done.stdout)
        self.assertIn("Nothing can be restored from far on trial", done.stdout)
        sheet = self.content(self.path("config/recovery/home.txt"))
        self.assertEqual(self.follow_sheet(sheet), self.tree(self.source))
        self.assertIn(FAR, sheet)

    def test_when_all_are_away_the_job_stays_and_nothing_is_claimed(self):
        self.start()
        done = self.init("home", self.source, "--target", "far=" + FAR, "--target", "farther=" + FAR + "y",
                         "--no-encryption", "--every", "1d", "--num-retries", "1", status=14)
        self.assertNotIn("on trial", done.stdout)
        self.assertEqual(self.found_in_config(), ["jobs.d/home.json"])

    def test_a_variable_of_the_environment_is_that_of_the_one_target_that_reads_it(self):
        self.start()
        words = ["--no-encryption", "--every", "1d", "--no-first-run", *self.typed]
        for name, more in (("one", ["--target", "dav=webdav://ann@host/x"]),
                           ("two", ["--target", "dav=webdav://ann@host/x", "--target", "ftp=ftp://ann@host/x"])):
            self.init(name, self.source, *words, *more, FTP_PASSWORD="ein Geheimnis")
            named = {target["name"]: target["secrets"]["variables"]
                     for target in self.job_file(name)["targets"] if "secrets" in target}
            expected = [{"name": "FTP_PASSWORD", "file": self.path("config/secrets/one.dav.FTP_PASSWORD")}]
            self.assertEqual(named, {"dav": expected} if name == "one" else {})
        self.assertNotIn("Geheimnis", json.dumps(self.job_file("one")))
        self.assertEqual(self.content(self.path("config/secrets/one.dav.FTP_PASSWORD")), "ein Geheimnis\n")

    def test_targets_that_lie_in_the_source_are_not_backed_up(self):
        self.start()
        os.rename(self.source, self.path("home/files"))
        typed = [word for name in self.places for word in ("--target", f"{name}=file://{self.path('home', name)}")]
        self.init("home", self.path("home"), *typed, "--yes")
        listed = self.duplictl("list-current-files", "--job", "home", "--target", "usb").stdout
        self.assertIn("files/docs/letter", listed)
        for name in self.places:
            self.assertNotRegex(listed, rf"(?m) {name}(/|$)")

    def test_each_may_be_on_a_disk_of_its_own(self):
        self.start()
        words = ["--no-encryption", "--every", "1d", "--no-first-run"]
        self.duplictl("init", "home", self.source, *self.typed, *words, "--filesystem", "usb=1234-ABCD",
                      "--filesystem", "nas=none")
        self.assertEqual([one.get("filesystem") for one in self.job_file()["targets"]], [None, "1234-ABCD"])
        self.assertNotIn("conditions", self.job_file())
        for wrong in ("1234-ABCD", "disk=1234-ABCD"):
            self.duplictl("init", "other", self.source, *self.typed, *words, "--filesystem", wrong, status=2)
        self.assertFalse(os.path.exists(self.path("config/jobs.d/other.json")))

    def test_the_page_of_the_readme_leads_from_the_job_to_restored_files(self):
        """Its commands as they stand there, but for the package, and for places that this machine has not."""
        self.start()
        text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
        page = re.search(r"from the package to files that are back:\n\n(.*?)\n\n", text, re.DOTALL)[1]
        commands = [re.sub(r"\s+# .*", "", line).strip() for line in page.replace("\\\n", " ").splitlines()]
        commands = [command for command in commands if command.startswith("duplictl ")]
        self.assertEqual([command.split()[1] for command in commands],
                         ["init", "status", "versions", "restore", "restore"])
        here = {"sftp://backup@nas/$(hostname)": "file://" + self.places["nas"], " / ": f" {self.source} ",
                "file:///media/usb/$(hostname)": "file://" + self.places["usb"], " --time 3D": "",
                " etc/fstab": " docs/letter", "--file-to-restore etc": "--file-to-restore docs", "/srv/": self.root + "/"}
        for there, instead in here.items():
            self.assertIn(there, "\n".join(commands))
            commands = [command.replace(there, instead) for command in commands]
        commands[0] += " --filesystem none"
        said = [self.duplictl(*shlex.split(command)[1:]).stdout for command in commands]
        self.check_all(said[0], self.content(self.path("config/secrets/system")).strip(), job="system")
        self.assertIn("system", said[1])
        docs = {name.removeprefix("docs/"): content for name, content in self.tree(self.source).items()}
        for directory in ("old", "old-from-the-disk"):
            self.assertEqual(self.tree(self.path(directory)), docs)

    def test_a_url_and_named_targets_exclude_each_other(self):
        self.start()
        self.init("home", self.source, self.url, *self.typed, "--no-encryption", "--every", "1d", status=2)
        self.assertEqual(self.found_in_config(), [])


if __name__ == "__main__":
    unittest.main()
