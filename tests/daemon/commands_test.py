"""Commands of jobs whose output becomes files of backups, and programs of the system's that print secrets. Commands
are scripts that count how often they were run; what is in a set is what stock duplicity restores. Of the system's
instance, systemd is played by systemd_stand_in."""

import glob
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest
from pathlib import Path

import hooks_test
from hooks_test import UNITS, is_alive
from support import DUPLID, Refused, wait_for

MIB = 1 << 20
SECRET = "Nebelkrähe-91c4"


class CommandsTest(hooks_test.HooksTest):
    directory = "scripts"

    def dump(self, name="dump", then="", directory=None):
        """A command that prints the file `content`, and counts its runs."""
        return self.script(name, f"echo {name} >>{self.records}/order; cat {self.path('content')}\n{then}",
                           directory or self.directory)

    def content(self, data):
        with open(self.path("content"), "wb") as file:
            file.write(data)
        return data

    def with_dump(self, command=None, path="dumps/db.sql", **more):
        return self.job(commands=[{"path": path, "command": [command or self.dump()]}], **more)

    def run_job(self, client, job="home", **more):
        done = super().run_job(client, job, **more)
        self.until(client, lambda one: one["state"] == "idle", job)
        return done

    def next_second(self, done):
        wait_for(lambda: time.time() >= done["backup"]["set"]["time"] + 1.1, "the next second")

    def manifests(self):
        return sorted(name for name in self.names_on_target() if "manifest" in name)

    def restored_with_duplicity(self):
        return self.restore_with_duplicity("--no-encryption")

    def check_restored(self, dump, path="dumps/db.sql"):
        """By both programs: the source, and what the command printed."""
        expected = {**self.tree(self.source), path: dump}
        self.assertEqual(self.restored_with_duplicity(), expected)
        shutil.rmtree(self.path("out"), ignore_errors=True)
        self.duplictl("restore", "file://" + self.path("target"), self.path("out"), "--no-encryption",
                      "--archive-dir", self.path("ctl-archive"))
        self.assertEqual(self.tree(self.path("out")), expected)


class Files(CommandsTest):
    def test_output_is_a_file_of_full_set_and_increment_that_both_programs_restore(self):
        job = self.with_dump()
        job["commands"][0]["mode"] = "0640"
        self.put("jobs.d/home.json", job)
        client = self.start()
        first = self.content(os.urandom(3 * MIB))
        began = time.time()
        done = self.run_job(client)
        self.assertEqual((done["state"], done["backup"]["set"]["type"]), ("done", "full"), done)
        self.check_restored(first)
        facts = os.stat(self.path("out/dumps/db.sql"))
        self.assertEqual(stat.S_IMODE(facts.st_mode), 0o640)
        self.assertTrue(began - 1 <= facts.st_mtime <= time.time())

        self.next_second(done)
        # A few bytes more in the middle: the rest is in the first set.
        second = self.content(first[:MIB] + b"something new" + first[MIB:])
        done = self.run_job(client)
        self.assertEqual((done["state"], done["backup"]["set"]["type"]), ("done", "incremental"), done)
        self.assertEqual(done["backup"]["statistics"]["changed_files"], 1)
        self.check_restored(second)
        new, = [name for name in self.names_on_target() if "inc" in name and "difftar" in name]
        self.assertLess(os.path.getsize(self.path("target", new)), 300_000)
        self.assertEqual(self.order(), ["dump"] * 2)

        listed = subprocess.run(["duplicity", "list-current-files", "--archive-dir", self.path("duplicitys"),
                                 "--no-encryption", "file://" + self.path("target")], capture_output=True, text=True,
                                env={**os.environ, "HOME": self.root}, check=True).stdout
        self.assertRegex(listed, r" dumps\n.* dumps/db\.sql\n")
        self.assertIn("dumps/db.sql", self.duplictl("list-current-files", "file://" + self.path("target"),
                                                    "--no-encryption", "--archive-dir", self.path("ctl-archive")))

    def test_verify_with_the_source_does_not_miss_what_commands_made(self):
        self.content(b"a dump\n" * 1000)
        verify = {"with_source": True, "compare_data": True, "schedule": {"calendar": ["2099-01-01"]}}
        self.put("jobs.d/home.json", self.with_dump(verify=verify))
        client = self.start()
        self.assertEqual(self.run_job(client)["state"], "done")
        verified = client.outcome(client.call("job-run", job="home", task="verify")["run"])
        self.assertEqual((verified["state"], verified["verify"]["differences"]), ("done", 0), verified)
        self.assertGreaterEqual(verified["verify"]["files"], 5)
        self.write("a/new", b"not in the backup")
        verified = client.outcome(client.call("job-run", job="home", task="verify")["run"])
        self.assertNotEqual(verified["verify"]["differences"], 0)

    def test_with_the_job_verify_and_compare_by_hand_do_not_miss_them_either(self):
        self.content(b"a dump\n" * 1000)
        self.put("jobs.d/home.json", self.with_dump())
        client = self.start()
        self.assertEqual(self.run_job(client)["state"], "done")

        def differences(*words, status=0):
            said = self.duplictl(*words, "--json", status=status).splitlines()
            return json.loads(said[-1])

        def verified(directory, **more):
            return differences("verify", "--job", "home", directory, "--compare-data", **more)["verify"]["differences"]

        def compared(directory, **more):
            return differences("compare", "--job", "home", directory, "--compare-data", **more)["differences"]

        self.assertEqual((verified(self.source), compared(self.source)), (0, 0))
        # What was restored has them, and there they are compared like any file.
        self.duplictl("restore", "--job", "home", self.path("out"))
        self.assertEqual((verified(self.path("out")), compared(self.path("out"))), (0, 0))
        with open(self.path("out/dumps/db.sql"), "ab") as file:
            file.write(b"more")
        self.assertNotEqual(verified(self.path("out"), status=1), 0)
        self.assertNotEqual(compared(self.path("out")), 0)
        # And all else is still missed.
        os.unlink(self.path("source/a/file"))
        self.assertNotEqual(verified(self.source, status=1), 0)
        self.assertNotEqual(compared(self.source), 0)

    def test_a_command_that_is_taken_out_of_the_job_takes_its_file_along(self):
        dump = self.content(b"a dump\n")
        self.put("jobs.d/home.json", self.with_dump())
        client = self.start()
        done = self.run_job(client)
        self.check_restored(dump)
        self.put("jobs.d/home.json", self.job())
        client.call("reload")
        self.next_second(done)
        self.assertEqual(self.run_job(client)["state"], "done")
        self.assertEqual(self.restored_with_duplicity(), self.tree(self.source))

    def test_an_output_of_nothing_is_an_empty_file_and_one_of_two_writers_is_whole(self):
        self.put("jobs.d/home.json", self.job(commands=[
            {"path": "empty", "command": ["true"]},
            # The second half comes when the command itself has ended.
            {"path": "late", "command": ["sh", "-c", "(until grep -q ') Z' /proc/$$/stat; do :; done; printf rest) & "
                                                     "printf 'begin '"]}]))
        self.assertEqual(self.run_job(self.start())["state"], "done")
        self.assertEqual(self.restored_with_duplicity(), {**self.tree(self.source), "empty": b"", "late": b"begin rest"})

    def test_a_file_in_the_place_of_an_output_is_warned_of(self):
        dump = self.content(b"a dump\n")
        self.write("dumps/db.sql", b"an old one, which somebody forgot")
        self.put("jobs.d/home.json", self.with_dump())
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        events = client.watch(run)
        self.assertEqual(events[-1]["state"], "warnings")
        warning, = [event["warning"] for event in events if event["type"] == "warning"]
        self.assertIn("dumps/db.sql", warning["cause"])
        self.assertEqual(self.restored_with_duplicity(), {**self.tree(self.source), "dumps/db.sql": dump})

    def test_a_dry_run_runs_no_command_and_says_so(self):
        self.content(b"a dump\n")
        self.start_daemon(stderr=self.log)
        client = self.client()
        run = self.backup(client, dry_run=True, tell_objects=True,
                          commands=[{"path": "dumps/db.sql", "command": [self.dump()]}])
        events = client.watch(run)
        self.assertEqual(events[-1]["state"], "done")
        self.assertEqual(self.order(), [])
        notes = [event["text"] for event in events if event["type"] == "note"]
        self.assertTrue([note for note in notes if "dumps/db.sql" in note and "not by a dry run" in note], notes)
        self.assertEqual(self.names_on_target(), [])

    def test_one_run_of_the_command_is_for_all_targets(self):
        dump = self.content(os.urandom(2 * MIB))
        job = self.with_dump(volsize="1M")
        del job["target"]
        places = {name: self.path("target-" + name) for name in ("nas", "usb")}
        job["targets"] = [{"name": name, "url": "file://" + place} for name, place in places.items()]
        self.put("jobs.d/home.json", job)
        self.assertEqual(self.run_job(self.start())["state"], "done")
        self.assertEqual(self.order(), ["dump"])
        for place in places.values():
            os.symlink(place, self.path("target"))
            self.check_restored(dump)
            os.unlink(self.path("target"))
            shutil.rmtree(self.path("ctl-archive"))
            shutil.rmtree(self.path("duplicitys"))

    def test_settings_that_make_no_sense_are_told_with_their_place(self):
        good = {"path": "a", "command": ["true"]}
        for commands, part, hint in (
                ([{"path": "/a", "command": ["true"]}], "path", "relative"),
                ([{"path": "../a", "command": ["true"]}], "..", ""),
                ([good, {"path": "a/b", "command": ["true"]}], "folder", ""),
                ([good, good], "already there", ""),
                ([{"path": "a"}], "either", "pg_dump"),
                ([{"path": "a", "command": ["true"], "program": "x"}], "either", ""),
                ([{"path": "a", "program": "x"}], "names are", "command"),
                ([{"path": "a", "command": [""]}], "no program", "")):
            with self.subTest(commands=commands):
                self.put("jobs.d/home.json", self.job(commands=commands))
                if self.daemon is None:
                    self.start()
                problem, = self.client().call("config-check")["problems"]
                self.assertIn(part, problem["cause"])
                self.assertIn(hint, problem.get("hint", ""))
                self.assertEqual(problem["line"], 1)
        with self.assertRaises(Refused) as refused:
            self.backup(self.client(), commands=[{"path": "a", "program": "x"}])
        self.assertEqual((refused.exception.name, refused.exception.object), ("invalid", "commands[0].program"))


class Trouble(CommandsTest):
    def failure(self, command, **more):
        """How a run ends whose command goes wrong; a good set was there before, and is all there is afterwards."""
        self.content(b"a good dump\n")
        self.put("jobs.d/home.json", self.with_dump())
        client = self.start()
        good = self.run_job(client)
        self.assertEqual(good["state"], "done")
        before = self.manifests()
        job = self.job(commands=[{"path": "dumps/db.sql", "command": command, **more}])
        self.put("jobs.d/home.json", job)
        client.call("reload")
        self.next_second(good)
        self.write("a/other", os.urandom(1000))
        done = self.run_job(client)
        self.assertEqual(done["state"], "failed", done)
        self.assertEqual(self.manifests(), before)
        restored = self.restored_with_duplicity()
        self.assertEqual(restored["dumps/db.sql"], b"a good dump\n")
        self.assertNotIn("a/other", restored)
        # Nobody has to clean up before it works again.
        dump = self.content(b"and another one\n")
        self.put("jobs.d/home.json", self.with_dump())
        client.call("reload")
        self.assertEqual(self.run_job(client)["state"], "done")
        self.check_restored(dump)
        return done["error"]

    def test_one_that_fails_spoils_the_run_and_its_last_words_are_told(self):
        script = self.script("fails", "for i in $(seq 2000); do echo talk $i >&2; done\n"
                                      "printf 'half a dump'; echo the database has gone >&2; exit 3")
        error = self.failure([script])
        self.assertEqual((error["name"], error["detail"]), ("unreachable", "command_failed"))
        for part in ("dumps/db.sql", script, "status 3", "talk 2000 | the database has gone"):
            self.assertIn(part, error["cause"])
        self.assertEqual({fact["name"]: fact["value"] for fact in error["facts"]},
                         {"path": "dumps/db.sql", "status": "3"})

    def test_one_that_is_killed_spoils_the_run(self):
        error = self.failure(["sh", "-c", "printf half; kill -KILL $$"])
        self.assertIn("status 137 (signal 9)", error["cause"])

    def test_one_that_is_not_there_spoils_the_run(self):
        error = self.failure(["/no/such/program"])
        self.assertEqual((error["name"], error["detail"]), ("not_found", "command_failed"))
        self.assertIn("/no/such/program", error["cause"])

    def test_one_that_hangs_is_ended_after_its_time(self):
        script = self.script("hangs", f"printf half; echo waiting for a lock >&2; sleep 1000 & echo $! $$ >{self.records}/pids\n"
                                      "wait")
        error = self.failure([script], time_limit="1s")
        self.assertEqual((error["name"], error["detail"]), ("unreachable", "command_failed"))
        self.assertIn("dumps/db.sql", error["cause"])
        self.assertIn("waiting for a lock", error["cause"])
        for pid in Path(self.records, "pids").read_text(encoding="ascii").split():
            wait_for(lambda pid=pid: not is_alive(pid), "the command to be gone")

    def test_a_stop_ends_it_at_once(self):
        script = self.script("hangs", f"printf half; echo $$ >{self.records}/pid; exec sleep 1000")
        self.put("jobs.d/home.json", self.with_dump(script))
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        pid = wait_for(lambda: os.path.exists(f"{self.records}/pid")
                       and Path(self.records, "pid").read_text(encoding="ascii").strip(), "the command")
        client.call("run-stop", run=run)
        self.assertEqual(client.outcome(run)["state"], "cancelled")
        self.assertFalse(is_alive(pid))
        self.assertEqual(self.manifests(), [])

    def test_the_daemon_is_killed_while_it_runs_and_the_next_run_has_all_of_it(self):
        script = self.script("once", f"""
            if [ ! -e {self.records}/pid ]; then
                printf 'half of it'; echo $$ >{self.records}/pid.part; mv {self.records}/pid.part {self.records}/pid
                exec sleep 1000
            fi
            cat {self.path("content")}""")
        dump = self.content(b"all of it\n" * 1000)
        self.put("jobs.d/home.json", self.with_dump(script))
        client = self.start()
        client.call("job-run", job="home")
        wait_for(lambda: os.path.exists(f"{self.records}/pid"), "the command")
        pid = int(Path(self.records, "pid").read_text(encoding="ascii"))
        self.addCleanup(lambda: is_alive(pid) and os.kill(pid, signal.SIGKILL))
        self.kill_daemon()
        self.assertEqual(self.manifests(), [])
        client = self.start()
        # An interrupted run is due at once; one that is asked for meanwhile is the same.
        self.until(client, lambda one: one["state"] == "idle")
        if not self.manifests():
            self.assertEqual(self.run_job(client)["state"], "done")
        self.check_restored(dump)

    def interrupted(self, size):
        """A backup that fails when its second volume is stored, and the one that goes on with it: what the command
        printed, and the events."""
        outcomes = []
        self.start_daemon(stderr=self.log)
        client = self.client()
        for fail_on_volume in (2, 0):
            printed = self.content(os.urandom(size))
            run = self.backup(client, volsize_bytes=MIB, fail_on_volume=fail_on_volume, concurrency=1,
                              commands=[{"path": "b/dump", "command": [self.dump()]}])
            outcomes.append((printed, client.watch(run)))
        self.assertEqual([events[-1]["state"] for _, events in outcomes], ["failed", "done"])
        return outcomes

    def test_a_set_that_was_interrupted_inside_an_output_has_all_of_the_next_one(self):
        self.write("a/file", os.urandom(MIB // 2))
        (_, _), (second, events) = self.interrupted(4 * MIB)
        notes = [event["text"] for event in events if event["type"] == "note"]
        self.assertTrue([note for note in notes if "b/dump" in note and "stored anew" in note], notes)
        self.assertEqual(self.order(), ["dump", "dump"])
        self.check_restored(second, "b/dump")

    def test_a_set_that_was_interrupted_behind_an_output_keeps_it(self):
        self.write("c/file", os.urandom(4 * MIB))
        (first, _), (_, events) = self.interrupted(MIB // 8)
        self.assertGreater(events[-1]["backup"]["resumed_at_volume"], 1)
        self.assertEqual(self.order(), ["dump"])
        self.check_restored(first, "b/dump")

    def small_disk(self, size):
        place = self.path("small")
        os.mkdir(place)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True,
                                 check=False)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", place], check=True)
        return place

    def test_output_for_which_there_is_no_room_fails_the_run_and_takes_none_afterwards(self):
        place = self.small_disk("33m")
        self.put("jobs.d/home.json", self.job(tempdir=place, commands=[
            {"path": "huge", "command": ["head", "-c", str(200 * MIB), "/dev/zero"]}]))
        client = self.start()
        done = self.run_job(client)
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "no_space"), done)
        self.assertIn(place, done["error"]["cause"])
        self.assertIn("tempdir", done["error"]["hint"])
        # A twentieth is left to everybody else.
        stored = int(re.search(r"(\d+) bytes", done["error"]["cause"])[1])
        self.assertTrue(16 * MIB < stored < 0.98 * 33 * MIB, stored)
        facts = os.statvfs(place)
        self.assertGreater(facts.f_bavail * facts.f_frsize, 30 * MIB)
        self.assertEqual(self.manifests(), [])
        subprocess.run(["mount", "-o", "remount,size=300m", place], check=True)
        self.assertEqual(self.run_job(client)["state"], "done")
        self.check_restored(bytes(200 * MIB), "huge")


class System(CommandsTest, hooks_test.SystemTest):
    """As units of systemd's."""

    directory = "etc-commands"

    def with_dump(self, command=None, path="dumps/db.sql", **more):
        self.dump()
        return self.job(commands=[{"path": path, "program": command or "dump"}], **more)

    def test_output_of_a_unit_is_a_file_of_the_set(self):
        dump = self.content(os.urandom(20 * MIB))
        self.put("jobs.d/home.json", self.with_dump())
        self.dump(then=f"env -0 >{self.records}/environment")
        self.start_manager()
        client = self.start()
        done = self.run_job(client)
        self.assertEqual(done["state"], "done", done)
        self.assertEqual(self.restored_with_duplicity(), {**self.tree(self.source), "dumps/db.sql": dump})
        # It was no child of the daemon's: HOME is one of its variables.
        self.assertNotIn(b"HOME=", Path(self.records, "environment").read_bytes())
        self.assertEqual(stat.S_IMODE(os.stat(self.path("run/output.sock")).st_mode), 0o600)

    def test_a_unit_that_fails_hangs_or_is_not_there_spoils_the_run(self):
        self.script("fails", "printf half; exit 3", self.directory)
        self.script("hangs", f"printf half; echo $$ >{self.records}/pid; exec sleep 1000", self.directory)
        self.start_manager()
        self.put("jobs.d/home.json", self.job())
        client = self.start()
        for program, name, cause, hint in (
                ("fails", "unreachable", "status 3", "journalctl -u duplid-command@fails"),
                ("hangs", "unreachable", "it had not ended", "time_limit"),
                ("none", "not_found", "no such program", "/etc/duplid/commands")):
            with self.subTest(program=program):
                self.put("jobs.d/home.json", self.job(commands=[{"path": "dump", "program": program,
                                                                 "time_limit": "1s"}]))
                client.call("reload")
                done = self.run_job(client)
                self.assertEqual((done["state"], done["error"]["name"]), ("failed", name), done)
                self.assertIn(cause, done["error"]["cause"])
                self.assertIn(hint, done["error"]["hint"])
        pid = Path(self.records, "pid").read_text(encoding="ascii").strip()
        wait_for(lambda: not is_alive(pid), "the command to be gone")
        self.assertEqual(self.manifests(), [])

    def test_each_of_several_units_has_its_own_output(self):
        contents = {}
        for name in ("one", "two", "three", "four"):
            contents[name] = os.urandom(2 * MIB)
            Path(self.path("content-" + name)).write_bytes(contents[name])
            self.script(name, f"cat {self.path('content-' + name)}", self.directory)
            self.put(f"jobs.d/{name}.json", {**self.job(commands=[{"path": "dump", "program": name}]),
                                             "target": "file://" + self.path("target-" + name)})
        self.start_manager()
        client = self.start()
        runs = [client.call("job-run", job=name)["run"] for name in contents]
        self.assertEqual([client.outcome(run)["state"] for run in runs], ["done"] * 4)
        for name, content in contents.items():
            os.symlink(self.path("target-" + name), self.path("target"))
            restored = self.restored_with_duplicity()
            self.assertEqual(hashlib.sha256(restored["dump"]).digest(), hashlib.sha256(content).digest())
            os.unlink(self.path("target"))
            shutil.rmtree(self.path("duplicitys"))

    def test_what_somebody_else_sends_is_nobodys_output(self):
        dump = self.content(b"the real one\n")
        self.put("jobs.d/home.json", self.with_dump())
        self.start_manager()
        client = self.start()
        forged = socket.socket(socket.AF_UNIX)
        self.addCleanup(forged.close)
        forged.connect(self.path("run/output.sock"))
        forged.sendall(b"forged\n")
        self.assertEqual(self.run_job(client)["state"], "done")
        self.assertEqual(self.restored_with_duplicity()["dumps/db.sql"], dump)

    def test_sockets_that_systemd_passes_are_told_apart_by_their_names(self):
        dump = self.content(b"a dump\n")
        self.put("jobs.d/home.json", self.with_dump())
        os.mkdir(self.path("run"))
        listeners = []
        for name in ("output.sock", "control.sock"):
            listener = socket.socket(socket.AF_UNIX)
            self.addCleanup(listener.close)
            listener.bind(self.path("run", name))
            listener.listen()
            listeners.append(listener)
        self.start_manager()
        # LISTEN_PID must be the daemon's own, which only a shell that becomes it can know.
        command = (f"exec 3<&{listeners[0].fileno()} 4<&{listeners[1].fileno()}; LISTEN_PID=$$ LISTEN_FDS=2 "
                   "LISTEN_FDNAMES=output:duplid.socket exec \"$0\" \"$@\"")
        self.daemon = subprocess.Popen(  # pylint: disable=consider-using-with
            ["/bin/bash", "-c", command, DUPLID, "--system", "--socket", self.path("elsewhere/control.sock"),
             "--config-dir", self.path("config"), "--state-dir", self.path("state"), "--cache-dir", self.path("cache")],
            pass_fds=[listener.fileno() for listener in listeners], stderr=self.log,
            env={**os.environ, "HOME": self.root, **self.environment})
        client = self.client()
        self.assertEqual(client.greeting["instance"], "system")
        self.assertEqual(self.run_job(client)["state"], "done")
        self.assertEqual(self.restored_with_duplicity()["dumps/db.sql"], dump)

    def test_commands_in_settings_are_refused(self):
        self.put("jobs.d/home.json", self.job(commands=[{"path": "a", "command": ["true"]}]))
        client = self.start()
        problem, = client.call("config-check")["problems"]
        self.assertIn("/etc/duplid/commands", problem["hint"])
        for secrets in ({"passphrase": {"command": ["true"]}},
                        {"variables": [{"name": "AWS_SECRET_ACCESS_KEY", "command": ["true"]}]}):
            self.put("jobs.d/home.json", self.job(secrets=secrets))
            problem, = client.call("config-check")["problems"]
            self.assertIn("executes no programs", problem["cause"])
            self.assertIn("/etc/duplid/commands", problem["hint"])


class SystemSecrets(CommandsTest, hooks_test.SystemTest):
    def looked_at(self):
        """All that could hold a secret: the processes of the daemon, and every file of the test but the program."""
        texts = []
        for pid in [self.daemon.pid, *(int(path.split("/")[2]) for path in glob.glob("/proc/[0-9]*/stat"))]:
            for name in ("cmdline", "environ"):
                try:
                    texts.append(Path(f"/proc/{pid}/{name}").read_bytes())
                except OSError:
                    pass
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not path.startswith((self.path("etc-commands"), self.path("gnupg"))):
                    texts.append(Path(path).read_bytes())
        return texts

    def encrypted(self, **secrets):
        job = self.job(secrets=secrets, gpg_home=self.path("gnupg"))
        del job["encryption"]
        return job

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("gnupg"), 0o700)

    def test_a_passphrase_that_a_unit_prints_opens_the_backup_and_is_nowhere_else(self):
        self.script("passphrase", f"echo '{SECRET}'; echo asked >>{self.records}/order", "etc-commands")
        self.put("jobs.d/home.json", self.encrypted(passphrase={"program": "passphrase"}))
        self.start_manager()
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        events = client.watch(run)
        self.assertEqual(events[-1]["state"], "done", events[-1])
        self.assertEqual(self.order(), ["asked"])
        shown = str(events) + str(client.heard) + str(client.call("run-list")) + str(client.call("job-show", job="home"))
        self.assertNotIn("Nebelkr", shown + self.said())
        for text in self.looked_at():
            self.assertNotIn(SECRET.encode(), text)
        self.assertEqual(self.end_daemon(), 0)
        texts = self.looked_at()
        self.assertTrue(texts)
        for text in texts:
            self.assertNotIn(SECRET.encode(), text)
        self.assertEqual(self.restore_with_duplicity(PASSPHRASE=SECRET), self.tree(self.source))

    def test_a_unit_that_prints_none_or_fails_ends_the_run_before_it_has_begun(self):
        self.script("nothing", "exit 0", "etc-commands")
        self.script("fails", f"echo '{SECRET}'; exit 4", "etc-commands")
        self.script("long", "head -c 100000 /dev/zero", "etc-commands")
        self.start_manager()
        client = None
        for program, cause in (("nothing", "nothing in it"), ("fails", "status 4"), ("long", "longer than")):
            with self.subTest(program=program):
                self.put("jobs.d/home.json", self.encrypted(passphrase={"program": program}))
                if client is None:
                    client = self.start()
                client.call("reload")
                done = self.run_job(client)
                self.assertEqual((done["state"], done["error"]["name"]), ("failed", "wrong_secret"), done)
                self.assertIn(cause, done["error"]["cause"])
                self.assertNotIn("Nebelkr", str(done) + str(client.heard) + self.said())
        self.assertFalse(os.path.exists(self.path("target")))


class Templates(unittest.TestCase):
    def test_the_daemon_is_given_what_the_template_connects_to(self):
        """Both units, and the daemon's own, mean one socket."""
        template, listener, service = ((UNITS / name).read_text(encoding="ascii") for name in (
            "duplid-command@.service", "duplid-output.socket", "duplid.service.in"))
        path = re.search(r"^StandardOutput=file:(.*)$", template, re.MULTILINE)[1]
        self.assertIn(f"\nListenStream={path}\n", listener)
        self.assertIn("\nSocketMode=0600\n", listener)
        self.assertIn("\nFileDescriptorName=output\n", listener)
        self.assertIn("\nService=duplid.service\n", listener)
        self.assertIn("\nWants=duplid-output.socket\n", service)
        self.assertIn("\nRequires=duplid-output.socket\n", template)


if __name__ == "__main__":
    unittest.main()
