"""Jobs with several targets: one backup, the same files everywhere, and each target with a fate of its own. What is
on the targets is compared byte for byte and restored by stock duplicity.

Where a run has to be met in the middle, one of its targets is a collection of the test's own (dav.py), which stores
so many volumes and then answers no more: the run stands still, however fast anything is.
"""

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "python"))

from dav import Dav
from jobs_test import JobsTest
from servers import Server
from support import Refused, wait_for

MIB = 1 << 20
IN_OPEN = 0x20


class Content(NamedTuple):
    """What is in a file, however large that is."""
    bytes: int
    sha256: str

    @classmethod
    def of(cls, content):
        return cls(len(content), hashlib.sha256(content).hexdigest())

    @classmethod
    def at(cls, path):
        with open(path, "rb") as file:
            return cls(os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())


class Opens:
    """Counts how often a file is opened, as the kernel tells it."""

    def __init__(self, path):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.descriptor < 0 or self.libc.inotify_add_watch(self.descriptor, os.fsencode(path), IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def count(self):
        """Since the last call."""
        header, events = 16, 0
        try:
            # Of a watched file, not a directory: events have no name behind them.
            events = len(os.read(self.descriptor, 1 << 16)) // header
        except BlockingIOError:
            pass
        return events

    def close(self):
        os.close(self.descriptor)


class TargetsTest(JobsTest):
    def place(self, name):
        return self.path("targets", name)

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("targets"))

    def several(self, *names, **more):
        job = self.job(**more)
        del job["target"]
        job["targets"] = [{"name": name, "url": "file://" + self.place(name)} for name in names or ("nas", "usb")]
        return job

    def tree(self, directory):
        paths = [os.path.join(folder, name) for folder, _, files in os.walk(directory) for name in files]
        return {os.path.relpath(path, directory): Content.at(path) for path in paths}

    def files(self, name):
        """Everything on a target that is not a temporary file."""
        if not os.path.isdir(self.place(name)):
            return {}
        return {path: content for path, content in self.tree(self.place(name)).items() if not path.startswith(".")}

    def block(self, name):
        """Nothing can be stored there."""
        if os.path.isdir(self.place(name)):
            os.rename(self.place(name), self.place(name) + ".away")
        with open(self.place(name), "w", encoding="ascii"):
            pass

    def unblock(self, name):
        os.unlink(self.place(name))
        if os.path.isdir(self.place(name) + ".away"):
            os.rename(self.place(name) + ".away", self.place(name))

    def collection(self, job, name, place=None, **options):
        """Adds a target that is a collection of the test's own."""
        dav = Dav()
        self.addCleanup(dav.close)
        # It may hold up what it is sent for as long as a test takes.
        target = {"name": name, "url": dav.url, "timeout": 600, **options}
        job["targets"].insert(len(job["targets"]) if place is None else place, target)
        return dav

    def files_of(self, dav):
        """As files(), of a collection."""
        return {name: Content.of(content) for name, content in dav.files.items() if not name.startswith(".")}

    def volume(self, place, number):
        """The content of a volume, or nothing."""
        for name in self.names_in(place):
            if f".vol{number}." in name and not name.startswith("."):
                with open(os.path.join(self.place(place), name), "rb") as file:
                    return file.read()
        return None

    def names_in(self, place):
        try:
            return os.listdir(self.place(place))
        except FileNotFoundError:
            return []

    def run_job(self, client, **more):
        done = client.outcome(client.call("job-run", job="home", **more)["run"])
        self.until(client, lambda one: one["state"] == "idle")
        return done

    def targets_of(self, done):
        return {target["name"]: target for target in done["backup"]["targets"]}

    def next_second(self, done):
        wait_for(lambda: time.time() >= done["backup"]["set"]["time"] + 1.1, "the next second")

    def restored(self, url, **environment):
        out = self.path("restored")
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(self.path("duplicitys"), ignore_errors=True)
        options = [] if environment else ["--no-encryption"]
        done = subprocess.run(["duplicity", "restore", "--archive-dir", self.path("duplicitys"), *options, url, out],
                              text=True, capture_output=True, env={**os.environ, "HOME": self.root, **environment},
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return self.tree(out)

    def check_twins(self, *names, **environment):
        """All have the same files, and duplicity restores the source from each of them."""
        names = names or ("nas", "usb")
        first = self.files(names[0])
        self.assertTrue(any("manifest" in name for name in first))
        for name in names:
            there = self.files(name)
            self.assertEqual(sorted(there), sorted(first), name)
            self.assertEqual(there, first, name)
            self.assertEqual(self.restored("file://" + self.place(name), **environment), self.tree(self.source), name)


class Twins(TargetsTest):
    def test_two_targets_get_the_same_bytes_and_duplicity_restores_either(self):
        self.write("noise", os.urandom(3 * MIB))
        self.put("jobs.d/home.json", self.several(volsize="1M"))
        client = self.start()
        done = self.run_job(client)
        self.assertEqual(done["state"], "done", done)
        self.assertGreater(done["backup"]["volumes"], 2)
        self.check_twins()
        self.next_second(done)
        self.write("b/more", b"an increment\n" * 5000)
        done = self.run_job(client)
        self.assertEqual((done["state"], done["backup"]["set"]["type"]), ("done", "incremental"))
        self.check_twins()
        self.assertEqual({target["state"] for target in done["backup"]["targets"]}, {"good"})

    def test_encrypted_twins_are_encrypted_once(self):
        with open(self.path("secret"), "w", encoding="ascii") as file:
            file.write("ein Geheimnis\n")
        os.chmod(self.path("secret"), 0o600)
        job = self.several(secrets={"passphrase": {"file": self.path("secret")}})
        del job["encryption"]
        self.put("jobs.d/home.json", job)
        client = self.start()
        self.assertEqual(self.run_job(client)["state"], "done")
        self.check_twins(PASSPHRASE="ein Geheimnis")

    def test_the_source_is_read_as_often_as_for_one_target(self):
        self.put("jobs.d/one.json", self.job())
        self.put("jobs.d/home.json", self.several("a", "b", "c"))
        client = self.start()
        opens = Opens(self.path("source/a/file"))
        self.addCleanup(opens.close)
        client.outcome(client.call("job-run", job="one")["run"])
        once = opens.count()
        self.assertGreater(once, 0)
        self.assertEqual(self.run_job(client)["state"], "done")
        self.assertEqual(opens.count(), once)
        self.check_twins("a", "b", "c")

    def test_duplicity_goes_on_with_either_of_them(self):
        self.put("jobs.d/home.json", self.several())
        client = self.start()
        done = self.run_job(client)
        self.next_second(done)
        self.write("b", b"by duplicity")
        made = subprocess.run(["duplicity", "incremental", "--no-encryption", "--archive-dir", self.path("theirs"),
                               "--allow-source-mismatch", self.source, "file://" + self.place("usb")],
                              env={**os.environ, "HOME": self.root}, text=True, capture_output=True, check=False)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        # Now usb is ahead, and nas is what is to be caught up.
        self.write("c", b"by duplid")
        theirs = time.time()
        wait_for(lambda: time.time() >= theirs + 1.1, "the next second")
        done = self.run_job(client)
        self.assertEqual(self.targets_of(done)["nas"].get("copied_sets"), 2, done)
        self.check_twins()


class Trouble(TargetsTest):
    def test_a_target_that_fails_spoils_nothing_and_is_caught_up_by_the_next_run(self):
        self.write("noise", os.urandom(2 * MIB))
        self.put("jobs.d/home.json", self.several(volsize="1M"))
        client = self.start()
        done = self.run_job(client)
        self.next_second(done)
        before = self.files("usb")

        self.block("usb")
        self.write("b", b"while the disk was away")
        said = self.duplictl("job", "run", "home", "--wait", status=3)
        self.assertIn("usb", said)
        self.assertEqual(self.restored("file://" + self.place("nas")), self.tree(self.source))
        job = self.until(client, lambda one: one["state"] == "idle")
        states = {target["name"]: target for target in job["targets"]}
        self.assertEqual((states["nas"]["state"], states["usb"]["state"]), ("good", "behind"))
        self.assertIn("reason", states["usb"])
        self.assertGreater(states["nas"]["last_good"], states["usb"]["last_good"])
        self.assertIn("usb: behind", self.duplictl("status"))
        # Restarted, it is still known.
        self.assertEqual(self.end_daemon(), 0)
        client = self.start()
        self.assertEqual(self.jobs(client)["home"]["targets"], job["targets"])

        self.unblock("usb")
        self.assertEqual(self.files("usb"), before)
        self.write("c", b"when it was back")
        done = self.run_job(client)
        self.assertEqual(done["state"], "done", done)
        usb = self.targets_of(done)["usb"]
        self.assertEqual((usb["state"], usb["copied_sets"]), ("good", 2))
        missing = {name: content for name, content in self.files("nas").items() if name not in before}
        self.assertEqual(usb["copied_files"], len(missing))
        self.assertEqual(usb["copied_bytes"], sum(content.bytes for content in missing.values()))
        self.check_twins()

        self.next_second(done)
        self.write("d", b"both again")
        done = self.run_job(client)
        self.assertEqual(self.targets_of(done)["usb"].get("copied_files", 0), 0)
        self.check_twins()

    def test_the_first_target_may_be_the_one_that_fails(self):
        self.put("jobs.d/home.json", self.several())
        client = self.start()
        self.next_second(self.run_job(client))
        self.block("nas")
        self.write("b", b"stored on the second alone")
        done = self.run_job(client)
        self.assertEqual(done["state"], "warnings")
        self.assertEqual(self.targets_of(done)["nas"]["state"], "behind")
        self.assertEqual(self.restored("file://" + self.place("usb")), self.tree(self.source))
        self.unblock("nas")
        self.next_second(done)
        done = self.run_job(client)
        self.assertEqual(done["state"], "done", done)
        self.check_twins()

    def test_when_all_fail_the_run_fails_and_names_them(self):
        self.put("jobs.d/home.json", self.several())
        client = self.start()
        self.block("nas")
        self.block("usb")
        done = self.run_job(client)
        self.assertEqual(done["state"], "failed")
        self.assertIn("nas: ", done["error"]["cause"])
        self.assertIn("usb: ", done["error"]["cause"])

    def braked(self, volumes, **more):
        """A job with a third target, which lets the run go on until it has so many volumes. One volume is under way at
        a time, so that then the next one is everywhere else, and nothing moves any more."""
        job = self.several(volsize="1M", concurrency=1, **more)
        self.brake = self.collection(job, "brake")
        self.brake.close_after = volumes
        self.put("jobs.d/home.json", job)

    def until_held(self, condition):
        wait_for(lambda: self.brake.waiting == 1 and condition(), "a volume that is held up")

    def let_go(self):
        self.brake.close_after = None
        self.brake.gate.set()
        wait_for(lambda: self.brake.waiting == 0, "the volume to arrive")

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def check_three(self):
        self.check_twins()
        self.assertEqual(self.files_of(self.brake), self.files("nas"))

    def test_a_target_that_vanishes_in_the_middle_is_left_behind_and_caught_up(self):
        self.write("noise", os.urandom(8 * MIB))
        self.braked(3)
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        self.until_held(lambda: self.volume("usb", 4) and self.volume("nas", 4))
        self.block("usb")
        self.let_go()
        done = client.outcome(run)
        self.assertEqual(done["state"], "warnings")
        self.assertEqual({name: target["state"] for name, target in self.targets_of(done).items()},
                         {"nas": "good", "usb": "behind", "brake": "good"})
        self.assertEqual(self.restored("file://" + self.place("nas")), self.tree(self.source))
        self.assertEqual(self.files_of(self.brake), self.files("nas"))

        self.unblock("usb")
        self.assertIsNotNone(self.volume("usb", 4))
        self.assertFalse(any("manifest" in name for name in self.files("usb")))
        self.next_second(done)
        done = self.run_job(client)
        self.assertEqual(self.targets_of(done)["usb"]["state"], "good", done)
        self.check_three()

    def test_a_target_without_room_is_left_behind_until_there_is_some(self):
        os.mkdir(self.place("usb"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", self.place("usb")],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.place("usb")], check=True)
        self.write("noise", os.urandom(8 * MIB))
        self.put("jobs.d/home.json", self.several(volsize="1M"))
        client = self.start()
        done = self.run_job(client)
        self.assertEqual(done["state"], "warnings")
        usb = self.targets_of(done)["usb"]
        self.assertEqual(usb["state"], "behind")
        self.assertIn("No space left", usb["reason"])
        self.assertEqual(self.restored("file://" + self.place("nas")), self.tree(self.source))

        # Still full: told again, and nothing is worse.
        self.next_second(done)
        done = self.run_job(client)
        self.assertEqual((done["state"], self.targets_of(done)["usb"]["state"]), ("warnings", "behind"))
        subprocess.run(["mount", "-o", "remount,size=64m", self.place("usb")], check=True)
        self.next_second(done)
        done = self.run_job(client)
        self.assertEqual((done["state"], self.targets_of(done)["usb"]["state"]), ("done", "good"), done)
        self.check_twins()

    def test_a_daemon_killed_in_the_middle_goes_on_on_all(self):
        self.write("noise", os.urandom(8 * MIB))
        self.braked(5, schedule={"every": "1d"})
        self.start()
        self.until_held(lambda: self.volume("usb", 6) and self.volume("nas", 6))
        self.kill()
        self.let_go()
        client = self.start()
        job = self.until(client, lambda one: "last_success" in one and one["state"] == "idle")
        backup = client.call("run-show", run=job["run"])["backup"]
        # Five are known to be everywhere.
        self.assertEqual(backup["resumed_at_volume"], 6)
        self.assertEqual({target["state"] for target in backup["targets"]}, {"good"})
        self.check_three()

    def test_an_interrupted_backup_goes_on_where_its_volumes_are_and_the_other_target_gets_it_whole(self):
        # Volumes of equal sizes whatever is in them: what lies there under the same name must not be believed.
        self.write("noise", os.urandom(8 * MIB))
        self.braked(4, compression="none")
        client = self.start()
        client.call("job-run", job="home")
        self.until_held(lambda: self.volume("usb", 5) and self.volume("nas", 5))
        self.kill()
        self.let_go()
        # The next attempt has to store another content, and is cut short while the second target is away.
        self.block("usb")
        self.write("noise", os.urandom(8 * MIB))
        self.brake.close_after = len(self.brake.volumes()) + 4
        client = self.start()
        client.call("job-run", job="home")
        self.until_held(lambda: self.volume("nas", 4) not in (None, self.volume("usb.away", 4)))
        self.kill()
        self.let_go()
        stale, fresh = self.volume("usb.away", 2), self.volume("nas", 2)
        self.assertNotEqual(stale, fresh)
        self.assertEqual(len(stale), len(fresh))

        self.unblock("usb")
        client = self.start()
        done = self.run_job(client)
        self.assertIn(done["state"], ("done", "warnings"), done)
        self.assertGreater(done["backup"]["resumed_at_volume"], 1)
        self.assertEqual({target["state"] for target in done["backup"]["targets"]}, {"good"})
        self.check_three()


class Pace(TargetsTest):
    def test_a_slow_target_holds_the_others_back_by_what_is_under_way_and_no_more(self):
        self.write("noise", os.urandom(6 * MIB))
        job = self.several("nas", volsize="1M", concurrency=3)
        slow = self.collection(job, "slow", 0)
        slow.gate.clear()
        self.put("jobs.d/home.json", job)
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        wait_for(lambda: slow.waiting == 3 and all(self.volume("nas", number) for number in (1, 2, 3)),
                 "three volumes on the quick target")
        # None of them is on both yet, and so there is no fourth.
        self.assertEqual(client.state_of(run), "running")
        self.assertEqual((slow.waiting, slow.stored, self.volume("nas", 4)), (3, [], None))
        slow.gate.set()
        done = client.outcome(run)
        self.assertEqual(done["state"], "done", done)
        self.assertGreater(done["backup"]["volumes"], 5)
        self.assertEqual(self.files_of(slow), self.files("nas"))
        self.assertEqual(self.restored("file://" + self.place("nas")), self.tree(self.source))


class Requirements(TargetsTest):
    def required(self, *names, **more):
        job = self.several(**more)
        for target in job["targets"]:
            target["required"] = target["name"] in names
        return job

    def away(self, name):
        os.rename(self.place(name), self.place(name) + ".away")

    def back(self, name):
        os.rename(self.place(name) + ".away", self.place(name))

    def test_a_backup_that_is_not_on_a_required_target_has_failed_although_the_others_have_it(self):
        self.put("jobs.d/home.json", self.required("usb"))
        client = self.start()
        self.next_second(self.run_job(client))
        good = self.jobs(client)["home"]["last_success"]
        self.away("usb")
        self.write("b", b"while the disk was away")
        self.assertIn("usb (required): behind", self.duplictl("job", "run", "home", "--wait", status=14))
        self.assertEqual(self.restored("file://" + self.place("nas")), self.tree(self.source))
        job = self.until(client, lambda one: one["state"] == "idle")
        self.assertEqual((job["last_result"], job["last_success"]), ("failed", good))
        self.assertIn("not on usb, which the job requires", job["last_error"]["cause"])
        self.assertEqual([(target["name"], target["state"], target.get("required", False))
                          for target in job["targets"]], [("nas", "good", False), ("usb", "behind", True)])
        self.assertIn("usb (required): behind", self.duplictl("status"))
        shown = client.call("run-show", run=job["run"])
        self.assertEqual((shown["state"], shown["error"]["name"]), ("failed", "unreachable"))
        self.assertEqual({target["name"]: target["state"] for target in shown["backup"]["targets"]},
                         {"nas": "good", "usb": "behind"})

        self.back("usb")
        self.write("c", b"when it was back")
        self.next_second(shown)
        done = self.run_job(client)
        self.assertEqual((done["state"], self.targets_of(done)["usb"]["copied_sets"]), ("done", 2), done)
        self.assertGreater(self.jobs(client)["home"]["last_success"], good)
        self.check_twins()

    def test_the_others_may_be_away_and_cost_a_warning(self):
        self.put("jobs.d/home.json", self.required("nas"))
        client = self.start()
        self.next_second(self.run_job(client))
        good = self.jobs(client)["home"]["last_success"]
        self.away("usb")
        done = self.run_job(client)
        self.assertEqual((done["state"], self.targets_of(done)["usb"]["state"]), ("warnings", "behind"))
        self.assertGreater(self.jobs(client)["home"]["last_success"], good)

    def test_nothing_is_removed_anywhere_while_a_required_target_lacks_the_new_backup(self):
        self.put("jobs.d/home.json", self.required("usb", retention={"keep_full": 1}))
        client = self.start()
        done = client.outcome(client.call("job-run", job="home")["run"])

        def kinds():
            runs = client.call("run-list")["runs"]
            ended = all(run["state"] not in ("queued", "running") for run in runs)
            return sorted(run["kind"] for run in runs) if ended else []
        wait_for(lambda: kinds() == ["backup", "removal", "removal"], "what follows the backup")
        self.away("usb")
        self.next_second(done)
        done = self.run_job(client, type="full")
        self.assertEqual(done["state"], "failed")
        self.assertEqual(kinds(), ["backup", "backup", "removal", "removal"])
        self.assertEqual(len([name for name in self.files("nas") if "manifest" in name]), 2)
        self.back("usb")
        self.next_second(done)
        self.assertEqual(self.run_job(client)["state"], "done")
        wait_for(lambda: len(kinds()) == 7, "what follows the backup")
        for name in ("nas", "usb"):
            self.assertEqual(len([one for one in self.files(name) if "manifest" in one and "full" in one]), 1)
        self.check_twins()


class Typed(TargetsTest):
    """Several targets on the command line."""

    def settings(self, client):
        return client.call("job-show", job="home")["settings"]

    def targets_in(self, client):
        return {target["name"]: target for target in self.settings(client)["targets"]}

    def test_a_job_is_made_with_several_targets_and_one_that_is_required(self):
        client = self.start()
        self.duplictl("job", "add", "home", self.source, "--no-encryption", "--target",
                      "nas=file://" + self.place("nas"), "--target=usb=file://" + self.place("usb"), "--required", "usb")
        self.assertEqual(self.settings(client)["targets"],
                         [{"name": "nas", "url": "file://" + self.place("nas")},
                          {"name": "usb", "url": "file://" + self.place("usb"), "required": True}])
        self.assertNotIn("target", self.settings(client))
        self.assertEqual(self.run_job(client)["state"], "done")
        self.check_twins()

    def test_what_is_typed_wrongly_makes_no_job(self):
        client = self.start()
        nas = "nas=file://" + self.place("nas")
        for words in ([], ["file:///x", "--target", nas], ["--target", "file:///x"], ["--target", "nas=/x"],
                      ["--target", nas, "--target", nas],
                      ["--target", nas, "--target-password-file", self.path("secret")]):
            with self.subTest(words):
                self.duplictl("job", "add", "home", self.source, "--no-encryption", *words, status=2)
        self.duplictl("job", "add", "home", self.source, "--no-encryption", "--target", nas, "--required", "usb",
                      status=10)
        self.assertEqual(self.jobs(client), {})

    def test_a_job_with_one_target_gets_another_which_is_filled_from_the_first(self):
        client = self.start()
        first = "file://" + self.place("nas")
        self.duplictl("job", "add", "home", self.source, first, "--no-encryption")
        self.next_second(self.run_job(client))
        second = "file://" + self.place("usb")
        # The one that is there must not get lost.
        self.duplictl("job", "set", "home", "--target", "usb=" + second, status=2)
        self.assertEqual(self.settings(client)["target"], first)
        self.duplictl("job", "set", "home", "--target", "usb=" + second, "--target", "nas=" + first, "--required",
                      "nas", "priority=5")
        self.assertEqual(list(self.targets_in(client)), ["nas", "usb"])
        self.assertEqual(self.settings(client)["priority"], 5)
        self.write("b", b"an increment")
        done = self.run_job(client)
        self.assertEqual((done["state"], done["backup"]["set"]["type"]), ("done", "incremental"))
        self.assertEqual(self.targets_of(done)["usb"]["copied_sets"], 2)
        self.check_twins()

        self.duplictl("job", "set", "home", "--optional", "nas", "--required", "usb")
        self.assertEqual({name: target.get("required", False) for name, target in self.targets_in(client).items()},
                         {"nas": False, "usb": True})
        self.duplictl("job", "set", "home", "--target", "usb=")
        self.assertEqual(list(self.targets_in(client)), ["nas"])
        self.duplictl("job", "set", "home", "--target", "usb=", status=10)
        self.duplictl("job", "set", "home", status=2)
        self.duplictl("job", "set", "home", "--target", "usb=" + second, "targets=[]", status=2)
        self.next_second(done)
        self.assertEqual(self.run_job(client)["state"], "done")


class Identity(TargetsTest):
    def other_archive(self, name, *options):
        os.mkdir(self.path("elsewhere"))
        with open(self.path("elsewhere/file"), "wb") as file:
            file.write(b"somebody else's only copy")
        made = subprocess.run(["duplicity", "full", *options, "--no-encryption", "--archive-dir", self.path("theirs"),
                               self.path("elsewhere"), "file://" + self.place(name)],
                              env={**os.environ, "HOME": self.root}, text=True, capture_output=True, check=False)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        return self.files(name)

    def test_a_target_with_another_archive_is_refused_and_not_touched(self):
        self.put("jobs.d/home.json", self.several("nas"))
        client = self.start()
        self.next_second(self.run_job(client))
        theirs = self.other_archive("usb")
        self.put("jobs.d/home.json", self.several())
        client.call("reload")
        self.write("b", b"more")
        done = self.run_job(client)
        self.assertEqual(done["state"], "warnings")
        usb = self.targets_of(done)["usb"]
        self.assertEqual(usb["state"], "behind")
        self.assertRegex(usb["reason"], "usb holds another archive than nas")
        self.assertEqual(self.files("usb"), theirs)
        self.assertEqual(self.restored("file://" + self.place("nas")), self.tree(self.source))

    def test_a_copy_with_another_manifest_is_another_archive(self):
        theirs = self.other_archive("usb")
        shutil.copytree(self.place("usb"), self.place("nas"))
        # The same names, other bytes: only reading tells.
        for name in os.listdir(self.place("nas")):
            if "manifest" in name:
                path = os.path.join(self.place("nas"), name)
                with open(path, "rb") as file:
                    content = file.read()
                with open(path, "wb") as file:
                    file.write(content.replace(b"elsewhere", b"elsewherf"))
        self.put("jobs.d/home.json", self.several(allow_source_mismatch=True))
        client = self.start()
        nas = self.files("nas")
        done = self.run_job(client)
        self.assertEqual({name for name, target in self.targets_of(done).items() if target["state"] == "behind"},
                         {"usb"})
        self.assertEqual(self.files("usb"), theirs)
        for name, content in nas.items():
            self.assertEqual(self.files("nas")[name], content)

    def test_two_unrelated_archives_fail_the_run_with_both_names(self):
        # Made in the same second they would have names in common.
        theirs = self.other_archive("usb", "--current-time", "1600000000")
        self.put("jobs.d/one.json", self.job(target="file://" + self.place("nas")))
        client = self.start()
        client.outcome(client.call("job-run", job="one")["run"])
        nas = self.files("nas")
        # Another cache: what is on the targets is all there is to go by.
        self.put("jobs.d/home.json", self.several(name="fresh"))
        client.call("reload")
        done = self.run_job(client)
        self.assertEqual((done["state"], done["error"]["name"]), ("failed", "invalid"))
        self.assertRegex(done["error"]["cause"], "(nas|usb) holds another archive than (nas|usb)")
        self.assertEqual(self.files("usb"), theirs)
        self.assertEqual(self.files("nas"), nas)

    def test_an_emptied_target_is_not_filled_again_unless_somebody_says_so(self):
        self.put("jobs.d/home.json", self.several())
        client = self.start()
        self.next_second(self.run_job(client))
        shutil.rmtree(self.place("usb"))
        done = self.run_job(client)
        self.assertEqual(done["state"], "warnings")
        self.assertIn("not there", self.targets_of(done)["usb"]["reason"])
        self.assertFalse(os.path.exists(self.place("usb")))
        # The folder that a disk is mounted on.
        os.mkdir(self.place("usb"))
        self.next_second(done)
        done = self.run_job(client, type="full")
        self.assertIn("is empty", self.targets_of(done)["usb"]["reason"])
        self.assertEqual(os.listdir(self.place("usb")), [])

        self.next_second(done)
        with self.assertRaises(Refused) as refused:
            client.call("job-run", job="home", refill=["ubs"])
        self.assertEqual(refused.exception.name, "not_found")
        self.duplictl("job", "run", "home", "--refill", "usb", "--wait")
        self.check_twins()

    def test_a_target_that_is_added_to_a_job_gets_what_the_first_one_has(self):
        self.put("jobs.d/home.json", self.job(target="file://" + self.place("nas")))
        client = self.start()
        self.next_second(self.run_job(client))
        self.write("b", b"second set")
        self.next_second(self.run_job(client))
        self.put("jobs.d/home.json", self.several())
        client.call("reload")
        self.assertEqual(self.jobs(client)["home"]["targets"][1]["state"], "unknown")
        self.write("c", b"third set")
        done = self.run_job(client)
        self.assertEqual(done["backup"]["set"]["type"], "incremental")
        self.assertEqual(self.targets_of(done)["usb"]["copied_sets"], 3)
        self.check_twins()

    def test_targets_that_went_different_ways_are_brought_together_by_a_full_backup(self):
        self.put("jobs.d/home.json", self.several())
        client = self.start()
        self.next_second(self.run_job(client))
        for away in ("usb", "nas"):  # disks that take turns
            os.rename(self.place(away), self.place(away) + ".away")
            self.write(f"without-{away}", b"x")
            self.next_second(self.run_job(client))
            os.rename(self.place(away) + ".away", self.place(away))
        done = self.run_job(client)
        self.assertEqual(self.targets_of(done)["nas"]["state"], "behind")
        self.assertIn("gone another way", self.targets_of(done)["nas"]["reason"])
        self.next_second(done)
        done = self.run_job(client, type="full")
        self.assertEqual(done["state"], "done", done)
        self.next_second(done)
        self.write("d", b"together")
        self.assertEqual(self.run_job(client)["state"], "done")
        for name in ("nas", "usb"):
            self.assertEqual(self.restored("file://" + self.place(name)), self.tree(self.source), name)


class Following(TargetsTest):
    def until_followed(self, client, count):
        def ended():
            runs = client.call("run-list")["runs"]
            over = all(run["state"] not in ("queued", "running") for run in runs)
            return runs if len(runs) == count and over else None
        return list(reversed(wait_for(ended, f"{count} runs")))

    def test_retention_verify_and_check_are_done_on_each_target(self):
        self.put("jobs.d/home.json", self.several(retention={"keep_full": 1}, verify={}, check={"sample": "all"}))
        client = self.start()
        done = client.outcome(client.call("job-run", job="home")["run"])
        runs = self.until_followed(client, 7)
        self.next_second(done)
        done = client.outcome(client.call("job-run", job="home", type="full")["run"])
        runs = self.until_followed(client, 14)[7:]
        self.assertEqual([run["kind"] for run in runs],
                         ["backup", "removal", "removal", "verify", "verify", "check", "check"])
        self.assertEqual({run["state"] for run in runs}, {"done"})
        for first in (1, 3, 5):
            self.assertEqual([run["target"] for run in runs[first:first + 2]],
                             ["file://" + self.place("nas"), "file://" + self.place("usb")])
        self.assertEqual(len([name for name in self.files("usb") if "manifest" in name]), 1)
        self.check_twins()
        tasks = {task["task"]: task for task in client.call("job-show", job="home")["tasks"]}
        self.assertEqual((tasks["verify"]["state"], tasks["verify"]["last_result"]), ("idle", "done"))

    def test_a_verify_that_fails_on_one_target_has_failed(self):
        self.write("noise", os.urandom(MIB))
        self.put("jobs.d/home.json", self.several())
        client = self.start()
        self.run_job(client)
        volume = next(name for name in self.files("nas") if "difftar" in name)
        with open(os.path.join(self.place("nas"), volume), "r+b") as file:
            file.seek(MIB // 2)
            file.write(b"damage")
        self.put("jobs.d/home.json", self.several(verify={}))
        client.call("reload")
        client.call("job-run", job="home", task="verify")
        runs = self.until_followed(client, 3)[1:]
        self.assertEqual([run["state"] for run in runs], ["failed", "done"])
        tasks = {task["task"]: task for task in client.call("job-show", job="home")["tasks"]}
        self.assertEqual(tasks["verify"]["last_result"], "failed")
        self.assertNotIn("last_success", tasks["verify"])

    def test_nothing_is_removed_where_the_new_backup_is_not(self):
        self.put("jobs.d/home.json", self.several(retention={"keep_full": 1}))
        client = self.start()
        done = client.outcome(client.call("job-run", job="home")["run"])
        self.until_followed(client, 3)
        before = self.files("usb")
        os.rename(self.place("usb"), self.place("usb") + ".away")
        self.next_second(done)
        client.outcome(client.call("job-run", job="home", type="full")["run"])
        self.until_followed(client, 5)  # a backup, and a removal on nas
        os.rename(self.place("usb") + ".away", self.place("usb"))
        self.assertEqual(self.files("usb"), before)
        self.assertEqual(len([name for name in self.files("nas") if "manifest" in name]), 1)

    def test_a_restore_reads_from_a_target_that_is_good_or_from_the_one_that_is_named(self):
        self.put("jobs.d/home.json", self.several())
        client = self.start()
        self.next_second(self.run_job(client))
        os.rename(self.place("nas"), self.place("nas") + ".away")
        self.write("b", b"new")
        self.run_job(client)
        os.rename(self.place("nas") + ".away", self.place("nas"))
        self.duplictl("restore", "--job", "home", self.path("out"))
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))
        self.duplictl("restore", "--job", "home", "--target", "nas", self.path("older"))
        self.assertEqual(set(self.tree(self.path("older"))), {"a/file"})
        self.duplictl("restore", "--job", "home", "--target", "sun", self.path("none"), status=10)
        self.duplictl("restore", "--target", "nas", "file://" + self.place("nas"), self.path("none"), status=2)

    def test_a_job_is_shown_with_each_of_its_targets(self):
        self.put("jobs.d/home.json", self.several())
        client = self.start()
        self.run_job(client)
        shown = json.loads(self.duplictl("job", "show", "home", "--json"))
        self.assertEqual([target["archive"]["target"] for target in shown["target_archives"]],
                         ["file://" + self.place("nas"), "file://" + self.place("usb")])
        self.assertIn("usb: good", self.duplictl("job", "show", "home"))


class OverTheNet(TargetsTest):
    def test_a_disk_and_a_webdav_server_are_twins_and_a_server_that_was_down_is_caught_up(self):
        server = Server("webdav")
        self.addCleanup(server.stop)
        with open(self.path("secret"), "w", encoding="ascii") as file:
            file.write(server["DAV_PASSWORD"] + "\n")
        os.chmod(self.path("secret"), 0o600)
        job = self.several("nas")
        job["targets"].append({"name": "dav", "url": server["DAV_BASIC_URL"], "timeout": 10,
                               "secrets": {"target_password": {"file": self.path("secret")}}})
        job["num_retries"] = 1
        self.put("jobs.d/home.json", job)
        client = self.start()
        self.write("noise", os.urandom(2 * MIB))
        done = self.run_job(client)
        self.assertEqual(done["state"], "done", done)
        on_server = Path(server["DAV_ROOT"]) / "basic"

        def there():
            return {path.name: Content.at(path) for path in on_server.rglob("duplicity-*")}
        self.assertEqual(there(), self.files("nas"))
        server.halt()
        self.next_second(done)
        self.write("b", b"while the server was down")
        done = self.run_job(client)
        self.assertEqual((done["state"], self.targets_of(done)["dav"]["state"]), ("warnings", "behind"))
        server.restart()
        self.next_second(done)
        done = self.run_job(client)
        self.assertEqual(done["state"], "done", done)
        self.assertEqual(self.targets_of(done)["dav"]["copied_sets"], 2)
        self.assertEqual(there(), self.files("nas"))


if __name__ == "__main__":
    unittest.main()
