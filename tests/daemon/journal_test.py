"""What the daemon writes into the journal, read back by journalctl: a real journald in a mount namespace of its own,
whose files lie in the test's directory. Its kernel side (audit, kmsg) is switched off, so that nothing of this machine
is touched or heard."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import DUPLID, DaemonTest, wait_for

ROOT = Path(__file__).resolve().parents[2]
JOURNALD = "/lib/systemd/systemd-journald"
CATALOG = ROOT / "systemd/duplid.catalog"

# $1: the test's directory. All that is started in here goes with the process that unshare waits for.
ENTER = r"""
set -e
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
mount --bind "$1/journal" /run/log/journal
printf '[Journal]\nStorage=volatile\nAudit=\nReadKMsg=no\nForwardToSyslog=no\nForwardToWall=no\n' \
    > /run/systemd/journald.conf.d/test.conf
"$2" < /dev/null > /dev/null 2> "$1/journald.log" &
for i in $(seq 600); do [ ! -S /run/systemd/journal/socket ] || break; sleep 0.1; done
[ -S /run/systemd/journal/socket ]
shift 2
exec "$@"
"""


def can_enter():
    """Whether there may be namespaces and mounts here."""
    probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", "mount -t tmpfs none /run"],
                           capture_output=True, check=False)
    return probe.returncode == 0


def catalogued():
    """Of each class its MESSAGE_ID, as daemon/process/log.cpp has them."""
    text = (ROOT / "daemon/process/log.cpp").read_text(encoding="utf-8")
    return dict(re.findall(r'"([a-z-]+)", "([0-9a-f]{32})"', text))


@unittest.skipUnless(os.path.exists(JOURNALD) and shutil.which("journalctl"), "journald is not installed")
class Journal(DaemonTest):
    def setUp(self):
        super().setUp()
        if not can_enter():
            self.skipTest("no right to make a namespace")
        os.mkdir(self.path("journal"))
        self.write("a/file", b"what is to be kept\n" * 1000)
        self.log = open(self.path("stderr"), "wb")  # pylint: disable=consider-using-with
        self.addCleanup(self.log.close)

    def start(self):
        """As systemd does: JOURNAL_STREAM names what standard error is."""
        stream = os.fstat(self.log.fileno())
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", ENTER, "sh",
                   self.root, JOURNALD, DUPLID, "--socket", self.socket_path, "--state-dir", self.path("state"),
                   "--cache-dir", self.path("cache"), "--config-dir", self.path("config")]
        self.daemon = subprocess.Popen(command, stderr=self.log, env={
            **os.environ, "HOME": self.root, "JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}"})
        wait_for(self.answers, "the daemon to answer")
        return self.client()

    def put(self, name, content):
        path = self.path("config", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def job(self, **more):
        return {"source": self.source, "target": "file://" + self.path("target"), "encryption": False,
                "notify": [{"when": "always", "journal": True}], **more}

    def entries(self, *matches):
        done = subprocess.run(["journalctl", "-D", self.path("journal"), "-o", "json", "--all", "--no-pager", *matches],
                              capture_output=True, text=True, check=False)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def entry(self, *matches):
        found = wait_for(lambda: self.entries(*matches), f"an entry with {matches}")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def assert_has(self, entry, **fields):
        self.assertEqual({name: entry.get(name) for name in fields}, fields)

    def test_what_becomes_of_jobs_is_found_by_job_run_and_class(self):
        ids = catalogued()
        with open(self.path("no-directory"), "w", encoding="ascii"):
            pass
        self.put("jobs.d/home.json", self.job())
        self.put("jobs.d/broken.json", self.job(target="file://" + self.path("no-directory/x")))
        self.put("jobs.d/large.json", self.job(source=self.path("large"), target="file://" + self.path("second")))
        os.mkdir(self.path("large"))
        with open(self.path("large/endless"), "wb") as file:
            file.truncate(100 << 30)
        client = self.start()

        run = client.call("job-run", job="home")["run"]
        self.assertEqual(client.outcome(run)["state"], "done")
        entry = self.entry("DUPLID_JOB=home", f"MESSAGE_ID={ids['success']}")
        self.assert_has(entry, DUPLID_EVENT="success", DUPLID_RUN=str(run), DUPLID_TASK="backup", PRIORITY="6",
                        DUPLID_RESULT="success", DUPLID_SET_TYPE="full", SYSLOG_IDENTIFIER="duplid",
                        _TRANSPORT="journal")
        self.assertIn(f"run {run}", entry["MESSAGE"])
        # Where in the source an entry was written says nothing here.
        self.assertNotIn("CODE_LINE", entry)

        run = client.call("job-run", job="broken")["run"]
        cause = client.outcome(run)["error"]["cause"]
        entry = self.entry("DUPLID_JOB=broken", f"MESSAGE_ID={ids['failure']}")
        self.assert_has(entry, DUPLID_EVENT="failure", DUPLID_RUN=str(run), PRIORITY="3", DUPLID_RESULT="failed",
                        DUPLID_FAILURES="1")
        self.assertIn(cause, entry["MESSAGE"])

        run = client.call("job-run", job="large")["run"]
        self.wait_for_state(client, run, "running")
        client.call("run-stop", run=run)
        entry = self.entry("DUPLID_JOB=large", f"MESSAGE_ID={ids['cancelled']}")
        self.assert_has(entry, DUPLID_EVENT="cancelled", DUPLID_RUN=str(run), DUPLID_RESULT="cancelled")

        # And nothing of it twice.
        self.assertEqual(Path(self.log.name).read_bytes(), b"")

    def test_names_with_newlines_forge_no_fields(self):
        with open(self.path("no-directory"), "w", encoding="ascii"):
            pass
        source = self.path("a name\nPRIORITY=0\nDUPLID_JOB=other\nMESSAGE=forged")
        os.mkdir(source)
        self.put("jobs.d/home.json", self.job(source=source, target="file://" + self.path("no-directory/x")))
        client = self.start()
        run = client.call("job-run", job="home")["run"]
        self.assertEqual(client.outcome(run)["state"], "failed")
        entry = self.entry(f"DUPLID_RUN={run}")
        self.assert_has(entry, DUPLID_SOURCE=source, DUPLID_JOB="home", PRIORITY="3")
        self.assertNotIn("\n", entry["MESSAGE"])
        self.assertEqual(self.entries("DUPLID_JOB=other"), [])

    def test_what_is_wrong_in_a_file_is_an_entry_with_its_place(self):
        path = self.put("jobs.d/home.json", '{\n  "source": "/",\n  "tarket": "file:///x"\n}\n')
        self.start()
        found = wait_for(lambda: self.entries("DUPLID_EVENT=settings", "DUPLID_LINE=3"), "the entry")
        self.assert_has(found[0], DUPLID_JOB="home", DUPLID_FILE=path, PRIORITY="3",
                        MESSAGE_ID=catalogued()["settings"])


class Elsewhere(DaemonTest):
    def test_whose_standard_error_leads_elsewhere_writes_text(self):
        os.makedirs(self.path("config/jobs.d"))
        with open(self.path("config/jobs.d/home.json"), "w", encoding="ascii") as file:
            file.write("{}")
        with open(self.path("stderr"), "wb") as log:
            number = os.fstat(log.fileno())
            # A service's own variable, inherited by one whose output was redirected.
            self.start_daemon("--config-dir", self.path("config"), stderr=log, env={
                **os.environ, "HOME": self.root, "JOURNAL_STREAM": f"{number.st_dev}:{number.st_ino + 1}"})
        self.client().call("status")
        self.assertEqual(self.end_daemon(signal.SIGTERM), 0)
        lines = Path(self.path("stderr")).read_text(encoding="utf-8").splitlines()
        self.assertTrue(lines)
        self.assertTrue(all(line.startswith("duplid: ") for line in lines), lines)


class Explained(unittest.TestCase):
    """The classes, in the catalog and in the manual."""

    def test_each_class_has_a_number_of_its_own(self):
        ids = catalogued()
        self.assertGreater(len(ids), 10)
        self.assertEqual(len(set(ids.values())), len(ids))

    def test_the_manual_has_each_with_its_number(self):
        page = (ROOT / "daemon/duplid.8").read_text(encoding="utf-8").replace("\\-", "-")
        self.assertEqual(dict(re.findall(r"^([a-z-]+) +([0-9a-f]{32})$", page, re.MULTILINE)), catalogued())

    @unittest.skipUnless(shutil.which("journalctl"), "journalctl is not installed")
    def test_the_catalog_explains_each_and_the_journals_own_compiler_takes_it(self):
        root = self.enterContext(tempfile.TemporaryDirectory(prefix="duplid-test-"))
        place = os.path.join(root, "usr/lib/systemd/catalog")
        os.makedirs(place)
        os.makedirs(os.path.join(root, "var/lib/systemd/catalog"))
        shutil.copy(CATALOG, place)
        made = subprocess.run(["journalctl", f"--root={root}", "--update-catalog"], capture_output=True, text=True,
                              check=False)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        listed = subprocess.run(["journalctl", f"--root={root}", "--dump-catalog"], capture_output=True, text=True,
                                check=True).stdout
        self.assertEqual(sorted(re.findall(r"^-- ([0-9a-f]{32})", listed, re.MULTILINE)),
                         sorted(catalogued().values()))
        self.assertEqual(listed.count("Subject: "), len(catalogued()))


if __name__ == "__main__":
    unittest.main()
