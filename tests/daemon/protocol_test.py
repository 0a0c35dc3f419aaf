"""Hostile and clumsy clients (feature-goals.md R59): each gets its answer or its end, and the others do not notice."""

import os
import resource
import socket
import subprocess
import unittest

from support import DaemonTest, Refused, wait_for

DUPLICTL = os.environ["DUPLICTL_BIN"]

LINE_BYTES_MAX = 1 << 20
# Sanitizers keep shadows of all memory and do not give freed memory back at once.
MEMORY_MAX = (1 << 30) if os.environ.get("DUPLID_SANITIZE") else (150 << 20)


class Protocol(DaemonTest):
    def setUp(self):
        super().setUp()
        self.start_daemon()

    def assert_serving(self):
        client = self.client()
        self.assertEqual(client.call("status")["pid"], self.daemon.pid)

    def test_garbage_is_answered_with_an_error_and_the_connection_goes_on(self):
        client = self.client()
        for line in (b"garbage", b"\xff\xfe\x00", b"[]", b"{}", b'{"jsonrpc":"2.0"}', b"null",
                     b"[" * 1000, b'{"jsonrpc":"2.0","id":1,"method":"backup","params":' + b'{"a":' * 40):
            client.socket.sendall(line + b"\n")
            error = client.read()["error"]
            self.assertIn(error["data"]["name"], ("parse_error", "invalid_request"), line)
        self.assertEqual(client.call("status")["pid"], self.daemon.pid)

    def test_a_line_may_come_in_single_bytes(self):
        client = self.client()
        for byte in b'{"jsonrpc":"2.0","id":"x","method":"status"}\n':
            client.socket.sendall(bytes([byte]))
        self.assertEqual(client.read()["id"], "x")

    def test_half_a_line_holds_nobody_up_and_vanishes_with_its_client(self):
        halves = [self.client() for _ in range(20)]
        for half in halves:
            half.socket.sendall(b'{"jsonrpc":"2.0","id":1,"method":"shut')
        self.assert_serving()
        for half in halves:
            half.socket.close()
        self.assert_serving()

    def test_a_line_too_long_is_refused_and_its_connection_ended(self):
        client = self.client()
        client.socket.sendall(b"x" * (LINE_BYTES_MAX + 1))
        self.assertEqual(client.read()["error"]["data"]["name"], "parse_error")
        self.assertTrue(client.has_ended())
        self.assert_serving()

    def test_a_line_of_the_full_length_is_served(self):
        client = self.client()
        request = b'{"jsonrpc":"2.0","id":9,"method":"status"'
        client.socket.sendall(request + b" " * (LINE_BYTES_MAX - len(request) - 2) + b"}\n")
        self.assertEqual(client.read()["result"]["pid"], self.daemon.pid)

    def test_a_line_of_a_gigabyte_costs_no_memory(self):
        client = self.client()
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            for _ in range(1024):
                client.socket.sendall(b"x" * (1 << 20))
        self.assertLess(self.memory_peak(), MEMORY_MAX)
        self.assert_serving()

    def test_clients_that_ask_and_never_read_are_not_read_from_either(self):
        # Long lines fill the sockets with few requests: all of the last client's get an answer below.
        request = b'{"jsonrpc":"2.0","id":1,"method":"api"' + b" " * 4000 + b"}\n"
        for _ in range(20):
            client = self.client()
            client.socket.setblocking(False)
            sent = 0
            with self.assertRaises(BlockingIOError):
                while sent < 1 << 30:
                    sent += client.socket.send((request * 100)[sent % len(request):])
        # What is unsent, for each of them, and what the daemon needs anyway.
        self.assert_serving()
        self.assertLess(self.memory_peak(), MEMORY_MAX)
        # Whoever begins to read after all gets every answer.
        client.socket.settimeout(60)
        for _ in range(sent // len(request)):
            self.assertIn("result", client.read())

    def test_the_first_request_must_be_hello(self):
        client = self.client(greet=False)
        with self.assertRaises(Refused) as refused:
            client.call("status")
        self.assertEqual(refused.exception.name, "hello_first")
        with self.assertRaises(Refused) as refused:
            client.call("hello", protocol_min=2, protocol_max=9)
        self.assertEqual(refused.exception.name, "protocol_too_new")
        self.assertEqual(client.call("hello", protocol_min=1, protocol_max=9)["protocol"], 1)
        client.call("status")

    def test_a_slip_in_a_name_gets_a_suggestion(self):
        client = self.client()
        for method, params, name, hint in (
                ("stauts", {}, "unknown_method", "did you mean status?"),
                ("run-show", {"rn": 1, "run": 1}, "invalid_params", "did you mean run?"),
                ("backup", {"target": "file:///x", "source": "/", "tempdri": "/t"},
                 "invalid_params", "did you mean tempdir?"),
                ("backup", {"target": "file:///x", "source": "/", "rules": [{"kind": "exlude", "value": "a"}]},
                 "invalid", "did you mean exclude?")):
            with self.subTest(method=method, params=params):
                with self.assertRaises(Refused) as refused:
                    client.call(method, **params)
                self.assertEqual(refused.exception.name, name)
                self.assertEqual(refused.exception.hint, hint)

    def test_what_cannot_work_is_refused_before_it_becomes_a_run(self):
        client = self.client()
        for params in ({"target": "no url", "source": "/"},
                       {"target": "file:///x", "source": ""},
                       {"target": "file:///x", "source": "relative", "working_directory": "/nowhere"},
                       {"target": "file:///x", "source": "/", "archive_dir": "relative"},
                       {"target": "file:///x", "source": "/", "compression": "none"}):
            with self.subTest(params=params):
                with self.assertRaises(Refused) as refused:
                    client.call("backup", **params)
                self.assertEqual(refused.exception.name, "invalid")
        self.assertEqual(client.call("run-list")["runs"], [])

    def test_the_schema_names_every_method_that_is_served(self):
        client = self.client()
        schema = client.call("api")["schema"]
        for method in schema["methods"]:
            if method in ("shutdown", "hello"):
                continue
            with self.subTest(method=method):
                try:
                    client.call(method)
                except Refused as refused:
                    # Params are missing, or it is for private instances: the method is there.
                    self.assertEqual(refused.name, "denied" if method.startswith("tree-") else "invalid_params")

    def test_a_hundred_idle_connections_do_no_harm_to_a_backup(self):
        for i in range(50):
            self.write(f"d{i % 7}/f{i}", os.urandom(200_000))
        idle = [self.client(greet=i % 2 == 0) for i in range(100)]
        for connection in idle[:30]:
            connection.socket.sendall(b'{"half')
        client = self.client()
        done = client.outcome(self.backup(client, volsize_bytes=1 << 20))
        self.assertEqual(done["state"], "done")
        self.assertEqual(self.restore(client, "out")["state"], "done")
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))
        self.assertEqual(client.call("status")["connections"], 101)

    def test_more_connections_than_allowed_are_turned_away_and_room_comes_back(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        turned_away = None
        for _ in range(1100):
            client = self.client(greet=False)
            try:
                client.send("hello", protocol_min=1, protocol_max=1)
            except BrokenPipeError:
                pass  # turned away before it could greet; why is there to be read
            message = client.read()
            if "error" in message:
                turned_away = message["error"]["data"]["name"]
                self.assertTrue(client.has_ended())
                break
        self.assertEqual(turned_away, "too_many")
        told = subprocess.run([DUPLICTL, "status", "--socket", self.socket_path], capture_output=True, text=True,
                              check=False)
        self.assertNotEqual(told.returncode, 0)
        self.assertIn("too many connections", told.stderr)
        for client in self.clients[:50]:
            client.close()
        del self.clients[:50]

        def room():
            try:
                self.client()
                return True
            except (Refused, OSError):  # the server may hang up before the answer is read
                return False
        wait_for(room, "room for another connection")

    def test_a_thousand_entries_are_listed_in_order_before_the_reply(self):
        for i in range(1000):
            self.write(f"f{i:04}", b"")
        self.write("latin-\udce9", b"x")
        client = self.client()
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        request = client.send("list-current-files", **self.archive())
        reply = client.reply_to(request)
        entries = []
        # An answer that takes a while tells how far it has come, too.
        parts = [message for message in client.heard if message["method"] != "progress"]
        for message in parts:
            self.assertEqual(message["method"], "files")
            self.assertEqual(message["params"]["request"], request)
            entries += message["params"]["files"]
        self.assertEqual(reply["files"], 1002)
        self.assertEqual([entry["path"] for entry in entries[:3]], [".", "f0000", "f0001"])
        self.assertEqual(len(entries), 1002)
        self.assertEqual(entries[-1]["path_b64"], "bGF0aW4t6Q==")
        self.assertGreater(len(parts), 1)

    def test_a_question_to_a_missing_archive_is_answered_with_an_error(self):
        client = self.client()
        with self.assertRaises(Refused) as refused:
            client.call("list-current-files", **self.archive())
        self.assertEqual(refused.exception.name, "not_found")
        with self.assertRaises(Refused) as refused:
            client.call("collection-status", target="nosuchscheme://host/x")
        self.assertEqual(refused.exception.name, "invalid")


if __name__ == "__main__":
    unittest.main()
