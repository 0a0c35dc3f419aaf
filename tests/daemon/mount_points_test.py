"""A disk that is not there leaves an empty directory where it would be mounted. Nothing may ever be put there: whatever
a job's target is called, whatever the job does, and whoever works on its archive by hand. What lies in that directory
is looked at from outside."""

import os
import shutil
import subprocess
import time
import unittest

from jobs_test import JobsTest
from support import DUPLID, wait_for

UUID = "0f0e-no-machine-has-this-one"
TASKS = ("backup", "full", "verify", "check")
KINDS = ("file", "gio+file", "par2+file", "par2+gio+file")
UNREACHABLE = 14


class MountPointsTest(JobsTest):
    def setUp(self):
        super().setUp()
        self.place = self.path("media/usb")
        os.makedirs(self.place)

    def url(self, kind="file", below="/backup"):
        return f"{kind}://{self.place}{below}"

    def job(self, **more):
        never = {"schedule": {"calendar": ["2099-01-01"]}}
        return {"source": self.source, "encryption": False, "verify": never, "check": never, **more}

    def one(self, url, **more):
        return self.job(target=url, conditions={"filesystem": UUID}, **more)

    def several(self, url, **more):
        return self.job(targets=[{"name": "usb", "url": url, "filesystem": UUID}], **more)

    def run_job(self, job, task="backup", status=0):
        self.duplictl("job", "run", job, "--task", task, "--wait", status=status)
        asker = self.clients[0] if self.clients else self.client()
        wait_for(lambda: all(one["state"] not in ("queued", "running")
                             for one in asker.call("job-show", job=job)["tasks"]), "the job to know")

    def check_nothing_is_there(self):
        self.assertEqual(os.listdir(self.place), [])


class Away(MountPointsTest):
    def put_jobs(self):
        """One of each kind. Returns their names."""
        names = []
        for kind in KINDS:
            for below in ("", "/backup"):
                name = kind.replace("+", "-") + below.replace("/", "-")
                self.put(f"jobs.d/{name}.json", self.one(self.url(kind, below)))
                self.put(f"jobs.d/{name}-of-several.json", self.several(self.url(kind, below)))
                names += [name, name + "-of-several"]
        return names

    def test_no_task_of_a_job_puts_anything_there(self):
        names = self.put_jobs()
        self.assertEqual(self.start().call("config-check")["problems"], [])
        for name in names:
            for task in TASKS:
                with self.subTest(job=name, task=task):
                    self.run_job(name, task, status=UNREACHABLE)
                    self.check_nothing_is_there()

    def test_a_job_that_is_due_waits_and_puts_nothing_there(self):
        for kind in KINDS:
            self.put(f"jobs.d/{kind.replace('+', '-')}.json", self.one(self.url(kind), schedule={"every": "1d"}))
        client = self.start()
        for kind in KINDS:
            self.until(client, lambda one: one["state"] == "waiting", kind.replace("+", "-"))
        self.assertEqual(client.call("run-list")["runs"], [])
        self.check_nothing_is_there()

    def test_nobody_who_works_on_the_archive_by_hand_puts_anything_there(self):
        self.put("jobs.d/one.json", self.one(self.url("par2+file")))
        self.put("jobs.d/several.json", self.several(self.url("file", "")))
        self.start()
        for words in (["repair", "--force"], ["cleanup", "--force"], ["prune", "--keep-last", "1", "--force"],
                      ["remove-older-than", "1D", "--force"], ["remove-all-but-n-full", "1", "--force"],
                      ["remove-all-inc-of-but-n-full", "1", "--force"], ["sync"], ["check"], ["verify", self.source],
                      ["compare", self.source], ["restore", self.path("out")], ["list-current-files"], ["find"],
                      ["versions", "a"], ["collection-status"]):
            for job, target in (("one", []), ("several", ["--target", "usb"])):
                with self.subTest(words=words, job=job):
                    self.duplictl(words[0], "--job", job, *target, *words[1:], status=UNREACHABLE)
                    self.check_nothing_is_there()
        # How to restore it is wanted all the more.
        self.assertIn(UUID, self.duplictl("recovery-sheet", "one"))

    def test_a_target_of_a_kind_that_is_no_directory_cannot_be_bound_to_a_disk(self):
        self.put("jobs.d/one.json", self.one("sftp://127.0.0.1//media/usb"))
        self.put("jobs.d/several.json", self.several("rclone://usb:backup"))
        problems = self.start().call("config-check")["problems"]
        self.assertEqual(sorted(problem["job"] for problem in problems), ["one", "several"])
        for problem in problems:
            self.assertIn("only a target on this machine", problem["cause"])


class Unnamed(MountPointsTest):
    """Nobody has said which disk it is: what is remembered of the archive tells that it is not there."""

    def test_what_held_backups_and_holds_nothing_is_not_taken_for_the_target(self):
        for below in ("", "/backup"):
            with self.subTest(below=below):
                name = "below" if below else "itself"
                self.put(f"jobs.d/{name}.json", self.job(target=self.url(below=below)))
                if self.daemon is None:
                    self.start()
                self.client().call("reload")
                self.run_job(name)
                # The disk goes.
                disk = self.path("disk-" + name)
                os.rename(self.place, disk)
                os.mkdir(self.place)
                for task in ("backup", "verify", "check"):
                    self.run_job(name, task, status=UNREACHABLE)
                    self.check_nothing_is_there()
                # And is back.
                os.rmdir(self.place)
                os.rename(disk, self.place)
                newest = max(os.stat(os.path.join(self.place + below, one)).st_mtime
                             for one in os.listdir(self.place + below))
                wait_for(lambda newest=newest: time.time() >= newest + 1.1, "the next second")
                self.write("a/" + name, b"new")
                self.run_job(name)
                self.assertEqual(self.restored(below), self.tree(self.source))
                shutil.rmtree(self.place)
                os.mkdir(self.place)
                # What is empty on purpose begins anew when somebody says so.
                self.run_job(name, "full")
                self.assertEqual(self.restored(below), self.tree(self.source))
                shutil.rmtree(self.place)
                os.mkdir(self.place)

    def restored(self, below):
        os.symlink(self.place + below, self.path("target"))
        try:
            return self.restore_with_duplicity("--no-encryption")
        finally:
            os.unlink(self.path("target"))
            shutil.rmtree(self.path("duplicitys"))

    def test_a_place_for_disks_without_one_is_told_before_anything_runs(self):
        place = "/mnt/" + os.path.basename(self.root)
        self.put("jobs.d/home.json", self.job(target=f"file://{place}/backup"))
        client = self.start()
        if not client.call("file-system", path=place).get("lacks_disk"):
            self.skipTest("something is mounted at /mnt")
        # Who is not root hears besides that he could not make the directory.
        causes = [problem["cause"] for problem in client.call("config-check", places=True)["problems"]]
        self.assertEqual(sum("no disk is mounted" in cause for cause in causes), 1, causes)
        # Nor is a job made of it.
        self.duplictl("job", "add", "other", self.source, f"file://{place}/backup", "--no-encryption", status=2)
        self.duplictl("job", "add", "other", self.source, "--no-encryption", "--target", f"usb=file://{place}/backup",
                      "--target", "nas=sftp://127.0.0.1/x", status=2)
        self.assertFalse(os.path.exists(place))


@unittest.skipUnless(os.getuid() == 0, "only root can mount")
class Mounted(MountPointsTest):
    def test_backups_are_made_while_the_disk_is_mounted_and_never_beside_it(self):
        # In a view of its own of the machine, where udev knows nothing but what is written here.
        begin = 'mount -t tmpfs none /run && mkdir -p /run/udev/data && exec "$@"'
        view = ["unshare", "--mount", "sh", "-c", begin, "sh"]
        if subprocess.run([*view, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no right to mount")
        kinds = [kind for kind in KINDS if shutil.which("par2") or not kind.startswith("par2")]
        jobs = []
        for kind in kinds:
            name = kind.replace("+", "-")
            self.put(f"jobs.d/{name}.json", self.one(self.url(kind, "/" + name)))
            self.put(f"jobs.d/{name}-of-several.json", self.several(self.url(kind, f"/{name}-of-several")))
            jobs += [name, name + "-of-several"]
        self.daemon = subprocess.Popen(
            [*view, DUPLID, "--socket", self.socket_path, "--state-dir", self.path("state"), "--cache-dir",
             self.path("cache"), "--config-dir", self.path("config")], env={**os.environ, "HOME": self.root})
        wait_for(self.answers, "the daemon to answer")
        enter = ["nsenter", "--target", str(self.daemon.pid), "--mount"]
        if subprocess.run([*enter, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no right to enter the daemon's view")

        def inside(command):
            return subprocess.run([*enter, "sh", "-e", "-c", command, "sh", self.place, UUID], check=True, text=True,
                                  stdout=subprocess.PIPE).stdout

        def all_run(status):
            for job in jobs:
                with self.subTest(job=job, status=status):
                    self.run_job(job, status=status)
                    self.check_nothing_is_there()

        all_run(UNREACHABLE)
        inside("mount -t tmpfs disk $1\n"
               "device=$(awk -v at=$1 '$5 == at { print $3 }' /proc/self/mountinfo)\n"
               "echo E:ID_FS_UUID=$2 > /run/udev/data/b$device\n")
        # From outside of the view, where the disk never is, the place is as empty as ever.
        all_run(0)
        self.assertEqual(sorted(inside("ls $1").split()), sorted(jobs))
        inside("umount $1")
        all_run(UNREACHABLE)
        self.assertEqual(inside("ls $1"), "")


if __name__ == "__main__":
    unittest.main()
