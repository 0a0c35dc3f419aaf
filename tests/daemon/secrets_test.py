"""No secret where somebody else could see it (feature-goals.md R52)."""

import glob
import os
import unittest

from support import DaemonTest, wait_for

SECRET = "Moorhuhn-7f3a91"
ENVIRONMENT_SECRET = "Wiesenkraut-55c1"


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def descendants(pid):
    """Processes below `pid`, from the kernel's list of children."""
    found = []
    for listing in glob.glob(f"/proc/{pid}/task/*/children"):
        for child in content(listing).split():
            found += [int(child)] + descendants(int(child))
    return found


class Secrets(DaemonTest):
    def setUp(self):
        super().setUp()
        self.home = self.path("gnupg")
        os.mkdir(self.home, 0o700)
        self.start_daemon(env={**os.environ, "PASSPHRASE": ENVIRONMENT_SECRET,
                               "SIGN_PASSPHRASE": ENVIRONMENT_SECRET,
                               "FTP_PASSWORD": ENVIRONMENT_SECRET})

    def encrypted(self):
        return {"target": "file://" + self.path("target"), "passphrase": SECRET,
                "gpg_home": self.home, "source": self.source}

    def test_a_passphrase_is_in_no_process_list_no_event_and_no_file(self):
        self.write_endless()
        client, other = self.client(), self.client()
        run = client.call("backup", **self.encrypted())["run"]
        client.call("run-watch", run=run)
        children = wait_for(lambda: descendants(self.daemon.pid), "gpg to be started")
        looked_at = 0
        for pid in [self.daemon.pid, *children]:
            for name in ("cmdline", "environ"):
                seen = content(f"/proc/{pid}/{name}")
                looked_at += len(seen)
                self.assertNotIn(SECRET.encode(), seen)
                self.assertNotIn(ENVIRONMENT_SECRET.encode(), seen)
        self.assertGreater(looked_at, 0)
        os.truncate(self.path("source", "endless"), 10)
        other.call("run-stop", run=run)
        self.wait_for_state(other, run, "cancelled")

        # A run that reaches its end writes everything it ever writes.
        run = client.call("backup", **self.encrypted())["run"]
        events = client.watch(run)
        self.assertEqual(events[-1]["state"], "done")
        self.assertNotIn(SECRET, str(events) + str(client.heard) + str(client.call("run-list")))
        self.end_daemon()
        files = [os.path.join(folder, name) for folder, _, names in os.walk(self.root)
                 for name in names if not folder.startswith(self.source)]
        self.assertTrue(any(path.endswith("history.db") for path in files))
        for path in files:
            self.assertNotIn(SECRET.encode(), content(path), path)

    def test_a_wrong_passphrase_is_told_as_such_and_nothing_is_written(self):
        self.write("a", b"x" * 1000)
        client = self.client()
        run = client.call("backup", **self.encrypted())["run"]
        self.assertEqual(client.outcome(run)["state"], "done")
        before = sorted(self.names_on_target())
        run = client.call("restore", target="file://" + self.path("target"), passphrase="wrong",
                          gpg_home=self.home, destination=self.path("out"))["run"]
        done = client.outcome(run)
        self.assertEqual(done["error"]["name"], "wrong_secret")
        self.assertNotIn("wrong\"", str(done))
        self.assertEqual(sorted(self.names_on_target()), before)

    def test_the_process_cannot_be_dumped(self):
        limits = content(f"/proc/{self.daemon.pid}/limits").decode()
        line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        self.assertEqual(line.split()[4:6], ["0", "0"])
        # The files of an undumpable process belong to root, whoever it runs as.
        self.assertEqual(os.stat(f"/proc/{self.daemon.pid}/environ").st_uid, 0)


if __name__ == "__main__":
    unittest.main()
