"""Several users on one machine (feature-goals.md R60, R61): what a member of the group learns of the machine's daemon,
that one user's daemon is out of reach for another, and what a restore by an ordinary user can write.

The users need not exist: the kernel knows numbers, and so do these tests, which only root can run. What must not get
out carries a mark, and everything that members are told is searched for it.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import unittest

from support import DUPLID, PATIENCE, DaemonTest, Refused, wait_for

DUPLICTL = os.environ["DUPLICTL_BIN"]
ANN, BOB, CARL = 54401, 54402, 54403
GROUP = 54321
MARK = "Xanadu"
# architecture.md 8.
ALLOWED = {"hello", "api", "status", "metrics", "run-list", "run-show", "job-list", "job-history", "job-run"}


@contextlib.contextmanager
def acting_as(uid, gid, *groups):
    """The kernel notes who connects when they do: only that much is done by somebody else."""
    before = os.getgroups()
    os.setgroups(groups)
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


@unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
class UsersTest(DaemonTest):
    def setUp(self):
        super().setUp()
        # The way to the sockets is open: what protects them are they themselves.
        os.chmod(self.root, 0o755)
        os.mkdir(os.path.dirname(self.socket_path), 0o755)

    def client_of(self, uid, gid, *groups, **more):
        with acting_as(uid, gid, *groups):
            return self.client(**more)

    def programs(self):
        """Where everybody may run them, wherever they were built."""
        place = self.path("bin")
        if not os.path.isdir(place):
            os.mkdir(place, 0o755)
            for program in (DUPLID, DUPLICTL):
                shutil.copy(program, place)
        return place

    def duplictl_as(self, uid, *words, home):
        done = subprocess.run([os.path.join(self.programs(), "duplictl"), *words], user=uid, group=uid, extra_groups=[],
                              cwd=home, capture_output=True, text=True, timeout=PATIENCE, check=False,
                              env={"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8"})
        return done.returncode, done.stdout + done.stderr

    def home_of(self, uid):
        home = self.path(f"home-{uid}")
        os.mkdir(home, 0o700)
        os.chown(home, uid, uid)
        return home


class System(UsersTest):
    def setUp(self):
        super().setUp()
        self.source = self.path(f"{MARK}-source")
        os.mkdir(self.source)
        self.write_file(f"{MARK}-source/{MARK}-file", "content\n" * 1000)
        # The second target of the job never works, and says why.
        self.write_file(f"{MARK}-no-directory", "")
        self.put("good", self.job(f"{MARK}-target"))
        self.put("bad", self.job(f"{MARK}-no-directory/x"))
        self.put("two", self.job(None, targets=[
            {"name": "disk", "url": self.url(f"{MARK}-one")},
            {"name": "nas", "url": self.url(f"{MARK}-no-directory/y")}]))
        self.put("broken", {"source": self.source, "tarket": f"{MARK}"})
        self.start()

    def start(self):
        self.start_daemon("--system", "--group", str(GROUP), "--config-dir", self.path("config"),
                          env={**os.environ, "HOME": self.root}, stderr=subprocess.DEVNULL)

    def url(self, name):
        return "file://" + self.path(name)

    def write_file(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)

    def put(self, name, content):
        self.write_file(f"config/jobs.d/{name}.json", json.dumps(content))

    def job(self, target, **more):
        job = {"source": self.source, "encryption": False, **more}
        return {**job, "target": self.url(target)} if target else job

    def hear(self, client, method, **params):
        """What a member is told: the whole answer, which must not have the mark in it."""
        request = client.send(method, **params)
        while True:
            line = client.stream.readline()
            self.assertTrue(line, f"no answer to {method}")
            self.assertNotIn(MARK.encode(), line)
            message = json.loads(line)
            if message.get("id") == request:
                return message

    def run_to_its_end(self, client, job):
        run = self.hear(client, "job-run", job=job)["result"]["run"]
        ended = lambda: self.hear(client, "run-show", run=run)["result"]["state"] not in ("queued", "running")
        wait_for(ended, f"the run of {job}")
        return self.hear(client, "run-show", run=run)["result"]

    def test_the_socket_belongs_to_the_group_and_to_nobody_else(self):
        info = os.stat(self.socket_path)
        self.assertEqual((info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)), (0, GROUP, 0o660))
        with acting_as(CARL, CARL), self.assertRaises(PermissionError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.socket_path)
        # And if somebody opens it by mistake, they are refused by what the kernel says of them.
        os.chmod(self.socket_path, 0o666)
        with self.assertRaises(Refused) as refused:
            self.client_of(CARL, CARL)
        self.assertEqual(refused.exception.name, "denied")

    def test_members_by_either_kind_of_membership_see_how_jobs_stand_and_run_them(self):
        for uid, gid, groups in ((ANN, GROUP, []), (BOB, BOB, [7, GROUP])):
            with self.subTest(uid=uid):
                client = self.client_of(uid, gid, *groups)
                jobs = {job["job"]: job for job in self.hear(client, "job-list")["result"]["jobs"]}
                self.assertEqual(sorted(jobs), ["bad", "broken", "good", "two"])
                self.assertEqual(self.run_to_its_end(client, "good")["state"], "done")
                self.assertEqual(self.hear(client, "status")["result"]["instance"], "system")

    def test_members_learn_no_names_whatever_they_ask_and_whatever_goes_wrong(self):
        client = self.client_of(ANN, ANN, GROUP)
        self.assertEqual(self.run_to_its_end(client, "good")["state"], "done")
        failed = self.run_to_its_end(client, "bad")
        self.assertEqual(failed["state"], "failed")
        self.assertTrue(failed["error"]["cause"])
        # One target was left behind: which is told, where it is not.
        both = self.run_to_its_end(client, "two")
        self.assertEqual([target["name"] for target in both["backup"]["targets"]], ["disk", "nas"])
        refused = self.hear(client, "job-run", job="broken")["error"]
        self.assertEqual(refused["data"]["name"], "invalid")
        self.assertEqual(self.hear(client, "job-run", job="goood")["error"]["data"]["hint"], "did you mean good?")
        for method, params in (("status", {}), ("run-list", {}), ("job-list", {}), ("api", {}),
                               *[("job-history", {"job": job}) for job in ("good", "bad", "two", "broken")]):
            with self.subTest(method=method, params=params):
                self.assertIn("result", self.hear(client, method, **params))

        # All of it is there, and root is told: the search above could have found it.
        root = self.client()
        told = json.dumps([root.call("job-list"), root.call("run-list"), root.call("run-show", run=both["run"])])
        self.assertGreater(told.count(MARK), 5)

    def test_reports_that_name_files_are_figures_for_members(self):
        root = self.client()
        run = root.call("backup", source=self.source, target=self.url(f"{MARK}-target"), encryption=False)["run"]
        self.assertEqual(root.outcome(run)["state"], "done")
        volume = next(name for name in os.listdir(self.path(f"{MARK}-target")) if "difftar" in name)
        os.unlink(self.path(f"{MARK}-target", volume))
        run = root.call("repair", target=self.url(f"{MARK}-target"), encryption=False)["run"]
        root.outcome(run)
        shown = root.call("run-show", run=run)
        self.assertTrue(shown["repair"]["findings"])
        self.assertIn(MARK, json.dumps(shown))
        shown = self.hear(self.client_of(ANN, ANN, GROUP), "run-show", run=run)["result"]
        self.assertGreater(shown["repair"]["lost"], 0)

    def test_members_may_ask_for_nothing_else(self):
        client = self.client_of(ANN, ANN, GROUP)
        methods = set(client.call("api")["schema"]["methods"])
        self.assertLessEqual(ALLOWED - {"metrics"}, methods)
        for method in sorted(methods - ALLOWED):
            with self.subTest(method=method):
                self.assertEqual(self.hear(client, method)["error"]["data"]["name"], "denied")
        self.assertEqual(self.hear(client, "status")["result"]["running"], 0)

    def test_those_who_may_only_watch_cannot_lock_out_root(self):
        """Each as many connections as one may have; limits are ControlServer's."""
        import resource  # pylint: disable=import-outside-toplevel
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 4096:
            self.skipTest("too few files may be open")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        held = []
        self.addCleanup(lambda: [connection.close() for connection in held])
        for uid in (ANN, BOB, CARL):
            with acting_as(uid, uid, GROUP):
                for _ in range(1024):
                    connection = socket.socket(socket.AF_UNIX)
                    held.append(connection)
                    connection.connect(self.socket_path)
        self.assertEqual(self.client_of(CARL, CARL, GROUP, greet=False).read()["error"]["data"]["name"], "too_many")
        self.client().call("status")

    def test_a_group_that_is_not_there_is_told_at_once(self):
        done = subprocess.run([DUPLID, "--system", "--group", "no-such-group", "--socket", self.path("other.sock")],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no-such-group", done.stderr)


class Users(UsersTest):
    def start_for(self, uid, home):
        self.socket_path = os.path.join(home, "run/control.sock")
        self.daemon = subprocess.Popen(
            [os.path.join(self.programs(), "duplid"), "--user", "--socket", self.socket_path,
             "--state-dir", os.path.join(home, "state"), "--cache-dir", os.path.join(home, "cache")],
            user=uid, group=uid, extra_groups=[], cwd=home, env={"PATH": os.environ["PATH"], "HOME": home})
        wait_for(self.answers, "the daemon to answer")

    def test_ones_daemon_is_out_of_reach_for_another_and_root_reaches_it(self):
        home = self.home_of(ANN)
        self.start_for(ANN, home)
        self.client_of(ANN, ANN).call("status")
        self.client().call("status")

        with acting_as(BOB, BOB), self.assertRaises(PermissionError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.socket_path)
        status, said = self.duplictl_as(BOB, "status", "--socket", self.socket_path, home=self.home_of(BOB))
        self.assertEqual(status, 13, said)

        # Not even if Ann opens all doors, to Bob or to a group that Bob is in.
        for path, mode in ((home, 0o755), (os.path.dirname(self.socket_path), 0o755), (self.socket_path, 0o666)):
            os.chmod(path, mode)
        for groups in ((), (ANN,), (GROUP,)):
            with self.assertRaises(Refused) as refused:
                self.client_of(BOB, BOB, *groups)
            self.assertEqual(refused.exception.name, "denied")
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(timeout=PATIENCE), 0)


class Restores(UsersTest):
    """R61: the archive is root's, with all that root may have; the restore is Ann's."""

    def setUp(self):
        super().setUp()
        self.start_daemon()
        self.write("d/plain", b"content")
        self.write("d/set-id", b"#!/bin/sh\n")
        os.chmod(self.path("source/d/set-id"), 0o6755)
        self.write("d/others", b"Bob's")
        os.chown(self.path("source/d/others"), BOB, BOB)
        os.symlink("/etc/passwd", self.path("source/link"))
        os.mknod(self.path("source/device"), stat.S_IFCHR | 0o666, os.makedev(1, 3))
        client = self.client()
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        os.chmod(self.path("target"), 0o755)
        for name in os.listdir(self.path("target")):
            os.chmod(self.path("target", name), 0o644)
        self.home = self.home_of(ANN)
        self.outside = self.path("outside")
        os.mkdir(self.outside, 0o777)
        os.chmod(self.outside, 0o777)
        self.before = self.look()

    def look(self):
        """All that lies around the destination."""
        found = []
        for place in (self.outside, self.source):
            for folder, folders, files in os.walk(place):
                for name in [".", *folders, *files]:
                    info = os.lstat(os.path.join(folder, name))
                    found.append((folder, name, info.st_mode, info.st_uid, info.st_ino, info.st_mtime_ns, info.st_size))
        return sorted(found)

    def restore_as_ann(self, *words):
        outcome = self.duplictl_as(ANN, "restore", "--private", "--no-encryption", *words, "file://" + self.path("target"),
                                   os.path.join(self.home, "out"), home=self.home)
        self.assertEqual(self.look(), self.before)
        return outcome

    def test_what_comes_back_is_the_users_own_and_no_more_than_they_may_make(self):
        status, said = self.restore_as_ann()
        self.assertIn(status, (0, 3, 15), said)
        out = os.path.join(self.home, "out")
        with open(os.path.join(out, "d/plain"), "rb") as file:
            self.assertEqual(file.read(), b"content")
        self.assertEqual(os.readlink(os.path.join(out, "link")), "/etc/passwd")
        for folder, folders, files in os.walk(out):
            for name in folders + files:
                info = os.lstat(os.path.join(folder, name))
                self.assertEqual(info.st_uid, ANN, name)
                self.assertFalse(stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(info.st_mode), name)

    def test_links_that_wait_in_the_destination_lead_nowhere(self):
        out = os.path.join(self.home, "out")
        os.mkdir(out)
        os.symlink(self.outside, os.path.join(out, "d"))
        os.chown(out, ANN, ANN)
        # Ann may write there, and still it is not where she wants it.
        status, said = self.restore_as_ann()
        self.assertNotEqual(status, 0, said)
        self.assertEqual(os.listdir(out), ["d"])
        status, said = self.restore_as_ann("--force")
        self.assertEqual(status, 3, said)
        self.assertIn("out/d stands where a directory belongs", said)
        self.assertEqual(os.listdir(self.outside), [])
        self.assertEqual(os.readlink(os.path.join(out, "d")), self.outside)
        # What does not go that way comes back.
        self.assertTrue(os.path.islink(os.path.join(out, "link")))

    def test_where_the_user_may_not_write_nothing_is_written(self):
        os.chmod(self.home, 0o555)
        status, said = self.restore_as_ann()
        self.assertEqual(status, 13, said)
        self.assertEqual(os.listdir(self.home), [])


if __name__ == "__main__":
    unittest.main()
