"""Clients that shut down their sending side: they get every answer to what they have sent, and then the end.

The second witness of what is missing is counting: requests carry numbers, and so do replies and events.
"""

import json
import os
import socket
import subprocess
import unittest

from support import DUPLID, PATIENCE, Client, DaemonTest, wait_for

DUPLICTL = os.environ["DUPLICTL_BIN"]
HELLO = {"jsonrpc": "2.0", "id": 0, "method": "hello", "params": {"protocol_min": 1, "protocol_max": 1, "client": "test"}}


def lines(*requests):
    """Requests as they are sent, numbered behind the greeting."""
    numbered = [{"jsonrpc": "2.0", "id": number, "method": method, "params": params}
                for number, (method, params) in enumerate(requests, 1)]
    return b"".join(json.dumps(one).encode() + b"\n" for one in [HELLO, *numbered])


class HalfClosed(DaemonTest):
    def setUp(self):
        super().setUp()
        self.start_daemon()

    def send_all(self, *requests):
        """A connection that has sent all this and sends no more."""
        client = self.client(greet=False)
        client.socket.sendall(lines(*requests))
        client.socket.shutdown(socket.SHUT_WR)
        return client

    @staticmethod
    def rest(client):
        """Everything that still comes, to the end."""
        return list(iter(client.read, None))

    @staticmethod
    def replies(messages):
        return {message["id"]: message for message in messages if "id" in message}

    def test_answers_that_fill_the_socket_many_times_over_all_come(self):
        count = 100
        got = self.replies(self.rest(self.send_all(*[("api", {})] * count)))
        self.assertEqual(sorted(got), list(range(count + 1)))
        self.assertTrue(all("schema" in got[number]["result"] for number in range(1, count + 1)))

    def test_a_question_that_a_thread_answers_is_answered_to_the_end(self):
        names = {f"f{number:05}" for number in range(3000)}
        for name in names:
            self.write(name, b"")
        client = self.client()
        self.assertEqual(client.outcome(self.backup(client))["state"], "done")
        messages = self.rest(self.send_all(("list-current-files", self.archive())))
        told = [entry["path"] for message in messages if message.get("method") == "files"
                for entry in message["params"]["files"]]
        self.assertEqual(set(told), names | {"."})
        self.assertEqual(self.replies(messages)[1]["result"]["files"], len(told))

    def test_a_run_that_is_watched_goes_on_to_its_end_and_is_told_whole(self):
        self.write("a", os.urandom(5 << 20))
        messages = self.rest(self.send_all(
            ("backup", {"source": self.source, "volsize_bytes": 1 << 20, **self.archive()}),
            ("run-watch", {"run": 1})))
        events = [message["params"] for message in messages if message.get("method") == "event"]
        self.assertEqual(events[-1]["type"], "done")
        self.assertEqual(events[-1]["state"], "done")
        client = self.client()
        again = [event for event in client.watch(1) if event["type"] != "progress"]
        self.assertEqual([event for event in events if event["type"] != "progress"], again)
        self.assertEqual(self.restore(client, "out")["state"], "done")
        self.assertEqual(self.tree(self.path("out")), self.tree(self.source))

    def test_a_run_of_an_earlier_life_whose_events_are_on_the_disk_is_told_too(self):
        client = self.client()
        run = self.backup(client, lifetime="detached")
        events = [event for event in client.watch(run) if event["type"] != "progress"]
        self.assertEqual(self.end_daemon(), 0)
        self.start_daemon()
        messages = self.rest(self.send_all(("run-watch", {"run": run})))
        self.assertEqual([message["params"] for message in messages if message.get("method") == "event"], events)

    def test_a_run_that_nobody_watches_is_stopped_once_its_number_is_told(self):
        self.write_endless()
        messages = self.rest(self.send_all(("backup", {"source": self.source, **self.archive()})))
        run = self.replies(messages)[1]["result"]["run"]
        self.wait_for_state(self.client(), run, "cancelled")

    def test_a_client_that_then_goes_takes_its_run_with_it_also_from_the_queue(self):
        """In the queue nothing happens that could not be told: only the connection itself shows that it is gone."""
        self.write_endless()
        other = self.client()
        first = self.backup(other)
        self.wait_for_state(other, first, "running")
        client = self.send_all(("backup", {"source": self.source, **self.archive()}), ("run-watch", {"run": first + 1}))
        while client.read().get("id") != 2:
            pass
        self.assertEqual(other.state_of(first + 1), "queued")
        self.clients.remove(client)
        client.close()
        self.wait_for_state(other, first + 1, "cancelled")
        self.assertEqual(other.state_of(first), "running")

    def test_a_run_that_was_held_for_its_silent_client_goes_on(self):
        self.write_endless()
        client, other = self.client(), self.client()
        run = self.backup(client)
        client.call("run-watch", run=run)
        client.call("lease", seconds=1)
        wait_for(lambda: other.call("run-show", run=run)["held"], "the run to be held")
        client.socket.shutdown(socket.SHUT_WR)
        wait_for(lambda: not other.call("run-show", run=run)["held"], "the run to go on")
        other.call("run-stop", run=run)
        while (event := client.next_event(run))["type"] != "done":
            pass
        self.assertEqual(event["state"], "cancelled")
        self.assertTrue(client.has_ended())

    def test_half_a_line_at_the_end_is_no_request(self):
        client = self.client()
        client.socket.sendall(b'{"jsonrpc":"2.0","id":7,"method":"status"}\n{"jsonrpc":"2.0","id":8,"method":"shutdown"}')
        client.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(list(self.replies(self.rest(client))), [7])
        self.client().call("status")

    def test_one_that_never_reads_does_not_keep_the_daemon_from_ending(self):
        self.send_all(*[("api", {})] * 300)
        self.assertEqual(self.end_daemon(), 0)

    def test_the_proxy_brings_the_answers_to_what_came_out_of_a_pipe(self):
        done = subprocess.run([DUPLICTL, "proxy", "--socket", self.socket_path], input=lines(*[("api", {})] * 20),
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual([json.loads(line)["id"] for line in done.stdout.splitlines()], list(range(21)))


class Private(DaemonTest):
    def test_a_private_instance_answers_and_ends(self):
        ours, theirs = socket.socketpair()
        self.daemon = subprocess.Popen(
            [DUPLID, "--private", "--control-fd", str(theirs.fileno()), "--state-dir", self.path("state"),
             "--cache-dir", self.path("cache")], pass_fds=[theirs.fileno()])
        theirs.close()
        client = Client(ours, greet=False)
        self.clients.append(client)
        self.write("a", os.urandom(1 << 20))
        ours.sendall(lines(("backup", {"source": self.source, **self.archive()}), ("run-watch", {"run": 1})))
        ours.shutdown(socket.SHUT_WR)
        *_, last = iter(client.read, None)
        self.assertEqual((last["params"]["type"], last["params"]["state"]), ("done", "done"))
        self.assertEqual(self.daemon.wait(timeout=PATIENCE), 0)


if __name__ == "__main__":
    unittest.main()
