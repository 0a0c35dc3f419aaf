"""tree-delta and tree-patch: who may ask for them, and what they refuse before they touch anything."""

import os
import socket
import subprocess
import tarfile
import unittest

from support import DUPLID, PATIENCE, Client, DaemonTest, Refused


class TreeTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.write("a", b"content")

    def start_private(self, *options, **more):
        ours, theirs = socket.socketpair()
        process = subprocess.Popen([DUPLID, "--private", "--control-fd", str(theirs.fileno()), *options],
                                   pass_fds=[theirs.fileno()], **more)
        theirs.close()
        client = Client(ours)
        # In this order: it ends once its client has gone.
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(client.close)
        return client, process

    def test_a_resident_daemon_does_not_touch_files_that_a_request_names(self):
        self.start_daemon()
        client = self.client()
        for method, params in (("tree-delta", {"directory": self.source, "delta": {"path": self.path("out")}}),
                               ("tree-patch", {"directory": self.source, "delta": {"path": self.path("in")}})):
            with self.assertRaises(Refused) as refused:
                client.call(method, **params)
            self.assertEqual(refused.exception.name, "denied")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_a_private_one_compares_and_patches_and_reports_figures(self):
        client, _ = self.start_private()
        run = client.call("tree-delta", directory=self.source, delta={"path": self.path("tar")},
                          signature={"path": self.path("sig")}, tell_objects=True)["run"]
        events = client.watch(run)
        self.assertEqual([(event["path"], event["effect"]) for event in events if event["type"] == "object"],
                         [(".", "new"), ("a", "new")])
        self.assertEqual(events[-1]["tree_delta"], {"added": 2, "changed": 0, "deleted": 0, "source_bytes": 7,
                                                    "warnings": 0})
        with tarfile.open(self.path("tar")) as tar:
            self.assertEqual(tar.extractfile("snapshot/a").read(), b"content")
        done = client.outcome(client.call("tree-patch", directory=self.path("copy"),
                                          delta={"path": self.path("tar")})["run"])
        self.assertEqual((done["state"], done["tree_patch"]["objects"]), ("done", 2))
        with open(self.path("copy", "a"), "rb") as file:
            self.assertEqual(file.read(), b"content")

    def test_streams_are_used_only_when_they_were_lent(self):
        client, _ = self.start_private(stdout=subprocess.DEVNULL)
        with self.assertRaises(Refused) as refused:
            client.call("tree-delta", directory=self.source, signature={"standard": True})
        self.assertEqual((refused.exception.name, refused.exception.hint), ("invalid", "start it with --lent-streams"))
        client, process = self.start_private("--lent-streams", stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        client.call("tree-delta", directory=self.source, signature={"standard": True})
        client.outcome(1)
        client.close()
        output = process.stdout.read()
        process.stdout.close()
        self.assertEqual(output[:9], b"snapshot/")

    def test_requests_without_sense_are_refused_at_once(self):
        client, _ = self.start_private("--lent-streams", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        out, standard = {"path": self.path("out")}, {"standard": True}
        for params in ({}, {"delta": {}}, {"delta": {"path": "x", "standard": True}},
                       {"delta": standard, "signature": standard},
                       {"delta": out, "signatures": [standard, standard]},
                       {"delta": out, "directory": ""}, {"delta": out, "rules": [{"kind": "nonsense"}]},
                       {"delta": out, "max_blocksize": 0}):
            with self.subTest(params=params), self.assertRaises(Refused) as refused:
                client.call("tree-delta", **{"directory": self.source, **params})
            self.assertIn(refused.exception.name, ("invalid", "invalid_params"))
        self.assertFalse(os.path.exists(self.path("out")))

    def test_lent_streams_are_for_private_instances(self):
        run = subprocess.run([DUPLID, "--lent-streams"], capture_output=True, text=True, check=False, timeout=PATIENCE)
        self.assertEqual(run.returncode, 2)
        self.assertIn("--lent-streams", run.stderr)


if __name__ == "__main__":
    unittest.main()
