"""How duplid is started by others: by systemd, and by a client for itself alone."""

import glob
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from support import DUPLID, Client, DaemonTest, wait_for

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../systemd")


class Activated(DaemonTest):
    def start_activated(self, **environment):
        """Passes a listening socket as systemd does: sd_listen_fds(3)."""
        os.makedirs(os.path.dirname(self.socket_path))
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(self.socket_path)
        listener.listen()
        self.daemon = self.spawn(listener, environment)

    def spawn(self, listener, environment):
        # LISTEN_PID must be the daemon's own, which only a shell that becomes it can know.
        command = f'exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"'
        return subprocess.Popen(
            ["/bin/bash", "-c", command, DUPLID, "--state-dir", self.path("state"), "--cache-dir",
             self.path("cache")], pass_fds=[listener.fileno()], env={**os.environ, **environment})

    def test_a_socket_that_is_passed_is_served_and_left_where_it_is(self):
        self.start_activated()
        # A connection made before the daemon was up waits for it.
        client = self.client()
        self.assertEqual(client.greeting["instance"], "user")
        self.assertEqual(client.greeting["pid"], self.daemon.pid)
        self.assertEqual(self.end_daemon(), 0)
        self.assertTrue(os.path.exists(self.socket_path))

    @unittest.skipUnless(shutil.which("systemd-socket-activate"), "systemd-socket-activate is not installed")
    def test_systemds_own_activator_starts_it_for_the_first_client(self):
        os.makedirs(os.path.dirname(self.socket_path))
        self.daemon = subprocess.Popen(
            ["systemd-socket-activate", "--listen", self.socket_path, DUPLID, "--state-dir", self.path("state"),
             "--cache-dir", self.path("cache")], stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.socket_path), "the socket")
        self.assertFalse(os.path.exists(self.path("state")))
        wait_for(self.answers, "the daemon to answer")
        client = self.client()
        self.assertEqual(client.greeting["pid"], self.daemon.pid)
        self.assertEqual(client.call("run-list")["runs"], [])
        self.assertEqual(self.end_daemon(), 0)
        self.assertTrue(os.path.exists(self.socket_path))

    def test_systemd_is_told_that_it_is_ready_alive_and_stopping(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(30)
        manager.bind(self.path("notify"))
        self.start_activated(NOTIFY_SOCKET=self.path("notify"), WATCHDOG_USEC="200000")

        def hear(word):
            while word not in (message := manager.recv(4096).decode()):
                pass
            return message

        # watchdog_test.py says more.
        hear("WATCHDOG_USEC=0")
        hear("STATUS=idle")
        hear("READY=1")
        self.write_endless()
        client = self.client()
        self.backup(client)
        hear("STATUS=1 running, 0 waiting")
        hear("WATCHDOG=1")
        self.daemon.terminate()
        hear("STOPPING=1")
        self.assertEqual(self.daemon.wait(timeout=30), 0)


class Private(DaemonTest):
    def start_private(self, **more):
        ours, theirs = socket.socketpair()
        self.daemon = subprocess.Popen(
            [DUPLID, "--private", "--control-fd", str(theirs.fileno()), "--state-dir", self.path("state"),
             "--cache-dir", self.path("cache")], pass_fds=[theirs.fileno(), *more.pop("pass_fds", [])], **more)
        theirs.close()
        client = Client(ours)
        self.clients.append(client)
        return client

    def test_it_answers_at_once_and_ends_with_its_client(self):
        began = time.monotonic()
        client = self.start_private()
        # Far above what it takes, far below anything that opens databases or starts gpg's helpers.
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(client.greeting["instance"], "private")
        self.assertFalse(os.path.exists(self.path("state")))
        client.socket.shutdown(2)
        self.assertEqual(self.daemon.wait(timeout=30), 0)

    def test_it_keeps_none_of_its_callers_files_open(self):
        reader, writer = os.pipe()
        client = self.start_private(pass_fds=[writer], stdout=subprocess.PIPE)
        self.addCleanup(self.daemon.stdout.close)
        os.close(writer)
        # The end of both pipes comes although the daemon lives.
        self.assertEqual(os.read(reader, 1), b"")
        os.close(reader)
        self.assertEqual(self.daemon.stdout.read(), b"")
        self.assertIsNone(self.daemon.poll())
        client.call("status")

    def test_its_run_stops_with_it(self):
        self.write_endless()
        client = self.start_private()
        run = self.backup(client)
        self.wait_for_state(client, run, "running")
        client.socket.shutdown(2)
        self.assertEqual(self.daemon.wait(timeout=30), 0)
        self.assertFalse(any("manifest" in name for name in self.names_on_target()))

    def test_a_relative_source_and_target_start_where_the_client_stands(self):
        self.write("a", b"content")
        client = self.start_private(cwd=self.root)
        run = client.call("backup", source="source", working_directory=self.root, encryption=False,
                          target="file://target")["run"]
        self.assertEqual(client.outcome(run)["state"], "done")
        self.assertTrue(self.names_on_target())
        self.assertEqual(self.restore(client, "out")["state"], "done")
        self.assertEqual(self.tree(self.path("out")), {"a": b"content"})


class CommandLine(unittest.TestCase):
    def run_duplid(self, *arguments):
        return subprocess.run([DUPLID, *arguments], capture_output=True, text=True, timeout=30, check=False)

    def test_help_and_version_go_to_standard_output(self):
        self.assertIn("--socket PATH", self.run_duplid("--help").stdout)
        self.assertRegex(self.run_duplid("--version").stdout, r"^duplid \d+\.\d+\.\d+\n$")

    def test_a_slip_ends_with_status_2_and_a_suggestion(self):
        result = self.run_duplid("--sokcet", "/x")
        self.assertEqual(result.returncode, 2)
        self.assertIn("did you mean --socket?", result.stderr)

    def test_a_private_instance_without_its_client_ends_with_an_error(self):
        result = self.run_duplid("--private", "--control-fd", "57")
        self.assertNotEqual(result.returncode, 0)


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
class Units(unittest.TestCase):
    def test_the_system_service_is_as_hardened_as_promised(self):
        """feature-goals.md S12: 2.5 or better."""
        unit = os.path.join(os.environ["DUPLID_UNITS"], "duplid.service")
        result = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", unit],
                                capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_what_its_hardening_leaves_out_has_a_reason_in_the_unit(self):
        """A comment above the line, or above those before it that are relaxed, too; or in words, where there is no line."""
        unit = os.path.join(os.environ["DUPLID_UNITS"], "duplid.service")
        told = subprocess.run(["systemd-analyze", "security", "--offline=true", "--json=short", unit], text=True,
                              capture_output=True, timeout=60, check=False).stdout
        relaxed = {re.match(r"\w+", one["name"])[0] for one in json.loads(told) if float(one["exposure"] or 0) > 0}
        self.assertGreater(len(relaxed), 5, told)
        with open(unit, encoding="utf-8") as file:
            lines = file.read().splitlines()
        names = [line.partition("=")[0] for line in lines]
        for name in sorted(relaxed):
            with self.subTest(name):
                if name not in names:
                    self.assertRegex("\n".join(lines), rf"(?m)^#.*\b{name}=")
                    continue
                place = names.index(name) - 1
                while names[place] in relaxed:
                    place -= 1
                self.assertTrue(lines[place].startswith("# "), lines[place:place + 2])

    def verify(self, folder, manager, **more):
        """All units of a folder, as installed beside the programs of this build; and `more` files of that content."""
        place = self.enterContext(tempfile.TemporaryDirectory(prefix="duplid-test-"))
        for name, content in more.items():
            os.makedirs(os.path.dirname(os.path.join(place, name)))
            with open(os.path.join(place, name), "w", encoding="utf-8") as file:
                file.write(content)
        for start in (os.environ["DUPLID_UNITS"], SOURCES):
            for path in glob.glob(os.path.join(start, folder, "duplid*")) + glob.glob(os.path.join(start, "*.timer")):
                name = os.path.basename(path)
                if os.path.isfile(path) and name.endswith((".service", ".socket", ".timer")):
                    with open(path, encoding="utf-8") as file:
                        text = re.sub(r"^(ExecStart=)\S*/", rf"\1{place}/", file.read(), flags=re.MULTILINE)
                    with open(os.path.join(place, name.replace("@.", "@x.")), "w", encoding="utf-8") as file:
                        file.write(text)
        for text in set(re.findall(rf"^ExecStart={place}/(\S+)", self.texts(place), re.MULTILINE)):
            # The instance is x, as above.
            os.symlink("/bin/true", os.path.join(place, text.replace("%i", "x")))
        units = sorted(name for name in os.listdir(place) if os.path.splitext(name)[1] in (".service", ".socket", ".timer"))
        self.assertGreater(len(units), 3)
        result = subprocess.run(["systemd-analyze", manager, "verify", "--man=no", *units], capture_output=True, text=True,
                                env={**os.environ, "SYSTEMD_UNIT_PATH": place + ":", "XDG_RUNTIME_DIR": place},
                                timeout=60, check=False)
        return result.returncode, result.stdout + result.stderr

    @staticmethod
    def texts(place):
        texts = []
        for name in os.listdir(place):
            if os.path.isfile(os.path.join(place, name)):
                with open(os.path.join(place, name), encoding="utf-8") as file:
                    texts.append(file.read())
        return "\n".join(texts)

    def test_systemd_finds_no_fault_with_the_units_of_the_machine(self):
        self.assertEqual(self.verify(".", "--system"), (0, ""))

    def test_systemd_finds_no_fault_with_the_units_of_a_user(self):
        self.assertEqual(self.verify("user", "--user"), (0, ""))

    def settings(self, path):
        """Those that are in force, not what is commented out."""
        with open(path, encoding="utf-8") as file:
            return dict(re.findall(r"^(\w+)=(.*)$", file.read(), re.MULTILINE))

    def test_backups_give_way_to_others_and_have_a_ceiling_of_memory(self):
        units = os.environ["DUPLID_UNITS"]
        for path in (os.path.join(units, "duplid.service"), os.path.join(units, "user/duplid.service"),
                     os.path.join(SOURCES, "limits.conf.example")):
            with self.subTest(path=path):
                settings = self.settings(path)
                # 100 is what everybody has who says nothing: systemd.resource-control(5).
                self.assertLess(int(settings["CPUWeight"]), 100)
                self.assertLess(int(settings["IOWeight"]), 100)
                self.assertIn("MemoryHigh", settings)
                self.assertIn("MemoryMax", settings)

    def test_systemd_takes_the_example_of_a_drop_in_with_all_that_it_suggests(self):
        with open(os.path.join(SOURCES, "limits.conf.example"), encoding="utf-8") as file:
            text = file.read()
        suggested = re.sub(r"^#(?=\w+=)", "", text, flags=re.MULTILINE)
        self.assertNotEqual(suggested, text)
        for content, expected in ((suggested, (0, "")), (suggested.replace("CPUQuota", "CPUKuota"), None)):
            with self.subTest(expected=expected):
                found = self.verify(".", "--system", **{"duplid.service.d/limits.conf": content})
                if expected is not None:
                    self.assertEqual(found, expected)
                else:
                    self.assertIn("CPUKuota", found[1])


if __name__ == "__main__":
    unittest.main()
