"""The service under a real systemd: booted as process 1 of a machine of its own (machine.py), in which the Debian package
is installed as on any other. What systemd, its journal, its login manager, polkit, gpg and stock duplicity say is believed,
not what duplid says of itself."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from machine import Machine, MachineTest
from support import wait_for

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))
from world import main  # pylint: disable=wrong-import-position

BUILD = os.environ["DUPLID_BUILD"]
DROP_INS = "/etc/systemd/system/duplid.service.d"
PATIENCE = 300.0  # seconds; the machine has others to serve
NOISE = 4 << 20  # bytes: several volumes
INSTALLED = {}


def setUpModule():  # pylint: disable=invalid-name
    MachineTest.begin()
    if MachineTest.machine is None:
        return
    try:
        install(MachineTest.machine)
    except BaseException:
        MachineTest.end()
        raise


def tearDownModule():  # pylint: disable=invalid-name
    MachineTest.end()


def install(machine: Machine):
    with tempfile.TemporaryDirectory(prefix="duplid-test-") as place:
        subprocess.run(["cpack", "-G", "DEB", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", place],
                       cwd=BUILD, check=True, capture_output=True)
        (name,) = [name for name in os.listdir(place) if name.endswith(".deb")]
        shutil.copy(os.path.join(place, name), machine.path("/srv/duplid.deb"))
    machine.run("dpkg", "--install", "/srv/duplid.deb")
    for unit in ("duplid.service", "duplid.socket", "duplid-output.socket"):
        INSTALLED[unit] = (machine.run("systemctl", "is-enabled", unit, status=None).strip(), machine.state(unit))
    # Where the tests' jobs may write; Walls has places beside it.
    machine.put(DROP_INS + "/test.conf", "[Service]\nReadWritePaths=/srv/targets\n")
    machine.script("""
        install -d -o duplid -g duplid /srv/targets
        useradd --create-home ann
        useradd --create-home --groups duplid ben
        systemctl daemon-reload""")


class Service(MachineTest):
    """Begins with an idle daemon without jobs."""

    def setUp(self):
        super().setUp()
        self.quiet()
        self.machine.script("rm -rf /etc/duplid/jobs.d/*; systemctl start duplid.socket duplid.service")

    def quiet(self):
        # Many starts in a short time are systemd's to refuse, and that is not what is tested.
        self.machine.script("""
            systemctl stop duplid.service duplid.socket duplid-output.socket 2>/dev/null
            systemctl reset-failed""")

    def restart(self):
        self.quiet()
        self.machine.run("systemctl", "start", "duplid.service")

    def duplictl(self, *words, **more):
        return self.machine.run("duplictl", *words, "--system", **more)

    def drop_in(self, text, unit="duplid.service"):
        """In force until the test is over."""
        path = f"/etc/systemd/system/{unit}.d/this-test.conf"
        self.machine.put(path, text)
        self.machine.run("systemctl", "daemon-reload")
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(self.machine.path(path).unlink)

    def source(self, name):
        """Files of root's and of a user's, which the daemon's own user could not read."""
        self.machine.script(f"""
            mkdir -p /srv/{name}/a
            echo 'for everybody' >/srv/{name}/a/file
            install -m 600 -o root /dev/null /srv/{name}/private
            echo 'for root' >/srv/{name}/private
            install -m 600 -o ann /dev/null /srv/{name}/anns
            ln -sf a/file /srv/{name}/link""")
        return f"/srv/{name}"

    def job(self, name, **settings):
        """Writes a job, and has the daemon read it."""
        text = {"source": f"/srv/{name}", "target": f"file:///srv/targets/{name}", "encryption": False, **settings}
        if "secrets" in settings:
            del text["encryption"]
        self.machine.put(f"/etc/duplid/jobs.d/{name}.json", json.dumps(text))
        self.machine.run("systemctl", "reload", "duplid.service")
        wait_for(lambda: name in self.duplictl("job", "list"), "the job to be known", PATIENCE)

    def start_job(self, name, status=0):
        return self.machine.run("systemctl", "start", f"duplid-job@{name}.service", status=status)

    def begin_long_job(self, name, **more):
        """Returns when the run has stored two volumes, {name: inode}, and waits: until release(), for a command."""
        self.machine.put(f"/etc/duplid/commands/wait-for-{name}",
                         f"#!/bin/sh\nwhile [ ! -e /srv/{name}-may-end ]; do sleep 0.1; done\necho released\n", 0o755)
        self.machine.script(f"mkdir -p /srv/{name}; head -c {NOISE} /dev/urandom >/srv/{name}/noise")
        self.job(name, volsize="1M", commands=[{"path": "then", "program": f"wait-for-{name}"}], **more)
        self.machine.run("systemctl", "start", "--no-block", f"duplid-job@{name}.service")
        wait_for(lambda: len(self.volumes(name)) >= 2 and self.machine.state(f"duplid-command@wait-for-{name}.service")
                 == "activating", "two volumes", PATIENCE)
        return self.volumes(name)

    def release(self, name):
        self.machine.put(f"/srv/{name}-may-end", "")

    def until_released(self, name):
        self.release(name)
        unit = f"duplid-job@{name}.service"
        wait_for(lambda: self.machine.state(unit) != "activating", "the run's end", PATIENCE)
        self.assertEqual(self.machine.show(unit, "Result"), "success")

    def verify_with_command(self, name, **more):
        """As it would have been, had the command's output been a file."""
        self.machine.put(f"/srv/{name}/then", "released\n")
        out = self.machine.run("duplicity", "restore", "--no-encryption", "--archive-dir", "/srv/witness",
                               more.get("target", f"file:///srv/targets/{name}"), f"/srv/restored-{name}")
        self.assertNotIn("rror", out)
        self.machine.run("diff", "-r", f"/srv/{name}", f"/srv/restored-{name}")

    def volumes(self, name):
        """What is stored under its last name."""
        directory = self.machine.path(f"/srv/targets/{name}")
        try:
            return {file.name: file.stat().st_ino for file in directory.iterdir() if ".difftar" in file.name
                    and not file.name.startswith(".")}
        except FileNotFoundError:
            return {}

    def manifests(self, name):
        return [file.name for file in self.machine.path(f"/srv/targets/{name}").iterdir() if "manifest" in file.name]

    def verify(self, name, *options, source=None, target=None, **environment):
        """Stock duplicity finds the archive, all of it, and no difference."""
        out = self.machine.run("duplicity", "verify", "--compare-data", *(options or ["--no-encryption"]), "--archive-dir",
                               "/srv/witness", target or f"file:///srv/targets/{name}", source or f"/srv/{name}",
                               **environment)
        self.assertRegex(out, r"Verify complete: [1-9]\d* files? compared, 0 differences found")
        return out

    def entries(self, *matches):
        self.machine.run("journalctl", "--sync")
        out = self.machine.run("journalctl", "--output=json", "--all", "--quiet", *matches, status=None)
        return [json.loads(line) for line in out.splitlines()]


class Activation(Service):
    def test_what_is_installed_is_there_and_neither_enabled_nor_running(self):
        self.assertEqual(INSTALLED, {"duplid.service": ("disabled", "inactive"), "duplid.socket": ("disabled", "inactive"),
                                     "duplid-output.socket": ("static", "inactive")})

    def test_a_client_that_connects_starts_the_daemon(self):
        self.quiet()
        self.machine.run("systemctl", "start", "duplid.socket")
        self.assertEqual(self.machine.state("duplid.service"), "inactive")
        told = json.loads(self.duplictl("status", "--json"))
        facts = self.machine.show("duplid.service", "ActiveState", "SubState", "MainPID", "StatusText", "WatchdogUSec")
        self.assertEqual(facts, {"ActiveState": "active", "SubState": "running", "MainPID": str(told["pid"]),
                                 "StatusText": "idle", "WatchdogUSec": "0"})
        self.assertIn('Status: "idle"', self.machine.run("systemctl", "status", "duplid.service"))

    def test_it_listens_where_root_and_the_group_may_connect(self):
        self.assertEqual(self.machine.script("""
            stat --format='%U %G %a' /run/duplid /run/duplid/control.sock /run/duplid/output.sock /run/duplid/hooks""").split("\n"),
            ["root duplid 755", "root duplid 660", "root root 600", "duplid duplid 700", ""])

    def test_it_has_one_capability_and_gets_no_others(self):
        number = self.machine.show("duplid.service", "MainPID")
        text = self.machine.path(f"/proc/{number}/status").read_text(encoding="utf-8")
        found = dict(re.findall(r"^(\w+):\t(.*)$", text, re.MULTILINE))
        # capabilities(7): CAP_DAC_READ_SEARCH is the third.
        self.assertEqual([int(found[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")], [1 << 2] * 4)
        self.assertEqual((found["NoNewPrivs"], found["Seccomp"]), ("1", "2"))


class Jobs(Service):
    def test_the_unit_of_a_job_ends_well_when_its_backup_is_stored(self):
        self.source("home")
        self.job("home")
        self.start_job("home")
        self.assertEqual(self.machine.show("duplid-job@home.service", "ActiveState", "Result", "ExecMainStatus"),
                         {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"})
        self.verify("home")

    def test_the_unit_of_a_job_fails_as_its_run_does(self):
        self.start_job("nowhere", status=1)
        self.assertEqual(self.machine.show("duplid-job@nowhere.service", "Result", "ExecMainStatus"),
                         {"Result": "exit-code", "ExecMainStatus": "10"})
        self.job("gone")
        self.start_job("gone", status=1)
        self.assertEqual(self.machine.show("duplid-job@gone.service", "Result"), "exit-code")

    def test_a_timer_runs_a_job(self):
        self.source("nightly")
        self.job("nightly")
        timer = "duplid-job@nightly.timer"
        self.addCleanup(self.machine.run, "systemctl", "stop", timer)
        self.machine.run("systemctl", "start", timer)
        self.assertNotEqual(self.machine.show(timer, "NextElapseUSecRealtime"), "")
        self.assertEqual(self.volumes("nightly"), {})
        self.machine.run("systemctl", "stop", timer)
        self.drop_in("[Timer]\nOnCalendar=\nOnActiveSec=1s\nRandomizedDelaySec=0\nAccuracySec=1s\n", timer)
        self.machine.run("systemctl", "start", timer)
        wait_for(lambda: self.volumes("nightly") and self.manifests("nightly"), "the timer's run", PATIENCE)
        wait_for(lambda: self.machine.state("duplid-job@nightly.service") == "inactive", "its end", PATIENCE)
        self.verify("nightly")


class Ends(Service):
    def test_a_stop_within_a_backup_is_quick_and_the_next_one_goes_on_from_there(self):
        stored = self.begin_long_job("stopped")
        self.assertEqual(self.machine.show("duplid.service", "StatusText", "WatchdogUSec"),
                         {"StatusText": "1 running, 0 waiting", "WatchdogUSec": "5min"})
        self.assertIn('Status: "1 running, 0 waiting"', self.machine.run("systemctl", "status", "duplid.service"))
        self.machine.run("systemctl", "stop", "duplid.service")
        # One that has to be killed has the result "timeout".
        self.assertEqual(self.machine.show("duplid.service", "ActiveState", "Result", "ExecMainStatus"),
                         {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"})
        wait_for(lambda: self.machine.state("duplid-job@stopped.service") == "failed", "who waited to be told", PATIENCE)
        self.assertEqual(self.manifests("stopped"), [])
        self.release("stopped")
        self.machine.run("systemctl", "start", "duplid.service")
        self.start_job("stopped")
        self.assertLessEqual(stored.items(), self.volumes("stopped").items())
        self.verify_with_command("stopped")

    def test_a_reload_puts_files_in_force_and_leaves_the_run_at_work_alone(self):
        """feature-goals.md R64."""
        self.begin_long_job("reloaded")
        number = self.machine.show("duplid.service", "MainPID")
        self.source("another")
        self.job("another")
        self.job("reloaded", target="file:///srv/targets/elsewhere")
        self.assertEqual(self.machine.state("duplid-job@reloaded.service"), "activating")
        self.until_released("reloaded")
        self.verify_with_command("reloaded")
        self.assertEqual(self.volumes("elsewhere"), {})
        self.start_job("reloaded")
        self.verify("reloaded", target="file:///srv/targets/elsewhere")
        self.start_job("another")
        self.verify("another")
        self.assertEqual(self.machine.show("duplid.service", "MainPID"), number)

    def test_a_daemon_that_hangs_within_a_run_is_ended_and_its_successor_goes_on(self):
        self.drop_in("[Service]\nWatchdogSec=20s\n")
        self.restart()
        stored = self.begin_long_job("hung", schedule={"every": "1d"})
        facts = self.machine.show("duplid.service", "MainPID", "WatchdogUSec", "NRestarts")
        self.assertEqual((facts["WatchdogUSec"], facts["NRestarts"]), ("20s", "0"))
        self.machine.run("kill", "-STOP", facts["MainPID"])
        self.release("hung")
        wait_for(lambda: self.machine.show("duplid.service", "NRestarts") == "1", "a new start", PATIENCE)
        wait_for(lambda: self.machine.state("duplid.service") == "active", "the new daemon", PATIENCE)
        self.assertNotEqual(self.machine.show("duplid.service", "MainPID"), facts["MainPID"])
        self.assertTrue([entry for entry in self.entries("UNIT=duplid.service")
                         if "Watchdog timeout" in entry["MESSAGE"] and entry.get("_PID") == "1"])
        # By itself: it was cut short, and is due.
        wait_for(lambda: self.manifests("hung"), "the backup", PATIENCE)
        wait_for(lambda: self.machine.show("duplid.service", "StatusText") == "idle", "its end", PATIENCE)
        self.assertLessEqual(stored.items(), self.volumes("hung").items())
        self.verify_with_command("hung")
        self.assertEqual(self.machine.show("duplid.service", "WatchdogUSec"), "0")


class Secrets(Service):
    def decrypt(self, path, passphrase):
        """By gpg alone, from a descriptor."""
        return self.machine.script(f"""
            gpg --batch --quiet --pinentry-mode loopback --passphrase-fd 3 --decrypt {path} 3<<<'{passphrase}'""")

    def test_an_encrypted_credential_is_the_passphrase_of_a_job(self):
        secret = "encrypted with the key of this host"
        self.machine.script(f"""
            mkdir -p -m 700 /etc/duplid/secrets
            systemd-creds setup 2>/dev/null
            echo '{secret}' | systemd-creds encrypt --with-key=host --name=vault - /etc/duplid/secrets/vault.cred""")
        self.assertNotIn(secret.encode(), self.machine.path("/etc/duplid/secrets/vault.cred").read_bytes())
        self.drop_in("[Service]\nLoadCredentialEncrypted=vault:/etc/duplid/secrets/vault.cred\n")
        self.restart()
        self.source("vault")
        self.job("vault", secrets={"passphrase": {"credential": "vault"}})
        self.start_job("vault")
        self.assertIn("Localdir /srv/vault", self.decrypt("/srv/targets/vault/*.manifest.gpg", secret))
        self.verify("vault", "--encrypt-key=", PASSPHRASE=secret)
        number = self.machine.show("duplid.service", "MainPID")
        for name in ("environ", "cmdline"):
            self.assertNotIn(secret.encode(), self.machine.path(f"/proc/{number}/{name}").read_bytes())
        self.assertEqual(self.entries("--grep=" + secret), [])

    def test_a_credential_of_roots_is_the_passphrase_of_a_job(self):
        self.machine.script("mkdir -p -m 700 /etc/duplid/secrets")
        self.machine.put("/etc/duplid/secrets/plain", "readable by root alone", 0o600)
        self.drop_in("[Service]\nLoadCredential=plain:/etc/duplid/secrets/plain\n")
        self.restart()
        self.source("plain")
        self.job("plain", secrets={"passphrase": {"credential": "plain"}})
        self.start_job("plain")
        self.assertIn("Localdir /srv/plain", self.decrypt("/srv/targets/plain/*.manifest.gpg", "readable by root alone"))

    def test_a_service_that_lacks_its_credential_does_not_start_and_its_client_learns_where_to_look(self):
        self.addCleanup(self.restart)
        self.drop_in("[Service]\nLoadCredential=lost:/etc/duplid/secrets/lost\n")
        self.quiet()
        self.machine.run("systemctl", "start", "duplid.socket")
        said = self.duplictl("status", status=14)
        self.assertIn("systemctl status duplid", said)
        wait_for(lambda: self.machine.state("duplid.service") == "failed", "systemd to give up", PATIENCE)
        # systemd.exec(5): 243 is EXIT_CREDENTIALS.
        self.assertEqual(self.machine.show("duplid.service", "ExecMainStatus"), "243")


class Programs(Service):
    def test_hooks_and_commands_run_as_root_outside_of_the_sandbox(self):
        facts = """id -u; grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/self/status; sed -n 's/^0:://p' /proc/self/cgroup"""
        self.machine.put("/etc/duplid/hooks/note", f"""#!/bin/sh
            {{ {facts}; env | grep '^DUPLID_' | sort; }} >/etc/written-by-a-hook
            echo 'said by the hook'""", 0o755)
        self.machine.put("/etc/duplid/commands/dump", f"#!/bin/sh\n{facts}\necho 'said by the command' >&2\n", 0o755)
        self.source("around")
        self.job("around", hooks={"before": [{"name": "note"}]}, commands=[{"path": "dumps/facts", "program": "dump"}])
        self.start_job("around")
        mine = re.search(r"CapEff:\t\w+", self.machine.path("/proc/1/status").read_text(encoding="utf-8")).group()
        free = ["0", mine, "NoNewPrivs:\t0", "Seccomp:\t0"]
        told = self.machine.path("/etc/written-by-a-hook").read_text(encoding="utf-8").splitlines()
        self.assertEqual(told[:4], free)
        self.assertTrue(told[4].endswith("/duplid-hook@note.service"), told)
        self.assertLessEqual({"DUPLID_HOOK=before", "DUPLID_JOB=around"}, set(told))
        self.machine.run("duplicity", "restore", "--no-encryption", "--archive-dir", "/srv/witness",
                         "file:///srv/targets/around", "/srv/restored-around")
        dumped = self.machine.path("/srv/restored-around/dumps/facts").read_text(encoding="utf-8").splitlines()
        self.assertEqual(dumped[:4], free)
        self.assertTrue(dumped[4].endswith("/duplid-command@dump.service"), dumped)
        for unit, text in (("duplid-hook@note.service", "said by the hook"),
                           ("duplid-command@dump.service", "said by the command")):
            self.assertIn(text, [entry["MESSAGE"] for entry in self.entries(f"_SYSTEMD_UNIT={unit}")])

    def test_a_hook_that_fails_ends_the_run_before_anything_is_stored(self):
        self.machine.put("/etc/duplid/hooks/veto", "#!/bin/sh\nexit 7\n", 0o755)
        self.source("vetoed")
        self.job("vetoed", hooks={"before": [{"name": "veto"}]})
        self.start_job("vetoed", status=1)
        self.assertEqual(self.volumes("vetoed"), {})
        self.assertEqual(self.machine.show("duplid-hook@veto.service", "ExecMainStatus"), "7")
        self.assertIn("status 7", self.duplictl("log", "vetoed"))

    def test_a_hook_that_takes_too_long_is_stopped_with_what_it_started(self):
        self.machine.put("/etc/duplid/hooks/slow", "#!/bin/sh\nsleep 3600 &\nsleep 3600\n", 0o755)
        self.source("held-up")
        self.job("held-up", hooks={"before": [{"name": "slow", "time_limit": "1s"}]})
        self.start_job("held-up", status=1)
        self.assertEqual(self.machine.state("duplid-hook@slow.service"), "failed")
        self.assertEqual(self.machine.run("pgrep", "-x", "sleep", status=None), "")

    def test_a_commands_passphrase_comes_from_a_unit_of_a_user(self):
        self.machine.put("/etc/duplid/commands/show", "#!/bin/sh\nid -un\n", 0o755)
        self.drop_in("[Service]\nUser=ann\n", "duplid-command@show.service")
        self.source("shown")
        self.job("shown", secrets={"passphrase": {"program": "show"}})
        self.start_job("shown")
        self.verify("shown", "--encrypt-key=", PASSPHRASE="ann")


class Walls(Service):
    def test_a_target_that_was_not_opened_is_refused_before_and_in_the_run(self):
        self.source("outside")
        self.machine.run("install", "-d", "-o", "duplid", "-g", "duplid", "/srv/beside")
        self.job("outside", target="file:///srv/beside/outside")
        said = self.duplictl("config-check", status=1)
        self.assertIn("Read-only file system", said)
        self.assertIn("duplictl init", said)
        self.start_job("outside", status=1)
        self.assertIn("Read-only file system", self.duplictl("log", "outside"))
        self.assertEqual(list(self.machine.path("/srv/beside").iterdir()), [])

    def test_a_target_below_the_services_own_tmp_is_told(self):
        self.source("temporary")
        self.job("temporary", target="file:///tmp/target")
        self.assertIn("a directory of its own here", self.duplictl("config-check", status=1))

    def test_init_opens_a_place_and_proves_it(self):
        self.source("opened")
        self.addCleanup(self.machine.script, f"""
            rm -f {DROP_INS}/target-opened.conf; systemctl disable --quiet duplid.service; systemctl daemon-reload""")
        said = self.duplictl("init", "opened", "/srv/opened", "file:///srv/vault/opened", "--no-encryption", "--every", "1d",
                             "--filesystem", "none", "--yes")
        self.assertIn("opened", said)
        self.assertIn('ReadWritePaths="-/srv/vault/opened"', self.machine.run("systemctl", "cat", "duplid.service"))
        self.assertEqual(self.machine.run("systemctl", "is-enabled", "duplid.service").strip(), "enabled")
        self.assertIn("/etc/duplid: 1 job, no problems", self.duplictl("config-check"))
        self.verify("opened", target="file:///srv/vault/opened")
        # And nothing beside it.
        self.machine.run("install", "-d", "-o", "duplid", "-g", "duplid", "/srv/vault/beside")
        self.job("beside", source="/srv/opened", target="file:///srv/vault/beside")
        self.start_job("beside", status=1)
        self.assertEqual(list(self.machine.path("/srv/vault/beside").iterdir()), [])

    def test_a_metrics_file_is_written_where_a_drop_in_lets_it(self):
        self.machine.run("install", "-d", "-o", "duplid", "-g", "duplid", "/srv/metrics")
        self.addCleanup(self.machine.path("/etc/duplid/duplid.json").unlink)
        self.machine.put("/etc/duplid/duplid.json", '{"metrics_file": "/srv/metrics/duplid.prom"}')
        self.assertIn("/srv/metrics", self.duplictl("config-check", status=1))
        self.drop_in("[Service]\nReadWritePaths=/srv/metrics\n")
        self.restart()
        wait_for(lambda: self.machine.path("/srv/metrics/duplid.prom").exists(), "metrics", PATIENCE)
        self.duplictl("config-check")


class Rights(Service):
    """polkit's own word, with the rule that is installed."""

    def may(self, user, *words):
        """Whether systemctl did as it was told; if not, because polkit would not have it."""
        said = self.machine.run("systemctl", "--no-ask-password", *words, status=None, user=user)
        if said:
            self.assertRegex(said, "Access denied|authentication required", (user, words))
        return not said

    def setUp(self):
        super().setUp()
        self.machine.put("/etc/duplid/hooks/note", "#!/bin/sh\n", 0o755)
        self.machine.put("/etc/duplid/commands/dump", "#!/bin/sh\n", 0o755)

    def test_the_daemons_user_may_start_and_stop_hooks_and_commands_and_nothing_else(self):
        for unit in ("duplid-hook@note.service", "duplid-command@dump.service"):
            for verb in ("start", "stop"):
                self.assertTrue(self.may("duplid", verb, unit), (verb, unit))
            self.assertFalse(self.may("duplid", "restart", unit), unit)
        for words in (["start", "duplid-job@x.service"], ["stop", "dbus.service"], ["restart", "duplid.service"],
                      ["start", "duplid-hook@note.timer"], ["daemon-reload"]):
            self.assertFalse(self.may("duplid", *words), words)
        said = self.machine.run("systemd-run", "--no-ask-password", "--unit=duplid-hook@made.service", "true", user="duplid",
                                status=1)
        self.assertRegex(said, "Access denied|authentication required")

    def test_others_may_not_even_if_they_are_members_of_the_group(self):
        for user in ("ann", "ben"):
            for words in (["start", "duplid-hook@note.service"], ["start", "duplid-command@dump.service"],
                          ["stop", "duplid.service"], ["start", "duplid-job@x.service"]):
                self.assertFalse(self.may(user, *words), (user, words))
        self.assertEqual(self.machine.state("duplid.service"), "active")

    def test_members_of_the_group_watch_and_run_jobs_and_others_do_not_get_in(self):
        self.source("shared")
        self.job("shared")
        self.assertIn("shared", self.machine.run("duplictl", "status", "--system", user="ben"))
        self.machine.run("duplictl", "job", "run", "shared", "--system", user="ben")
        wait_for(lambda: "idle" == self.machine.show("duplid.service", "StatusText") and self.volumes("shared"), "the run's end",
                 PATIENCE)
        self.verify("shared")
        self.machine.run("duplictl", "job", "show", "shared", "--system", user="ben", status=13)
        self.machine.run("duplictl", "status", "--system", user="ann", status=13)


class Journal(Service):
    def test_what_became_of_a_job_is_an_entry_of_the_service_with_fields(self):
        self.source("told")
        self.job("told", notify=[{"when": "always", "journal": True}])
        self.start_job("told")
        (entry,) = self.entries("DUPLID_JOB=told", "DUPLID_EVENT=success")
        expected = {"_SYSTEMD_UNIT": "duplid.service", "_EXE": "/usr/bin/duplid", "SYSLOG_IDENTIFIER": "duplid",
                    "DUPLID_TASK": "backup", "DUPLID_RESULT": "success", "DUPLID_SET_TYPE": "full", "PRIORITY": "6",
                    "DUPLID_TARGET": "file:///srv/targets/told", "_TRANSPORT": "journal"}
        self.assertEqual({name: entry.get(name) for name in expected}, expected)
        self.assertEqual(entry["_UID"], self.machine.run("id", "-u", "duplid").strip())
        explained = self.machine.run("journalctl", "--catalog", "--no-pager", f"MESSAGE_ID={entry['MESSAGE_ID']}", "DUPLID_JOB=told")
        self.assertIn("Subject: Job told: its backup went well", explained)

    def test_a_mistake_in_a_file_is_an_entry_with_its_place(self):
        self.machine.put("/etc/duplid/jobs.d/wrong.json", '{\n "tarket": "file:///x"\n}\n')
        self.machine.run("systemctl", "reload", "duplid.service")
        entry = wait_for(lambda: self.entries("DUPLID_JOB=wrong"), "the entry", PATIENCE)[0]
        self.assertEqual((entry["DUPLID_FILE"], entry["DUPLID_LINE"], entry["PRIORITY"], entry["_SYSTEMD_UNIT"]),
                         ("/etc/duplid/jobs.d/wrong.json", "2", "3", "duplid.service"))


class Sleep(Service):
    def test_the_login_manager_waits_for_runs_at_work(self):
        def held():
            listed = self.machine.run("systemd-inhibit", "--list", "--no-legend", "--no-pager", status=None)
            return [line for line in listed.splitlines() if "duplid" in line]

        self.machine.run("systemctl", "start", "systemd-logind.service")
        self.assertEqual(held(), [])
        self.begin_long_job("awake")
        (line,) = wait_for(held, "the lock", PATIENCE)
        for word in ("duplid", "sleep", "shutdown", "delay"):
            self.assertIn(word, line)
        self.until_released("awake")
        wait_for(lambda: not held(), "the lock to be given back", PATIENCE)


class UserManager(Service):
    def setUp(self):
        super().setUp()
        self.number = self.machine.run("id", "-u", "ann").strip()
        self.machine.run("systemctl", "start", "systemd-logind.service")
        self.machine.run("loginctl", "enable-linger", "ann")
        self.addCleanup(self.machine.run, "loginctl", "disable-linger", "ann")
        wait_for(lambda: self.machine.state(f"user@{self.number}.service") == "active", "ann's manager", PATIENCE)

    def ann(self, *words, **more):
        return self.machine.run(*words, user="ann", XDG_RUNTIME_DIR=f"/run/user/{self.number}", HOME="/home/ann", **more)

    def test_a_users_own_daemon_is_started_by_its_socket_and_backs_up_with_a_credential(self):
        self.machine.script("""
            mkdir -p ~ann/documents ~ann/.config/systemd/user/duplid.service.d
            echo content >~ann/documents/file
            echo 'of her own' >~ann/secret
            printf '[Service]\\nLoadCredential=home:%%h/secret\\n' >~ann/.config/systemd/user/duplid.service.d/secret.conf
            chmod 600 ~ann/secret
            mkdir -p ~ann/.config/duplid/jobs.d
            cat >~ann/.config/duplid/jobs.d/home.json <<END
            {"source": "/home/ann/documents", "target": "file:///home/ann/target",
             "secrets": {"passphrase": {"credential": "home"}}}
END
            chown -R ann: ~ann""")
        self.ann("systemctl", "--user", "daemon-reload")
        self.ann("systemctl", "--user", "start", "duplid.socket")
        self.assertEqual(self.ann("systemctl", "--user", "is-active", "duplid.service", status=None).strip(), "inactive")
        self.assertIn("home", self.ann("duplictl", "job", "list"))
        self.assertEqual(self.ann("systemctl", "--user", "is-active", "duplid.service").strip(), "active")
        self.assertEqual(self.ann("systemctl", "--user", "show", "--value", "--property=StatusText", "duplid.service").strip(),
                         "idle")
        self.ann("systemctl", "--user", "start", "duplid-job@home.service")
        self.verify("home", "--encrypt-key=", source="/home/ann/documents", target="file:///home/ann/target",
                    PASSPHRASE="of her own")
        self.assertEqual(self.machine.run("stat", "--format=%U %a", f"/run/user/{self.number}/duplid/control.sock").strip(),
                         "ann 600")
        # The system's daemon is another one.
        self.assertNotIn("home", self.duplictl("job", "list"))


class Upgrades(Service):
    def test_an_idle_daemon_is_started_anew_and_one_at_work_goes_on(self):
        def upgrade():
            before = self.machine.show("duplid.service", "MainPID")
            said = self.machine.run("dpkg", "--install", "/srv/duplid.deb")
            wait_for(lambda: self.machine.state("duplid.service") == "active", "the daemon", PATIENCE)
            return self.machine.show("duplid.service", "MainPID") == before, said

        self.assertFalse(upgrade()[0])
        self.begin_long_job("upgraded")
        goes_on, said = upgrade()
        self.assertTrue(goes_on)
        self.assertIn("is at work", said)
        self.assertEqual(self.machine.state("duplid-job@upgraded.service"), "activating")
        self.until_released("upgraded")

    def test_removal_ends_the_service_and_keeps_jobs(self):
        self.source("kept")
        self.job("kept")
        self.machine.run("dpkg", "--remove", "duplid")
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(self.machine.run, "dpkg", "--install", "/srv/duplid.deb")
        self.assertEqual(self.machine.run("pgrep", "-x", "duplid", status=None), "")
        self.assertEqual(self.machine.run("systemctl", "list-units", "--no-legend", "--state=active", "duplid*"), "")
        self.assertTrue(self.machine.path("/etc/duplid/jobs.d/kept.json").exists())


if __name__ == "__main__":
    main()
