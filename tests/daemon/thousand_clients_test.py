"""A thousand clients at once, some of whom never read what they asked for (feature-goals.md R59): the others are
served, the daemon's memory stays bounded, and the backup that is going on does not notice.

The backup is held up by its target (dav.py) until all clients are there, so that nothing depends on who is quicker;
what it has stored is restored by stock duplicity.
"""

import json
import os
import resource
import stat
import unittest

from run_control_test import MIB, ControlTest
from support import PATIENCE, DaemonTest, Refused, wait_for

CLIENTS = 1000
SLOW = 200
SOCKETS = 6000
# Without a bound for all clients together, those who never read would cost three times as much.
MEMORY_MAX = 150 * MIB


def raise_descriptor_limit(wanted=4096):
    """For this process, whose clients are many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise unittest.SkipTest(f"not more than {hard} files may be open here")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def setUpModule():
    raise_descriptor_limit()


class Watching(ControlTest):
    def setUp(self):
        super().setUp()
        self.expected = {}

    def write_files(self):
        for number in range(60):
            content = os.urandom(100_000)
            self.write(f"b/f{number}", content)
            self.expected[f"b/f{number}"] = content

    def write_sockets(self):
        """What cannot be stored, which a run says of each; met before the files."""
        os.mkdir(self.path("source", "a"))
        for number in range(SOCKETS):
            os.mknod(self.path("source", "a", f"s{number}"), stat.S_IFSOCK | 0o600)

    def assert_bounded(self):
        peak = self.memory_peak()
        print(f"peak {peak / MIB:.0f} MiB")
        if not os.environ.get("DUPLID_SANITIZE"):
            self.assertLess(peak, MEMORY_MAX)

    def test_slow_readers_cost_little_and_lose_only_what_is_said_to_be_lost(self):
        self.write_files()
        self.write_sockets()
        self.dav.gate.clear()
        client = self.start()
        run = self.send(client, lifetime="detached")
        wait_for(lambda: self.dav.waiting > 0, "a volume that is held up")

        slow = [self.client() for _ in range(SLOW)]
        asked = [one.send("run-watch", run=run) for one in slow]
        halves = [self.client() for _ in range(100)]
        for one in halves:
            one.socket.sendall(b'{"jsonrpc":"2.0","id":1,"method":"shut')
        quick = [self.client() for _ in range(CLIENTS - SLOW - len(halves))]
        for one in quick:
            self.assertEqual(one.call("run-show", run=run)["state"], "running")
        self.assertEqual(client.call("status")["connections"], CLIENTS + 1)

        self.dav.gate.set()
        self.assertEqual(client.outcome(run)["state"], "done")
        for one in quick:
            self.assertEqual(one.call("run-show", run=run)["state"], "done")
        self.assert_bounded()
        self.assertEqual(self.restored_by_duplicity(), self.expected)

        # Who reads after all is told the rest, in order, and of a gap that it is one.
        in_log = self.numbers_of_what_stays(client.watch(run))
        for one, request in list(zip(slow, asked))[:10]:
            one.reply_to(request)
            events = []
            while not events or events[-1]["type"] != "done":
                events.append(one.next_event(run))
            numbers = [event["seq"] for event in events]
            self.assertEqual(numbers, sorted(set(numbers)))
            # Behind the last gap, all that the log still has, and nothing else.
            gap = max([0, *(event["seq"] for event in events if event["type"] == "lost")])
            self.assertLess(gap, in_log[0])
            self.assertEqual([number for number in self.numbers_of_what_stays(events) if number >= in_log[0]], in_log)

    @staticmethod
    def numbers_of_what_stays(events):
        return [event["seq"] for event in events if event["type"] not in ("lost", "progress")]


class HalfLines(DaemonTest):
    def test_requests_that_never_end_are_cut_off_with_a_reason_when_they_are_too_much_together(self):
        self.start_daemon("--config-dir", self.path("config"))
        half = b'{"jsonrpc":"2.0","id":1,"method":"status","params":"' + b"x" * (200 << 10)
        for _ in range(CLIENTS):
            client = self.client()
            try:
                client.socket.sendall(half)
            except (BrokenPipeError, ConnectionResetError):
                pass  # with the reason still to be read
        whole = list(self.clients)
        # Small requests are served as ever.
        self.client().call("status")
        reasons = []

        def are_cut_off():
            for client in list(whole):
                if line := self.line_at_hand(client):
                    reasons.append(json.loads(line)["error"]["data"]["name"])
                    whole.remove(client)
            # 32 MiB are some 160 of them.
            return len(whole) < 200
        wait_for(are_cut_off, "most of them to be cut off")
        self.assertEqual(set(reasons), {"too_many"})
        self.assertTrue(whole)
        self.client().call("status")
        if not os.environ.get("DUPLID_SANITIZE"):
            self.assertLess(self.memory_peak(), MEMORY_MAX)

        # When they have gone there is room for a line of the full length.
        for client in self.clients:
            client.close()
        self.clients.clear()

        def is_served():
            client = self.client()
            request = b'{"jsonrpc":"2.0","id":9,"method":"status"' + b" " * 900_000 + b"}\n"
            try:
                client.socket.sendall(request)
                return client.reply_to(9)["pid"] == self.daemon.pid
            except (Refused, OSError, EOFError, KeyError):
                return False
        wait_for(is_served, "room for a long request")

    @staticmethod
    def line_at_hand(client):
        """What has come without waiting for it; empty: nothing."""
        client.socket.setblocking(False)
        try:
            return client.stream.readline()
        except ConnectionResetError:
            return b""
        finally:
            client.socket.settimeout(PATIENCE)


if __name__ == "__main__":
    unittest.main()
