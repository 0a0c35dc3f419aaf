"""What the daemon's tests share: a daemon in a directory of its own, and a client that speaks raw JSON."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

DUPLID = os.environ["DUPLID_BIN"]
# A build with the address sanitizer keeps what was freed, which would look like hunger.
os.environ.setdefault("ASAN_OPTIONS", "quarantine_size_mb=1")
PATIENCE = 60.0  # seconds until something that should happen counts as never happening
GIB = 1 << 30


def wait_for(condition, what, patience=PATIENCE):
    """Returns the first true value of condition()."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


class Refused(Exception):
    """An error reply."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.message = error["message"]
        self.name = error["data"]["name"]
        self.object = error["data"].get("object", "")
        self.hint = error["data"].get("hint", "")


class Client:
    """One connection. Notifications that come while a reply is awaited are kept in `heard`."""

    def __init__(self, connection, greet=True):
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self.stream = connection.makefile("rb")
        self.heard = []
        self.last_id = 0
        if greet:
            self.greeting = self.call("hello", protocol_min=1, protocol_max=1, client="test")

    @classmethod
    def at(cls, path, greet=True):
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            return cls(connection, greet)
        except BaseException:
            connection.close()
            raise

    def send(self, method, **params):
        self.last_id += 1
        request = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return self.last_id

    def read(self):
        """The next message, or None at the end of the connection."""
        line = self.stream.readline()
        return json.loads(line) if line else None

    def reply_to(self, request_id):
        while True:
            message = self.read()
            if message is None:
                raise EOFError("the daemon ended the connection")
            if "method" in message:
                self.heard.append(message)
            elif message["id"] == request_id:
                if "error" in message:
                    raise Refused(message["error"])
                return message["result"]

    def call(self, method, **params):
        return self.reply_to(self.send(method, **params))

    def watch(self, run, from_seq=1):
        """All events of a run from one number on, until it has ended."""
        self.call("run-watch", run=run, from_seq=from_seq)
        events = []
        while not events or events[-1]["type"] != "done":
            events.append(self.next_event(run))
        return events

    def next_event(self, run):
        for message in self.heard:
            if message["method"] == "event" and message["params"]["run"] == run:
                self.heard.remove(message)
                return message["params"]
        while True:
            message = self.read()
            if message is None:
                raise EOFError("the daemon ended the connection")
            if message.get("method") == "event" and message["params"]["run"] == run:
                return message["params"]
            self.heard.append(message)

    def outcome(self, run):
        return self.watch(run)[-1]

    def state_of(self, run):
        return self.call("run-show", run=run)["state"]

    def has_ended(self):
        """Whether the daemon closed the connection; with something unread, that resets it."""
        try:
            return self.read() is None
        except ConnectionResetError:
            return True

    def close(self):
        self.stream.close()
        self.socket.close()


class DaemonTest(unittest.TestCase):
    """A directory with a source, a target and a running daemon."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="duplid-test-")
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.source = self.path("source")
        os.mkdir(self.source)
        self.socket_path = self.path("run/control.sock")
        self.clients = []
        self.addCleanup(lambda: [client.close() for client in self.clients])
        self.daemon = None
        self.addCleanup(self.kill_daemon)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    # --- the daemon ---

    def start_daemon(self, *options, **more):
        self.daemon = subprocess.Popen(
            [DUPLID, "--socket", self.socket_path, "--state-dir", self.path("state"),
             "--cache-dir", self.path("cache"), *options], **more)
        wait_for(self.answers, "the daemon to answer")

    def answers(self):
        if self.daemon.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.daemon.returncode}")
        try:
            Client.at(self.socket_path).close()
            return True
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def kill_daemon(self):
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()

    def end_daemon(self, how=signal.SIGTERM):
        self.daemon.send_signal(how)
        return self.daemon.wait(timeout=PATIENCE)

    def memory_peak(self):
        with open(f"/proc/{self.daemon.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def client(self, **more):
        client = Client.at(self.socket_path, **more)
        self.clients.append(client)
        return client

    # --- what is backed up ---

    def write(self, name, content):
        path = self.path("source", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    def write_endless(self, name="endless", size=100 * GIB):
        """A file whose backup takes many seconds and hardly any space: a hole."""
        with open(self.path("source", name), "wb") as file:
            file.truncate(size)

    def archive(self, **more):
        return {"target": "file://" + self.path("target"), "encryption": False, **more}

    def backup(self, client, **more):
        return client.call("backup", source=self.source, **self.archive(**more))["run"]

    def restore(self, client, destination, **more):
        run = client.call("restore", destination=self.path(destination), **self.archive(**more))["run"]
        return client.outcome(run)

    def tree(self, directory):
        """Names and contents, for comparing."""
        found = {}
        for folder, _, files in os.walk(directory):
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, directory)] = file.read()
        return found

    def until_storing(self, client, run):
        """Returns when the run has put its first volume on the target."""
        wait_for(lambda: any("difftar" in name for name in self.names_on_target())
                 or client.state_of(run) not in ("queued", "running"), "the first volume")
        self.assertEqual(client.state_of(run), "running")

    def names_on_target(self):
        try:
            return [name for name in os.listdir(self.path("target")) if not name.startswith(".")]
        except FileNotFoundError:
            return []

    def until_remembered(self, run, ended=True):
        """A thread of the daemon's own writes, after the run's client has heard of it."""
        def is_there():
            with contextlib.closing(sqlite3.connect(self.path("state/history.db"))) as history:
                return history.execute("SELECT 1 FROM runs WHERE run = ? AND (ended > 0) = ?",
                                       (run, ended)).fetchone()
        wait_for(is_there, "the history to have it")

    def wait_for_state(self, client, run, *states):
        wait_for(lambda: client.state_of(run) in states, f"run {run} to be {states}")
