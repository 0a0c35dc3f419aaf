"""Real servers on loopback for tests of targets, and the conformance suite run against them.

A server is a script of tests/servers (lib.sh says what each of them can do). It gets a directory and a
block of ports of its own and is ended with the test, however the test ends: a watcher in a session of
its own waits for the end of a pipe that only this process holds.
"""

import fcntl
import json
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request
import xml.etree.ElementTree
from pathlib import Path

from world import WorldTest

SCRIPTS = Path(__file__).resolve().parents[2] / "servers"
MISSING = 3  # lib.sh: a program or module is not here

# Below the kernel's own range (32768 and up), where a client's port could be in the way.
PORTS_FIRST, PORTS_LAST, PORTS_BLOCK = 10000, 32000, 100

START_SECONDS_MAX = 180
CONFORMANCE_SECONDS_MAX = 3600

HUGE, HUGE_MARGIN = 5_000_000_001, 1_000_000_000

WATCHER = 'cat >/dev/null; "$1" stop "$2" >/dev/null 2>&1; rm -rf -- "$2"'


def _free(ports):
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


class PortBlock:
    """A hundred ports that nobody uses, and no other test gets while this object lives."""

    def __init__(self):
        blocks = range(PORTS_FIRST, PORTS_LAST, PORTS_BLOCK)
        directory = Path(tempfile.gettempdir()) / f"duplid-test-ports-{os.getuid()}"
        directory.mkdir(mode=0o700, exist_ok=True)
        start = os.getpid() % len(blocks)
        for first in [*blocks[start:], *blocks[:start]]:
            lock = os.open(directory / str(first), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                continue
            if _free(range(first, first + PORTS_BLOCK)):
                self.first, self._lock = first, lock
                return
            os.close(lock)
        raise AssertionError("there is no free block of ports")

    def give_back(self):
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class Server:
    """tests/servers/NAME.sh, started. What it says of itself: server["FTP_URL"].

    `settings` are variables for the script (FLAKY_TARGET and the like).
    """

    # Where they get their directories; None: among other temporary files.
    below = None

    def __init__(self, name, **settings):
        self.script = SCRIPTS / f"{name}.sh"
        self.settings = {key: str(value) for key, value in settings.items()}
        checked = self._run("check")
        if checked.returncode == MISSING and os.environ.get("DUPLID_SKIP_MISSING_SERVERS"):
            raise unittest.SkipTest(checked.stderr.strip())
        if checked.returncode != 0:
            raise AssertionError(checked.stderr.strip() or f"{self.script} check: {checked.returncode}")
        self.ports = PortBlock()
        self.port = self.ports.first
        # Short: paths of sockets lie below it.
        self.directory = tempfile.mkdtemp(prefix=f"duplid-{name}-", dir=self.below)
        self._watcher = subprocess.Popen(
            ["setsid", "--fork", "sh", "-c", WATCHER, "sh", self.script, self.directory],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/")
        self._watcher.wait()
        try:
            started = self._run("start", self.directory, str(self.port))
            if started.returncode != 0:
                raise AssertionError(f"{self.script.name} did not start\n{started.stdout}{started.stderr}")
        except BaseException:
            self.stop()
            raise
        words = shlex.split(started.stdout)
        self.values = dict(word.split("=", 1) for word in words if "=" in word)

    def _environment(self):
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8",
                "HOME": os.environ.get("HOME", "/"), "USER": os.environ.get("USER", ""), **self.settings}

    def _run(self, *words):
        # Into files: what the server itself inherits must not keep a pipe open.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            done = subprocess.run([self.script, *words], env=self._environment(), stdin=subprocess.DEVNULL,
                                  stdout=out, stderr=errors, timeout=START_SECONDS_MAX, check=False, cwd="/")
            out.seek(0)
            errors.seek(0)
            done.stdout, done.stderr = os.fsdecode(out.read()), os.fsdecode(errors.read())
        return done

    def __getitem__(self, name):
        return self.values[name]

    @property
    def restart_command(self):
        """For a shell: ends the server and starts it again with the same directory and port."""
        words = ["env", "-i", *(f"{name}={value}" for name, value in self._environment().items())]
        ran = " ".join(shlex.quote(os.fspath(word)) for word in [*words, self.script])
        where = shlex.quote(self.directory)
        return f"{ran} stop {where}; {ran} start {where} {self.port} >/dev/null"

    def restart(self):
        subprocess.run(["sh", "-c", self.restart_command], check=True, timeout=START_SECONDS_MAX)

    def halt(self):
        """Ends the server and keeps its directory; restart() brings it back."""
        self._run("stop", self.directory)

    def log(self):
        """What the server's own log files hold, for messages."""
        return "".join(path.read_text(errors="replace") for path in sorted(Path(self.directory).glob("*.log")))

    def stop(self):
        """Ends the server and removes its directory. Twice is as once."""
        if self._watcher.stdin.closed:
            return
        self._watcher.stdin.close()
        self._watcher.stdout.read()
        self._watcher.stdout.close()
        self.ports.give_back()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Flaky(Server):
    """A fault proxy in front of a port of this machine."""

    def __init__(self, port, **settings):
        super().__init__("flaky", FLAKY_TARGET=f"127.0.0.1:{port}", **settings)
        self.target_port = port
        self.control_port = self.port + 1

    def _ask(self, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self['FLAKY_CONTROL']}/{path}", timeout=30) as answer:
            return json.load(answer)

    def set(self, mode, **how):
        """What happens to connections from now on: flaky.py lists the modes."""
        return self._ask("set?" + urllib.parse.urlencode({"mode": mode, **how}))

    def drop(self):
        """Resets every open connection."""
        return self._ask("drop")

    def stats(self):
        return self._ask("stats")

    def through(self, url):
        """`url`, by way of this proxy."""
        return url.replace(f":{self.target_port}", f":{self.port}")


class ServerTest(WorldTest):
    """Tests with servers that live as long as the class. `servers` is what makes them:

        servers = {"dav": ("webdav", {}), "strict": ("ftp", {"FTP_REQUIRE_TLS": "on"})}

    They are then cls.dav and cls.strict.
    """

    servers = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for attribute, (name, settings) in cls.servers.items():
            server = Server(name, **settings)
            cls.addClassCleanup(server.stop)
            setattr(cls, attribute, server)

    def conform(self, url, options=None, variables=None, exclude=(), *, same_place=False, files=5000,
                large=None, huge=None, flaky_port=None, restart=None, cases=None):
        """Runs the conformance suite against `url`; each case that fails is a failure of this test.

        options, variables: objects as tests/storage/target.hpp describes them. exclude: abilities that
        the protocol lacks. same_place: the URL has no directories below it, so it is emptied for each
        case. files: how many make a long listing, where 5000 would take minutes. large: bytes of a file
        of several parts. huge: bytes of one with holes. flaky_port: the server's port; transfers are
        then also cut by a fault proxy in front of it, and the port may be named in the URL, the options
        and the variables. restart: a Server that some cases restart. cases: only those (a doctest filter).
        """
        environment = self.world.environment() | {
            "DUPLID_CONFORMANCE_URL": url,
            "DUPLID_CONFORMANCE_OPTIONS": json.dumps(options or {}),
            "DUPLID_CONFORMANCE_VARIABLES": json.dumps(variables or {}),
            "DUPLID_CONFORMANCE_EXCLUDE": " ".join(exclude),
            "DUPLID_CONFORMANCE_PLACE": "same" if same_place else "directory",
            "DUPLID_CONFORMANCE_FILES": str(files),
        }
        if large is not None:
            environment["DUPLID_CONFORMANCE_LARGE"] = str(large)
        if huge is not None:
            environment["DUPLID_CONFORMANCE_HUGE"] = str(huge)
        if restart is not None:
            environment["DUPLID_CONFORMANCE_RESTART"] = restart.restart_command
        flaky = None
        try:
            if flaky_port is not None:
                flaky = Flaky(flaky_port)
                environment["DUPLID_CONFORMANCE_FLAKY"] = f"{flaky.port} {flaky.control_port} {flaky_port}"
            words = [os.environ["DUPLID_CONFORMANCE_BIN"], "--reporters=xml", "--duration=true"]
            if cases is not None:
                words.append(f"--test-case={cases}")
            done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=CONFORMANCE_SECONDS_MAX, check=False)
        finally:
            if flaky is not None:
                flaky.stop()
        self._judge(url, done)

    def conform_huge(self, url, directory, options=None, variables=None):
        """A file beyond what 32 bits count, whose holes no protocol keeps, into a target below `directory`."""
        free = shutil.disk_usage(directory).free
        if free < HUGE + HUGE_MARGIN:
            raise unittest.SkipTest(f"{directory} has {free} bytes left, and {HUGE + HUGE_MARGIN} are needed")
        self.conform(url, options, variables, huge=HUGE, cases="*gigabytes*")

    def _judge(self, url, done):
        errors = os.fsdecode(done.stderr)
        print(errors, end="", flush=True)
        try:
            report = xml.etree.ElementTree.fromstring(_printable(done.stdout))
        except xml.etree.ElementTree.ParseError:
            self.fail(f"the suite ended with {done.returncode}\n{errors}{os.fsdecode(done.stdout[-4000:])}")
        # Those that a filter left out are named, too.
        cases = [case for case in report.findall(".//TestCase") if case.get("skipped") != "true"]
        self.assertTrue(cases, "no case was run")
        for case in cases:
            outcome = case.find("OverallResultsAsserts")
            seconds = "?" if outcome is None else f"{float(outcome.get('duration')):.1f}"
            print(f"{seconds:>6} s  {case.get('name')}", flush=True)
            with self.subTest(case=case.get("name")):
                if outcome is None or outcome.get("test_case_success") != "true":
                    self.fail(f"{url}\n" + "\n".join(_complaints(case)))
        self.assertEqual(done.returncode, 0, errors)


def _printable(report):
    """Names with control bytes, which XML cannot hold, stand in the messages of a failed case."""
    return "".join(c if c in "\n\t" or c >= " " and c not in "￾￿" else f"\\x{ord(c):02x}"
                   for c in report.decode("utf-8", "backslashreplace"))


def _complaints(case):
    for found in case.iter():
        if found.tag == "Exception":
            yield f"{found.get('filename', '')}:{found.get('line', '')} {(found.text or '').strip()}"
        elif found.tag == "Expression" and found.get("success") != "true":
            parts = [(part.text or "").strip() for part in found]
            yield f"{found.get('filename')}:{found.get('line')} " + " | ".join(parts)[:1000]


